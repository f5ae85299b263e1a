"""Notifications and commits: nothing of a transaction that was rolled back, and each once from workers side by side."""

import datetime as dt
import threading

import pytest
from django.db import connection, transaction

from people.models import Delivery, Notification, Robot
from people.notices import sending
from people.notices.choices import Choices, store
from people.services import notify
from tests.chat import chat  # noqa: F401

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def group(world, chat):  # noqa: F811
    store(world.am, Choices(quiet_from=dt.time(0), quiet_to=dt.time(0)))
    Robot.objects.create(unit=world.units["north"], name="城北群", url=chat.url)
    return chat


def test_nothing_goes_out_of_a_rolled_back_transaction(world, group):
    with transaction.atomic():
        notify([world.am], "没有发生", key="task:1")
        transaction.set_rollback(True)
    assert sending.send_due() == 0
    assert (Notification.objects.count(), group.posts) == (0, [])


def test_workers_side_by_side_send_each_once(world, group):
    group.seconds = 0.02
    for number in range(12):
        notify([world.am], f"事项{number}", key=f"task:{number}")

    def work():
        try:
            sending.send_due()
        finally:
            connection.close()

    workers = [threading.Thread(target=work) for _n in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    ids = [post["headers"]["X-Zoufang-Delivery"] for post in group.posts]
    assert len(ids) == len(set(ids)) == 12
    assert set(Delivery.objects.values_list("state", flat=True)) == {"sent"}


def test_a_commit_rings_and_a_worker_sends(world, group, celery_worker, monkeypatch):
    monkeypatch.setenv("OUTBOUND_PRIVATE", "1")
    celery_worker()
    notify([world.am], "请完成走访", key="task:1")
    for _step in range(100):
        if group.texts:
            break
        threading.Event().wait(0.1)
    assert len(group.texts) == 1

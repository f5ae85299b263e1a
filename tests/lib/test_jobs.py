"""A job is done once, whatever dies: the row is the truth, Celery only rings."""

import datetime as dt
import os
import signal
import subprocess
import sys
import threading
import time
import uuid

import pytest
import redis
from django.conf import settings
from django.db import connection

from crm.lib import jobs, periods
from crm.lib.models import Job
from people.models import Notification
from tests.lib import slow_job
from tests.lib.slow_job import STEPS

slow_job.register()


def slow(world, pause=0.0, period="2026-10-01"):
    return jobs.request("slow", world.organisation.pk, period=period, params={"user": world.am.pk, "pause": pause})


def expire(job):
    """What the passing of time does to the lease of a dead worker."""
    Job.objects.filter(pk=job.pk).update(lease_until=periods.now() - dt.timedelta(seconds=1))


@pytest.mark.django_db
def test_requested_twice_is_one_row(world):
    assert slow(world).pk == slow(world).pk
    assert Job.objects.count() == 1


@pytest.mark.django_db
def test_the_clock_does_not_repeat_what_is_done(world):
    job = jobs.run(slow(world).pk)
    again = jobs.request("slow", world.organisation.pk, period="2026-10-01", again=False)
    assert (again.pk, again.state) == (job.pk, Job.State.DONE)


@pytest.mark.django_db
@pytest.mark.parametrize("text", ["2026-13-01", "2026-10", "gestern", ""])
def test_a_wrong_period_is_refused(world, text):
    with pytest.raises(periods.PeriodError):
        jobs.request("slow", world.organisation.pk, period=text)


@pytest.mark.django_db
def test_only_one_claim(world):
    job = slow(world)
    assert jobs.claim(job.pk) is not None
    assert jobs.claim(job.pk) is None
    expire(job)
    assert jobs.claim(job.pk) is not None


@pytest.mark.django_db
def test_a_worker_that_lost_its_claim_writes_nothing(world):
    job = slow(world)
    old = jobs.claim(job.pk)
    items = old.pending(range(STEPS))
    next(items)
    Job.objects.filter(pk=job.pk).update(token=uuid.uuid4())

    def write():
        with old.step():
            Notification.objects.create(user=world.am, text="x", key="x")

    with pytest.raises(jobs.LeaseLost):
        write()
    assert not Notification.objects.exists()


@pytest.mark.django_db
def test_a_failing_step_leaves_nothing_and_says_why(world, monkeypatch):
    job = slow(world)
    monkeypatch.setattr(time, "sleep", lambda seconds: 1 / 0)
    job = jobs.run(job.pk)
    assert (job.state, job.done_steps) == (Job.State.FAILED, 0)
    assert "ZeroDivisionError" in job.error
    assert not Notification.objects.exists()
    monkeypatch.undo()
    job = jobs.run(slow(world).pk)
    assert job.state == Job.State.DONE
    assert job.result == {"rows": STEPS}


@pytest.mark.django_db
def test_cancel(world):
    job = slow(world)
    jobs.cancel(job)
    assert jobs.run(job.pk) is None
    job.refresh_from_db()
    assert job.state == Job.State.CANCELLED


@pytest.mark.django_db
def test_cancel_while_it_runs_keeps_whole_steps(world, monkeypatch):
    job = slow(world)
    passed = []

    def cancel_after_three(seconds):
        passed.append(seconds)
        if len(passed) == 3:
            Job.objects.filter(pk=job.pk).update(cancel_requested=True)

    monkeypatch.setattr(time, "sleep", cancel_after_three)
    job = jobs.run(job.pk)
    assert (job.state, job.done_steps, Notification.objects.count()) == (Job.State.CANCELLED, 3, 3)


@pytest.mark.django_db(transaction=True)
def test_killed_in_the_middle_goes_on_to_the_same_result(world):
    """kill −9 between and inside steps: no step is lost, none is done twice, the hash is that of an undisturbed run."""
    undisturbed = jobs.run(slow(world).pk)
    Notification.objects.all().delete()

    job = slow(world, pause=0.1)
    environment = os.environ | {
        "DJANGO_SETTINGS_MODULE": "crm.settings",
        "DATABASE_NAME": connection.settings_dict["NAME"],
        "REDIS_PREFIX": settings.REDIS_PREFIX,
    }
    kills = 0
    while True:
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.lib.slow_job", str(job.pk)], cwd=settings.BASE_DIR, env=environment
        )
        before = Notification.objects.count()
        while process.poll() is None and Notification.objects.count() < before + 5:
            time.sleep(0.01)
        process.send_signal(signal.SIGKILL)
        process.wait()
        job.refresh_from_db()
        if job.finished:
            break
        kills += 1
        assert job.state == Job.State.RUNNING
        expire(job)
    assert kills >= 2
    assert job.result == {"rows": STEPS}
    assert job.hash == undisturbed.hash
    assert Notification.objects.count() == STEPS


@pytest.mark.django_db(transaction=True)
def test_many_workers_at_once_do_it_once(world):
    job = slow(world)

    def work():
        try:
            jobs.run(job.pk)
        finally:
            connection.close()

    threads = [threading.Thread(target=work) for _number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    job.refresh_from_db()
    assert (job.state, job.attempts) == (Job.State.DONE, 1)
    assert Notification.objects.count() == STEPS


@pytest.mark.django_db(transaction=True)
def test_an_emptied_broker_loses_nothing(world, celery_worker):
    """The message is gone; the reconciler rings again, and a real worker does the work."""
    job = jobs.request("raise_alerts", world.organisation.pk, period="2026-03-31")
    with redis.Redis.from_url(settings.REDIS_URL) as client:
        for key in client.scan_iter(f"{settings.REDIS_PREFIX}:*"):
            client.delete(key)
    celery_worker()
    time.sleep(1)
    job.refresh_from_db()
    assert job.state == Job.State.REQUESTED
    Job.objects.filter(pk=job.pk).update(requested_at=periods.now() - dt.timedelta(minutes=1))
    assert jobs.ring_waiting() == 1
    job = jobs.wait(job.pk, timeout=60)
    assert job.state == Job.State.DONE
    assert job.result["created"]["overdue_visit"] == 3


@pytest.mark.django_db(transaction=True)
def test_two_clocks_and_a_busy_button_do_it_once(world, celery_worker):
    for _number in range(10):
        jobs.request("raise_alerts", world.organisation.pk, period="2026-03-31", again=False)
    celery_worker(concurrency=2)
    job = jobs.wait(Job.objects.get().pk, timeout=60)
    assert (job.state, job.attempts) == (Job.State.DONE, 1)

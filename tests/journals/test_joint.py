"""Joint work: recorded by one, confirmed by the other, then sealed; in the journal and on the client's time line."""

import datetime as dt

import pytest
from django.core.exceptions import ValidationError
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.test import Client as Browser

from crm.lib import periods
from crm.lib.periods import Period
from crm.lib.timeline import client_timeline
from journals import drafting, joint
from journals.models import JointWork
from people.models import Notification, Task

pytestmark = pytest.mark.django_db


@pytest.fixture
def driver(world):
    return world.actors["back_office"]


@pytest.fixture
def work(world, driver):
    return joint.record(
        world.am,
        driver,
        kind="delivery",
        client=world.clients["own"],
        text="随车到店，核对差错两条",
        agreed="每周三上午十点前送到",
        agreed_due_on=periods.today() + dt.timedelta(days=3),
    )


def test_the_partner_is_told_and_what_was_agreed_is_a_task(work, driver):
    assert work.task.owner == driver
    assert Task.objects.get(source=f"joint:{work.pk}").title == "每周三上午十点前送到"
    assert Notification.objects.filter(user=driver, key=f"joint:{work.pk}").exists()


def test_only_the_partner_confirms_and_only_once(work, world, driver):
    assert JointWork.objects.editable_by(driver).filter(pk=work.pk).exists()
    assert not JointWork.objects.editable_by(world.am).filter(pk=work.pk).exists()
    joint.confirm(work, "补一条：门口修路")
    with pytest.raises(ValidationError):
        joint.confirm(work, "别的话")
    work.refresh_from_db()
    assert work.confirmation == "补一条：门口修路"


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE journals_jointwork SET text = 'x' WHERE id = %s",
        "UPDATE journals_jointwork SET confirmed_at = NULL, confirmation = '' WHERE id = %s",
        "DELETE FROM journals_jointwork WHERE id = %s",
    ],
)
def test_sealed_once_confirmed(work, statement):
    joint.confirm(work, "")
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement, [work.pk])


def test_nobody_works_together_with_oneself(world):
    with pytest.raises(IntegrityError), transaction.atomic():
        joint.record(world.am, world.am, text="独自")


def test_it_stands_in_the_journals_of_both_and_on_the_time_line(work, world, driver):
    today = Period(periods.DAY, work.day, work.day)
    for person, other in ((world.am, driver), (driver, world.am)):
        (fact,) = [fact for fact in drafting.facts(person, today) if fact["title"].startswith("协同作业")]
        assert other.name in fact["lines"][0]["text"]
        assert "核对差错两条" in fact["lines"][0]["text"]
    address, clients = f"/journals/joint/{work.pk}/", [world.clients["own"].pk]
    assert address in [event["url"] for event in client_timeline.collect(clients, world.am, 20)]
    unseen = client_timeline.collect(clients, world.managers["other_team"], 20)
    assert address not in [event["url"] for event in unseen]


def post(user, **values):
    browser = Browser()
    browser.force_login(user)
    usual = {"kind": "delivery", "day": periods.today().isoformat(), "text": "随车", "agreed_by": "author"}
    return browser.post("/journals/joint/new/", usual | values)


def test_by_page(world, driver):
    name = world.clients["own"].name
    agreed = {"agreed": "换时间", "agreed_due_on": periods.today().isoformat()}
    assert post(world.am, partner=driver.pk, client_name=name[:3], **agreed).status_code == 302
    found = JointWork.objects.get()
    assert found.client == world.clients["own"]
    assert found.task.owner == world.am


@pytest.mark.parametrize(
    ("values", "word"),
    [
        ({"client_name": "不存在的店"}, "没有这个客户"),
        ({"day": "2027-01-01"}, "完成后再记录"),
        ({"agreed": "换时间"}, "哪天前"),
        ({"text": ""}, "必填"),
    ],
)
def test_what_cannot_be_is_refused_in_words(world, driver, values, word):
    page = post(world.am, partner=driver.pk, **values)
    assert page.status_code == 200
    assert word in page.content.decode()
    assert not JointWork.objects.exists()


def test_a_partner_of_another_organisation_is_no_choice(world):
    assert post(world.am, partner=world.managers["other_org"].pk).status_code == 200
    assert not JointWork.objects.exists()

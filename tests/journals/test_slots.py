"""What journals show on the home page and on the client page."""

import datetime as dt

import pytest
from django.test import Client, RequestFactory

from clients.models import LeaveCover
from crm.lib import periods
from crm.lib.timeline import client_timeline
from journals import services, sharing, slots
from journals.models import Article
from tests.journals.helpers import DAY, handed_in, visit

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def friday(monkeypatch):
    """It is Friday noon: the journals up to Thursday are due."""
    monkeypatch.setattr(periods, "now", lambda: periods.at(dt.date(2026, 11, 20), 12))


def request_of(user):
    request = RequestFactory().get("/")
    request.user = user
    return request


def test_the_author_sees_returned_missing_and_to_write(world):
    world.am.joined_on = dt.date(2026, 11, 18)
    world.am.save()
    journal = handed_in(world.am)
    services.return_(journal, 1, world.supervisor, "补充")
    lines = slots.author_block(request_of(world.am), None)["lines"]
    found = {line["url"]: line["tone"] for line in lines}
    assert found["/journals/write/2026-11-19/"] == "danger"  # returned
    assert found["/journals/write/2026-11-20/"] == "brand"  # today, to write
    assert found["/journals/write/2026-11-18/"] == "danger"  # missing
    assert "/journals/write/2026-11-17/" not in found  # before joining


def test_the_supervisor_sees_what_waits_and_who_is_missing(world):
    handed_in(world.am)
    block = slots.supervisor_block(request_of(world.supervisor), None)
    assert block["counts"]["unread"] == 1
    assert block["missing"] == [world.managers["team"].name]
    other = slots.supervisor_block(request_of(world.actors["supervisor_south"]), None)
    assert (other["counts"]["unread"], other["missing"]) == (0, [world.managers["other_team"].name])


def test_who_is_on_leave_is_neither_missing_nor_asked(world):
    leave = {"organisation": world.organisation, "made_by": world.supervisor, "deputy": world.managers["other_team"]}
    span = {"valid_from": dt.date(2026, 11, 2), "valid_to": dt.date(2026, 11, 19)}
    for person in (world.am, world.managers["team"]):
        LeaveCover.objects.create(person=person, **leave, **span)
    lines = slots.author_block(request_of(world.am), None)["lines"]
    assert [line["url"] for line in lines if "/2026-11-" in line["url"]] == ["/journals/write/2026-11-20/"]
    assert slots.supervisor_block(request_of(world.supervisor), None)["missing"] == []


def test_the_home_page_shows_what_is_to_be_read(world):
    Article.objects.create(author=world.supervisor, unit=world.units["north"], title="新品三句话", text="清甜。")
    sharing.hand_in_idea(world.am, "合并线路", "隔周一条。")
    browser = Client()
    browser.force_login(world.am)
    assert "新品三句话" in browser.get("/later/").content.decode()
    browser.force_login(world.supervisor)
    page = browser.get("/later/").content.decode()
    assert "1 条建议待答复" in page
    assert slots.reading_block(request_of(world.managers["other_org"]), None) is None


def test_a_client_is_mentioned_by_the_journal_of_the_visit(world):
    client = world.clients["own"]
    visit(world.am, client)
    journal = handed_in(world.am)
    handed_in(world.am, DAY - dt.timedelta(days=1))  # no visit to the client on that day
    items = [item for item in client_timeline.collect([client.pk], world.supervisor, 20) if item["icon"] == "notebook"]
    assert [item["url"] for item in items] == [f"/journals/{journal.pk}/"]
    unseen = client_timeline.collect([client.pk], world.actors["supervisor_south"], 20)
    assert not [item for item in unseen if item["icon"] == "notebook"]

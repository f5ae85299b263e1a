"""When and where: the heat calendar of half a year and the map of a month, each for whom one may see."""

import datetime as dt

import pytest
from django.test import Client as Browser

from clients.models import Client
from crm.lib import periods
from tests.visits.make import TODAY, at, visit
from tests.world import client_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("wednesday")]


def page(user, query=""):
    browser = Browser()
    browser.force_login(user)
    answer = browser.get(f"/visits/places/{query}")
    assert answer.status_code == 200
    return answer


@pytest.fixture
def walked(world):
    """Three visits of the manager, one by phone; one of a teammate; a place that nobody saw."""
    far = client_of(world.am, "x1", "没人去过", longitude=102.75, latitude=25.06)
    near = client_of(world.am, "x2", "常去的店", longitude=102.71, latitude=25.04)
    for hour, mode in ((9, "on_site"), (11, "on_site"), (14, "phone")):
        visit(world.am, near, at(hour), mode=mode)
    visit(world.managers["team"], world.clients["team"], at(9))
    return near, far


def days(context):
    return {item["value"][0]: item["value"][1] for item in context["calendar"]["series"][0]["data"]}


def test_days_and_places_of_oneself(world, walked):
    near, far = walked
    answer = page(world.am)
    assert days(answer.context) == {TODAY.isoformat(): 3}
    assert answer.context["calendar"]["calendar"]["range"] == ["2026-06-01", "2026-11-30"]
    seen = {row["pk"]: row["n"] for row in answer.context["places"]}
    assert (seen[near.pk], seen[far.pk]) == (2, 0)  # a call is no place
    assert answer.context["places"][-1]["pk"] == near.pk  # drawn on top
    text = answer.content.decode()
    for words in (
        "哪些天走访得多",
        "本月去了哪里",
        'id="places-table"',
        'data-chart-csv="days"',
        'data-chart-csv="places"',
    ):
        assert words in text
    assert world.clients["team"].name not in text


def test_a_day_of_the_calendar_opens_its_visits(world, walked):
    address = page(world.am).context["calendar"]["series"][0]["data"][0]["url"]
    browser = Browser()
    browser.force_login(world.am)
    found = browser.get(address).context
    assert len(found["visits"]) == 3
    assert any(chip["value"] == TODAY.isoformat() for chip in found["filters"])


def test_a_team_and_one_of_it(world, walked):
    assert days(page(world.supervisor).context) == {TODAY.isoformat(): 4}
    one = page(world.supervisor, f"?manager={world.am.pk}").context
    assert days(one) == {TODAY.isoformat(): 3}
    assert f"manager={world.am.pk}" in one["calendar"]["series"][0]["data"][0]["url"]
    beyond = page(world.supervisor, f"?manager={world.managers['other_team'].pk}").context
    assert beyond["calendar"] is None
    assert not beyond["places"]


@pytest.mark.parametrize("odd", ["?manager=x", "?manager=99999999999999999999", "?month=2026-13", "?month=9999-12"])
def test_odd_addresses_are_answered(world, walked, odd):
    assert page(world.supervisor, odd).context["chosen"]


def test_an_earlier_month(world, walked):
    with periods.clock_at(periods.at(dt.date(2027, 2, 3), 9)):
        assert page(world.am, "?month=2026-11").context["seen"] == 1


def test_nothing_yet_says_so(world):
    Client.objects.update(longitude=None)
    assert "还没有走访" in page(world.actors["supervisor_south"]).content.decode()


def test_a_client_that_another_team_has_now_is_no_place_any_more(world, walked):
    """Whoever made a visit keeps it; the supervisor of before sees neither it nor the client."""
    near, _far = walked
    Client.objects.filter(pk=near.pk).update(owner=world.managers["other_team"], org=world.units["other_team"])
    own, theirs = page(world.am).context, page(world.supervisor, f"?manager={world.am.pk}").context
    assert days(own) == {TODAY.isoformat(): 3}
    assert theirs["calendar"] is None
    assert near.pk not in {row["pk"] for row in (*own["places"], *theirs["places"])}

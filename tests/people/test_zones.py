"""The own time zone: clock times move, days and deadlines do not."""

import datetime as dt

import pytest
from django.template import Context, Template
from django.utils import timezone

from crm.lib import periods
from people import zones
from people.models import User

LATE = dt.datetime(2026, 11, 22, 23, 30, tzinfo=timezone.get_default_timezone())


@pytest.mark.django_db
def test_clock_times_are_the_readers_and_days_the_sites(world):
    world.am.preferences = {zones.ZONE: "Europe/London"}
    with periods.clock_at(LATE):
        assert Template("{{ at|moment }}").render(Context({"at": LATE})).endswith("23:30")
        before = periods.today(), periods.start_of(periods.today()), periods.at(periods.today(), 9)
        with zones.as_read_by(world.am):
            assert Template("{{ at|moment }} {{ at|date:'H:i' }}").render(Context({"at": LATE})).endswith("15:30 15:30")
            assert (periods.today(), periods.start_of(periods.today()), periods.at(periods.today(), 9)) == before
            assert periods.local(LATE).hour == 23


@pytest.mark.django_db
def test_a_zone_nobody_knows_changes_nothing(world):
    world.am.preferences = {zones.ZONE: "Mars/Olympus"}
    with zones.as_read_by(world.am):
        assert timezone.get_current_timezone() == timezone.get_default_timezone()


@pytest.mark.django_db
def test_somebody_chooses(world, client):
    client.force_login(world.am)
    assert client.post("/me/display/", {"time_zone": "Mars/Olympus", "week_start": "monday"}).status_code == 200
    client.post("/me/display/", {"time_zone": "Asia/Urumqi", "week_start": "sunday"})
    assert User.objects.get(pk=world.am.pk).preferences == {zones.ZONE: "Asia/Urumqi", zones.WEEK: "sunday"}
    page = client.get("/me/display/").content.decode()
    assert 'data-week-start="0"' in page
    assert 'value="Asia/Urumqi" selected' in page
    assert timezone.get_current_timezone() == timezone.get_default_timezone()  # the next request is somebody else's


@pytest.mark.parametrize(
    ("day", "first", "start"),
    [
        ("2026-11-22", 0, "2026-11-16"),  # a Sunday
        ("2026-11-22", 6, "2026-11-22"),
        ("2026-11-23", 0, "2026-11-23"),
        ("2026-11-23", 6, "2026-11-22"),
        ("2026-11-28", 6, "2026-11-22"),
    ],
)
def test_the_week_around_a_day(day, first, start):
    week = zones.week_around(dt.date.fromisoformat(day), first)
    assert week.start.isoformat() == start
    assert (week.end - week.start).days == 6


@pytest.mark.django_db
def test_every_calendar_begins_with_the_chosen_day(world, client):
    """Plan by month and week, copied weeks, the month of journals, charts: all of them, and only for that person."""
    world.am.preferences = {zones.WEEK: "sunday"}
    world.am.save()
    client.force_login(world.am)
    month = client.get("/visits/plan/?month=2026-12").context  # 1 December 2026 is a Tuesday
    assert (str(month["weekdays"][0]), len(month["blanks"])) == ("日", 2)
    week = client.get("/visits/plan/?view=week&day=2026-12-09").context
    assert [cell["day"].isoformat() for cell in week["days"]][::6] == ["2026-12-06", "2026-12-12"]
    assert "day=2026-12-13" in week["following_url"]
    assert "day=2026-11-29" in week["previous_url"]
    board = client.get("/journals/mine/?month=2026-10").context["board"]
    assert (str(board.weekdays[0]), board.weeks[0][0].day.isoformat()) == ("日", "2026-09-27")
    assert {cell.journal.day.weekday() for cell in board.longer if cell.journal.kind == "week"} == {0}
    assert 'data-week-start="0"' in client.get("/visits/places/").content.decode()
    client.force_login(world.supervisor)
    other = client.get(f"/visits/plan/?manager={world.am.pk}&month=2026-12").context
    assert (str(other["weekdays"][0]), len(other["blanks"])) == ("一", 1)

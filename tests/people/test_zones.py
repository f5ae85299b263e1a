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

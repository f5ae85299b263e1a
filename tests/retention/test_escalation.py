"""Alerts that nobody looks at climb level by level."""

import datetime as dt

import pytest

from people.models import Level, Role
from people.services import create_unit
from retention.config import configs
from retention.escalation import escalate
from retention.models import Alert, Escalation
from retention.services import apply
from tests.world import client_of, person

pytestmark = pytest.mark.django_db
RAISED = dt.date(2026, 11, 2)
KIND = "no_trade"


def alert_of(client, **values):
    return Alert.objects.create(
        organisation_id=client.organisation_id, client=client, kind=KIND, cause="x", raised_on=RAISED, **values
    )


def after(world, days):
    return escalate(world.organisation, configs(world.organisation), RAISED + dt.timedelta(days=days))


@pytest.fixture
def days(world):
    found = configs(world.organisation)[KIND].escalate_days
    assert found > 1
    return found


def levels():
    return list(Escalation.objects.order_by("alert", "level").values_list("level", "unit__code"))


def test_each_level_hears_once_at_its_day(world, days):
    boss = person(world.organisation, "boss", "罗总", Role.SUPERVISOR)
    alert = alert_of(world.clients["own"])
    assert after(world, days - 1) == 0
    assert after(world, days) == 1
    assert after(world, days) == 0, "the same night again tells nobody anew"
    assert levels() == [(1, "ALPHA-N")]
    assert after(world, 2 * days) == 1
    assert levels() == [(1, "ALPHA-N"), (2, "ALPHA")]
    assert after(world, 50 * days) == 0, "there is nobody above"
    alert.refresh_from_db()
    assert (alert.escalation_level, alert.state) == (2, Alert.State.OPEN)
    assert [world.supervisor.notifications.count(), boss.notifications.count()] == [1, 1]
    assert list(alert.events.filter(what="escalated").values_list("note", flat=True)) == [
        "城北市场部",
        "云岭县烟草公司",
    ]


def test_two_levels_late_tells_both(world, days):
    person(world.organisation, "boss", "罗总", Role.SUPERVISOR)
    alert_of(world.clients["own"])
    assert after(world, 2 * days) == 2
    assert levels() == [(1, "ALPHA-N"), (2, "ALPHA")]


def test_whoever_looked_or_put_it_aside_is_left_alone(world, days):
    seen = alert_of(world.clients["own"])
    apply([seen.pk], world.am, "acknowledge")
    rests = alert_of(world.clients["team"], snoozed_until=RAISED + dt.timedelta(days=days + 1))
    assert after(world, days) == 0
    assert after(world, days + 1) == 1, "awake again"
    assert Escalation.objects.get().alert == rests


def test_units_without_a_supervisor_are_passed_over_and_others_hear_nothing(world, days):
    deep = create_unit(world.units["other_team"], "ALPHA-S1-1", "小网格", Level.GRID)
    manager = person(deep, "am.deep", "何平", Role.AM)
    alert_of(client_of(manager, "DEEP", "深巷小店"))
    after(world, days)
    assert levels() == [(1, "ALPHA-S")]
    assert world.actors["supervisor_south"].notifications.count() == 1
    assert not world.supervisor.notifications.exists()

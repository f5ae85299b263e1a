"""An alert moves along its life and no other way."""

import datetime as dt

import pytest
from django.core.exceptions import ValidationError
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from crm.lib import periods
from people.models import Task
from retention.models import Alert
from retention.services import CLOSED, TRANSITIONS, act, change, saved_rate
from tests import world as worlds


def alert_of(world):
    client = world.clients["own"]
    return Alert.objects.create(
        organisation_id=client.organisation_id,
        client=client,
        kind="overdue_visit",
        cause="x",
        raised_on=periods.today(),
    )


@pytest.mark.django_db
def test_acting_makes_a_task_of_the_owner(world):
    alert = act(alert_of(world), world.supervisor, due_on=periods.today(), step="上门了解原因")
    task = Task.objects.get()
    assert (alert.state, alert.task, task.owner) == (Alert.State.ACTING, task, world.am)
    assert "上门了解原因" in task.title
    assert world.am.notifications.count() == 1


@pytest.mark.django_db
def test_acting_in_the_past_is_refused(world):
    with pytest.raises(ValidationError):
        act(alert_of(world), world.am, due_on=periods.today() - dt.timedelta(days=1))
    assert Alert.objects.get().state == Alert.State.OPEN
    assert not Task.objects.exists()


@pytest.mark.django_db
def test_dismissal_needs_a_reason(world):
    with pytest.raises(ValidationError):
        change(alert_of(world), Alert.State.DISMISSED, world.am, "  ")


def test_saved_rate():
    assert saved_rate([("kept", 3), ("lost", 1), ("dismissed", 9)])["rate"] == 75
    assert saved_rate([("dismissed", 2)])["rate"] is None


class AnySequence(TestCase):
    """Whatever people try in whatever order, only listed steps happen, and a closed alert never opens again."""

    @given(st.lists(st.sampled_from(Alert.State.values), max_size=8))
    def test_steps(self, wanted):
        world = worlds.build()
        alert, state = alert_of(world), Alert.State.OPEN
        for new in wanted:
            allowed = new in TRANSITIONS.get(state, set())
            try:
                change(alert, new, world.am, "原因")
            except ValidationError:
                assert not allowed
            else:
                assert allowed
                state = Alert.State(new)
        alert.refresh_from_db()
        assert alert.state == state
        assert (alert.closed_at is not None) == (state in CLOSED)
        assert alert.events.count() == alert.events.exclude(state="open").count()

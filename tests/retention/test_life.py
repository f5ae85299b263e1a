"""An alert moves along its life and no other way."""

import datetime as dt
from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError
from django.db import InternalError, transaction

from clients.models import TeamMember
from crm.lib import periods
from people.models import Task
from people.services import finish_task
from retention.models import Alert, AlertEvent
from retention.reports.verdicts import Verdicts
from retention.rules import Act
from retention.services import Plan, act, apply, assign, change, snooze, start, undo
from visits.models import PlannedVisit

TODAY = periods.today


def alert_of(world, kind="overdue_visit", relation="own"):
    client = world.clients[relation]
    return Alert.objects.create(
        organisation_id=client.organisation_id, client=client, kind=kind, cause="x", raised_on=TODAY()
    )


def days(count):
    return TODAY() + dt.timedelta(days=count)


@pytest.mark.django_db
def test_acting_makes_a_task_of_the_owner(world):
    alert = act(alert_of(world), world.supervisor, due_on=TODAY(), step="上门了解原因")
    task, step = Task.objects.get(), alert.steps.get()
    assert (alert.state, step.task, task.owner) == (Alert.State.ACTING, task, world.am)
    assert "上门了解原因" in task.title
    assert world.am.notifications.count() == 1
    assert not step.is_done
    finish_task(task)
    assert alert.steps.get().is_done


@pytest.mark.django_db
def test_a_visit_of_the_play_book_stands_on_the_owners_plan(world):
    plans = [Plan(Act.CALL, "先打电话", TODAY()), Plan(Act.VISIT, "上门", days(2)), Plan(Act.VISIT, "再上门", days(2))]
    alert = start(alert_of(world), world.am, plans)
    line = PlannedVisit.objects.get()
    assert (line.manager, line.client, line.day) == (world.am, alert.client, days(2))
    assert [step.planned_visit_id for step in alert.steps.order_by("position")] == [None, line.pk, line.pk]
    assert Task.objects.count() == 1


@pytest.mark.django_db
def test_a_visit_by_somebody_else_becomes_a_task(world):
    alert = alert_of(world)
    assign(alert, world.supervisor, world.supervisor)
    alert.refresh_from_db()
    start(alert, world.supervisor, [Plan(Act.VISIT, "主管上门", days(1))])
    assert not PlannedVisit.objects.exists()
    assert Task.objects.get().owner == world.supervisor


@pytest.mark.django_db
@pytest.mark.parametrize("plans", [[], [Plan(Act.TASK, "x", dt.date(2020, 1, 1))]], ids=["nothing", "in the past"])
def test_acting_without_a_step_or_in_the_past_is_refused(world, plans):
    alert = alert_of(world)
    with pytest.raises(ValidationError):
        start(alert, world.am, plans)
    alert.refresh_from_db()
    assert alert.state == Alert.State.OPEN
    assert not Task.objects.exists()


@pytest.mark.django_db
def test_the_same_steps_sent_twice_are_there_once(world):
    """A second click, or the form sent again from the page before: what is on the list is not put there again."""
    alert, plans = alert_of(world), [Plan(Act.CALL, "先打电话", TODAY()), Plan(Act.VISIT, "上门", days(2))]
    start(alert, world.am, plans)
    start(alert, world.am, plans)
    assert (alert.steps.count(), Task.objects.count(), PlannedVisit.objects.count()) == (2, 1, 1)
    finish_task(Task.objects.get())
    start(alert, world.am, [Plan(Act.CALL, "先打电话", TODAY()), Plan(Act.CALL, "先打电话", days(1))])
    assert Task.objects.count() == 3, "once it is done it may be done again, and on another day it is another thing"
    PlannedVisit.objects.get().delete()
    start(alert, world.am, plans)
    assert PlannedVisit.objects.exists(), "what was taken off the plan may be put there again"


@pytest.mark.django_db
def test_a_dismissal_of_many_ends_their_tasks_and_gives_them_back(world):
    alert = act(alert_of(world), world.am, due_on=days(3))
    act(alert, world.am, due_on=days(1), step="先打电话")
    finish_task(Task.objects.get(due_on=days(1)), "打过了")
    batch = apply([alert.pk], world.am, "dismiss", note="店面装修")
    assert not Task.objects.open().exists(), "nobody has to call about what is no danger"
    undo(batch, world.am)
    assert [task.due_on for task in Task.objects.open()] == [days(3)]
    assert Task.objects.get(due_on=days(1)).done_note == "打过了"


@pytest.mark.django_db
def test_closing_ends_the_open_tasks(world):
    alert = act(alert_of(world), world.am, due_on=days(3))
    change(alert, Alert.State.KEPT, world.am)
    assert Task.objects.get().done_at is not None


@pytest.mark.django_db
def test_dismissal_needs_a_reason(world):
    with pytest.raises(ValidationError):
        change(alert_of(world), Alert.State.DISMISSED, world.am, "  ")


@pytest.mark.django_db
def test_a_greeting_is_done_and_a_danger_judged(world):
    greeting = alert_of(world, "birthday")
    for state in (Alert.State.KEPT, Alert.State.LOST):
        with pytest.raises(ValidationError):
            change(greeting, state, world.am)
    assert change(greeting, Alert.State.DONE, world.am).acted_at is not None
    with pytest.raises(ValidationError):
        change(alert_of(world, "no_trade"), Alert.State.DONE, world.am)


def test_rates_of_verdicts():
    found = Verdicts(20, 9, kept=3, lost=1, dismissed=4, cleared=5, value_kept=0, value_lost=0, days=None)
    assert (found.saved_rate, found.false_rate) == (Decimal("0.75"), Decimal("0.5"))
    none = Verdicts(2, 0, kept=0, lost=0, dismissed=0, cleared=2, value_kept=0, value_lost=0, days=None)
    assert (none.saved_rate, none.false_rate) == (None, None)


# --- Many at once, and back ---------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_many_are_put_aside_and_taken_back(world):
    own, team, foreign = (alert_of(world, relation=name) for name in ("own", "team", "other_team"))
    batch = apply([own.pk, team.pk, foreign.pk], world.supervisor, "snooze", until=days(7))
    assert batch.count == 2, "what the supervisor does not see stays as it is"
    assert {alert.pk for alert in Alert.objects.snoozed()} == {own.pk, team.pk}
    assert list(Alert.objects.awake()) == [foreign]
    # One of them moves on: it is not taken back any more.
    change(own, Alert.State.ACKNOWLEDGED, world.am)
    assert undo(batch, world.supervisor) == 1
    assert {alert.pk for alert in Alert.objects.awake()} == {own.pk, team.pk, foreign.pk}
    with pytest.raises(ValidationError):
        undo(batch, world.supervisor)


@pytest.mark.django_db
def test_a_dismissal_is_taken_back_unless_raised_anew(world):
    first, second = alert_of(world), alert_of(world, "no_trade")
    batch = apply([first.pk, second.pk], world.am, "dismiss", note="装修")
    assert Alert.objects.open().count() == 0
    again = Alert.objects.create(
        organisation_id=first.organisation_id, client=first.client, kind=first.kind, cause="y", raised_on=TODAY()
    )
    assert undo(batch, world.am) == 1
    assert set(Alert.objects.open()) == {again, second}
    second.refresh_from_db()
    assert (second.state, second.closing_reason, second.closed_by) == (Alert.State.OPEN, "", None)
    assert second.events.last().what == AlertEvent.What.UNDONE


@pytest.mark.django_db
@pytest.mark.parametrize(("count", "good"), [(0, False), (1, True), (60, True), (61, False)])
def test_put_aside_from_tomorrow_for_sixty_days_at_most(world, count, good):
    alert = alert_of(world)
    if good:
        snooze(alert, world.am, days(count))
        assert Alert.objects.snoozed().exists()
    else:
        with pytest.raises(ValidationError):
            snooze(alert, world.am, days(count))


@pytest.mark.django_db
def test_only_who_sees_the_client_can_be_asked_to_act(world):
    alert, mate = alert_of(world), world.managers["team"]
    with pytest.raises(ValidationError):
        assign(alert, world.supervisor, mate)
    TeamMember.objects.create(client=alert.client, user=mate)
    assign(alert, world.supervisor, mate)
    alert.refresh_from_db()
    assert alert.responsible == mate
    assert mate.notifications.count() == 1


@pytest.mark.django_db
def test_a_bulk_act_upon_nothing_is_refused(world):
    alert = change(alert_of(world), Alert.State.LOST, world.am)
    for ids in ([], [alert.pk], ["x"]):
        with pytest.raises(ValidationError):
            apply(ids, world.am, "acknowledge")


@pytest.mark.django_db
def test_what_happened_stays_as_it_was_written(world):
    change(alert_of(world), Alert.State.ACKNOWLEDGED, world.am)
    for write in (AlertEvent.objects.all().delete, lambda: AlertEvent.objects.update(note="x")):
        with pytest.raises(InternalError, match="sealed"), transaction.atomic():
            write()

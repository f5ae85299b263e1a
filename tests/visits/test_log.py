import datetime as dt
import json
import threading
import uuid
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.core.exceptions import ValidationError
from django.db import connection, connections
from django.test import Client as Browser

from clients.models import Client, Ownership
from people.models import Task
from tests import world as worlds
from tests.visits.make import NOW, TODAY, at, visit
from visits.models import ChecklistTemplate, ClientTrace, Mode, PlannedVisit, Result, TraceFlag, Visit
from visits.services import log_visit, may_log, revise_visit, verify

pytestmark = pytest.mark.usefixtures("wednesday")
db = pytest.mark.django_db


@db
def test_a_visit_keeps_what_was_recorded(world):
    client = world.clients["own"]
    made = visit(world.am, client, at(9, 5), minutes=19, longitude=102.711, latitude=25.04, accuracy_m=15)
    made.refresh_from_db()
    assert (made.organisation_id, made.client_id, made.manager_id) == (world.organisation.pk, client.pk, world.am.pk)
    assert (made.day, made.minutes, made.distance_m, made.mode) == (TODAY, 19, 101, Mode.ON_SITE)


@db
def test_the_same_visit_twice_is_saved_once_and_the_first_stands(world):
    client = world.clients["own"]
    key = uuid.uuid4()
    first = log_visit(world.am, client, client_uuid=key, checked_in_at=at(9), note="第一次", next_step="送海报")
    second = log_visit(world.am, client, client_uuid=key, checked_in_at=at(10), note="第二次", next_step="送海报")
    assert (first.created, second.created) == (True, False)
    assert second.visit.pk == first.visit.pk
    assert Visit.objects.get().note == "第一次"
    assert ClientTrace.objects.get(client=client).visits_total == 1
    assert Task.objects.count() == 1


@db
def test_two_people_may_have_the_same_uuid(world):
    key = uuid.uuid4()
    log_visit(world.am, world.clients["own"], client_uuid=key, checked_in_at=at(9))
    log_visit(world.managers["team"], world.clients["team"], client_uuid=key, checked_in_at=at(9))
    assert Visit.objects.count() == 2


@pytest.mark.django_db(transaction=True)
def test_fifty_identical_posts_at_once_make_one_visit():
    """Half of them by the plain form, half from the queue of the phone."""
    world = worlds.build()
    client, start = world.clients["own"], threading.Barrier(50)
    PlannedVisit.objects.create(manager=world.am, client=client, day=TODAY, state=PlannedVisit.State.APPROVED)
    login = Browser()
    login.force_login(world.am)
    item = {
        "client": str(client.pk),
        "client_uuid": str(uuid.uuid4()),
        "mode": "on_site",
        "purpose": "routine",
        "checked_in_at": at(9).isoformat(),
        "checked_out_at": at(9, 1).isoformat(),
        "next_step": "补货",
        "item_display": "yes",
        "later": "complaint",
        "next_appointment_at": "2026-11-25T10:00",
    }
    delivery = json.dumps({"user": str(world.am.pk), "sent_at": NOW.isoformat(), "items": [item]})

    def post(number):
        browser = Browser()
        browser.cookies = login.cookies
        try:
            start.wait()
            if number % 2:
                return browser.post("/visits/new/", item).headers["Location"]
            answer = browser.post("/visits/sync/", delivery, content_type="application/json").json()
            return answer["results"][0]["url"]
        finally:
            connections.close_all()

    with ThreadPoolExecutor(50) as pool:
        addresses = set(pool.map(post, range(50)))
    saved = Visit.objects.get()
    assert addresses == {f"/visits/{saved.pk}/"}
    assert (saved.is_planned, saved.checklist) == (True, {"display": "yes"})
    assert ClientTrace.objects.get().visits_total == 1
    assert {task.source for task in Task.objects.all()} == {f"visit:{saved.pk}", f"visit:{saved.pk}:complaint"}
    assert PlannedVisit.objects.count() == 2
    assert TraceFlag.objects.filter(visit=saved).count() == 1
    assert ChecklistTemplate.objects.count() == 1


@db
def test_what_could_not_be_opened_on_the_spot_becomes_a_task_with_what_was_said(world):
    made = visit(world.am, world.clients["own"], later=["slip", "film", ""], demand="要宣传品", next_step_on=TODAY)
    task = Task.objects.get(source=f"visit:{made.pk}:slip")
    assert (task.owner, task.due_on, task.note) == (world.am, TODAY, "要宣传品")
    assert task.url == f"/service/slips/new/?client={made.client_id}"
    assert Task.objects.count() == 2  # with the next step


@db
@pytest.mark.parametrize("state", ["approved", "submitted"])
def test_on_plan(world, state):
    plan = PlannedVisit.objects.create(manager=world.am, client=world.clients["own"], day=TODAY, state=state)
    made = visit(world.am, world.clients["own"])
    plan.refresh_from_db()
    assert (made.is_planned, plan.visit_id) == (True, made.pk)


@db
@pytest.mark.parametrize(
    ("fields", "tied"),
    [({"state": "draft"}, True), ({"state": "returned"}, False), ({"day": TODAY - dt.timedelta(days=1)}, False)],
)
def test_off_plan(world, fields, tied):
    values = {"day": TODAY, "state": "approved", **fields}
    plan = PlannedVisit.objects.create(manager=world.am, client=world.clients["own"], **values)
    made = visit(world.am, world.clients["own"])
    plan.refresh_from_db()
    assert (made.is_planned, plan.visit_id == made.pk) == (False, tied)


@db
def test_a_call_is_no_planned_visit(world):
    plan = PlannedVisit.objects.create(manager=world.am, client=world.clients["own"], day=TODAY, state="approved")
    made = visit(world.am, world.clients["own"], mode=Mode.PHONE)
    plan.refresh_from_db()
    assert (made.is_planned, plan.visit_id) == (False, None)


@db
def test_a_second_visit_on_the_day_leaves_the_plan_with_the_first(world):
    plan = PlannedVisit.objects.create(manager=world.am, client=world.clients["own"], day=TODAY, state="approved")
    first, second = visit(world.am, world.clients["own"], at(9)), visit(world.am, world.clients["own"], at(14))
    plan.refresh_from_db()
    assert (plan.visit_id, first.is_planned, second.is_planned) == (first.pk, True, False)


@db
def test_the_next_step_becomes_a_task_with_its_day(world):
    made = visit(world.am, world.clients["own"], next_step="送新品海报", next_step_on=dt.date(2026, 11, 25))
    task = Task.objects.get(source=f"visit:{made.pk}")
    assert (task.owner, task.due_on, task.about) == (world.am, dt.date(2026, 11, 25), f"client:{made.client_id}")
    assert "送新品海报" in task.title
    assert task.url == f"/visits/{made.pk}/"


@db
@pytest.mark.parametrize(("hour", "due_on"), [(9, dt.date(2026, 11, 20)), (0, dt.date(2026, 11, 20))])
def test_without_a_day_the_48_hour_rule_holds(world, hour, due_on):
    made = visit(world.am, world.clients["own"], at(hour), next_step="回电")
    assert Task.objects.get(source=f"visit:{made.pk}").due_on == due_on


@db
def test_needs_follow_up_makes_a_task_and_done_does_not(world):
    visit(world.am, world.clients["own"], at(9))
    assert not Task.objects.exists()
    made = visit(world.am, world.clients["own"], at(10), result=Result.FOLLOW_UP)
    assert Task.objects.get().source == f"visit:{made.pk}"


@db
def test_the_next_appointment_stands_on_the_plan(world):
    agreed = at(10, 30, day=TODAY + dt.timedelta(days=14))
    visit(world.am, world.clients["own"], next_appointment_at=agreed)
    plan = PlannedVisit.objects.get()
    assert (plan.day, plan.at, plan.state) == (dt.date(2026, 12, 2), agreed, PlannedVisit.State.APPROVED)


@db
def test_an_appointment_on_a_planned_day_gives_the_plan_its_time(world):
    day = TODAY + dt.timedelta(days=2)
    plan = PlannedVisit.objects.create(manager=world.am, client=world.clients["own"], day=day, reason="月度计划")
    visit(world.am, world.clients["own"], next_appointment_at=at(10, day=day))
    plan.refresh_from_db()
    assert (plan.at, plan.reason, PlannedVisit.objects.count()) == (at(10, day=day), "月度计划", 1)


@db
def test_a_later_appointment_takes_the_place_of_the_one_agreed_before(world):
    client, friday, monday = world.clients["own"], TODAY + dt.timedelta(days=2), TODAY + dt.timedelta(days=5)
    missed = PlannedVisit.objects.create(manager=world.am, client=client, day=TODAY, at=at(8))
    planned = PlannedVisit.objects.create(manager=world.am, client=client, day=friday - dt.timedelta(days=1))
    visit(world.am, client, at(9), mode=Mode.PHONE, next_appointment_at=at(10, day=friday))
    visit(world.am, client, at(11), mode=Mode.PHONE, next_appointment_at=at(15, day=monday))
    lines = PlannedVisit.objects.exclude(pk__in=[missed.pk, planned.pk])
    assert [(line.day, line.at) for line in lines] == [(monday, at(15, day=monday))]
    assert PlannedVisit.objects.count() == 3, "what was missed or only planned stays"
    visit(world.am, client, at(12), mode=Mode.PHONE, next_appointment_at=at(10, day=friday))
    assert [line.day for line in lines.order_by("day")] == [friday, monday]


# --- Clocks ------------------------------------------------------------------------------------------------------


@db
@pytest.mark.parametrize("hours", [-5, 3, 24 * 400])
def test_a_wrong_clock_is_put_right_by_the_time_of_sending(world, hours):
    off = dt.timedelta(hours=hours)
    made = visit(world.am, world.clients["own"], at(14) + off, minutes=20, sent_at=NOW + off)
    assert (made.checked_in_at, made.checked_out_at, made.minutes) == (at(14), at(14, 20), 20)
    assert made.clock_skew_s == -hours * 3600
    assert made.day == TODAY


@db
@pytest.mark.parametrize(("seconds", "skew"), [(119, 0), (120, 120), (-119, 0), (-120, -120)])
def test_two_minutes_are_the_networks(world, seconds, skew):
    made = visit(world.am, world.clients["own"], at(9), sent_at=NOW - dt.timedelta(seconds=seconds))
    assert made.clock_skew_s == skew
    assert made.checked_in_at == at(9) + dt.timedelta(seconds=skew)


@db
def test_nothing_lies_in_the_future(world):
    made = visit(world.am, world.clients["own"], at(22))
    assert (made.checked_in_at, made.checked_out_at, made.minutes) == (NOW, NOW, 0)


@db
def test_a_clock_set_back_during_the_visit_leaves_its_length_unknown(world):
    made = visit(world.am, world.clients["own"], at(9), minutes=-30)
    assert (made.checked_in_at, made.checked_out_at, made.minutes) == (at(9), None, 0)


@db
def test_thirty_days_offline(world):
    day = TODAY - dt.timedelta(days=30)
    made = visit(world.am, world.clients["own"], at(9, day=day), sent_at=NOW)
    assert (made.day, made.minutes) == (day, 20)
    visit(world.am, world.clients["own"], at(9, day=day - dt.timedelta(days=1)))
    assert ClientTrace.objects.get().last_visit_on == day


# --- Who may -----------------------------------------------------------------------------------------------------


@db
def test_who_may_log(world):
    own, other = world.clients["own"], world.clients["team"]
    assert may_log(world.am, own, TODAY)
    assert not may_log(world.am, other, TODAY)
    assert may_log(world.supervisor, other, TODAY)


@db
def test_a_client_handed_over_meanwhile_can_still_be_logged_for_the_days_of_owning(world):
    client, heir = world.clients["own"], world.managers["team"]
    Ownership.objects.filter(client=client).update(valid_to=dt.date(2026, 11, 16))
    Ownership.objects.create(client=client, owner=heir, valid_from=dt.date(2026, 11, 17))
    Client.objects.filter(pk=client.pk).update(owner=heir)
    client.refresh_from_db()
    assert may_log(world.am, client, dt.date(2026, 11, 16))
    assert not may_log(world.am, client, dt.date(2026, 11, 17))
    made = visit(world.am, client, at(9, day=dt.date(2026, 11, 16)))
    assert Visit.objects.visible_to(world.am).get() == made


# --- Corrections -------------------------------------------------------------------------------------------------


@db
def test_a_correction_changes_words_and_the_task_but_neither_time_nor_place(world):
    made = visit(world.am, world.clients["own"], at(9), longitude=102.7, latitude=25.0, next_step="送海报")
    revise_visit(made, note="改过", next_step="送价签", next_step_on=dt.date(2026, 11, 30), checked_in_at=at(1))
    made.refresh_from_db()
    assert (made.note, made.checked_in_at, made.longitude) == ("改过", at(9), 102.7)
    task = Task.objects.get()
    assert "送价签" in task.title
    assert task.due_on == dt.date(2026, 11, 30)


@db
def test_a_correction_that_asks_for_no_follow_up_takes_the_open_task_back(world):
    made = visit(world.am, world.clients["own"], result=Result.FOLLOW_UP)
    assert Task.objects.filter(done_at=None).count() == 1
    revise_visit(made, result=Result.DONE)
    assert not Task.objects.exists()


@db
def test_a_visit_that_was_verified_meanwhile_stays_as_it_is(world):
    made = visit(world.am, world.clients["own"], note="原文")
    verify([made.pk], world.supervisor, "")
    with pytest.raises(ValidationError):
        revise_visit(made, note="改过")
    made.refresh_from_db()
    assert made.note == "原文"


@db
def test_answers_the_checklist_does_not_know_are_left_out(world):
    given = {"display": "yes", "stock": "maybe", "unknown": "no", "shelf": "na"}
    made = visit(world.am, world.clients["own"], checklist=given)
    assert made.checklist == {"display": "yes", "shelf": "na"}
    assert made.checklist_template.version == 1


@db
def test_the_database_refuses_an_end_before_the_start(world):
    made = visit(world.am, world.clients["own"])
    with pytest.raises(Exception, match="visit_ends_after_start"), connection.cursor() as cursor:
        cursor.execute(
            "UPDATE visits_visit SET checked_out_at = checked_in_at - interval '1 second' WHERE id = %s", [made.pk]
        )

"""A request moves along the table and no other way."""

import datetime as dt

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import Error, IntegrityError, connection, transaction
from django.test import Client as Browser

from crm.lib import periods
from people.models import Notification, Role, Task
from people.services import create_unit
from service import history
from service.acts import allowed, steps
from service.models import EightD, RequestEvent, ServiceRequest, State
from service.services import act, write_eight_d
from tests import world as worlds
from tests.service.helpers import NOW, TUESDAY, led_to, request_of

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _tuesday():
    with periods.clock_at(NOW):
        yield


@pytest.fixture
def office(world):
    return world.actors["back_office"]


def test_registering_finds_the_post_and_the_deadline(world):
    delivery = worlds.person(world.organisation, "driver", "唐顺", Role.BACK_OFFICE)
    delivery.post_title = "送货员"
    delivery.save()
    request = request_of(world.clients["own"], world.supervisor)
    assert (request.state, request.handler, request.post, request.tier) == ("assigned", delivery, "送货员", "B")
    assert request.due_at == periods.at(TUESDAY + dt.timedelta(days=1), 10)  # eight working hours
    assert delivery.notifications.count() == 1
    assert world.am.notifications.count() == 1  # the client's own manager hears of it
    assert [event.act for event in request.events.all()] == ["register", "assign"]


def test_the_tier_shortens_and_urgency_halves(world):
    world.organisation.service_standards.filter(tier="B").update(response_hours=4)
    assert request_of(world.clients["own"], world.am).due_at == periods.at(TUESDAY, 15, 30)  # over lunch
    urgent = request_of(world.clients["own"], world.am, priority="urgent")
    assert urgent.due_at == periods.at(TUESDAY, 12)


def test_among_equals_the_nearest_unit_then_the_fewest_cases(world, office):
    far = worlds.person(world.organisation, "centre", "邓雪", Role.BACK_OFFICE)
    assert request_of(world.clients["own"]).handler == office
    assert request_of(world.clients["other_team"]).handler == far
    near = worlds.person(office.unit, "centre2", "熊伟", Role.BACK_OFFICE)
    assert request_of(world.clients["own"]).handler == near


def test_without_any_back_office_the_supervisor_has_it(world):
    assert request_of(world.clients["other_org"]).handler == world.actors["supervisor_beta"]


def test_the_same_form_sent_twice_registers_once(world):
    first = request_of(world.clients["own"], world.am)
    assert request_of(world.clients["own"], world.am, uuid=first.uuid) == first
    assert ServiceRequest.objects.count() == 1


def test_the_clock_stands_while_the_client_thinks(world, office):
    request = act(request_of(world.clients["own"], world.am), "start", office)
    with periods.clock_at(periods.at(TUESDAY, 11)):
        request = act(request, "wait", office, note="等客户提供照片")
    assert (request.left_minutes, request.is_late) == (7 * 60, False)
    with periods.clock_at(periods.at(TUESDAY + dt.timedelta(days=6), 9)):
        assert not ServiceRequest.objects.late().exists()
        request = act(request, "go_on", world.am)
        assert (request.left_minutes, request.is_late) == (None, False)
    assert request.due_at == periods.at(TUESDAY + dt.timedelta(days=6), 17, 30)  # 3 hours, lunch, 4 hours


def test_the_result_brings_a_call_on_the_next_work_day(world, office):
    with periods.clock_at(periods.at(dt.date(2026, 11, 20), 16)):  # a Friday
        request = led_to(request_of(world.clients["own"], world.am), "resolved", office, world.am)
        assert request.callback_on == dt.date(2026, 11, 23)
        task = Task.objects.get(source=f"callback:{request.pk}:0")
        assert (task.owner, task.due_on) == (world.am, request.callback_on)
        request = act(request, "call_back", world.am, satisfaction=5)
        task.refresh_from_db()
        assert task.done_at
        assert (request.satisfaction, request.state) == (5, "called_back")


def test_nobody_asks_after_the_own_work(world, office):
    request = led_to(request_of(world.clients["own"], world.am), "resolved", office, world.am)
    with pytest.raises(PermissionDenied):
        act(request, "call_back", office, satisfaction=5)
    assert "call_back" not in {one.name for one in allowed(request, office)}


def test_what_the_manager_handles_the_supervisor_calls_about(world, office):
    request = act(request_of(world.clients["own"], world.am), "transfer", office, handler=world.am, note="请上门")
    request = act(act(request, "start", world.am), "resolve", world.am, note="已上门")
    assert Task.objects.get(source=f"callback:{request.pk}:0").owner == world.supervisor


def test_reopening_takes_the_result_back_and_starts_the_clock(world, office):
    request = led_to(request_of(world.clients["own"], world.am), "closed", office, world.am)
    with periods.clock_at(NOW + dt.timedelta(days=1)):
        request = act(request, "reopen", world.am, note="又少送")
    assert (request.state, request.reopened, request.satisfaction, request.resolved_at) == ("reopened", 1, None, None)
    assert request.due_at > NOW + dt.timedelta(days=1)
    assert act(request, "assign", world.am, handler=office).state == "assigned"


def test_a_serious_case_needs_its_report(world, office):
    request = request_of(world.clients["own"], world.am, kind="complaint", category="attitude")
    assert request.is_serious
    request = act(request, "start", office)
    with pytest.raises(ValidationError):
        act(request, "resolve", office, note="已道歉")
    report = EightD.objects.get(request=request)
    report.containment = report.cause = report.correction = "写明"
    write_eight_d(request, report, office)
    with pytest.raises(ValidationError):
        act(request, "resolve", office, note="已道歉")
    report.proof = "两周内无新投诉"
    write_eight_d(request, report, office)
    assert act(request, "resolve", office, note="已道歉").state == "resolved"


def test_merging_keeps_the_words_in_the_other_request(world, office):
    first, second = (request_of(world.clients["own"], world.am, text=text) for text in ("没送", "还是没送"))
    merged = act(second, "merge", office, target=first)
    assert (merged.state, merged.merged_into) == ("merged", first)
    assert first.events.last().note == "还是没送"
    other = request_of(world.clients["team"])
    with pytest.raises(ValidationError):
        act(first, "merge", office, target=other)


def test_a_merged_request_takes_neither_its_deadline_nor_the_complaint_away(world, office):
    """Two calls about one thing: what was promised first holds, and a complaint stays one."""
    with periods.clock_at(NOW):
        first = request_of(world.clients["own"], world.am, kind="complaint", category="delivery")
    with periods.clock_at(NOW + dt.timedelta(days=1)):
        second = request_of(world.clients["own"], world.am)
        assert second.due_at > first.due_at
        act(first, "merge", office, target=second)
    second.refresh_from_db()
    assert (second.kind, second.due_at) == ("complaint", first.due_at)


def test_a_note_is_asked_for(world, office):
    request = act(request_of(world.clients["own"], world.am), "start", office)
    with pytest.raises(ValidationError):
        act(request, "resolve", office, note="  ")
    with pytest.raises(ValidationError):
        act(request, "transfer", office, handler=office, note="给自己")


def test_the_log_is_sealed(world):
    request = request_of(world.clients["own"], world.am)
    for statement in ("UPDATE service_requestevent SET note = 'x'", "DELETE FROM service_requestevent"):
        with pytest.raises(Error, match="sealed"), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)
    assert request.events.count() == 2


def test_the_database_knows_the_same_steps(world):
    """Whatever writes: a state follows another only as the table of acts says."""
    request = request_of(world.clients["own"], world.am)
    done = set()
    for before in State.values:
        for after in State.values:
            if before == after:
                continue
            with connection.cursor() as cursor:
                cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            try:
                with transaction.atomic(), connection.cursor() as cursor:
                    # The rows of the table's constraints are not the question here: only the trigger's word counts.
                    cursor.execute(
                        "CREATE TEMP TABLE step (state text) ON COMMIT DROP;"
                        "CREATE TRIGGER t BEFORE UPDATE ON step FOR EACH ROW EXECUTE FUNCTION service_request_step();"
                        "INSERT INTO step VALUES (%s); UPDATE step SET state = %s; DROP TABLE step",
                        [before, after],
                    )
                done.add((before, after))
            except Error as error:
                assert "sealed" in str(error)  # noqa: PT017
    assert done == {(before, after) for before, after in steps() if before != after}
    with pytest.raises(Error, match="sealed"), transaction.atomic():
        ServiceRequest.objects.filter(pk=request.pk).update(state="closed")
    with pytest.raises(IntegrityError), transaction.atomic():
        ServiceRequest.objects.filter(pk=request.pk).update(handler=None)


def test_late_requests_climb_once_per_level(world, office):
    from service.services.escalation import escalate

    region = world.supervisor.unit.parent
    head = worlds.person(region, "head", "李总", Role.SUPERVISOR)
    create_unit(region, "ALPHA-X", "其他部门")
    request = request_of(world.clients["own"], world.am)  # due on Wednesday at 10:00
    wednesday = TUESDAY + dt.timedelta(days=1)
    for moment, told in (
        (periods.at(wednesday, 9, 59), 0),
        (periods.at(wednesday, 10, 1), 1),
        (periods.at(wednesday, 16), 0),
        (periods.at(wednesday + dt.timedelta(days=1), 10, 1), 1),
        (periods.at(wednesday + dt.timedelta(days=9), 10, 1), 0),
    ):
        with periods.clock_at(moment):
            assert escalate(world.organisation, moment) == told, moment
    request.refresh_from_db()
    assert request.escalation_level == 2
    assert [(row.level, row.unit) for row in request.escalations.order_by("level")] == [
        (1, world.supervisor.unit),
        (2, region),
    ]
    for person in (world.supervisor, head):
        assert Notification.objects.filter(user=person, key__startswith="request-late:").count() == 1
    assert RequestEvent.objects.filter(request=request, act="escalate").count() == 2


def test_levels_begin_right_behind_their_moment(world, office):
    """Level 1 after the deadline, level 2 after eight working hours more, across a night, a lunch and a weekend."""
    from service.services.escalation import escalate

    region = world.supervisor.unit.parent
    worlds.person(region, "head", "李总", Role.SUPERVISOR)
    friday = dt.date(2026, 11, 20)
    with periods.clock_at(periods.at(friday, 14)):
        request = request_of(world.clients["own"], world.am)
        assert request.due_at == periods.at(friday + dt.timedelta(days=3), 14)  # Monday, eight working hours on
    monday, second = friday + dt.timedelta(days=3), dt.timedelta(seconds=1)
    tuesday = monday + dt.timedelta(days=1)
    for moment, told in (
        (periods.at(monday, 14), 0),
        (periods.at(monday, 14) + second, 1),
        (periods.at(monday, 14) + second, 0),
        (periods.at(tuesday, 14), 0),
        (periods.at(tuesday, 14) + second, 1),
    ):
        assert escalate(world.organisation, moment) == told, moment


def test_nobody_is_told_of_what_waits_or_is_settled_and_anew_after_it_came_back(world, office):
    from service.services.escalation import escalate

    request = act(request_of(world.clients["own"], world.am), "start", office)
    request = act(request, "wait", office, note="等客户")
    late = NOW + dt.timedelta(days=9)
    assert escalate(world.organisation, late) == 0
    request = act(act(request, "go_on", world.am), "resolve", office, note="已补送")
    assert escalate(world.organisation, late) == 0
    request = act(act(request, "call_back", world.am, satisfaction=2), "reopen", world.am, note="没补齐")
    assert escalate(world.organisation, late) == 1
    assert [(row.reopened, row.level) for row in request.escalations.all()] == [(1, 1)]
    assert escalate(world.organisation, late + dt.timedelta(days=9)) == 0  # there is no level above


def test_the_job_gives_the_same_hash_again(world):
    from crm.lib import jobs

    request_of(world.clients["own"], world.am)
    with periods.clock_at(NOW + dt.timedelta(days=3)):
        job = jobs.request("escalate_requests", world.organisation.pk, scope="10:00", period="2026-11-20")
        first = jobs.run(job.pk)
        again = jobs.request("escalate_requests", world.organisation.pk, scope="10:00", period="2026-11-20")
        second = jobs.run(again.pk)
    assert (first.result, second.result) == ({"people": 1}, {"people": 0})
    assert first.hash == second.hash


def test_a_wrong_category_is_put_right_with_its_post_and_deadline(world, office):
    driver = worlds.person(world.organisation, "driver", "唐顺", Role.BACK_OFFICE)
    driver.post_title = "送货员"
    driver.save()
    request = request_of(world.clients["own"], world.am)  # delivery: eight working hours, until Wednesday at 10
    assert request.handler == driver
    with periods.clock_at(periods.at(TUESDAY, 11)):
        request = act(request, "classify", driver, category="supply", kind="complaint", note="说的是货源")
    request.refresh_from_db()
    assert (request.category, request.kind, request.state, request.handler) == (
        "supply",
        "complaint",
        "assigned",
        office,
    )
    assert request.due_at == periods.at(TUESDAY + dt.timedelta(days=2), 10)  # sixteen hours, one of them used
    with pytest.raises(ValidationError, match="已经是这个分类"):
        act(request, "classify", office, category="supply", note="同上")
    with pytest.raises(ValidationError):
        act(request, "classify", office, category="weather", note="天气")
    with pytest.raises(ValidationError):
        act(request, "classify", office, category="order", note=" ")
    with pytest.raises(PermissionDenied):
        act(request, "classify", world.am, category="order", note="订货")


def test_in_hand_it_stays_there_and_urgency_can_make_it_late(world, office):
    request = act(request_of(world.clients["own"], world.am), "start", office)
    with periods.clock_at(periods.at(TUESDAY, 17)):  # 5.5 of 8 hours are used, four were allowed
        request = act(request, "classify", office, category="delivery", priority="urgent", note="客户明早要")
        assert request.is_late
    assert (request.state, request.handler) == ("handling", office)
    assert request.due_at == periods.at(TUESDAY, 15, 30)


def test_only_a_supervisor_makes_a_serious_case_a_usual_one(world, office):
    request = request_of(world.clients["own"], world.am, kind="complaint", category="attitude")
    assert act(request, "classify", office, category="other", note="不是态度问题").is_serious
    act(request, "classify", office, category="attitude", note="改回")
    assert act(request, "classify", world.supervisor, category="other", note="误报").is_serious is False
    assert act(request, "classify", office, category="attitude", note="又是态度问题").is_serious
    marked = request_of(world.clients["own"], world.am, kind="complaint", category="other", is_serious=True)
    assert act(marked, "classify", world.supervisor, category="order", note="订货").is_serious  # somebody said so


def test_the_page_reclassifies(world, office):
    request = request_of(world.clients["own"], world.am)
    browser = Browser()
    browser.force_login(office)
    assert 'name="category"' in browser.get(f"/service/{request.pk}/").content.decode()
    sent = {"category": "order", "kind": "request", "priority": "normal", "note": "说的是订货"}
    assert browser.post(f"/service/{request.pk}/classify/", {**sent, "category": "x"}).status_code == 302
    request.refresh_from_db()
    assert request.category == "delivery"
    assert browser.post(f"/service/{request.pk}/classify/", sent).status_code == 302
    request.refresh_from_db()
    assert request.category == "order"
    assert "订货" in browser.get(f"/service/{request.pk}/").content.decode()


@pytest.mark.parametrize(
    ("moment", "words"),
    [
        ((17, 10, 0), "还剩 4 个工作小时"),
        ((17, 15, 10), "还剩 20 个工作分钟"),
        ((17, 15, 50), "已超时 20 个工作分钟"),
        ((18, 9, 30), "已超时 3 个工作小时"),
    ],
)
def test_the_time_left_is_told_to_the_minute_where_there_is_no_hour(world, moment, words):
    with periods.clock_at(NOW):
        request = request_of(world.clients["own"], world.am, priority="urgent")
    assert request.due_at == periods.at(TUESDAY, 15, 30)
    day, hour, minute = moment
    with periods.clock_at(periods.at(TUESDAY.replace(day=day), hour, minute)):
        assert history.time_left(request) == words


def test_after_hours_a_late_request_has_no_time_left(world):
    with periods.clock_at(NOW):
        request = request_of(world.clients["own"], world.am)
    request.due_at = periods.at(TUESDAY, 18)
    with periods.clock_at(periods.at(TUESDAY, 22)):
        assert request.is_late
        assert "剩" not in history.time_left(request)

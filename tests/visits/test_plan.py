import datetime as dt
import json
from itertools import pairwise

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.test import Client as Browser

from clients.models import Client, ClientTier
from crm.lib.workdays import is_work_day
from people.models import Notification
from tests.visits.make import TODAY, at, visit
from tests.world import client_of
from visits import due
from visits.maps import route_map, scale_bar
from visits.models import ClientTrace, MonthPlan, PlannedVisit
from visits.services import plan as plans

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("wednesday")]
DECEMBER = dt.date(2026, 12, 1)
NOVEMBER = dt.date(2026, 11, 1)


@pytest.fixture
def am(world):
    browser = Browser()
    browser.force_login(world.am)
    return browser


@pytest.fixture
def supervisor(world):
    browser = Browser()
    browser.force_login(world.supervisor)
    return browser


def visited(client, day, tier="B"):
    ClientTrace.objects.update_or_create(client=client, defaults={"last_visit_on": day})
    ClientTier.objects.filter(client=client).update(tier=tier)


def limit(world, **numbers):
    world.organisation.settings = {"visits": numbers}
    world.organisation.save()
    world.am.unit.organisation.settings = world.organisation.settings


def days_of(client) -> list[dt.date]:
    return list(PlannedVisit.objects.filter(client=client).order_by("day").values_list("day", flat=True))


# --- Proposing ---------------------------------------------------------------------------------------------------


def test_each_client_is_planned_near_its_due_dates(world):
    client = world.clients["own"]
    visited(client, dt.date(2026, 11, 20), "A")  # due 5, 20 December and 4 January
    result = plans.propose(world.am, DECEMBER)
    found = days_of(client)
    assert (result.planned, result.no_room) == (2, 0)
    assert abs(found[0] - dt.date(2026, 12, 5)) <= dt.timedelta(days=3)
    assert abs((found[1] - found[0]).days - 15) <= 3 + 3
    assert all(is_work_day(day) for day in found)


def test_a_client_that_is_not_due_in_the_month_is_not_planned(world):
    visited(world.clients["own"], dt.date(2026, 11, 20), "D")
    assert plans.propose(world.am, DECEMBER).planned == 0


def test_the_present_month_is_planned_from_today(world):
    visited(world.clients["own"], dt.date(2026, 10, 1), "D")
    visited(world.clients["own"], dt.date(2026, 9, 1), "C")
    plans.propose(world.am, NOVEMBER)
    assert min(days_of(world.clients["own"])) >= TODAY


def test_a_month_that_is_over_is_refused(world):
    with pytest.raises(ValidationError):
        plans.propose(world.am, dt.date(2026, 10, 1))


def test_no_day_gets_more_than_fits_and_what_finds_no_room_is_told(world):
    limit(world, visits_per_day=1)
    for number in range(30):
        visited(client_of(world.am, f"x{number}", f"店{number}"), dt.date(2026, 10, 1), "D")
    Client.objects.filter(pk=world.clients["own"].pk).update(is_active=False)
    result = plans.propose(world.am, DECEMBER)
    per_day = list(PlannedVisit.objects.values_list("day", flat=True))
    assert len(per_day) == len(set(per_day)) == result.planned == 23  # work days of December 2026
    assert result.no_room == 30 - 23


def test_difficult_clients_are_placed_first(world):
    limit(world, visits_per_day=1)
    Client.objects.filter(pk=world.clients["own"].pk).update(is_active=False)
    for number in range(30):
        visited(client_of(world.am, f"x{number}", f"店{number}"), dt.date(2026, 10, 1), "D")
    difficult = client_of(world.am, "d", "难点", is_difficult=True)
    visited(difficult, dt.date(2026, 10, 1), "D")
    plans.propose(world.am, DECEMBER)
    assert days_of(difficult)


def test_a_days_clients_are_near_each_other(world):
    limit(world, visits_per_day=5)
    Client.objects.filter(pk=world.clients["own"].pk).update(is_active=False)
    for number in range(20):
        east = number % 2
        client = client_of(
            world.am, f"x{number}", f"店{number}", longitude=102.7 + 0.2 * east + number / 10_000, latitude=25.0
        )
        visited(client, dt.date(2026, 9, 20), "D")
    plans.propose(world.am, DECEMBER)
    sides: dict[dt.date, set[bool]] = {}
    for line in PlannedVisit.objects.select_related("client"):
        sides.setdefault(line.day, set()).add(line.client.longitude > 102.8)
    mixed = sum(len(found) > 1 for found in sides.values())
    assert mixed <= len(sides) // 4


def test_proposing_again_changes_nothing(world):
    visited(world.clients["own"], dt.date(2026, 11, 20), "A")
    plans.propose(world.am, DECEMBER)
    before = list(PlannedVisit.objects.values_list("pk", "day"))
    assert plans.propose(world.am, DECEMBER).planned == 0
    assert list(PlannedVisit.objects.values_list("pk", "day")) == before


# --- Lines and approval ------------------------------------------------------------------------------------------


@pytest.fixture
def line(world):
    return plans.add(world.am, world.clients["own"], dt.date(2026, 12, 3))


def approved(world, line):
    plan = plans.submit(world.am, DECEMBER)
    plans.decide(plan, world.supervisor, approve=True)
    line.refresh_from_db()
    return plan


def test_submit_and_approve(world, line):
    plan = plans.submit(world.am, DECEMBER)
    line.refresh_from_db()
    assert (plan.state, line.state) == ("submitted", "submitted")
    assert Notification.objects.filter(user=world.supervisor, url__contains="manager=").count() == 1
    plans.decide(plan, world.supervisor, approve=True, note="好")
    line.refresh_from_db()
    plan.refresh_from_db()
    assert (plan.state, plan.decided_by, line.state) == ("approved", world.supervisor, "approved")
    assert Notification.objects.filter(user=world.am, text__contains="已批准").count() == 1


def test_return_needs_a_note_and_gives_the_plan_back(world, line):
    plan = plans.submit(world.am, DECEMBER)
    with pytest.raises(ValidationError):
        plans.decide(plan, world.supervisor, approve=False, note=" ")
    plans.decide(plan, world.supervisor, approve=False, note="A 级太少")
    line.refresh_from_db()
    assert line.state == "returned"
    plans.submit(world.am, DECEMBER)
    line.refresh_from_db()
    assert line.state == "submitted"


def test_an_empty_plan_cannot_be_submitted_nor_a_draft_decided(world, line):
    with pytest.raises(ValidationError):
        plans.submit(world.am, dt.date(2027, 1, 1))
    with pytest.raises(ValidationError):
        plans.decide(MonthPlan.objects.get(month=DECEMBER), world.supervisor, approve=True)


def test_nobody_approves_the_own_plan(world):
    client = world.clients["own"]
    plans.add(world.supervisor, client, dt.date(2026, 12, 3))
    plan = plans.submit(world.supervisor, DECEMBER)
    with pytest.raises(PermissionDenied):
        plans.decide(plan, world.supervisor, approve=True)


def test_a_moved_visit_of_an_approved_plan_waits_for_approval_again(world, line):
    plan = approved(world, line)
    assert line.state == "approved"
    moved = plans.move(line, dt.date(2026, 12, 10))
    plan.refresh_from_db()
    assert (moved.day, moved.state, plan.state) == (dt.date(2026, 12, 10), "submitted", "submitted")


def test_a_moved_draft_stays_a_draft(world, line):
    assert plans.move(line, dt.date(2026, 12, 10)).state == "draft"


@pytest.mark.parametrize("day", [TODAY - dt.timedelta(days=1), dt.date(2026, 12, 4)])
def test_where_a_visit_cannot_be_moved(world, line, day):
    plans.add(world.am, world.clients["own"], dt.date(2026, 12, 4))
    with pytest.raises(ValidationError):
        plans.move(line, day)


def test_what_is_made_or_agreed_stays_on_its_day(world):
    made = plans.add(world.am, world.clients["own"], TODAY)
    visit(world.am, world.clients["own"], next_appointment_at=at(10, day=dt.date(2026, 12, 3)))
    agreed = PlannedVisit.objects.get(day=dt.date(2026, 12, 3))
    for each in (made, agreed):
        with pytest.raises(ValidationError):
            plans.move(each, dt.date(2026, 12, 9))
    with pytest.raises(ValidationError):
        plans.remove(made)


def test_a_draft_can_be_dropped_and_an_approved_visit_cannot(world, line):
    other = plans.add(world.am, world.clients["own"], dt.date(2026, 12, 4))
    plans.remove(other)
    approved(world, line)
    with pytest.raises(ValidationError):
        plans.remove(line)
    assert PlannedVisit.objects.get() == line


def test_a_visit_on_a_returned_plan_is_off_plan(world):
    plans.add(world.am, world.clients["own"], TODAY)
    plan = plans.submit(world.am, NOVEMBER)
    plans.decide(plan, world.supervisor, approve=False, note="重排")
    assert not visit(world.am, world.clients["own"]).is_planned


def test_copy_a_week_leaves_out_rest_days_and_clients_that_left(world):
    other = client_of(world.am, "x1", "已移交")
    monday = dt.date(2026, 12, 7)
    for client, day in ((world.clients["own"], monday), (world.clients["own"], monday + dt.timedelta(days=3))):
        plans.add(world.am, client, day)
    plans.add(world.am, other, monday)
    Client.objects.filter(pk=other.pk).update(owner=world.managers["team"])
    # The Friday after is New Year's Day: a Thursday and Monday are copied, nothing lands on a rest day.
    assert plans.copy_week(world.am, monday, dt.date(2026, 12, 30)) == 2
    assert days_of(world.clients["own"])[2:] == [dt.date(2026, 12, 28), dt.date(2026, 12, 31)]
    assert plans.copy_week(world.am, monday, dt.date(2026, 12, 30)) == 0


# --- Pages -------------------------------------------------------------------------------------------------------


def test_the_manager_fills_moves_and_submits(world, am):
    visited(world.clients["own"], dt.date(2026, 11, 20), "A")
    page = am.post("/visits/plan/propose/", {"month": "2026-12"}, follow=True).content.decode()
    assert "已排入 2 次走访" in page
    assert "兴隆便利店" in page
    line = PlannedVisit.objects.first()
    answer = am.post(f"/visits/plan/{line.pk}/move/", {"day": "2026-12-15"}, headers={"accept": "application/json"})
    assert json.loads(answer.content) == {"day": "2026-12-15", "state": "draft", "error": ""}
    answer = am.post(f"/visits/plan/{line.pk}/move/", {"day": "2026-01-01"}, headers={"accept": "application/json"})
    assert answer.status_code == 409
    assert json.loads(answer.content)["day"] == "2026-12-15"
    page = am.post("/visits/plan/submit/", {"month": "2026-12"}, follow=True).content.decode()
    assert "已提交" in page


def test_the_supervisor_sees_who_waits_and_decides(world, supervisor, line):
    plan = plans.submit(world.am, DECEMBER)
    page = supervisor.get("/visits/plan/?month=2026-12").content.decode()
    assert page.index("李明") < page.index("王芳")
    page = supervisor.get(f"/visits/plan/?month=2026-12&manager={world.am.pk}").content.decode()
    assert "批准" in page
    supervisor.post(f"/visits/plan/month/{plan.pk}/decide/", {"decision": "return", "note": "请多排 A 级"})
    plan.refresh_from_db()
    assert (plan.state, plan.note) == ("returned", "请多排 A 级")
    assert supervisor.get(f"/visits/plan/?manager={world.managers['other_team'].pk}").status_code == 404


# --- The map -----------------------------------------------------------------------------------------------------


def test_the_map_is_to_scale_and_counts_what_it_cannot_show(world):

    for number in range(3):
        client_of(world.am, f"x{number}", f"店{number}", longitude=102.71 + 0.01 * (number + 1), latitude=25.04)
    client_of(world.am, "x9", "无坐标")
    rows = due.day_list(world.am).today
    found = route_map(rows, (102.71, 25.04))
    assert found.left_out == 1
    assert [stop.number for stop in found.stops] == [0, 1, 2, 3, 4]
    xs = [stop.x for stop in found.stops]
    steps = [round(b - a) for a, b in pairwise(xs[1:])]
    assert len(set(steps)) == 1
    assert found.metres == pytest.approx(3 * 1007.4 * 1.3, rel=0.01)
    metres_per_unit = 1007.4 / steps[0]
    assert found.bar * metres_per_unit == pytest.approx(int(found.bar_text.split()[0]), rel=0.01)


def test_one_place_needs_no_map(world):

    assert route_map(due.day_list(world.am).today) is None


@pytest.mark.parametrize(("metres", "bar"), [(1, 1), (99, 50), (100, 100), (499, 200), (500, 500), (2600, 2000)])
def test_scale_bars_are_round(metres, bar):
    assert scale_bar(metres) == bar

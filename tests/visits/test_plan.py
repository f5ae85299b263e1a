import datetime as dt
import json
from itertools import pairwise

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.test import Client as Browser

from clients.models import Client, ClientTier
from crm.lib.slots import Entry, Slot
from crm.lib.workdays import is_work_day
from people import zones
from people.models import Notification
from tests.visits.make import TODAY, at, visit
from tests.world import client_of
from visits import due
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


@pytest.mark.parametrize("act", ["add", "move", "repeat"])
def test_who_was_quicker_in_another_window_is_told_of_not_fallen_over(world, monkeypatch, act):
    client, day = world.clients["own"], dt.date(2026, 12, 4)
    line = plans.add(world.am, client, dt.date(2026, 11, 27))
    open_month = plans._open_month

    def late(manager, month):
        found = open_month(manager, month)
        PlannedVisit.objects.get_or_create(manager=manager, client=client, day=day)
        return found

    monkeypatch.setattr(plans, "_open_month", late)
    if act == "repeat":
        plans.repeat(line, 1)
    else:
        with pytest.raises(ValidationError, match="已在"):
            plans.add(world.am, client, day) if act == "add" else plans.move(line, day)


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
    with pytest.raises(ValidationError, match="没有可复制的走访"):
        plans.copy_week(world.am, monday, dt.date(2026, 12, 30))
    with pytest.raises(ValidationError, match="那一周已过"):
        plans.copy_week(world.am, monday, TODAY - dt.timedelta(days=7))


def test_a_copy_that_adds_nothing_leaves_the_approval(world, line):
    plan = approved(world, line)
    with pytest.raises(ValidationError):
        plans.copy_week(world.am, line.day, line.day)
    plan.refresh_from_db()
    assert plan.state == "approved"


def test_a_week_is_copied_as_the_managers_calendar_shows_it(world):
    """To whom weeks begin on Sunday, the Saturday belongs to the week of the Monday before it, the Sunday does not."""
    sunday = dt.date(2026, 12, 6)
    days = ["2026-12-06", "2026-12-12", "2026-12-13", "2026-12-19"]
    world.am.unit.organisation.settings = {"work_days": {"work": days}}
    world.am.preferences = {zones.WEEK: "sunday"}
    for back in (0, 6, 7):  # Sunday, Saturday, and the next Sunday, which is another week
        plans.add(world.am, world.clients["own"], sunday + dt.timedelta(days=back))
    assert plans.copy_week(world.am, dt.date(2026, 12, 9), dt.date(2026, 12, 16)) == 1
    assert days_of(world.clients["own"])[-1] == dt.date(2026, 12, 19)  # 13 December was there already


def test_repeat_every_two_weeks_for_a_quarter(world, line):
    assert plans.repeat(line, 2) == 6
    days = days_of(world.clients["own"])
    assert days[0] == line.day
    assert all(later - earlier >= dt.timedelta(days=12) for earlier, later in pairwise(days))
    assert all(is_work_day(day) for day in days[1:])
    assert plans.repeat(line, 2) == 0, "a second tap adds nothing"
    with pytest.raises(ValidationError):
        plans.repeat(line, 3)


def test_a_repetition_into_a_submitted_month_waits_for_approval(world, line):
    january = dt.date(2027, 1, 1)
    MonthPlan.objects.create(manager=world.am, month=january, state="approved")
    plans.repeat(line, 4)
    states = dict(PlannedVisit.objects.exclude(pk=line.pk).values_list("day__month", "state"))
    assert states[1] == "submitted"
    assert states[2] == "draft"
    assert MonthPlan.objects.get(manager=world.am, month=january).state == "submitted"


def test_alerts_are_planned_first(world, monkeypatch):
    """A client that nobody has to see for months is planned early because an upper package names it."""
    calm, alarmed = world.clients["own"], client_of(world.am, "x1", "销量下滑的店")
    visited(calm, TODAY, "A")
    visited(alarmed, TODAY, "D")
    slot = Slot("due reasons")
    slot.register(Entry("alerts", lambda managers, day: [due.Reason(alarmed.pk, "销量同比 −38%")]))
    plans.propose(world.am, DECEMBER)
    assert not PlannedVisit.objects.filter(client=alarmed).exists()
    monkeypatch.setattr(due, "due_reasons", slot)
    plans.propose(world.am, DECEMBER)
    line = PlannedVisit.objects.get(client=alarmed)
    assert line.reason == "销量同比 −38%"


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


@pytest.mark.parametrize(("view", "cells"), [("day", 1), ("week", 7), ("month", 31)])
def test_a_day_a_week_and_a_month(world, am, line, view, cells):
    page = am.get(f"/visits/plan/?view={view}&day={line.day.isoformat()}").content.decode()
    assert page.count('class="vs-cell"') == cells
    assert "兴隆便利店" in page
    later = am.get(f"/visits/plan/?view={view}&day=2027-03-10").content.decode()
    assert "兴隆便利店" not in later


@pytest.mark.parametrize("query", ["view=week&day=x", "view=year", "view=day&day=2026-02-30", "month=2026-99"])
def test_addresses_that_mean_nothing_show_the_present(am, query):
    assert am.get(f"/visits/plan/?{query}").status_code == 200


def test_a_day_stands_in_the_order_of_the_way(world, am):
    day = dt.date(2026, 12, 7)
    for number, east in enumerate((0.03, 0.01, 0.02)):
        plans.add(
            world.am, client_of(world.am, f"x{number}", f"店{east}", longitude=102.71 + east, latitude=25.04), day
        )
    page = am.get(f"/visits/plan/?view=day&day={day}").content.decode()
    places = [page.index(f">店{east}<") for east in (0.01, 0.02, 0.03)]
    assert places in (sorted(places), sorted(places, reverse=True))
    assert "公里" in page


def test_repeating_and_copying_from_the_page(world, am, line):
    assert am.post(f"/visits/plan/{line.pk}/repeat/", {"weeks": "4"}).status_code == 302
    assert len(days_of(world.clients["own"])) == 4
    am.post("/visits/plan/add/", {"client": line.client_id, "day": "2026-12-11"})
    assert dt.date(2026, 12, 11) in days_of(world.clients["own"])
    page = am.post(f"/visits/plan/{line.pk}/repeat/", {"weeks": "x"}, follow=True).content.decode()
    assert "重复周期" in page


def test_an_act_leads_back_to_the_view_and_says_what_follows(world, am, line):
    approved(world, line)
    week = f"/visits/plan/?view=week&day={line.day}"
    assert f'name="next" value="{week.replace("&", "&amp;")}"' in am.get(week).content.decode()
    answer = am.post(f"/visits/plan/{line.pk}/move/", {"day": "2026-12-10", "next": week}, follow=True)
    assert answer.redirect_chain == [(week, 302)]
    page = answer.content.decode()
    assert "兴隆便利店已排到12月10日" in page
    assert "须由主管重新审批" in page
    answer = am.post(f"/visits/plan/{line.pk}/move/", {"day": "2026-12-11", "next": "https://elsewhere.example/"})
    assert answer["Location"] == "/visits/plan/?month=2026-12"

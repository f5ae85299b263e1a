import datetime as dt
import random

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import translation

from clients.models import ClientTier, Ownership, ServiceStandard
from crm.lib.slots import Entry, Slot
from tests.visits.make import TODAY, at, visit
from tests.world import client_of
from visits import due
from visits.limits import limits_of
from visits.models import ClientTrace, Mode, PlannedVisit, Visit

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("wednesday")]


def days(n: int) -> dt.timedelta:
    return dt.timedelta(days=n)


def last_visit(client, day):
    ClientTrace.objects.update_or_create(client=client, defaults={"last_visit_on": day})


def row_of(world, client) -> due.Due:
    return due.standing_of(client, TODAY)


@pytest.mark.parametrize(("ago", "late", "on_list"), [(29, -1, False), (30, 0, True), (31, 1, True)])
def test_due_on_the_day_the_interval_is_over(world, ago, late, on_list):
    client = world.clients["own"]
    last_visit(client, TODAY - days(ago))
    row = row_of(world, client)
    assert (row.interval, row.days_late, row.is_due) == (30, late, on_list)
    assert row.due_on == TODAY - days(ago) + days(30)


@pytest.mark.parametrize(("tier", "interval"), [("A", 15), ("B", 30), ("C", 60), ("D", 90)])
def test_interval_is_the_tiers(world, tier, interval):
    ClientTier.objects.filter(client=world.clients["own"]).update(tier=tier)
    assert row_of(world, world.clients["own"]).interval == interval


def test_without_a_tier_the_lowest_standard_counts(world):
    client = world.clients["own"]
    ClientTier.objects.filter(client=client).delete()
    assert row_of(world, client).interval == 90


def test_an_unknown_tier_counts_as_none(world):
    ClientTier.objects.filter(client=world.clients["own"]).update(tier="Z")
    assert row_of(world, world.clients["own"]).interval == 90


def test_without_standards_the_default_counts(world):
    ServiceStandard.objects.all().delete()
    world.organisation.settings = {"visits": {"default_days": 45}}
    world.organisation.save()
    world.clients["own"].refresh_from_db()
    assert row_of(world, world.clients["own"]).interval == 45


@pytest.mark.parametrize(("tier", "interval"), [("A", 15), ("D", 30)])
def test_a_representative_is_seen_at_least_monthly(world, tier, interval):
    client = world.clients["own"]
    ClientTier.objects.filter(client=client).update(tier=tier)
    client.is_representative = True
    client.save()
    assert row_of(world, client).interval == interval


def test_never_visited_is_due_at_once_and_late_after_an_interval(world):
    row = row_of(world, world.clients["own"])
    assert row.last_visit_on is None
    assert row.due_on == dt.date(2026, 1, 5)
    assert row.days_late == (TODAY - dt.date(2026, 1, 5)).days - 30


def test_a_client_taken_over_today_is_on_the_list(world):
    client = client_of(world.am, "x0", "新户")
    Ownership.objects.filter(client=client).update(valid_to=TODAY - days(1))
    Ownership.objects.create(client=client, owner=world.am, valid_from=TODAY)
    row = row_of(world, client)
    assert row.is_due
    assert row.days_late == -30
    assert row.lateness == "尚未走访"


def test_without_ownership_counts_from_the_opening_then_from_the_file(world):
    client = client_of(world.am, "x1", "新户", opened_on=dt.date(2026, 11, 1))
    Ownership.objects.filter(client=client).update(valid_to=dt.date(2026, 1, 31))
    assert row_of(world, client).due_on == dt.date(2026, 11, 1)
    client.opened_on, client.created_at = None, at(23, 30)
    client.save()
    assert row_of(world, client).due_on == TODAY


def test_phone_calls_do_not_count_as_visits(world):
    visit(world.am, world.clients["own"], at(9), mode=Mode.PHONE)
    row = row_of(world, world.clients["own"])
    assert row.last_visit_on is None
    assert not row.is_done


def test_a_visit_today_leaves_the_client_on_the_list_as_done(world):
    client = world.clients["own"]
    visit(world.am, client, at(9, day=TODAY - days(40)))
    made = visit(world.am, client, at(9))
    row = row_of(world, client)
    assert row.is_done
    assert row.visit_id == made.pk
    assert (row.last_visit_on, row.days_late) == (TODAY - days(40), 10)
    assert due.day_list(world.am).done == 1


def test_lost_and_inactive_clients_and_those_of_others_are_not_on_the_list(world):
    client_of(world.am, "x1", "已流失", stage="lost")
    client_of(world.am, "x2", "已停用", is_active=False)
    rows = due.rows_of([world.am.pk], TODAY, limits_of(world.organisation))
    assert [row.name for row in rows] == ["兴隆便利店"]


def test_planned_and_agreed_clients_are_on_the_list_before_they_are_due(world):
    client = world.clients["own"]
    last_visit(client, TODAY - days(1))
    assert not row_of(world, client).is_due
    plan = PlannedVisit.objects.create(manager=world.am, client=client, day=TODAY, at=at(16))
    row = row_of(world, client)
    assert (row.is_due, row.plan_id, row.appointment) == (True, plan.pk, at(16))
    PlannedVisit.objects.update(state=PlannedVisit.State.RETURNED)
    assert not row_of(world, client).is_due


def test_in_words(world):
    client = world.clients["own"]
    last_visit(client, TODAY - days(36))
    row = row_of(world, client)
    with translation.override("en"):
        assert row.why == "Overdue 6 days · Tier B every 30 days"
    with translation.override("zh-hans"):
        assert row.why == "逾期 6 天 · B 级每 30 天"


def test_order_is_planned_then_alerts_then_difficult_then_share_of_the_interval(world, monkeypatch):
    made = {}
    for name, tier, ago in (("share2", "A", 30), ("share1.5", "B", 45), ("named", "D", 1), ("plan", "D", 1)):
        made[name] = client_of(world.am, name, name)
        ClientTier.objects.filter(client=made[name]).update(tier=tier)
        last_visit(made[name], TODAY - days(ago))
    made["difficult"] = client_of(world.am, "difficult", "difficult", is_difficult=True)
    last_visit(made["difficult"], TODAY - days(30))
    last_visit(world.clients["own"], TODAY - days(1))
    PlannedVisit.objects.create(manager=world.am, client=made["plan"], day=TODAY)
    slot = Slot("due reasons of the test")

    def reasons(managers, day):
        assert managers == [world.am.pk]
        yield due.Reason(made["named"].pk, "销量同比 −38%")
        yield due.Reason(made["share2"].pk, "生日", makes_due=False)

    slot.register(Entry("test", reasons))
    monkeypatch.setattr(due, "due_reasons", slot)
    rows = due.rows_of([world.am.pk], TODAY, limits_of(world.organisation))
    listed = sorted((row for row in rows if row.is_due), key=lambda row: row.priority)
    assert [row.name for row in listed] == ["plan", "named", "difficult", "share2", "share1.5"]
    assert [reason.text for reason in listed[1].reasons] == ["销量同比 −38%"]


def test_a_day_holds_what_fits_and_all_that_is_planned(world):
    world.organisation.settings = {"visits": {"visits_per_day": 2}}
    world.organisation.save()
    clients = [client_of(world.am, f"x{n}", f"店{n}") for n in range(4)]
    day = due.day_list(world.am, TODAY)
    assert (len(day.today), len(day.waiting)) == (2, 3)
    for client in clients[:3]:
        PlannedVisit.objects.create(manager=world.am, client=client, day=TODAY)
    day = due.day_list(world.am, TODAY)
    assert {row.client_id for row in day.today} == {client.pk for client in clients[:3]}
    assert len(day.waiting) == 2


@pytest.mark.parametrize(("ago", "soon"), [(23, 1), (22, 0), (29, 1)])
def test_soon_is_within_seven_days(world, ago, soon):
    last_visit(world.clients["own"], TODAY - days(ago))
    assert len(due.day_list(world.am, TODAY).soon) == soon


def test_the_way_begins_at_the_position_and_goes_on_to_the_nearest(world):
    places = [(102.76, 25.04), (102.72, 25.04), (102.74, 25.04)]
    for n, (longitude, latitude) in enumerate(places):
        client_of(world.am, f"x{n}", f"店{n}", longitude=longitude, latitude=latitude)
    client_of(world.am, "x9", "无坐标")
    last_visit(world.clients["own"], TODAY - days(1))
    day = due.day_list(world.am, TODAY, position=(102.70, 25.04))
    assert [row.name for row in day.today] == ["店1", "店2", "店0", "无坐标"]
    assert [row.distance_text for row in day.today] == ["2.0 km", "4.0 km", "6.0 km", ""]


def test_done_ones_come_first_and_next_is_the_nearest_left(world):
    near = client_of(world.am, "x1", "近", longitude=102.711, latitude=25.04)
    client_of(world.am, "x2", "远", longitude=102.80, latitude=25.04)
    visit(world.am, world.clients["own"], at(9))
    day = due.day_list(world.am, TODAY)
    assert [row.is_done for row in day.today] == [True, False, False]
    assert day.next.client_id == near.pk


def test_one_statement_whatever_the_number_of_clients(world):
    limits = limits_of(world.organisation)
    for n in range(30):
        client_of(world.am, f"x{n}", f"店{n}")
    with CaptureQueriesContext(connection) as queries:
        rows = due.rows_of([world.am.pk], TODAY, limits)
    assert len(rows) == 31
    assert len([q for q in queries if "clients_client " in q["sql"]]) == 1


def test_overdue_counts_by_manager(world):
    last_visit(world.clients["own"], TODAY - days(31))
    last_visit(world.clients["team"], TODAY - days(30))
    managers = [world.managers["own"].pk, world.managers["team"].pk]
    assert due.overdue_counts(managers, TODAY, limits_of(world.organisation)) == {world.am.pk: 1}


def test_standing_from_the_trace_is_the_standing_from_the_visits(world):
    """The rolling row says the same as the visits themselves, in whatever order they were saved."""
    rng = random.Random(7)
    client = world.clients["own"]
    starts = [at(9, day=TODAY - days(n)) for n in rng.sample(range(1, 80), 12)]
    for start in starts:
        visit(world.am, client, start, mode=rng.choice([Mode.ON_SITE, Mode.PHONE]))
    trace = ClientTrace.objects.get(client=client)
    visits = Visit.objects.filter(client=client)
    assert trace.visits_total == 12
    assert trace.last_visit_on == visits.filter(mode=Mode.ON_SITE).order_by("-day").first().day
    assert trace.last_call_on == visits.filter(mode=Mode.PHONE).order_by("-day").first().day
    assert row_of(world, client).last_visit_on == trace.last_visit_on

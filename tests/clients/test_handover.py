"""Clients change hands on a day with a signed list, or are covered for while somebody is on leave."""

import datetime as dt

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.test import Client as Browser

from clients.models import Client, Handover, LeaveCover
from clients.services import handover as services
from crm.lib import jobs, periods
from people.models import Notification, Task, User
from people.services import give_task
from retention.models import Alert
from tests.clients.helpers import add_client
from visits import due
from visits.models import ClientTrace, PlannedVisit, Visit

pytestmark = pytest.mark.django_db
TODAY = dt.date(2026, 6, 10)


@pytest.fixture(autouse=True)
def clock():
    with periods.clock_at(periods.at(TODAY, 10)):
        yield


def browser(person):
    made = Browser()
    made.force_login(person)
    return made


def later(days):
    return TODAY + dt.timedelta(days=days)


def planned(world, day=TODAY, clients=None, **values):
    found = Client.objects.all() if clients is None else clients
    giver, taker = world.am, world.managers["team"]
    return services.plan_handover(giver, taker, day, found, by=world.supervisor, reason="退休", **values)


def run(world, day):
    job = jobs.run(jobs.request("hand_over", world.organisation.pk, period=day.isoformat()).pk)
    assert job.state == "done", job.error
    return job


# --- Handovers ----------------------------------------------------------------------------------------------------


def test_what_waits_goes_along_and_what_was_done_stays(world):
    own, taker = world.clients["own"], world.managers["team"]
    start = periods.at(TODAY, 9)
    visit = Visit.objects.create(
        organisation=world.organisation, client=own, manager=world.am, day=TODAY, checked_in_at=start
    )
    todo = give_task(world.am, "送资料", later(3), by=world.supervisor, about=f"client:{own.pk}")
    done = give_task(world.am, "已办", TODAY, about=f"client:{own.pk}")
    Task.objects.filter(pk=done.pk).update(done_at=periods.now())
    plan = PlannedVisit.objects.create(manager=world.am, client=own, day=later(2))
    doubled = PlannedVisit.objects.create(manager=world.am, client=own, day=later(4))
    PlannedVisit.objects.create(manager=taker, client=own, day=later(4))
    alert = Alert.objects.create(client=own, organisation=world.organisation, kind="overdue_visit", raised_on=TODAY)
    made = planned(world)
    assert made.done_at
    assert made.rows.get().taken
    own.refresh_from_db()
    assert own.owner == taker
    for row in (visit, todo, done, plan, doubled):
        row.refresh_from_db()
    assert (visit.manager, done.owner, doubled.manager) == (world.am, world.am, world.am)
    assert (todo.owner, todo.org, todo.created_by, plan.manager) == (taker, taker.unit, world.supervisor, taker)
    spans = own.ownerships.order_by("valid_from").values_list("owner", "valid_from", "valid_to", "reason")
    assert list(spans) == [
        (world.am.pk, dt.date(2026, 1, 5), later(-1), ""),
        (taker.pk, TODAY, None, "退休"),
    ]
    # Sight follows: the new owner sees the past, the former one what is the own work.
    for queryset, row in ((Client.objects, own), (Alert.objects, alert)):
        assert queryset.visible_to(taker).filter(pk=row.pk).exists()
        assert not queryset.visible_to(world.am).filter(pk=row.pk).exists()
    assert Visit.objects.visible_to(taker).filter(pk=visit.pk).exists()
    assert Visit.objects.visible_to(world.am).filter(pk=visit.pk).exists()
    told = Notification.objects.filter(key=f"handover:{made.pk}:done")
    assert set(told.values_list("user__username", flat=True)) == {
        "am", "am.team", "supervisor",
    }  # fmt: skip


def test_on_its_day_and_not_before(world):
    extra = [add_client(world, f"K{n}") for n in range(3)]
    made = planned(world, later(5), Client.objects.filter(code__startswith="K"))
    assert made.is_waiting
    run(world, later(4))
    assert Client.objects.filter(owner=world.am, code__startswith="K").count() == 3
    Client.objects.filter(pk=extra[0].pk).update(owner=None)  # another owner by then: not taken away again
    with periods.clock_at(periods.at(later(5), 0, 4)):
        assert (world.organisation.pk, "", later(5).isoformat()) not in list(services.due(periods.now()))
    with periods.clock_at(periods.at(later(5), 0, 5)):
        assert (world.organisation.pk, "", later(5).isoformat()) in list(services.due(periods.now()))
        job = run(world, later(5))
    assert job.result == {"clients": {str(made.pk): 2}}
    assert list(made.rows.order_by("client").values_list("taken", flat=True)) == [False, True, True]
    assert Client.objects.filter(owner=world.managers["team"], code__startswith="K").count() == 2
    assert run(world, later(6)).result == {"clients": {}}


def test_clients_do_not_go_to_somebody_who_has_left(world):
    made = planned(world, later(5))
    User.objects.filter(pk=world.managers["team"].pk).update(is_active=False)
    for day in (5, 6):
        with periods.clock_at(periods.at(later(day), 1)):
            run(world, later(day))
    assert Client.objects.get(pk=world.clients["own"].pk).owner == world.am
    made.refresh_from_db()
    assert made.is_waiting
    told = Notification.objects.get(user=world.supervisor, key__endswith="stuck")
    assert "王芳" in told.text
    services.cancel_handover(made)


def test_refusals_say_what_to_do(world):
    am, team, beta = world.am, world.managers["team"], world.managers["other_org"]
    some = Client.objects.all()
    for giver, taker, day, clients, words in (
        (am, am, TODAY, some, "两位不同的人员"),
        (am, beta, TODAY, some, "同一单位"),
        (am, world.hr, TODAY, some, "不是在岗的客户经理"),
        (am, team, later(-1), some, "已经过去"),
        (am, team, TODAY, Client.objects.none(), "没有"),
        (world.managers["other_team"], team, TODAY, some, "没有"),  # not the supervisor's to give
    ):
        with pytest.raises(ValidationError, match=words):
            services.plan_handover(giver, taker, day, clients, by=world.supervisor, reason="x")
    planned(world, later(2))
    with pytest.raises(ValidationError, match="另一份交接"):
        planned(world, later(3))
    with pytest.raises(IntegrityError), transaction.atomic():
        Handover.objects.create(
            organisation=world.organisation, giver=am, taker=am, day=TODAY, reason="", made_by=world.hr
        )


def test_both_sign_after_the_list_is_done(world):
    made = planned(world, later(1), checklist=["档案", "承诺"])
    task = Task.objects.get(source=f"handover:{made.pk}:giver")
    with pytest.raises(ValidationError, match="档案"):
        services.sign(made, world.am)
    services.tick(made, [0, 1])
    with pytest.raises(ValidationError):
        services.sign(made, world.supervisor)
    services.sign(made, world.am)
    task.refresh_from_db()
    assert task.done_at
    with pytest.raises(ValidationError):  # what was signed stays
        services.tick(made, [])
    services.sign(made, world.managers["team"])
    made.refresh_from_db()
    assert made.is_signed


def test_called_off(world):
    made = planned(world, later(1))
    services.cancel_handover(made)
    assert not Task.objects.filter(source__startswith=f"handover:{made.pk}", done_at=None).exists()
    run(world, later(1))
    assert Client.objects.get(pk=world.clients["own"].pk).owner == world.am
    done = planned(world)
    with pytest.raises(ValidationError, match="已经移交"):
        services.cancel_handover(done)


def test_the_wizard_from_the_first_step_to_the_signature(world):
    for number in range(3):
        add_client(world, f"K{number}", stage="dormant" if number else "active")
    ask = browser(world.supervisor)
    people = {"giver": world.am.pk, "taker": world.managers["team"].pk, "reason": "网格调整"}
    page = ask.get("/clients/handovers/new/", {**people, "day": "2026-06-09"})
    assert "day" in page.context["form"].errors
    page = ask.get("/clients/handovers/new/", {**people, "day": "2026-02-31"})
    assert "day" in page.context["form"].errors
    address = (
        "/clients/handovers/new/?" + "&".join(f"{name}={value}" for name, value in people.items()) + "&day=2026-06-12"
    )
    page = ask.get(f"{address}&stage=dormant")
    assert [client.code for client in page.context["clients"]] == ["K1", "K2"]
    ids = [client.pk for client in page.context["clients"]][:1]
    page = ask.post(
        f"{address}&stage=dormant", {"ids": ids, "checklist": ["档案", " "], "note": "钥匙在抽屉"}, follow=True
    )
    made = Handover.objects.get()
    assert page.request["PATH_INFO"] == f"/clients/handovers/{made.pk}/"
    assert (made.rows.get().client.code, made.checklist) == ("K1", [{"text": "档案", "done": False}])
    giver = browser(world.am)
    giver.post(f"/clients/handovers/{made.pk}/checklist/", {"done": ["0"]})
    giver.post(f"/clients/handovers/{made.pk}/sign/")
    made.refresh_from_db()
    assert made.giver_signed_at
    page = giver.get(f"/clients/handovers/{made.pk}/print/").content.decode()
    assert "钥匙在抽屉" in page
    assert "K1" in page
    assert browser(world.managers["other_team"]).get(f"/clients/handovers/{made.pk}/").status_code == 404


# --- Leave cover --------------------------------------------------------------------------------------------------


def cover(world, start=TODAY, end=None, **values):
    end = end or later(6)
    return services.cover_leave(world.am, world.managers["team"], start, end, by=world.supervisor, **values)


def test_a_deputy_sees_and_works_and_it_ends_by_itself(world):
    own, deputy = world.clients["own"], world.managers["team"]
    alert = Alert.objects.create(client=own, organisation=world.organisation, kind="overdue_visit", raised_on=TODAY)
    made = cover(world, later(1), later(3))
    for day, seen in ((0, False), (1, True), (3, True), (4, False)):
        with periods.clock_at(periods.at(later(day), 12)):
            assert Client.objects.visible_to(deputy).filter(pk=own.pk).exists() == seen, day
            assert Client.objects.editable_by(deputy).filter(pk=own.pk).exists() == seen
            assert Alert.objects.visible_to(deputy).filter(pk=alert.pk).exists() == seen
            list_of_day = due.day_list(deputy)
            there = {row.client_id for row in (*list_of_day.today, *list_of_day.waiting, *list_of_day.soon)}
            assert (own.pk in there) == seen
            page = browser(deputy).get("/clients/").content.decode()
            assert (own.code in page) == seen
            assert ("含您代管" in page) == seen
    assert Client.objects.visible_to(world.am).filter(pk=own.pk).exists()
    own.refresh_from_db()
    assert own.owner == world.am
    with periods.clock_at(periods.at(later(2), 12)):
        services.end_cover(made)
        assert not Client.objects.visible_to(deputy).filter(pk=own.pk).exists()
    services.end_cover(LeaveCover.objects.get())
    assert not LeaveCover.objects.exists()


def test_a_deputys_visit_counts_as_done(world):
    own, deputy = world.clients["own"], world.managers["team"]
    cover(world)
    Visit.objects.create(
        organisation=world.organisation, client=own, manager=deputy, day=TODAY, checked_in_at=periods.at(TODAY, 9)
    )
    ClientTrace.objects.create(client=own, last_visit_on=TODAY)
    row = next(row for row in due.day_list(deputy).today if row.client_id == own.pk)
    assert row.is_done


def test_every_leave_that_runs_can_be_ended(world):
    long = cover(world, later(0), later(200))
    values = {"organisation": world.organisation, "person": world.managers["team"], "made_by": world.supervisor}
    for number in range(25):
        day = later(1 + number)
        LeaveCover.objects.create(deputy=world.am, valid_from=day, valid_to=day, **values)
    LeaveCover.objects.create(deputy=world.am, valid_from=later(-60), valid_to=later(-50), **values)
    covers = browser(world.supervisor).get("/clients/handovers/").context["covers"]
    assert (long in covers, len(covers)) == (True, 26)


def test_covers_that_do_not_fit(world):
    made = cover(world, later(1), later(5))
    am, team, south = world.am, world.managers["team"], world.managers["other_team"]
    for person, deputy, start, end, words in (
        (am, am, 0, 1, "两位不同的人员"),
        (am, south, 5, 8, "已有人代管"),
        (team, am, 2, 3, "也不在岗"),
        (team, south, 3, 2, "早于"),
        (team, south, -3, -2, "已经过去"),
        (team, south, 0, 400, "超过一年"),
    ):
        with pytest.raises(ValidationError, match=words):
            services.cover_leave(person, deputy, later(start), later(end), by=world.supervisor)
    assert list(LeaveCover.objects.all()) == [made]
    ask = browser(world.supervisor)
    posted = {"person": team.pk, "deputy": am.pk, "valid_from": "2026-06-12", "valid_to": "2026-06-13"}
    page = ask.post("/clients/covers/new/", posted)
    assert "deputy" in page.context["form"].errors
    page = ask.post("/clients/covers/new/", {**posted, "valid_from": "2026-06-31"})
    assert "valid_from" in page.context["form"].errors
    ask.post("/clients/covers/new/", {**posted, "valid_from": "2026-07-01", "valid_to": "2026-07-02"})
    assert LeaveCover.objects.count() == 2

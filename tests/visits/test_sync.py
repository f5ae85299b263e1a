"""Visits that a phone sends when it has a signal again."""

import datetime as dt
import json
import random
import uuid

import pytest
from django.db import connection
from django.test import Client as Browser
from django.test.utils import CaptureQueriesContext

from clients.models import Client, Ownership, Product, ProductClass
from people.models import Task
from tests.visits.make import NOW, TODAY, at
from tests.world import client_of
from visits.models import ClientTrace, Mode, PlannedVisit, Visit

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("wednesday")]


@pytest.fixture
def am(world):
    browser = Browser()
    browser.force_login(world.am)
    return browser


def item_of(client, start=None, **fields):
    start = start or at(9)
    return {
        "client": str(client.pk),
        "client_uuid": str(uuid.uuid4()),
        "mode": "on_site",
        "purpose": "routine",
        "checked_in_at": start.isoformat(),
        "checked_out_at": (start + dt.timedelta(minutes=20)).isoformat(),
        **fields,
    }


def send(browser, user, items, **more):
    body = {"user": str(user.pk), "sent_at": NOW.isoformat(), "items": items, **more}
    return browser.post("/visits/sync/", json.dumps(body), content_type="application/json")


def results(answer):
    assert answer.status_code == 200, answer.content
    return answer.json()["results"]


def test_saved_then_known(world, am):
    item = item_of(world.clients["own"], note="离线记的", item_display="yes", next_step="送海报")
    [first] = results(send(am, world.am, [item]))
    [second] = results(send(am, world.am, [item]))
    made = Visit.objects.get()
    assert (first["state"], second["state"]) == ("saved", "known")
    assert first["url"] == second["url"] == f"/visits/{made.pk}/"
    assert (made.note, made.checklist) == ("离线记的", {"display": "yes"})
    assert Task.objects.count() == 1


def test_a_thousand_visits_shuffled_with_duplicates_equal_the_list_of_the_device(world, am):
    clients = [client_of(world.am, f"x{n}", f"店{n}") for n in range(10)]
    rng = random.Random(3)
    kept = [
        item_of(
            rng.choice(clients),
            at(6, day=TODAY - dt.timedelta(days=n // 40)) + dt.timedelta(minutes=13 * (n % 40)),
            mode=rng.choice(["on_site", "phone"]),
            note=f"第 {n} 条",
        )
        for n in range(1000)
    ]
    sent = kept + rng.sample(kept, 200)
    rng.shuffle(sent)
    states = []
    for start in range(0, len(sent), 50):
        states += [result["state"] for result in results(send(am, world.am, sent[start : start + 50]))]
    assert (states.count("saved"), states.count("known")) == (1000, 200)
    stored = {
        (str(row.client_uuid), str(row.client_id), row.mode, row.note, row.checked_in_at)
        for row in Visit.objects.filter(manager=world.am)
    }
    assert stored == {
        (
            item["client_uuid"],
            item["client"],
            item["mode"],
            item["note"],
            dt.datetime.fromisoformat(item["checked_in_at"]),
        )
        for item in kept
    }
    for client in clients:
        trace = ClientTrace.objects.get(client=client)
        mine = Visit.objects.filter(client=client)
        assert trace.visits_total == mine.count()
        assert trace.last_visit_on == mine.filter(mode=Mode.ON_SITE).order_by("-day").first().day


def test_a_delivery_asks_once_for_what_its_visits_share(world, am):
    clients = [client_of(world.am, f"x{n}", f"店{n}") for n in range(10)]
    items = [
        item_of(client, at(8) + dt.timedelta(minutes=30 * n), note=f"这是第 {n} 家的情况说明")
        for n, client in enumerate(clients)
    ]
    send(am, world.am, [item_of(world.clients["own"], at(7), item_display="yes")])
    with CaptureQueriesContext(connection) as queries:
        assert {result["state"] for result in results(send(am, world.am, items))} == {"saved"}
    # Who sends and acts (3), what is here already, the clients, the checklist; for each visit: plan, the visit, the
    # trace, what it is held against, and the savepoint around (2).
    assert len(queries) <= 6 + 10 * 6


def test_products_and_a_companion_come_from_the_device(world, am):
    kind = ProductClass.objects.create(organisation=world.organisation, code="one", name="一类烟")
    product = Product.objects.create(
        organisation=world.organisation, product_class=kind, code="p1", name="云烟（软珍品）"
    )
    foreign = Product.objects.create(
        organisation=world.other_organisation,
        product_class=ProductClass.objects.create(organisation=world.other_organisation, code="d", name="存款"),
        code="p2",
        name="大额存单",
    )
    form = am.get(f"/visits/new/?client={world.clients['own'].pk}").content.decode()
    assert "云烟（软珍品）" in form
    assert "大额存单" not in form
    item = item_of(world.clients["own"], products=f"{product.pk},{foreign.pk},x", companion=str(world.supervisor.pk))
    assert results(send(am, world.am, [item]))[0]["state"] == "saved"
    made = Visit.objects.get()
    assert list(made.products.all()) == [product]
    assert made.companion == world.supervisor
    assert "云烟（软珍品）" in am.get(f"/visits/{made.pk}/").content.decode()
    assert am.post(f"/visits/{made.pk}/edit/", {"purpose": "routine", "note": "没谈产品"}).status_code == 302
    assert not made.products.exists()


def test_one_that_is_refused_does_not_hold_up_the_others(world, am):
    good, bad, foreign = item_of(world.clients["own"]), item_of(world.clients["own"]), item_of(world.clients["team"])
    bad["next_step_on"] = "2026-11-01"
    found = results(send(am, world.am, [foreign, bad, good, {"client_uuid": "x"}]))
    assert [result["state"] for result in found] == ["refused", "refused", "saved", "refused"]
    assert "不归您" in found[0]["reason"]
    assert "完成日期" in found[1]["reason"]
    assert [result["client_uuid"] for result in found] == [
        foreign["client_uuid"], bad["client_uuid"], good["client_uuid"], "x",
    ]  # fmt: skip
    assert Visit.objects.count() == 1


def test_a_phone_whose_clock_is_five_hours_slow(world, am):
    off = dt.timedelta(hours=-5)
    answer = send(am, world.am, [item_of(world.clients["own"], at(14) + off)], sent_at=(NOW + off).isoformat())
    assert results(answer)[0]["state"] == "saved"
    made = Visit.objects.get()
    assert (made.checked_in_at, made.clock_skew_s) == (at(14), 5 * 3600)


def test_thirty_days_offline(world, am):
    item = item_of(world.clients["own"], at(9, day=TODAY - dt.timedelta(days=30)), next_step_on="2026-10-21")
    assert results(send(am, world.am, [item]))[0]["state"] == "saved"
    assert Task.objects.get().due_on == dt.date(2026, 10, 21)


@pytest.mark.parametrize(("handed_over", "state"), [(TODAY, "saved"), (TODAY - dt.timedelta(days=1), "refused")])
def test_the_client_was_handed_over_meanwhile(world, am, handed_over, state):
    client, heir = world.clients["own"], world.managers["team"]
    Ownership.objects.filter(client=client).update(valid_to=handed_over - dt.timedelta(days=1))
    Ownership.objects.create(client=client, owner=heir, valid_from=handed_over)
    Client.objects.filter(pk=client.pk).update(owner=heir)
    visited = at(9, day=TODAY - dt.timedelta(days=1))
    assert results(send(am, world.am, [item_of(client, visited)]))[0]["state"] == state


def test_a_wrong_clock_does_not_lose_the_client_of_the_day(world, am):
    """By the phone it is last year, when the client was nobody's; by the server it is a day of owning."""
    client, heir = world.clients["own"], world.managers["team"]
    Ownership.objects.filter(client=client).update(valid_to=TODAY - dt.timedelta(days=1))
    Ownership.objects.create(client=client, owner=heir, valid_from=TODAY)
    Client.objects.filter(pk=client.pk).update(owner=heir)
    off = dt.timedelta(days=-400)
    item = item_of(client, at(9, day=TODAY - dt.timedelta(days=1)) + off)
    answer = send(am, world.am, [item], sent_at=(NOW + off).isoformat())
    assert results(answer)[0]["state"] == "saved"


def test_somebody_else_is_logged_in_on_this_phone(world, am):
    answer = send(am, world.managers["team"], [item_of(world.clients["own"])])
    assert answer.status_code == 409
    assert not Visit.objects.exists()


def test_an_expired_session_is_sent_to_the_login(world):
    answer = send(Browser(), world.am, [item_of(world.clients["own"])])
    assert answer.status_code == 302
    assert answer.headers["Location"].startswith("/login/")


@pytest.mark.parametrize(
    "body", ["", "[]", "{}", '{"items": 3, "user": 1}', '{"items": [3], "user": 1}', '{"items": []}']
)
def test_nonsense(am, body):
    assert am.post("/visits/sync/", body, content_type="application/json").status_code == 400


def test_at_most_fifty_at_once(world, am):
    assert send(am, world.am, [item_of(world.clients["own"])] * 51).status_code == 400


def test_announced_it_leads_to_the_next_client(world, am):
    other = client_of(world.am, "x1", "下一家")
    [result] = results(send(am, world.am, [item_of(world.clients["own"], then="next")], announce=True))
    assert am.get(result["url"]).headers["Location"] == f"/visits/new/?client={other.pk}"
    assert "已保存，第 1 户" in am.get("/visits/due/").content.decode()


@pytest.mark.parametrize("planned", [False, True])
def test_one_visit_asks_the_database_twelve_times_at_most(world, am, planned):
    """With a checklist, a note and a next step, on plan or off it, by the app or by the plain form."""
    first, second = world.clients["own"], client_of(world.am, "x1", "下一家")
    words = {"note": "更换价签，讲解新品陈列要求", "item_display": "yes", "next_step": "送海报", "then": "next"}
    send(am, world.am, [item_of(first, at(8), **words)])  # the first one ever makes the checklist's version
    if planned:
        for client in (first, second):
            PlannedVisit.objects.create(manager=world.am, client=client, day=TODAY, state="approved")
    other = {**words, "note": "客户想多要新品"}
    with CaptureQueriesContext(connection) as by_app:
        [result] = results(send(am, world.am, [item_of(second, at(9), **other)], announce=True))
    other["note"] = "这回谈的是补货和宣传品"
    with CaptureQueriesContext(connection) as by_form:
        answer = am.post("/visits/new/", item_of(first, at(10), **other))
    assert (result["state"], answer.status_code) == ("saved", 302)
    assert Visit.objects.filter(is_planned=planned, checked_in_at__gte=at(9)).count() == 2
    assert PlannedVisit.objects.exclude(visit=None).count() == 2 * planned
    assert max(len(by_app), len(by_form)) <= 12


def test_manifest_and_worker_need_no_login():
    browser = Browser()
    manifest = browser.get("/visits/app.webmanifest").json()
    assert manifest["name"] == "走访"
    for icon in manifest["icons"]:
        assert icon["src"].startswith("/static/")
    worker = browser.get("/visits/worker.js")
    assert worker.headers["Service-Worker-Allowed"] == "/"
    assert "importScripts" in worker.content.decode()

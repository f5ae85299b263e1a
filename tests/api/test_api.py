"""The interface shows and takes what the token's person sees and may do, and tells errors so that a program can act."""

import datetime as dt
import uuid
from decimal import Decimal

import pytest
from django.test import Client as Browser
from icalendar import Calendar

from clients.models import Client, MonthlyFact
from crm.api import tokens
from crm.lib import jobs, periods
from crm.models import ApiToken, KeptAnswer
from people.models import User
from retention.models import Alert
from tests.world import client_of
from visits.models import PlannedVisit, Visit
from visits.services import log_visit
from visits.services.log import keep_appointment

pytestmark = pytest.mark.django_db
VISIT = {"mode": "phone", "checked_in_at": "2026-11-20T10:00:00+08:00", "note": "电话问了库存"}


@pytest.fixture
def program(world):
    """``program(role, *scopes)``: a browser without cookies that sends a token of that person."""

    def make(role: str, *scopes: str) -> Browser:
        _token, secret = tokens.make(world.actors[role], "测试", list(scopes) or ["read"], 30)
        return Browser(headers={"Authorization": f"Bearer {secret}"})

    return make


def post(browser, path, body, **headers):
    return browser.post(f"/api/v1{path}", body, content_type="application/json", headers=headers)


def codes(answer):
    return [item["code"] for item in answer.json()["items"]]


# --- Who may ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["/me", "/clients", "/visits", "/journals", "/scorecards", "/alerts", "/imports/1"])
def test_without_a_token(world, client, path):
    client.force_login(world.hr)  # a login of the pages opens nothing here: no request by another site's script
    answer = client.get(f"/api/v1{path}")
    assert answer.status_code == 401
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.headers["WWW-Authenticate"] == "Bearer"


@pytest.mark.parametrize("end", ["expired", "revoked", "disabled", "first password"])
def test_a_token_ends_at_once(world, program, end):
    browser = program("am")
    assert browser.get("/api/v1/me").status_code == 200
    if end == "expired":
        ApiToken.objects.update(expires_at=periods.now())
    elif end == "revoked":
        ApiToken.objects.update(revoked_at=periods.now())
    else:
        User.objects.update(**{"disabled": {"is_active": False}, "first password": {"must_change_password": True}}[end])
    assert browser.get("/api/v1/me").status_code == 401


def test_a_scope_is_needed_and_falls_with_the_role(world, program):
    assert post(program("am", "read"), "/visits", {}).status_code == 403
    assert post(program("am", "visits"), "/imports/clients", {"rows": [{"code": "1"}]}).status_code == 403
    browser = program("hr", "data")
    User.objects.filter(pk=world.hr.pk).update(role="am")
    assert post(browser, "/imports/clients", {"rows": [{"code": "1"}]}).status_code == 401
    ApiToken.objects.update(generation=User.objects.get(pk=world.hr.pk).generation)  # the scope falls by itself as well
    assert post(browser, "/imports/clients", {"rows": [{"code": "1"}]}).status_code == 403


def test_nobody_gives_away_what_is_not_theirs(world):
    with pytest.raises(ValueError, match="data"):
        tokens.make(world.am, "测试", ["read", "data"], 30)


def test_only_a_digest_is_kept(world):
    token, secret = tokens.make(world.am, "测试", ["read"], 30)
    assert secret not in str(ApiToken.objects.filter(pk=token.pk).values().get())
    assert tokens.find(secret) == token
    assert tokens.find(secret[:-1]) is None


# --- Reading ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("role", "relations"),
    [
        ("am", ["own"]),
        ("supervisor", ["own", "team"]),
        ("hr", ["own", "team", "other_team"]),
        ("admin", ["own", "team", "other_team"]),
    ],
)
def test_rows_in_sight_and_no_others(world, program, role, relations):
    browser = program(role)
    assert set(codes(browser.get("/api/v1/clients"))) == {world.clients[name].code for name in relations}
    for relation, found in world.clients.items():
        expected = 200 if relation in relations else 404
        assert browser.get(f"/api/v1/clients/{found.code}").status_code == expected
        assert browser.get(f"/api/v1/clients/{found.code}/facts").status_code == expected


@pytest.mark.parametrize(("role", "count"), [("am", 1), ("supervisor", 2), ("hr", 3), ("back_office", 0)])
def test_alerts_are_read_by_those_who_have_a_page_of_them(world, program, role, count):
    for found in world.clients.values():
        Alert.objects.create(
            organisation_id=found.organisation_id, client=found, kind="no_trade", cause="x", raised_on=periods.today()
        )
    assert len(program(role).get("/api/v1/alerts").json()["items"]) == count


def test_pages_follow_each_other_without_gap(world, program):
    for number in range(7):
        client_of(world.am, f"P{number}", f"分页{number}")
    browser, seen, url = program("am"), [], "/api/v1/clients?limit=3"
    while url:
        answer = browser.get(url)
        seen += codes(answer)
        url = answer.json()["next"]
    assert len(seen) == len(set(seen)) == 8


def test_filters(world, program):
    browser = program("hr")
    own = world.clients["own"]
    assert codes(browser.get("/api/v1/clients", {"owner": "am"})) == [own.code]
    assert codes(browser.get("/api/v1/clients", {"q": own.name})) == [own.code]
    assert codes(browser.get("/api/v1/clients", {"tier": "Z"})) == []


@pytest.mark.parametrize("query", ["limit=0", "limit=201", "limit=x", "is_active=perhaps"])
def test_a_bad_filter_is_named(world, program, query):
    answer = program("am").get(f"/api/v1/clients?{query}")
    assert answer.status_code == 422
    assert answer.json()["fields"][0]["field"] == query.partition("=")[0]


def test_queries_do_not_grow(world, program, django_assert_max_num_queries):
    browser = program("hr")
    for number in range(30):
        client_of(world.am, f"Q{number}", f"查询{number}")
    with django_assert_max_num_queries(5):
        assert len(codes(browser.get("/api/v1/clients"))) == 33


def test_the_description_names_every_path(client):
    paths = client.get("/api/v1/openapi.json").json()["paths"]
    assert set(paths["/api/v1/visits"]) == {"get", "post"}
    assert "/api/v1/imports/facts" in paths


# --- Writing ----------------------------------------------------------------------------------------------------


def test_a_visit_is_logged_once(world, program):
    browser = program("am", "visits")
    body = VISIT | {"client": world.clients["own"].code, "client_uuid": str(uuid.uuid4())}
    answers = [post(browser, "/visits", body).status_code for _time in range(3)]
    assert answers == [201, 200, 200]
    visit = Visit.objects.get()
    assert (visit.manager, visit.mode, visit.note) == (world.am, "phone", "电话问了库存")


@pytest.mark.parametrize("relation", ["team", "other_team", "other_org"])
def test_no_visit_to_a_client_out_of_sight(world, program, relation):
    body = VISIT | {"client": world.clients[relation].code, "client_uuid": str(uuid.uuid4())}
    assert post(program("am", "visits"), "/visits", body).status_code == 404
    assert not Visit.objects.exists()


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"mode": "by pigeon"}, "mode"),
        ({"checked_in_at": "yesterday"}, "checked_in_at"),
        ({"next_step_on": "2026-11-01"}, "next_step_on"),
        ({"longitude": 999}, "longitude"),
        ({"colour": "red"}, "colour"),
    ],
)
def test_what_is_wrong_with_a_visit_is_named(world, program, wrong, field):
    body = VISIT | {"client": world.clients["own"].code, "client_uuid": str(uuid.uuid4())} | wrong
    answer = post(program("am", "visits"), "/visits", body)
    assert answer.status_code == 422, answer.content
    assert [found["field"] for found in answer.json()["fields"]] == [field]
    assert not Visit.objects.exists()


def test_a_key_is_answered_again_and_not_done_again(world, program):
    browser = program("hr", "data")
    body = {"rows": [{"code": world.clients["own"].code, "month": "2026-10", "amount": 1200}]}
    first = post(browser, "/imports/facts", body, **{"Idempotency-Key": "once"})
    second = post(browser, "/imports/facts", body, **{"Idempotency-Key": "once"})
    assert (first.status_code, second.status_code) == (202, 202)
    assert first.json() == second.json()
    other = post(browser, "/imports/facts", {"rows": [*body["rows"]] * 2}, **{"Idempotency-Key": "once"})
    assert other.status_code == 422
    assert KeptAnswer.objects.count() == 1


def test_facts_in_bulk(world, program):
    browser = program("hr", "data", "read")
    own, foreign = world.clients["own"], world.clients["other_org"]
    rows = [
        {"code": own.code, "month": "2026-10", "amount": 1200.5, "quantity": 30},
        {"code": foreign.code, "month": "2026-10", "amount": 5},
    ]
    started = post(browser, "/imports/facts", {"rows": rows}).json()
    assert started["state"] == "requested"
    jobs.run(jobs.Job.objects.get(kind="import_facts").pk)
    told = browser.get(f"/api/v1/imports/{started['id']}").json()
    assert told["state"] == "done"
    assert (told["report"]["created"], told["report"]["rejected"]) == (1, 1)
    assert told["problems"][0]["row"] == 3
    assert MonthlyFact.objects.get().amount == Decimal("1200.50")
    fact = browser.get(f"/api/v1/clients/{own.code}/facts").json()[0]
    assert (fact["month"], Decimal(fact["amount"])) == ("2026-10-01", Decimal("1200.5"))


def test_clients_in_bulk_by_whom(world, program):
    rows = [{"code": "N1", "name": "新客户便利店", "grid": world.units["own"].code}]
    started = post(program("admin", "data"), "/imports/clients", {"rows": rows}).json()
    job = jobs.Job.objects.get(kind="import_clients")
    assert job.requested_by == world.actors["admin"]
    jobs.run(job.pk)
    assert Client.objects.filter(code="N1").exists(), started


def test_an_unknown_field_is_named_before_anything_is_taken(world, program):
    answer = post(program("hr", "data"), "/imports/clients", {"rows": [{"code": "N1", "name": "x", "shoe_size": 44}]})
    assert answer.status_code == 422
    assert "shoe_size" in answer.json()["detail"]
    assert not jobs.Job.objects.exists()


def test_another_organisations_import_is_not_there(world, program):
    body = {"rows": [{"code": "1", "month": "2026-10", "amount": 1}]}
    mine = post(program("hr", "data"), "/imports/facts", body).json()["id"]
    User.objects.filter(pk=world.actors["admin"].pk).update(unit=world.other_organisation)
    assert program("admin", "data").get(f"/api/v1/imports/{mine}").status_code == 404


# --- The page ---------------------------------------------------------------------------------------------------


def test_a_token_is_made_shown_once_and_revoked(world, client):
    client.force_login(world.am)
    page = client.post("/me/tokens/", {"name": "报表", "scopes": ["read"], "days": "30"}).content.decode()
    token = ApiToken.objects.get()
    secret = page.split("<code data-copy>")[1].split("</code>")[0]
    assert tokens.find(secret) == token
    assert token.expires_at - periods.now() < dt.timedelta(days=30)
    assert secret not in client.get("/me/tokens/").content.decode()
    client.post(f"/me/tokens/{token.pk}/revoke/")
    assert tokens.find(secret) is None


def test_the_page_offers_only_ones_own_scopes(world, client):
    client.force_login(world.am)
    answer = client.post("/me/tokens/", {"name": "报表", "scopes": ["data"], "days": "30"})
    assert answer.context["form"].errors["scopes"]
    assert not ApiToken.objects.exists()


# --- The calendar -----------------------------------------------------------------------------------------------


def test_planned_visits_and_appointments_stand_in_the_calendar(world, client):
    own, today = world.clients["own"], periods.today()
    PlannedVisit.objects.create(manager=world.am, client=own, day=today)
    agreed = periods.at(today + dt.timedelta(days=3), 10)
    values = {"client_uuid": uuid.uuid4(), "checked_in_at": periods.now(), "next_appointment_at": agreed}
    log_visit(world.am, Client.objects.select_related("organisation").get(pk=own.pk), **values)
    PlannedVisit.objects.create(manager=world.managers["team"], client=world.clients["team"], day=today)
    _token, secret = tokens.make(world.am, "手机日历", ["calendar"], 30)
    answer = client.get(f"/calendar/{secret}.ics")
    entries = Calendar.from_ical(answer.content).walk("VEVENT")
    assert [str(entry["summary"]) for entry in entries] == [f"走访：{own.name}", f"约见：{own.name}"]
    assert [entry["dtstart"].dt for entry in entries] == [today, agreed]
    ApiToken.objects.update(revoked_at=periods.now())
    assert client.get(f"/calendar/{secret}.ics").status_code == 404


def test_an_appointment_stands_in_the_calendar_once_and_at_its_latest_hour(world, client):
    at = dt.datetime.combine(periods.today() + dt.timedelta(days=3), dt.time(10), dt.UTC)
    body = {"client": world.clients["own"], "day": periods.today(), "checked_in_at": periods.now()}
    visit = Visit.objects.create(
        manager=world.am, organisation=world.organisation, next_appointment_at=at, client_uuid=uuid.uuid4(), **body
    )
    keep_appointment(visit)
    PlannedVisit.objects.update(at=at + dt.timedelta(hours=2))  # the client has rung, and asks for noon
    _token, secret = tokens.make(world.am, "手机日历", ["calendar"], 30)
    (entry,) = Calendar.from_ical(client.get(f"/calendar/{secret}.ics").content).walk("VEVENT")
    assert (str(entry["summary"]), entry["dtstart"].dt) == ("约见：兴隆便利店", at + dt.timedelta(hours=2))
    assert str(entry["description"]).startswith("http"), "a phone has no page of ours open"


def test_a_token_for_reading_opens_no_calendar(world, client):
    _token, secret = tokens.make(world.am, "报表", ["read"], 30)
    assert client.get(f"/calendar/{secret}.ics").status_code == 404

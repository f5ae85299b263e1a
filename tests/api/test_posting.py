"""Whatever a program sends beyond what an operation asks for changes nothing: each operation × role × field.

Operations come from the interface's own description, fields from every model.
"""

import json
import uuid
from typing import Any

import pytest
from django.test import Client as Browser

from clients.models import Upload
from crm.api import tokens
from crm.api.urls import api
from people.models import User
from tests.trust.ground import nothing_kept
from tests.trust.posting import extras, traces
from tests.world import ROLES
from visits.models import Visit

pytestmark = pytest.mark.django_db
SCHEMA = json.loads(json.dumps(api.get_openapi_schema(), default=str))
OPERATIONS = sorted((method.upper(), path) for path, methods in SCHEMA["paths"].items() for method in methods)
ROW = {"code": "H1", "name": "兴隆分店"}


def bodies(world) -> dict[str, dict[str, Any]]:
    """What an operation that writes asks for."""
    visit = {"client": world.clients["own"].code, "client_uuid": str(uuid.UUID(int=7)), "mode": "phone",
             "checked_in_at": "2026-11-20T10:00:00+08:00", "note": "电话问了库存"}  # fmt: skip
    return {
        "/api/v1/visits": visit,
        "/api/v1/imports/clients": {"rows": [ROW]},
        "/api/v1/imports/facts": {"rows": [{"code": world.clients["own"].code, "month": "2026-10", "amount": "5"}]},
    }


def asked(path: str) -> set[str]:
    """The fields that an operation asks for."""
    schema = SCHEMA["paths"][path]["post"]["requestBody"]["content"]["application/json"]["schema"]
    return set(SCHEMA["components"]["schemas"][schema["$ref"].rsplit("/", 1)[1]]["properties"])


def program(person) -> Browser:
    """Sends a token with everything that the person may give away."""
    _token, secret = tokens.make(person, "测试", list(tokens.scopes_for(person)), 30)
    return Browser(headers={"Authorization": f"Bearer {secret}"})


def rows() -> list[dict[str, Any]]:
    """What the operations write, and whom everything belongs to."""
    found = [*Visit.objects.order_by("pk").values(), *Upload.objects.order_by("pk").values()]
    return found + list(User.objects.order_by("pk").values("role", "unit_id", "is_active", "generation"))


def sent(browser, path, body) -> tuple[int, list[str], list[dict[str, Any]]]:
    """(status, tables with a value that was sent along, rows) of a call that is taken back."""
    with nothing_kept():
        answer = browser.post(path, body, content_type="application/json")
        return answer.status_code, traces(), rows()


def test_every_operation_that_writes_is_here(world):
    assert {path for method, path in OPERATIONS if method != "GET"} == set(bodies(world))


@pytest.mark.parametrize("role", ROLES)
def test_fields_beyond_those_asked_for(world, settings, tmp_path, role):
    settings.MEDIA_ROOT = tmp_path
    browser = program(world.actors[role])
    before = rows()
    for path, body in bodies(world).items():
        status, left, usual = sent(browser, path, body)
        again = sent(browser, path, body)[2]
        assert left == []
        assert status in (201, 202, 403, 404)
        more = {name: value for name, value in extras().items() if name not in asked(path)}
        found, left, changed = sent(browser, path, {**more, **body})
        assert left == [], path
        if found == 422 != status:  # refused as a whole, by a schema that forbids what it does not know
            assert changed == before
            continue
        assert found == status, path
        # But for ids, moments and names of files, which no two calls have in common.
        for one, other, after in zip(usual, again, changed, strict=True):
            fixed = {key for key in one if other[key] == one[key]}
            assert {key: after[key] for key in fixed} == {key: one[key] for key in fixed}


@pytest.mark.parametrize("role", ["hr", "admin"])
def test_fields_of_rows_that_no_import_brings(world, settings, tmp_path, role):
    """They are named and nothing is taken in."""
    settings.MEDIA_ROOT = tmp_path
    browser = program(world.actors[role])
    for path, body in bodies(world).items():
        if "rows" not in body:
            continue
        for name in ("id", "organisation_id", "is_superuser", "version", "merged_into"):
            answer = browser.post(path, {"rows": [{**body["rows"][0], name: "1"}]}, content_type="application/json")
            assert answer.status_code == 422, (path, name)
            assert not Upload.objects.exists()


@pytest.mark.parametrize("role", ROLES)
def test_reading_takes_no_orders(world, role):
    """Neither a body nor other words in the address change whose rows are shown, nor any other method."""
    browser = program(world.actors[role])
    client = world.clients["own"]
    for method, path in OPERATIONS:
        if method != "GET":
            continue
        url = path.replace("{code}", client.code).replace("{pk}", "1")
        usual = browser.get(url)
        assert browser.get(url, {"organisation_id": "1", "user": "1", "visible_to": "1"}).content == usual.content
        forged = browser.generic("GET", url, json.dumps(extras()), "application/json", headers={"X-User": "1"})
        assert forged.content == usual.content
        others = {"PUT", "PATCH", "DELETE"} | ({"POST"} if ("POST", path) not in OPERATIONS else set())
        for other in others:
            answer = browser.generic(other, url, json.dumps(extras()), "application/json")
            assert answer.status_code == 405, (other, url)
    assert traces() == []

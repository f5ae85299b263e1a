"""The example client of the documentation does what it says, over HTTP."""

import datetime as dt
import uuid

import pytest

from crm.api import tokens
from crm.lib import jobs, periods
from tests.docs import example_client
from tests.world import client_of
from visits.models import Visit


@pytest.mark.django_db(transaction=True)
def test_reading_writing_and_refusals(world, live_server, monkeypatch):
    monkeypatch.setattr(jobs, "ring", jobs.run)
    module = example_client()

    def program(role, *scopes):
        return module.Zoufang(live_server.url, tokens.make(world.actors[role], "示例", list(scopes), 30)[1])

    for number in range(3):
        client_of(world.am, f"E{number}", f"示例{number}")
    reader = program("am", "read", "visits")
    assert reader.me()["username"] == "am"
    found = list(reader.clients(limit="2"))  # page after page
    assert {one.code for one in found} == {world.clients["own"].code, "E0", "E1", "E2"}
    assert reader.client("E1").name == "示例1"
    with pytest.raises(module.ZoufangError) as refused:
        reader.client(world.clients["other_team"].code)
    assert refused.value.status == 404
    at = periods.now() - dt.timedelta(hours=1)
    visit_id = uuid.uuid4()
    first = reader.log_visit("E1", "phone", at, visit_id, note="电话问了库存")
    assert reader.log_visit("E1", "phone", at, visit_id, note="电话问了库存") == first
    with pytest.raises(module.ZoufangError, match="mode"):
        reader.log_visit("E1", "by pigeon", at)
    assert Visit.objects.filter(client__code="E1").count() == 1
    officer = program("hr", "data", "read")
    started = officer.import_facts([{"code": "E1", "month": "2026-10", "amount": "120"}])
    assert officer.import_state(started.id).state == "done"
    with pytest.raises(ValueError, match="not for"):
        reader._call("GET", "https://elsewhere.example.com/api/v1/me")

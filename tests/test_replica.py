"""Reports from a read replica: two PostgreSQL servers, one following the other, and what happens when it lags."""

import copy
import os
import shutil
import time
from collections.abc import Iterator

import pytest
from django.conf import settings
from django.db import connection, connections
from django.test import Client as Browser
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from clients.models import Client
from crm.lib import replica, sql
from tests.standby import Copy
from tests.world import client_of

pytestmark = [
    pytest.mark.django_db(transaction=True, databases=["default", replica.ALIAS]),
    pytest.mark.skipif(bool(os.environ.get("DATABASE_URL")), reason="a server that is not ours to copy"),
]
REPORTS = [
    "kpi:board", "kpi:growth", "kpi:years", "kpi:heat", "clients:portfolio", "clients:staffing", "journals:board",
    "retention:value", "retention:proof", "retention:forecast", "service:desk",
]  # fmt: skip


@pytest.fixture(scope="module", autouse=True)
def standby(django_db_setup, django_db_blocker) -> Iterator[Copy]:
    """Two servers of this module's own, known to the site; gives the one that follows.

    Not the server of all tests: a standby waits for the end of its long transactions before it answers at all. Beside
    it: another system user must get there, too.
    """
    folder, usual = settings.VAR_DIR / f"servers-{os.getpid()}", connection.settings_dict["HOST"]
    folder.mkdir()
    primary = Copy(folder / "1", usual, follows=False)
    primary.start()
    found = Copy(folder / "2", primary.sockets, follows=True)
    found.start()
    with django_db_blocker.unblock():
        connection.close()
    connection.settings_dict["HOST"] = str(primary.sockets)
    same = copy.deepcopy(connection.settings_dict)
    connections.databases[replica.ALIAS] = same | {"HOST": str(found.sockets), "TEST": {"MIRROR": "default"}}
    yield found
    with django_db_blocker.unblock():
        connections[replica.ALIAS].close()
        connection.close()
    connection.settings_dict["HOST"] = usual
    del connections[replica.ALIAS]
    del connections.databases[replica.ALIAS]
    for server in (found, primary):
        server.stop()
    shutil.rmtree(folder)


@pytest.fixture(autouse=True)
def followed(standby, world, settings, monkeypatch) -> None:
    """The replica has all that there is."""
    settings.REPLICA_LAG = 0.0
    monkeypatch.setattr(replica, "HOLDS", 0.0)
    caught_up()


def caught_up() -> None:
    replica._known.until = 0.0
    deadline = time.monotonic() + 30
    while not replica.is_fresh():
        assert time.monotonic() < deadline, "the replica does not follow"
        replica._known.until = 0.0
        time.sleep(0.02)


def is_replica() -> bool:
    return bool(sql.rows("SELECT pg_is_in_recovery() AS told")[0]["told"])


def seen_by(user, name: str, **kwargs):
    """(response, statements on the replica, on the primary) of a page."""
    browser = Browser()
    browser.force_login(user)
    caught_up()
    with CaptureQueriesContext(connections[replica.ALIAS]) as there, CaptureQueriesContext(connection) as here:
        response = browser.get(reverse(name, kwargs=kwargs))
    return response, len(there), len(here)


def test_reads_inside_go_to_the_replica_and_writes_to_the_primary(world):
    assert not is_replica()
    with replica.reading():
        assert is_replica()
        found = Client.objects.get(pk=world.clients["own"].pk)
        assert found._state.db == replica.ALIAS
        found.address = "新街2号"
        found.save()
        Client.objects.filter(pk=found.pk).update(phone="13800000001")
        client_of(world.am, "530100000099", "新开的店")
    assert not is_replica()
    again = Client.objects.get(pk=found.pk)
    assert (again.address, again.phone) == ("新街2号", "13800000001")
    assert Client.objects.filter(code="530100000099").exists()


@pytest.mark.parametrize("name", REPORTS)
def test_every_report_can_be_made_from_the_replica(world, name):
    kwargs = {"pk": world.units["north"].pk} if name == "journals:board" else {}
    response, there, here = seen_by(world.hr, name, **kwargs)
    assert response.status_code == 200
    assert there > 0
    assert here < 6, "who asks comes from the primary, the figures do not"


def test_other_pages_never_do(world):
    for name in ("home", "clients:list", "visits:list", "kpi:runs"):
        response, there, _here = seen_by(world.hr, name)
        assert (response.status_code, there) == (200, 0), name


def test_one_that_lags_is_passed_over_until_it_has_caught_up(world, standby):
    standby.say("SELECT pg_wal_replay_pause()::text")
    try:
        client_of(world.am, "530100000098", "刚刚开的店")
        assert replica.lag() > 0
        with replica.reading() as taken:
            assert taken == "default"
            assert Client.objects.filter(code="530100000098").exists()
    finally:
        standby.say("SELECT pg_wal_replay_resume()::text")
    caught_up()
    with replica.reading() as taken:
        assert taken == replica.ALIAS
        assert Client.objects.filter(code="530100000098").exists()


def test_within_the_allowed_lag_it_is_still_used(world, standby, settings):
    settings.REPLICA_LAG = 3600.0
    standby.say("SELECT pg_wal_replay_pause()::text")
    try:
        client_of(world.am, "530100000097", "一会儿才看到的店")
        with replica.reading() as taken:
            assert taken == replica.ALIAS
            assert not Client.objects.filter(code="530100000097").exists()
    finally:
        standby.say("SELECT pg_wal_replay_resume()::text")


def test_when_it_dies_under_a_report_the_primary_answers(world, standby, monkeypatch):
    browser = Browser()
    browser.force_login(world.hr)
    monkeypatch.setattr(replica, "HOLDS", 600.0)
    caught_up()  # and believed to be so for ten minutes
    standby.stop()
    try:
        assert browser.get(reverse("clients:portfolio")).status_code == 200
        with replica.reading() as taken:
            assert taken == "default", "left alone for a while"
    finally:
        standby.start()
    caught_up()
    with replica.reading() as taken:
        assert taken == replica.ALIAS


def test_one_that_was_promoted_is_none_any_more(standby):
    assert standby.say("SELECT pg_promote()::text") == "true"
    assert replica.lag() is None
    with replica.reading() as taken:
        assert taken == "default"

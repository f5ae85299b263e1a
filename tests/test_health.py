"""/healthz tells the truth, whatever hangs."""

import socket
import time
from contextlib import contextmanager

import pytest
from django.db import connection

LIMIT_SECONDS = 30.0  # tells hanging from answering on a busy machine, not slow from quick


def ask(client):
    started = time.monotonic()
    answer = client.get("/healthz")
    assert time.monotonic() - started < LIMIT_SECONDS
    return answer.status_code, answer.json()


@contextmanager
def silent_socket(path):
    """A server that accepts and never answers."""
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(path))
        server.listen()
        yield


def test_without_worker_and_beat(client, db):
    assert ask(client) == (
        503,
        {"database": "ok", "broker": "ok", "worker": "down", "beat": "down", "status": "failing"},
    )


def test_a_worker_is_seen_until_it_has_been_silent_for_long(client, celery_worker):
    from django.conf import settings
    from redis import Redis

    worker = celery_worker()
    assert ask(client)[1]["worker"] == "ok"
    worker.kill()
    key = f"{settings.REDIS_PREFIX}:health:worker"
    with Redis.from_url(settings.REDIS_URL) as redis:
        assert 0 < redis.ttl(key) <= 30
        redis.expire(key, 0)
    assert ask(client)[1]["worker"] == "down"


def test_broker_away(client, db, settings, tmp_path):
    settings.REDIS_URL = f"unix://{tmp_path}/none.sock?db=0"
    status, parts = ask(client)
    assert status == 503
    assert (parts["database"], parts["broker"], parts["worker"], parts["beat"]) == ("ok", "down", "unknown", "unknown")


def test_broker_and_database_hang(client, db, settings, tmp_path, monkeypatch):
    settings.REDIS_URL = f"unix://{tmp_path}/redis.sock?db=0"
    monkeypatch.setitem(connection.settings_dict, "HOST", str(tmp_path))
    monkeypatch.setitem(connection.settings_dict, "PORT", "5432")
    with silent_socket(tmp_path / "redis.sock"), silent_socket(tmp_path / ".s.PGSQL.5432"):
        status, parts = ask(client)
    assert status == 503
    assert (parts["database"], parts["broker"]) == ("down", "down")


def test_database_away(client, db, tmp_path, monkeypatch):
    monkeypatch.setitem(connection.settings_dict, "HOST", str(tmp_path))
    status, parts = ask(client)
    assert status == 503
    assert (parts["database"], parts["broker"]) == ("down", "ok")


def test_needs_no_login_and_is_never_cached(client, db):
    answer = client.get("/healthz")
    assert "no-store" in answer["Cache-Control"]


@pytest.mark.parametrize("method", ["post", "put", "delete"])
def test_only_reads(client, db, method):
    assert getattr(client, method)("/healthz").status_code == 405

"""/healthz: whether database, broker, worker and beat do their work, answered within three seconds whatever hangs."""

import logging
import select
import time
from typing import Any

import psycopg2
import redis
from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.db import connection
from django.http import HttpRequest, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from psycopg2 import extensions

from crm.lib import broker

logger = logging.getLogger(__name__)

PULSE_SECONDS = 5.0
SILENT_AFTER_SECONDS = {"worker": 30, "beat": 45}  # beat signs with each tick, every 15 s
DATABASE_SECONDS = 1.5


@login_not_required
@never_cache
@require_safe
def healthz(request: HttpRequest) -> JsonResponse:
    """200 when every part is "ok", else 503; a part is "ok", "down" or, where the broker cannot tell, "unknown"."""
    found = parts()
    healthy = all(state == "ok" for state in found.values())
    return JsonResponse({**found, "status": "ok" if healthy else "failing"}, status=200 if healthy else 503)


def parts() -> dict[str, str]:
    """Each part's state."""
    return {"database": _database(), **_broker_and_processes()}


def sign(part: str) -> None:
    """Leave a sign of life that fades by itself. A broker that is away is logged, never raised."""
    try:
        with broker.client() as client:
            client.set(_key(part), int(time.time()), ex=SILENT_AFTER_SECONDS[part])
    except redis.RedisError as error:
        logger.warning("no sign of life of %s could be left: %s", part, error)


def _key(part: str) -> str:
    return f"{settings.REDIS_PREFIX}:health:{part}"


def _broker_and_processes() -> dict[str, str]:
    names = list(SILENT_AFTER_SECONDS)
    try:
        with broker.client() as client:
            signs: Any = client.mget([_key(name) for name in names])
    except redis.RedisError as error:
        logger.warning("broker: %s", error)
        return {"broker": "down", **dict.fromkeys(names, "unknown")}
    return {"broker": "ok", **{name: "ok" if seen else "down" for name, seen in zip(names, signs, strict=True)}}


def _database() -> str:
    """A new connection and a query. Asynchronous, because nothing else bounds the wait for a server that hangs."""
    deadline = time.monotonic() + DATABASE_SECONDS
    try:
        probe = psycopg2.connect(**connection.get_connection_params(), async_=True)
        try:
            _await(probe, deadline)
            cursor = probe.cursor()
            cursor.execute("SELECT 1")
            _await(probe, deadline)
        finally:
            probe.close()
    except (psycopg2.Error, TimeoutError) as error:
        logger.warning("database: %s", error)
        return "down"
    return "ok"


def _await(probe: extensions.connection, deadline: float) -> None:
    """Wait until the connection is ready for the next step; TimeoutError at the deadline."""
    poll = select.poll()
    poll_events = {extensions.POLL_READ: select.POLLIN, extensions.POLL_WRITE: select.POLLOUT}
    while (state := probe.poll()) != extensions.POLL_OK:
        poll.register(probe.fileno(), poll_events[state])
        left = deadline - time.monotonic()
        if left <= 0 or not poll.poll(left * 1000):
            raise TimeoutError(f"no answer within {DATABASE_SECONDS} s")

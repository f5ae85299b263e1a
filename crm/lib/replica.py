"""Reports and exports read from a replica, where there is one and as long as it keeps up; everything else does not.

A person must see at once what was just written, so only pages that say so by `report` are read from a copy that may be
`REPLICA_LAG` seconds old. Who asks and what is in sight of that person always comes from the primary.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from functools import wraps
from typing import Any

from django.conf import settings
from django.db import DEFAULT_DB_ALIAS, InterfaceError, OperationalError, connections
from django.http import HttpRequest, HttpResponseBase

ALIAS = "replica"
HOLDS = 2.0  # seconds that a reading of the lag holds
LEFT_ALONE = 15.0  # seconds before a replica that did not answer is asked again
FAULTS = (OperationalError, InterfaceError)

_alias: ContextVar[str] = ContextVar("replica_alias", default=DEFAULT_DB_ALIAS)
View = Callable[..., HttpResponseBase]


@dataclass
class _Known:
    """What this process has last seen of the replica."""

    fresh: bool = False
    until: float = 0.0


_known = _Known()


class Router:
    """Reads where `reading` says, writes to the primary, migrations on the primary."""

    def db_for_read(self, model: Any, **hints: Any) -> str:
        return _alias.get()

    def db_for_write(self, model: Any, **hints: Any) -> str:
        return DEFAULT_DB_ALIAS

    def allow_relation(self, one: Any, other: Any, **hints: Any) -> bool:
        return True  # rows of both are rows of one database

    def allow_migrate(self, db: str, app_label: str, **hints: Any) -> bool:
        return db == DEFAULT_DB_ALIAS


def alias() -> str:
    """The database that is read from now."""
    return _alias.get()


@contextmanager
def reading() -> Iterator[str]:
    """Read from the replica inside, if it is there and not too old; gives the alias that was taken."""
    taken = ALIAS if ALIAS in connections.databases and is_fresh() else DEFAULT_DB_ALIAS
    token = _alias.set(taken)
    try:
        yield taken
    finally:
        _alias.reset(token)


def report(view: View) -> View:
    """Decorator of a page that may be some seconds old. When the replica fails under it, the primary answers."""

    @wraps(view)
    def routed(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if request.method not in ("GET", "HEAD"):
            return view(request, *args, **kwargs)
        try:
            with reading() as taken:
                return view(request, *args, **kwargs)
        except FAULTS:
            if taken != ALIAS:
                raise
            _leave_alone()
        return view(request, *args, **kwargs)

    return routed


def is_fresh() -> bool:
    """Whether the replica is at most ``REPLICA_LAG`` seconds behind; asked every `HOLDS` seconds at most."""
    if time.monotonic() >= _known.until:
        behind = lag()
        if behind is None:
            _leave_alone()
        else:
            _known.fresh, _known.until = behind <= settings.REPLICA_LAG, time.monotonic() + HOLDS
    return _known.fresh


def lag() -> float | None:
    """Seconds that the replica is behind the primary, 0 when it has all; None when it does not answer or is none.

    Measured against what the primary has written, not by what the replica has received: one that is cut off has
    replayed all that it got and would call itself current.
    """
    with connections[DEFAULT_DB_ALIAS].cursor() as cursor:
        cursor.execute("SELECT pg_current_wal_insert_lsn()::text, clock_timestamp()")
        written, now = cursor.fetchone()
    try:
        with connections[ALIAS].cursor() as cursor:
            cursor.execute(
                "SELECT pg_is_in_recovery(), pg_last_wal_replay_lsn() >= %s::pg_lsn,"
                " extract(epoch FROM %s::timestamptz - pg_last_xact_replay_timestamp())::float8",
                [written, now],
            )
            is_replica, has_all, seconds = cursor.fetchone()
    except FAULTS:
        return None
    if not is_replica:  # promoted: it goes its own way
        return None
    return 0.0 if has_all else seconds


def _leave_alone() -> None:
    _known.fresh, _known.until = False, time.monotonic() + LEFT_ALONE
    connections[ALIAS].close()

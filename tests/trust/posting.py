"""Posts everything that a form does not ask for: every field of every model, with values that are found again."""

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import cache
from typing import Any
from unittest import mock

from django.apps import apps
from django.db import connection, models
from django.http import QueryDict

from people.models import User
from tests.matrix.ask import ROWS
from tests.matrix.table import Row
from tests.trust.ground import Ground, nothing_kept

NUMBER, WORD, DAY = 1_777_000_123, "zfcanary", dt.date(2131, 3, 4)
# No page of any role reads these: they are the product's own to set.
NEVER = {
    "is_superuser", "is_staff", "last_login", "organisation", "organisation_id", "sealed_at", "submitted_at",
    "verified_at", "verified_by", "reviewed_at", "reviewed_by", "published_at", "published_by", "locked_at", "rank",
    "ranked", "hash", "digest", "made_by", "created_by", "author", "giver", "giver_id", "given_by", "changed_by",
    "escalation_level", "left_minutes", "must_change_password", "confirmed_at", "figures", "decided_by", "handled_by",
    "note_marks", "clock_skew_s", "computed_at",
}  # fmt: skip
# But for this one: a supervisor says whose clients are handed over, among the people in sight.
ASKED = {"clients:handover-new": {"giver"}}


@cache
def extras() -> dict[str, str]:
    """Every field of every model → a value to post."""
    found: dict[str, str] = {"role": "admin", "is_superuser": "on", "is_staff": "on"}
    for model in apps.get_models():
        for each in model._meta.concrete_fields:
            value = _value(each)
            found.setdefault(each.name, value)
            found.setdefault(each.attname, value)
    return found


def _value(each: Any) -> str:
    if isinstance(each, models.BooleanField):
        return "on"
    if isinstance(each, models.DateTimeField):
        return f"{DAY} 01:02:03"
    if isinstance(each, models.DateField):
        return str(DAY)
    return WORD if isinstance(each, models.CharField | models.TextField | models.JSONField) else str(NUMBER)


@contextmanager
def reading() -> Iterator[set[str]]:
    """The names that are read from what was posted."""
    read: set[str] = set()

    def noting(real: Any) -> Any:
        def ask(posted: Any, name: Any, *rest: Any, **more: Any) -> Any:
            read.add(str(name))
            return real(posted, name, *rest, **more)

        return ask

    names = ("__getitem__", "get", "getlist", "__contains__")
    with mock.patch.multiple(QueryDict, **{name: noting(getattr(QueryDict, name)) for name in names}):
        yield read


def traces() -> list[str]:
    """The tables in which a posted value lies."""
    with connection.cursor() as cursor:
        cursor.execute(_scan())
        return [name for (name,) in cursor.fetchall()]


@cache
def _scan() -> str:
    tables = sorted({model._meta.db_table for model in apps.get_models()})
    sign = f"{NUMBER}|{WORD}|{DAY}"
    each = "SELECT '{0}' FROM (SELECT 1) one WHERE EXISTS (SELECT 1 FROM \"{0}\" t WHERE t::text ~ '{1}')"
    return " UNION ALL ".join(each.format(name, sign) for name in tables)


def posts() -> list[tuple[Row, str]]:
    """Every act that ends well × the role with the narrowest sight that may."""
    found = []
    for row in ROWS:
        roles = [role for role, relation, status in row.cases() if relation == "own" and status < 400]
        if row.method == "POST" and roles and row.url not in ("people:logout", "tokens"):
            found.append((row, roles[0]))
    return found


def _powers() -> list[Any]:
    return list(User.objects.order_by("pk").values_list("role", "is_active", "unit"))


def effect(ground: Ground, row: Row, role: str) -> dict[str, Any]:
    """What posting too much did: names read that nobody may set, another answer, other powers, values that stayed."""
    powers = _powers()
    data = row.data(ground.world, "own") if row.data else {}
    with nothing_kept(), reading() as read:
        usual = ground.ask(replace(row, data=lambda *_: data), role).status_code
        changed = _powers() != powers
    more = {name: value for name, value in extras().items() if name not in read and name not in data}
    with nothing_kept():
        status = ground.ask(replace(row, data=lambda *_: {**more, **data}), role).status_code
        left = traces()
        others = _powers() != powers and not changed
    never = sorted((read & NEVER) - data.keys() - ASKED.get(row.url, set()))
    found = {"never": never, "status": status if status != usual else 0, "left": left}
    return {name: value for name, value in {**found, "powers": others}.items() if value}

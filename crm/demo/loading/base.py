"""What every part of the loading needs: the organisation being loaded, its random streams, and bulk writing."""

import datetime as dt
import json
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils import timezone

from clients.models import Client
from crm.demo.cards import Card
from crm.lib import periods, sql
from people.models import OrgUnit, Role, User

ZONE = timezone.get_default_timezone()
_encode = json.JSONEncoder(ensure_ascii=False).encode  # dumps() makes a new encoder each time
MONTHS_OF_FACTS = 26  # two years to compare, and the months that the first reports look back on
SPAN_OF_VISITS = dt.timedelta(weeks=11)  # from the beginning of the month it reaches back to: three months, on average


@dataclass
class Loading:
    """One organisation on its way into the database. Moments of the demo are local clock times without a zone."""

    profile: str
    cast: dict[str, Any]
    seed: int
    now: dt.datetime
    organisation: OrgUnit
    users: dict[str, User] = field(default_factory=dict)
    units: dict[str, OrgUnit] = field(default_factory=dict)
    cards: list[Card] = field(default_factory=list)
    clients: dict[int, Client] = field(default_factory=dict)  # by id

    @cached_property
    def supervisors(self) -> dict[str, dict[str, Any]]:
        """Each person's supervisor by user name, from the cast."""
        heads = {person["unit"]: person for person in self.staff(Role.SUPERVISOR)}
        return {person["username"]: heads[person["unit"]] for person in self.cast["staff"] if person["unit"] in heads}

    @property
    def today(self) -> dt.date:
        """The day that the demo ends on."""
        return self.now.date()

    @property
    def first_day(self) -> dt.date:
        """The first day with visits and journals."""
        return periods.month_of(self.today - SPAN_OF_VISITS)

    def stream(self, name: str) -> random.Random:
        """A stream of chance of its own for each purpose, so that a change in one part leaves the others alone."""
        return random.Random(f"{self.seed}:{self.profile}:{name}")

    def staff(self, role: str) -> list[dict[str, Any]]:
        """The cast of a role."""
        return [person for person in self.cast["staff"] if person["role"] == role]


def supervisor_of(loading: Loading, username: str) -> dict[str, Any]:
    """The supervisor of a manager's department, from the cast."""
    return loading.supervisors[username]


def aware(moment: dt.datetime) -> dt.datetime:
    """A local clock time as a moment."""
    return moment.replace(tzinfo=ZONE)


def next_ids(model: type[models.Model], count: int) -> list[int]:
    """Fresh ids of a table."""
    query = "SELECT nextval(pg_get_serial_sequence(%s, 'id')) AS id FROM generate_series(1, %s)"
    return [row["id"] for row in sql.rows(query, [model._meta.db_table, count])]


def copy_in(objects: Sequence[models.Model]) -> None:
    """COPY unsaved objects of one model in, ids given; no signals, no save()."""
    if not objects:
        return
    model = type(objects[0])
    columns = [column for column in model._meta.concrete_fields if not column.generated]
    if isinstance(model._meta.pk, models.AutoField):
        new = [found for found in objects if found.pk is None]
        for found, number in zip(new, next_ids(model, len(new)), strict=True):
            found.pk = number
    plain = [(column.attname, _writer(column)) for column in columns]
    sql.copy_rows(
        model._meta.db_table,
        [str(column.column) for column in columns],
        ([write(getattr(found, name)) for name, write in plain] for found in objects),
    )


def _writer(column: "models.Field[Any, Any]") -> Callable[[Any], Any]:
    """How a column's values are written for COPY; None stays None."""
    if isinstance(column, models.JSONField):
        return _json
    if isinstance(column, ArrayField):
        return _array
    return str if isinstance(column, models.UUIDField) else _as_is


def _json(value: Any) -> str | None:
    return None if value is None else _encode(value)


def _array(value: Any) -> str | None:
    return None if value is None else f"{{{','.join(str(_json(item)) for item in value)}}}"


def _as_is(value: Any) -> Any:
    """The CSV writer calls str(), which for dates, moments and decimals is what PostgreSQL reads."""
    return value

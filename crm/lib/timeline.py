"""A client's timeline: packages tell which rows are events and how one reads; one statement fetches all."""

import datetime as dt
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.conf import settings
from django.db.models import BigIntegerField, DateTimeField, Expression, F, Func, QuerySet, Value
from django.db.models.functions import JSONObject

from crm.lib import periods, sql

Statement = tuple[str, Sequence[Any]]
MOST_WRITTEN = 500  # statements that a process keeps, some 15 kB each


class _StartOfDay(Func):
    """The first moment of a date where the house is."""

    template = "((%(expressions)s))"
    arg_joiner = "::timestamp AT TIME ZONE "
    output_field = DateTimeField()

    def __init__(self, day: Any) -> None:
        super().__init__(day, Value(settings.TIME_ZONE))


@dataclass(frozen=True)
class _Place:
    """Where the id of a client goes, by its place among the clients."""

    number: int


class _Clients(Expression):
    """Ids that are told when the statement runs: to put one together takes longer than to answer it."""

    output_field = BigIntegerField()

    def __init__(self, count: int) -> None:
        super().__init__()
        self.count = count

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, Any]:
        return ", ".join(["%s"] * self.count), [_Place(number) for number in range(self.count)]


@dataclass(frozen=True)
class Source:
    """
    One kind of event.

    ``rows(clients, user)``: the events of clients that the user may know of, None for none; ``clients`` is what stands
    behind ``client__in``, and told only when the statement runs. ``when``: look-up of their date or moment; ``facts``:
    name → look-up or expression, handed to ``item(facts)`` as JSON has them: {icon, title, text, url, tone} of it.
    """

    name: str
    rows: Callable[[Any, Any], QuerySet[Any] | None]
    when: str
    facts: dict[str, Any]
    item: Callable[[dict[str, Any]], dict[str, Any]]
    is_day: bool = True  # ``when`` is a date, else a moment

    def newest(self, clients: Any, user: Any, limit: int) -> QuerySet[Any] | None:
        """The latest events as rows (source, moment, facts)."""
        found = self.rows(clients, user)
        if found is None:
            return None
        moment = _StartOfDay(F(self.when)) if self.is_day else F(self.when)
        facts = {name: F(look_up) if isinstance(look_up, str) else look_up for name, look_up in self.facts.items()}
        return (
            found.select_related(None)
            .order_by(F(self.when).desc())
            .values_list(Value(self.name), moment, JSONObject(**facts))[:limit]
        )


@dataclass
class Timeline:
    """All sources."""

    sources: list[Source] = field(default_factory=list)
    _written: dict[Any, Statement] = field(default_factory=dict)

    def register(self, *sources: Source) -> None:
        """Add kinds of events; a name that is there already is a programming error."""
        for source in sources:
            if any(known.name == source.name for known in self.sources):
                raise ValueError(f"the timeline already has {source.name}")
            self.sources.append(source)

    def collect(self, clients: Sequence[int], user: Any, limit: int) -> list[dict[str, Any]]:
        """The latest events of clients together as {when, icon, title, text, url, tone}, newest first."""
        text, params = self._statement(len(clients), user, limit)
        if not text:
            return []
        given = [clients[value.number] if isinstance(value, _Place) else value for value in params]
        rows = sql.rows(f"SELECT * FROM ({text}) AS event (source, moment, facts)", given)
        by_name = {source.name: source for source in self.sources}
        newest = sorted(rows, key=lambda row: row["moment"], reverse=True)[:limit]
        return [_item(by_name[row["source"]], row["moment"], json.loads(row["facts"])) for row in newest]

    def _statement(self, count: int, user: Any, limit: int) -> Statement:
        """Text and parameters for all sources together, written once for a person and day."""
        key = count, limit, user.pk, user.role, user.sight, user.unit_id, periods.today()
        if key not in self._written:
            clients = _Clients(count)
            parts = [part for source in self.sources if (part := source.newest(clients, user, limit)) is not None]
            text, params = parts[0].union(*parts[1:], all=True).query.sql_with_params() if parts else ("", ())
            if any(isinstance(value, dt.datetime) for value in params):
                raise ValueError("a source of the timeline asks for a moment, which would stay what it is now")
            if len(self._written) >= MOST_WRITTEN:
                self.forget()
            self._written[key] = text, params
        return self._written[key]

    def forget(self) -> None:
        """Write the statements anew, as after a change of what somebody may see."""
        self._written.clear()


def _item(source: Source, moment: dt.datetime, facts: dict[str, Any]) -> dict[str, Any]:
    when = periods.local(moment).date() if source.is_day else moment
    return {"when": when, "text": "", "url": "", "tone": "", **source.item(facts)}


client_timeline = Timeline()

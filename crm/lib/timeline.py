"""A client's timeline: packages tell which rows are events and how one reads; one statement fetches all."""

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.conf import settings
from django.db.models import DateTimeField, F, Func, QuerySet, Value
from django.db.models.functions import JSONObject

from crm.lib import periods


class _StartOfDay(Func):
    """The first moment of a date where the house is."""

    template = "((%(expressions)s))"
    arg_joiner = "::timestamp AT TIME ZONE "
    output_field = DateTimeField()

    def __init__(self, day: Any) -> None:
        super().__init__(day, Value(settings.TIME_ZONE))


@dataclass(frozen=True)
class Source:
    """
    One kind of event.

    ``rows(clients, user)``: the events of clients (ids) that the user may know of, None for none; ``when``: look-up of
    their date or moment; ``facts``: name → look-up or expression, handed to ``item(facts)`` as JSON has them, which
    makes {icon, title, text, url, tone}.
    """

    name: str
    rows: Callable[[Sequence[int], Any], QuerySet[Any] | None]
    when: str
    facts: dict[str, Any]
    item: Callable[[dict[str, Any]], dict[str, Any]]
    is_day: bool = True  # ``when`` is a date, else a moment

    def newest(self, clients: Sequence[int], user: Any, limit: int) -> QuerySet[Any] | None:
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

    def register(self, *sources: Source) -> None:
        """Add kinds of events; a name that is there already is a programming error."""
        for source in sources:
            if any(known.name == source.name for known in self.sources):
                raise ValueError(f"the timeline already has {source.name}")
            self.sources.append(source)

    def collect(self, clients: Sequence[int], user: Any, limit: int) -> list[dict[str, Any]]:
        """The latest events of clients together as {when, icon, title, text, url, tone}, newest first."""
        parts = [part for source in self.sources if (part := source.newest(clients, user, limit)) is not None]
        if not parts:
            return []
        by_name = {source.name: source for source in self.sources}
        rows = parts[0].union(*parts[1:], all=True)
        found = sorted(rows, key=lambda row: row[1], reverse=True)[:limit]
        return [_item(by_name[name], moment, facts) for name, moment, facts in found]


def _item(source: Source, moment: dt.datetime, facts: dict[str, Any]) -> dict[str, Any]:
    when = periods.local(moment).date() if source.is_day else moment
    return {"when": when, "text": "", "url": "", "tone": "", **source.item(facts)}


client_timeline = Timeline()

"""The journal list: filters, and pages by key."""

import datetime as dt
from dataclasses import dataclass
from typing import Any

from django.db.models import F, Q, QuerySet
from django.http import QueryDict

from crm.lib import periods
from crm.lib.periods import Period, PeriodError
from journals.models import Journal, JournalKind

PAGE = 50
COUNTED = 10_000  # counts stop here: nobody pages further


@dataclass(frozen=True)
class Filters:
    """What a list shows, from the address; what is not understood is left out."""

    kind: str = ""
    state: str = ""
    author: int | None = None
    month: Period | None = None

    @classmethod
    def read(cls, query: QueryDict) -> "Filters":
        """The filters of an address."""
        kind, state, author = query.get("kind", ""), query.get("state", ""), query.get("author", "")
        try:
            month = Period.parse(str(query["month"]), periods.MONTH) if query.get("month") else None
        except PeriodError:
            month = None
        return cls(
            kind if kind in JournalKind.values else "",
            state if state in (*Journal.State.values, "late", "marked", "praised") else "",
            int(author) if author.isdecimal() and len(author) < 16 else None,
            month,
        )

    def apply(self, journals: QuerySet[Journal]) -> QuerySet[Journal]:
        """The journals that pass."""
        if self.kind:
            journals = journals.filter(kind=self.kind)
        if self.state == "late":
            journals = journals.filter(submitted_at__gt=F("due_at"))
        elif self.state == "praised":
            journals = journals.filter(reviews__praise=True)
        elif self.state:
            journals = journals.filter(state=self.state)
        if self.author:
            journals = journals.filter(author=self.author)
        if self.month:
            journals = journals.filter(day__gte=self.month.start, day__lte=self.month.end)
        return journals


@dataclass
class Slice:
    """One page of a list, newest first, with the keys of its neighbours."""

    rows: list[Any]
    previous: str  # query value, empty when there is none
    next: str
    total: int
    capped: bool


def key_of(journal: Journal) -> str:
    """Names a place in the list."""
    return f"{journal.day.isoformat()}_{journal.pk}"


def place(text: str) -> tuple[dt.date, int] | None:
    """The place that a key names, None when it names none."""
    day, _bar, number = text.partition("_")
    try:
        return dt.date.fromisoformat(day), int(number)
    except ValueError:
        return None


def page_of(journals: QuerySet[Journal], after: str, before: str) -> Slice:
    """The rows after one key, or those just before another; three queries whatever the number of rows."""
    total = journals.order_by()[: COUNTED + 1].count()
    ordered = journals.order_by("-day", "-pk")
    backwards = bool(before and place(before))
    if backwards and (key := place(before)):
        nearest = journals.filter(Q(day__gt=key[0]) | Q(day=key[0], pk__gt=key[1])).order_by("day", "pk")
        found = list(nearest[: PAGE + 1])
        more = len(found) > PAGE
        rows = list(reversed(found[:PAGE]))
    else:
        if key := place(after):
            ordered = ordered.filter(Q(day__lt=key[0]) | Q(day=key[0], pk__lt=key[1]))
        found = list(ordered[: PAGE + 1])
        more = len(found) > PAGE
        rows = found[:PAGE]
    earlier = more if backwards else bool(place(after))
    later = True if backwards else more
    return Slice(
        rows,
        key_of(rows[0]) if rows and earlier else "",
        key_of(rows[-1]) if rows and later else "",
        min(total, COUNTED),
        total > COUNTED,
    )

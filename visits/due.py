"""Who is to be visited on a day: due by standard, planned, appointed, or named by an upper package."""

import datetime as dt
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from typing import Any, Protocol, TypeVar

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from clients.models import Client, LeaveCover
from crm.lib import periods, sql
from crm.lib.geo import distance_m, distance_text
from crm.lib.slots import Slot
from crm.lib.workdays import same_or_next_work_day
from people.models import User
from visits.limits import Limits, limits_of
from visits.navigation import navigation_links
from visits.routing import MOST_POINTS, shortest_tour
from visits.standing import standing_params, standing_sql

# build(managers: list of ids, day) yields Reason: what else makes a client due, e.g. an open alert.
due_reasons = Slot("due reasons")


@dataclass(frozen=True)
class Reason:
    """Why a client should be seen, in words. ``makes_due``: also before the tier's interval is over."""

    client_id: int
    text: str
    tone: str = "warning"
    url: str = ""
    makes_due: bool = True


@dataclass
class Due:
    """A client on the list of a day."""

    client_id: int
    owner_id: int
    name: str
    code: str
    address: str
    phone: str
    longitude: float | None
    latitude: float | None
    is_difficult: bool
    is_representative: bool
    tier: str | None
    interval: int  # days between visits
    last_visit_on: dt.date | None  # before the day of the list
    due_on: dt.date
    plan_id: int | None
    plan_state: str
    appointment: dt.datetime | None
    confirmed_at: dt.datetime | None
    visit_id: int | None  # made on the day itself
    day: dt.date
    reasons: list[Reason] = field(default_factory=list)
    distance_m: int | None = None

    @property
    def days_late(self) -> int:
        """Days after the interval of the standard ran out; below 0 while it runs."""
        return (self.day - self.due_on).days - (0 if self.last_visit_on else self.interval)

    @property
    def is_due(self) -> bool:
        """Whether this client belongs on the list of the day."""
        return bool(
            self.day >= self.due_on or self.plan_id or self.visit_id or any(reason.makes_due for reason in self.reasons)
        )

    @property
    def is_done(self) -> bool:
        """Whether the visit was made on the day."""
        return self.visit_id is not None

    @property
    def is_late(self) -> bool:
        """Whether the interval has run out and nobody has been there today."""
        return self.days_late > 0 and not self.is_done

    @property
    def next_on(self) -> dt.date:
        """By when the visit after one of the day falls due."""
        return self.day + dt.timedelta(days=self.interval)

    @property
    def lateness(self) -> str:
        """The standing against the standard: "Overdue 6 days"."""
        if self.is_done:
            return _("Visited today")
        late = self.days_late
        if late > 0:
            return ngettext("Overdue %(n)d day", "Overdue %(n)d days", late) % {"n": late}
        if self.last_visit_on is None:
            return _("Not visited yet")
        if late == 0:
            return _("Falls due today")
        return ngettext("Due in %(n)d day", "Due in %(n)d days", -late) % {"n": -late}

    @property
    def standard(self) -> str:
        """The rule behind it: "Tier A every 15 days"."""
        values = {"tier": self.tier, "days": self.interval}
        if self.is_representative:
            return _("Client representative, every %(days)d days") % values
        if self.tier:
            return _("Tier %(tier)s every %(days)d days") % values
        return _("Untiered, every %(days)d days") % values

    @property
    def why(self) -> str:
        """Why it is due, in one line: "Overdue 6 days · Tier A every 15 days"."""
        return f"{self.lateness} · {self.standard}"

    @cached_property
    def navigation(self) -> dict[str, str]:
        """App → address that opens the way there; empty without coordinates."""
        if self.longitude is None or self.latitude is None:
            return {}
        return navigation_links(self.longitude, self.latitude, self.name)

    @property
    def navigation_json(self) -> str:
        """The same for the script that knows which app this phone's owner likes."""
        return json.dumps(self.navigation)

    @property
    def distance_text(self) -> str:
        """Distance as one says it: 350 m, 1.2 km."""
        return "" if self.distance_m is None else distance_text(self.distance_m)

    @property
    def priority(self) -> tuple[Any, ...]:
        """Sorts the most pressing first: planned, alerts, difficult clients, then the share of the interval missed."""
        named = any(reason.makes_due for reason in self.reasons)
        return (
            not (self.visit_id or self.plan_id),
            not named,
            not (self.is_difficult and self.days_late >= 0),
            -self.days_late / self.interval,
            self.name,
            self.client_id,
        )


# Who was never visited is due at once: a first visit waits for no interval.
DUE_ON = "CASE WHEN w.last_visit_on IS NULL THEN w.since ELSE w.due_on END"
QUERY = f"""
    SELECT c.id AS client_id, c.owner_id, c.name, c.code, c.address, c.phone, c.longitude, c.latitude,
           c.is_difficult, c.is_representative, w.tier, w.days AS interval, w.last_visit_on,
           {DUE_ON} AS due_on,
           p.id AS plan_id, coalesce(p.state, '') AS plan_state, p.at AS appointment, p.confirmed_at,
           d.id AS visit_id
    FROM ({standing_sql("c.owner_id = ANY(%(managers)s)")}) w
    JOIN clients_client c ON c.id = w.client_id
    LEFT JOIN (
        SELECT id, client_id, manager_id, state, at, confirmed_at FROM visits_plannedvisit
        WHERE manager_id = ANY(%(managers)s) AND day = %(day)s AND state <> 'returned'
    ) p ON p.client_id = c.id AND p.manager_id = c.owner_id
    LEFT JOIN (
        SELECT DISTINCT ON (client_id) client_id, id FROM visits_visit
        WHERE manager_id = ANY(%(managers)s) AND day = %(day)s AND mode = 'on_site'
        ORDER BY client_id, checked_in_at DESC
    ) d ON d.client_id = c.id
    WHERE (%(client)s::bigint IS NULL OR c.id = %(client)s)
        AND (%(until)s::date IS NULL OR {DUE_ON} <= %(until)s OR p.id IS NOT NULL OR d.id IS NOT NULL
             OR c.id = ANY(%(named)s))
"""


def _params(managers: Iterable[int], day: dt.date, limits: Limits) -> dict[str, Any]:
    return {**standing_params(day, limits), "managers": list(managers), "day": day}


def rows_of(
    managers: Sequence[int], day: dt.date, limits: Limits, client: int | None = None, until: dt.date | None = None
) -> list[Due]:
    """Clients of the managers with their standing on a day: one statement, plus upper packages'.

    ``client``: this one alone; ``until``: only who falls due by then, is planned or visited, or is named by a reason.
    """
    reasons: dict[int, list[Reason]] = {}
    for reason in due_reasons.collect(list(managers), day):
        reasons.setdefault(reason.client_id, []).append(reason)
    params = {**_params(managers, day, limits), "client": client, "until": until, "named": list(reasons)}
    return [Due(**row, day=day, reasons=reasons.get(row["client_id"], [])) for row in sql.rows(QUERY, params)]


@dataclass
class DayList:
    """A manager's list of a day: what fits into it, in the order of the way, and what else is overdue."""

    day: dt.date
    today: list[Due]
    waiting: list[Due]  # due as well, beyond what fits into the day
    soon: list[Due]  # due within a week
    work_day: dt.date  # the day itself, or the next one on which people work

    @property
    def is_rest(self) -> bool:
        """Whether nobody has to work on the day."""
        return self.work_day != self.day

    @property
    def headline(self) -> str:
        """What the day asks for, in one line; on a rest day nothing is asked for."""
        n, done = len(self.today), self.done
        if self.is_rest:
            values = {"n": n - done, "day": date_format(self.work_day, "MONTH_DAY_FORMAT"), "done": done}
            if done and done == n:
                return _("Rest day · %(done)d visited") % values
            if done:
                return _("Rest day · %(done)d visited, %(n)d wait until %(day)s") % values
            if n:
                return _("Rest day · %(n)d clients wait until %(day)s") % values
            return _("Rest day · nobody waits")
        return ngettext(
            "%(n)d client to visit today, %(done)d visited", "%(n)d clients to visit today, %(done)d visited", n
        ) % {"n": n, "done": done}

    @property
    def done(self) -> int:
        """How many of the day's list are visited."""
        return sum(due.is_done for due in self.today)

    @property
    def left(self) -> list[Due]:
        """Those still to be visited, in order."""
        return [due for due in self.today if not due.is_done]

    @property
    def next(self) -> Due | None:
        """The next one to go to."""
        return next(iter(self.left), None)


def day_list(manager: User, day: dt.date | None = None, position: tuple[float, float] | None = None) -> DayList:
    """The day of a manager; ``position`` is (longitude, latitude) in degrees where the way begins."""
    day = day or periods.today()
    limits = limits_of(manager.unit.organisation)
    week = day + dt.timedelta(days=7)
    managers = [manager.pk, *LeaveCover.objects.people_covered_by(manager.pk, day)]
    found = rows_of(managers, day, limits, until=week)
    due = sorted((row for row in found if row.is_due), key=lambda row: row.priority)
    fixed = sum(bool(row.plan_id or row.visit_id) for row in due)
    size = max(limits.visits_per_day, fixed)
    soon = sorted((row for row in found if not row.is_due and row.due_on <= week), key=lambda row: row.due_on)
    if position:
        for row in found:
            if row.longitude is not None and row.latitude is not None:
                row.distance_m = round(distance_m(*position, row.longitude, row.latitude))
    work_day = same_or_next_work_day(day, manager.unit.organisation.settings.get("work_days"))
    return DayList(day, in_order(due[:size], position), due[size:], soon, work_day)


def standing_of(client: Client, day: dt.date | None = None) -> Due | None:
    """One client's standing on a day; None for a client without a manager, or who is lost."""
    if client.owner_id is None:
        return None
    found = rows_of([client.owner_id], day or periods.today(), limits_of(client.organisation), client.pk)
    return next(iter(found), None)


class Place(Protocol):
    """A client on the way of a day."""

    @property
    def client_id(self) -> int: ...
    @property
    def name(self) -> str: ...
    @property
    def longitude(self) -> float | None: ...
    @property
    def latitude(self) -> float | None: ...
    @property
    def is_done(self) -> bool: ...


P = TypeVar("P", bound=Place)


def in_order(stops: Sequence[P], position: tuple[float, float] | None = None) -> list[P]:
    """What is done first, then the short way through the rest; clients without coordinates come last."""
    done = [stop for stop in stops if stop.is_done]
    left = [stop for stop in stops if not stop.is_done]
    placed = [stop for stop in left if stop.longitude is not None and stop.latitude is not None][: MOST_POINTS - 1]
    others = [stop for stop in left if stop not in placed]
    start = position or next(((s.longitude, s.latitude) for s in done if s.longitude is not None), None)
    points = [(stop.longitude, stop.latitude) for stop in placed]
    tour = [index - 1 for index in _way((start, *points), 0)[1:]] if start else _way(tuple(points))
    return [*done, *(placed[index] for index in tour), *others]


@lru_cache(4096)  # one's day is looked at again and again
def _way(points: tuple[tuple[float, float], ...], start: int | None = None) -> Sequence[int]:
    return tuple(shortest_tour(points, geographic=True, start=start, closed=False))


def overdue_counts(managers: Iterable[int], day: dt.date, limits: Limits) -> dict[int, int]:
    """Clients whose interval has passed, by manager, in one statement."""
    standing = standing_sql("c.owner_id = ANY(%(managers)s)")
    query = f"SELECT owner_id, count(*) AS n FROM ({standing}) w WHERE due_on < %(day)s GROUP BY owner_id"
    return {row["owner_id"]: row["n"] for row in sql.rows(query, _params(managers, day, limits))}

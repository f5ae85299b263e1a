"""How the back office does: on time and quality, per unit, post and person, with the cases behind every figure.

A case belongs to the period in which its deadline falls, whoever has it in hand then; what has neither been settled
nor run out is not judged yet, and the clock of one that waits for the client stands.
"""

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _

from crm.lib import periods, sql
from crm.lib.periods import Period
from service.rules import rules_of

MOST_ROWS = 500

# One row a request or slip: whose it is, whether it was settled by its deadline, the mark of the client at the
# callback (requests alone), whether it came back. Parameters: organisation, start and end (dates), now, zone.
CASES = """
    SELECT handler_id AS person_id, handler_unit_id AS unit_id, org_id, post, client_id, 'request' AS kind,
           id AS object_id, (due_at AT TIME ZONE %(zone)s)::date AS day, due_at, resolved_at AS done_at,
           coalesce(resolved_at <= due_at, false) AS on_time, satisfaction AS mark, reopened > 0 AS came_back
    FROM service_servicerequest
    WHERE organisation_id = %(organisation)s AND handler_id IS NOT NULL
      AND state NOT IN ('merged', 'cancelled', 'waiting_client') AND (resolved_at IS NOT NULL OR due_at < %(now)s)
      AND (due_at AT TIME ZONE %(zone)s)::date BETWEEN %(start)s AND %(end)s
    UNION ALL
    SELECT receiver_id, receiver_unit_id, unit_id, receiver_post, client_id, 'slip', id,
           (due_at AT TIME ZONE %(zone)s)::date, due_at, fed_back_at,
           coalesce(fed_back_at <= due_at, false), NULL, NULL
    FROM service_informationslip
    WHERE organisation_id = %(organisation)s AND (fed_back_at IS NOT NULL OR due_at < %(now)s)
      AND (due_at AT TIME ZONE %(zone)s)::date BETWEEN %(start)s AND %(end)s
"""
SEEN = f"""
    FROM ({CASES}) AS cases
    JOIN people_user person ON person.id = cases.person_id
    JOIN people_orgunit unit ON unit.id = cases.unit_id
    JOIN people_orgunit org ON org.id = cases.org_id
    LEFT JOIN clients_client client ON client.id = cases.client_id
    WHERE person.role = 'back_office' AND (unit.path LIKE %(path)s OR org.path LIKE %(path)s)
      AND (%(person)s::bigint IS NULL OR person.id = %(person)s)
      AND (%(unit)s::bigint IS NULL OR unit.id = %(unit)s)
      AND (%(post)s::text IS NULL OR cases.post = %(post)s)
"""
SUMS = f"""
    SELECT GROUPING(unit.id, cases.post, person.id) AS level, unit.id AS unit_id, min(unit.name) AS unit, cases.post,
           person.id AS person_id, min(person.name) AS person, count(*) AS cases,
           count(*) FILTER (WHERE on_time) AS on_time, count(mark) AS marks, avg(mark) AS mark,
           count(*) FILTER (WHERE came_back) AS came_back, count(came_back) AS requests
    {SEEN}
    GROUP BY GROUPING SETS ((), (unit.id, cases.post), (unit.id, cases.post, person.id))
    ORDER BY min(unit.path), cases.post, person.id
"""
ROWS = f"""
    SELECT cases.*, person.name AS person, unit.name AS unit, client.name AS client
    {SEEN}
    ORDER BY cases.on_time, cases.mark NULLS LAST, cases.due_at DESC, cases.kind, cases.object_id LIMIT %(limit)s
"""
TOTAL, POST, PERSON = 7, 1, 0  # values of GROUPING


@dataclass(frozen=True)
class Score:
    """One line: rates 0–1 (None without cases), ``mark`` 1–5 at the callback, ``score`` 0–100."""

    unit_id: int | None
    unit: str
    post: str
    person_id: int | None
    person: str
    cases: int
    on_time: int
    marks: int
    mark: Decimal | None
    came_back: int
    requests: int
    weight: Decimal

    @property
    def on_time_rate(self) -> Decimal | None:
        """Settled by the deadline ÷ cases."""
        return Decimal(self.on_time) / self.cases if self.cases else None

    @property
    def came_back_rate(self) -> Decimal | None:
        """Requests that were reopened ÷ requests."""
        return Decimal(self.came_back) / self.requests if self.requests else None

    @property
    def score(self) -> Decimal | None:
        """100 · (w · on time + (1 − w) · (mark − 1) / 4); on time alone while no client has given a mark."""
        on_time = self.on_time_rate
        if on_time is None or self.mark is None:
            return None if on_time is None else 100 * on_time
        return 100 * (self.weight * on_time + (1 - self.weight) * (self.mark - 1) / 4)


def _params(user: Any, period: Period, **narrow: Any) -> dict[str, Any]:
    """Which cases the reader sees: for the back office itself the own ones; for others those that people of the own
    unit handle, and those of its clients and givers of slips, whoever handles them."""
    own = user.pk if user.role == "back_office" else None
    return {
        "organisation": user.organisation_id,
        "start": period.start,
        "end": period.end,
        "now": periods.now(),
        "zone": settings.TIME_ZONE,
        "path": f"{user.sight.path or '-'}%",
        "person": own or narrow.get("person"),
        "unit": narrow.get("unit"),
        "post": narrow.get("post"),
    }


def scores(user: Any, period: Period) -> tuple[Score | None, list[Score], list[Score]]:
    """(all, per unit and post, per person) of what the reader sees; the first None without a case."""
    weight = rules_of(user.unit.organisation).desk_weight
    found: dict[int, list[Score]] = {TOTAL: [], POST: [], PERSON: []}
    for row in sql.rows(SUMS, _params(user, period)):
        row["mark"] = row["mark"] and Decimal(row["mark"])
        found[row.pop("level")].append(Score(**row, weight=weight))
    total = next((score for score in found[TOTAL] if score.cases), None)
    return total, found[POST], found[PERSON]


def cases(user: Any, period: Period, **narrow: Any) -> list[dict[str, Any]]:
    """The cases behind a line, late and badly marked ones first; ``narrow``: unit, person (ids), post."""
    rows = sql.rows(ROWS, {**_params(user, period, **narrow), "limit": MOST_ROWS})
    for row in rows:
        row["label"] = _("Request or complaint") if row["kind"] == "request" else _("Information slip")
    return rows


def month_of(text: str, today: dt.date) -> Period:
    """The month that an address names, else the present one; a month to come is the present one."""
    try:
        found = Period.parse(text, "month")
    except periods.PeriodError:
        return Period.month(today)
    return found if found.start <= today else Period.month(today)

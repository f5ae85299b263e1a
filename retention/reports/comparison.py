"""Similar clients with and without action: what their sales did afterwards."""

import math
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import QuerySet

from clients.models import Client
from crm.lib import sql
from retention.rules import danger_kinds

ACT_WITHIN = 14  # days
LEAST = 5  # alerts of a kind with action and with a match, below which no difference is shown

# Alike are alerts of one kind, raised in one month, of clients of one tier, whose sales in the three months before lie
# in the same octave (between two neighbouring powers of two). What came: mean monthly sales of up to three whole months
# after the month of raising ÷ those of the three before it, minus one; cut at −100 % and +300 %.
ALIKE = """
    WITH seen AS ({clients}), one AS (
        SELECT a.id, a.kind, date_trunc('month', a.raised_on)::date AS month, coalesce(r.tier, t.tier, '') AS tier,
               floor(log(2, b.amount / 3)) AS octave, a.client_id,
               CASE WHEN (a.acted_at AT TIME ZONE %(zone)s)::date <= a.raised_on + %(within)s THEN true
                    WHEN a.acted_at IS NULL THEN false END AS acted,
               least(greatest(f.mean / (b.amount / 3) - 1, -1), 3)::float8 AS change{owner}
        FROM retention_alert a
        JOIN seen ON seen.id = a.client_id
        CROSS JOIN LATERAL (
            SELECT sum(m.amount) AS amount FROM clients_monthlyfact m
            WHERE m.client_id = a.client_id AND m.month < date_trunc('month', a.raised_on)
              AND m.month >= date_trunc('month', a.raised_on) - interval '3 months'
        ) b
        CROSS JOIN LATERAL (
            SELECT coalesce(sum(m.amount), 0) / count(*) AS mean
            FROM unnest(%(months)s::date[]) AS known (month)
            LEFT JOIN clients_monthlyfact m ON m.client_id = a.client_id AND m.month = known.month
            WHERE known.month > a.raised_on
              AND known.month <= date_trunc('month', a.raised_on) + interval '3 months'
            HAVING count(*) > 0
        ) f
        LEFT JOIN clients_tierresult r ON r.client_id = a.client_id
            AND r.month = (date_trunc('month', a.raised_on) - interval '1 month')::date
        LEFT JOIN clients_clienttier t ON t.client_id = a.client_id
        WHERE a.kind = ANY(%(kinds)s) AND a.state <> 'dismissed' AND b.amount > 0
          AND a.raised_on >= %(since)s
    ), cell AS (
        SELECT kind, month, tier, octave,
               count(*) FILTER (WHERE acted) AS n1, count(*) FILTER (WHERE NOT acted) AS n0,
               avg(change) FILTER (WHERE acted) AS m1, avg(change) FILTER (WHERE NOT acted) AS m0,
               coalesce(var_samp(change) FILTER (WHERE acted), 0) AS v1,
               coalesce(var_samp(change) FILTER (WHERE NOT acted), 0) AS v0
        FROM one WHERE acted IS NOT NULL GROUP BY kind, month, tier, octave
    )
"""
BY_KIND = (
    ALIKE
    + """
    SELECT kind, sum(n1) FILTER (WHERE n0 > 0) AS with_action, sum(n0) FILTER (WHERE n1 > 0) AS without,
           sum(n1) FILTER (WHERE n0 = 0) AS unmatched, count(*) FILTER (WHERE n0 > 0 AND n1 > 0) AS cells,
           sum(n1 * m1) FILTER (WHERE n0 > 0) AS acted_sum, sum(n1 * m0) FILTER (WHERE n0 > 0) AS other_sum,
           sum(n1 * n1 * (v1 / n1 + v0 / n0)) FILTER (WHERE n0 > 0 AND n1 > 0) AS variance
    FROM cell GROUP BY GROUPING SETS ((kind), ()) ORDER BY kind NULLS FIRST
"""
)
# Who had the client when the alert was raised.
OWNER = """,
               (SELECT o.owner_id FROM clients_ownership o
                WHERE o.client_id = a.client_id AND o.valid_from <= a.raised_on
                  AND (o.valid_to IS NULL OR o.valid_to >= a.raised_on)) AS owner"""
BY_MANAGER = (
    ALIKE
    + """
    SELECT owner, avg(change - m0) AS difference
    FROM one JOIN cell USING (kind, month, tier, octave)
    WHERE acted AND n0 > 0 AND owner IS NOT NULL GROUP BY owner HAVING count(*) >= %(least)s
"""
)


@dataclass(frozen=True)
class Comparison:
    """Alerts of one kind (None: all). Changes are shares of the sales before; ``half_width`` of the 95 % interval."""

    kind: str | None
    with_action: int
    without: int
    unmatched: int
    cells: int
    acted_change: float | None
    other_change: float | None
    half_width: float | None

    @property
    def difference(self) -> float | None:
        """What acting goes with, beyond what similar clients did by themselves."""
        if self.acted_change is None or self.other_change is None:
            return None
        return self.acted_change - self.other_change

    @property
    def low(self) -> float | None:
        """Lower end of the interval."""
        return None if self.difference is None or self.half_width is None else self.difference - self.half_width

    @property
    def high(self) -> float | None:
        """Upper end of the interval."""
        return None if self.difference is None or self.half_width is None else self.difference + self.half_width

    @property
    def is_enough(self) -> bool:
        """Whether there are enough to speak of a difference at all."""
        return self.difference is not None and self.with_action >= LEAST and self.without >= LEAST


def compare(clients: QuerySet[Client], months: list[Any], since: Any, zone: str) -> list[Comparison]:
    """All kinds together, then each; ``months`` have facts, ``since`` is the first day of raising that counts."""
    return [_comparison(row) for row in _rows(BY_KIND, "", clients, months, since, zone)]


def by_manager(clients: QuerySet[Client], months: list[Any], since: Any, zone: str) -> dict[int, float]:
    """What the acts of each manager go with, beyond what anybody's similar clients did by themselves.

    By the owner on the day of raising; left out are those with fewer than ``LEAST`` acts that have a match.
    """
    return {row["owner"]: row["difference"] for row in _rows(BY_MANAGER, OWNER, clients, months, since, zone)}


def _rows(query: str, owner: str, clients: QuerySet[Client], months: list[Any], since: Any, zone: str) -> list[Any]:
    seen, scope = sql.named(clients.values("id"), "client")
    values = {
        **scope, "months": months, "since": since, "zone": zone, "within": ACT_WITHIN, "least": LEAST,
        "kinds": danger_kinds(),
    }  # fmt: skip
    return sql.rows(query.format(clients=seen, owner=owner), values)


def _comparison(row: dict[str, Any]) -> Comparison:
    count = int(row["with_action"] or 0)
    return Comparison(
        kind=row["kind"],
        with_action=count,
        without=int(row["without"] or 0),
        unmatched=int(row["unmatched"] or 0),
        cells=int(row["cells"] or 0),
        acted_change=float(Decimal(str(row["acted_sum"])) / count) if count else None,
        other_change=float(Decimal(str(row["other_sum"])) / count) if count else None,
        half_width=1.96 * math.sqrt(float(row["variance"])) / count if count and row["variance"] is not None else None,
    )

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
# after the month of raising ÷ those of the three before it, minus one; cut at −100 % and +300 %. An alert without a
# whole month behind it says nothing yet; months are compared as dates, so that other partitions are left alone.
QUERY = """
    WITH seen AS ({clients}), one AS (
        SELECT a.id, a.kind, date_trunc('month', a.raised_on)::date AS month, coalesce(r.tier, t.tier, '') AS tier,
               floor(log(2, b.amount / 3)) AS octave, a.client_id, a.raised_on,
               CASE WHEN (a.acted_at AT TIME ZONE %(zone)s)::date <= a.raised_on + %(within)s THEN true
                    WHEN a.acted_at IS NULL THEN false END AS acted,
               least(greatest(f.mean / (b.amount / 3) - 1, -1), 3)::float8 AS change
        FROM retention_alert a
        JOIN seen ON seen.id = a.client_id
        CROSS JOIN LATERAL (
            SELECT sum(m.amount) AS amount FROM clients_monthlyfact m
            WHERE m.client_id = a.client_id AND m.month < date_trunc('month', a.raised_on)::date
              AND m.month >= (date_trunc('month', a.raised_on) - interval '3 months')::date
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
          AND a.raised_on >= %(since)s AND a.raised_on < %(newest)s
    ), cell AS (
        SELECT kind, month, tier, octave,
               count(*) FILTER (WHERE acted) AS n1, count(*) FILTER (WHERE NOT acted) AS n0,
               avg(change) FILTER (WHERE acted) AS m1, avg(change) FILTER (WHERE NOT acted) AS m0,
               coalesce(var_samp(change) FILTER (WHERE acted), 0) AS v1,
               coalesce(var_samp(change) FILTER (WHERE NOT acted), 0) AS v0
        FROM one WHERE acted IS NOT NULL GROUP BY kind, month, tier, octave
    )
    SELECT NULL::bigint AS owner, kind,
           sum(n1) FILTER (WHERE n0 > 0) AS with_action, sum(n0) FILTER (WHERE n1 > 0) AS without,
           sum(n1) FILTER (WHERE n0 = 0) AS unmatched, count(*) FILTER (WHERE n0 > 0 AND n1 > 0) AS cells,
           sum(n1 * m1) FILTER (WHERE n0 > 0) AS acted_sum, sum(n1 * m0) FILTER (WHERE n0 > 0) AS other_sum,
           sum(n1 * n1 * (v1 / n1 + v0 / n0)) FILTER (WHERE n0 > 0 AND n1 > 0) AS variance, NULL::float8 AS difference
    FROM cell GROUP BY GROUPING SETS ((kind), ())
    UNION ALL
    SELECT owner, NULL, count(*), NULL, NULL, NULL, NULL, NULL, NULL, avg(gain)
    FROM (
        SELECT one.change - cell.m0 AS gain,
               (SELECT o.owner_id FROM clients_ownership o
                WHERE o.client_id = one.client_id AND o.valid_from <= one.raised_on
                  AND (o.valid_to IS NULL OR o.valid_to >= one.raised_on)) AS owner
        FROM one JOIN cell USING (kind, month, tier, octave) WHERE acted AND n0 > 0
    ) AS gained
    WHERE owner IS NOT NULL GROUP BY owner HAVING count(*) >= %(least)s
    ORDER BY owner NULLS FIRST, kind NULLS FIRST
"""


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


def compare(
    clients: QuerySet[Client], months: list[Any], since: Any, zone: str
) -> tuple[list[Comparison], dict[int, float]]:
    """All kinds together, then each; and by manager what acting goes with, beyond what similar clients did.

    ``months`` have facts, ``since`` is the first day of raising that counts. A manager's acts are those on clients
    owned on the day of raising, held against anybody's similar clients; fewer than ``LEAST`` with a match say nothing.
    """
    query, scope = sql.named(clients.values("id"), "client")
    values = {
        **scope, "months": months, "since": since, "zone": zone, "within": ACT_WITHIN, "least": LEAST,
        "kinds": danger_kinds(),
        "newest": max(months, default=None),
    }  # fmt: skip
    found = sql.rows(QUERY.format(clients=query), values)
    kinds = [_comparison(row) for row in found if row["owner"] is None]
    return kinds, {row["owner"]: row["difference"] for row in found if row["owner"] is not None}


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

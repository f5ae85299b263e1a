"""Across and along: growth against the group's mean, lines over years, units against indicators."""

from decimal import Decimal
from typing import Any

from django.core.cache import cache
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from crm.lib import periods, sql
from crm.lib.templatetags.zoufang import signed_percent
from kpi import metrics
from kpi.metrics import Span
from kpi.models import Run, Scorecard

YEARS = 5
LINES_SHOWN = 12
CACHE_SECONDS = 6 * 3600


def growth(run: Run, cards: QuerySet[Scorecard]) -> list[dict[str, Any]]:
    """Each manager's sales growth on last year with the mean of the group and the place in it, the best first."""
    span = Span.of(run.organisation, run.span, run.as_of)
    values = {row["manager_id"]: row["value"] for row in metrics.get("sales_growth").values(span)}
    groups: dict[int, list[dict[str, Any]]] = {}
    for card in run.scorecards.select_related("manager", "org", "group"):
        value = values.get(card.manager_id)
        if value is not None:
            groups.setdefault(card.group_id, []).append({"card": card, "value": value})
    wanted = set(cards.values_list("pk", flat=True))
    found = []
    for rows in groups.values():
        mean = sum((row["value"] for row in rows), Decimal(0)) / len(rows)
        rows.sort(key=lambda row: (-row["value"], row["card"].manager_id))
        for place, row in enumerate(rows, start=1):
            if row["card"].pk in wanted:
                found.append({**row, "mean": mean, "off": row["value"] - mean, "place": place, "people": len(rows)})
    return found


def growth_chart(rows: list[dict[str, Any]], name_of: Any) -> dict[str, Any]:
    """Chart: bars of growth, those above their group's mean in green; the mean of a single group as a line."""
    line = {}
    if len({row["card"].group_id for row in rows}) == 1:
        mean = float(round(rows[0]["mean"] * 100, 1))
        words = _("mean %(mean)s") % {"mean": signed_percent(Decimal(str(mean)) / 100)}
        line["markLine"] = {
            "symbol": "none", "silent": True, "data": [{"xAxis": mean}],
            "label": {"position": "start", "formatter": words},
        }  # fmt: skip
    return {
        "grid": {"containLabel": True, "left": 8, "right": 48, "top": 16, "bottom": 8},
        "xAxis": {"type": "value", "axisLabel": {"formatter": "{value}%"}},
        "yAxis": {"type": "category", "inverse": True, "data": [name_of(row["card"]) for row in rows]},
        "series": [
            {
                "name": _("Sales growth on last year"), "type": "bar",
                "label": {"show": True, "position": "right", "formatter": "{c}%"},
                "data": [
                    {
                        "value": float(round(row["value"] * 100, 1)),
                        "itemStyle": {"color": f"var(--zf-{'success' if row['off'] >= 0 else 'warning'})"},
                    }
                    for row in rows
                ],
                **line,
            }
        ],
    }  # fmt: skip


# A month counts for whoever owned the client on its last day; growth is that of clients and months of both years.
BY_YEAR = """
    SELECT o.owner_id AS manager_id, extract(year FROM f.month)::int AS year, sum(f.amount) AS amount,
           count(DISTINCT f.month) AS months,
           sum(f.amount) FILTER (WHERE b.client_id IS NOT NULL) AS same, sum(b.amount) AS before
    FROM clients_monthlyfact f
    JOIN clients_ownership o ON o.client_id = f.client_id
        AND (f.month + interval '1 month - 1 day')::date >= o.valid_from
        AND (o.valid_to IS NULL OR (f.month + interval '1 month - 1 day')::date <= o.valid_to)
    LEFT JOIN clients_monthlyfact b ON b.client_id = f.client_id AND b.month = (f.month - interval '1 year')::date
        AND b.month >= %(first)s::date - interval '1 year'
    WHERE f.organisation_id = %(organisation)s AND f.month >= %(first)s AND f.month < %(until)s
    GROUP BY o.owner_id, year
"""


def by_year(organisation_id: int) -> list[dict[str, Any]]:
    """Amount and growth on the year before of every manager in the last five years; kept for some hours."""
    month = periods.this_month()
    key = f"kpi:years:{organisation_id}:{month:%Y-%m}"
    found = cache.get(key)
    if found is None:
        first = month.replace(year=month.year - YEARS + 1, month=1)
        rows = sql.rows(BY_YEAR, {"organisation": organisation_id, "first": first, "until": month})
        found = [
            {
                "manager_id": row["manager_id"], "year": row["year"], "amount": row["amount"], "months": row["months"],
                "growth": row["same"] / row["before"] - 1 if row["before"] else None,
            }
            for row in rows
        ]  # fmt: skip
        cache.set(key, found, CACHE_SECONDS)
    return list(found)


def years(organisation_id: int, people: dict[int, str]) -> dict[str, Any]:
    """Growth of some managers by year, with mean, median, highest and lowest of the organisation."""
    rows = by_year(organisation_id)
    names = sorted({row["year"] for row in rows})
    table = []
    for manager_id, name in people.items():
        own = {row["year"]: row for row in rows if row["manager_id"] == manager_id}
        if own:
            table.append({"manager_id": manager_id, "name": name, "cells": [own.get(year) for year in names]})
    stats = []
    for label, pick in ((_("Mean"), _mean), (_("Median"), _median), (_("Highest"), max), (_("Lowest"), min)):
        values = [
            [row["growth"] for row in rows if row["year"] == year and row["growth"] is not None] for year in names
        ]
        stats.append({"label": label, "cells": [pick(one) if one else None for one in values]})
    return {"years": names, "table": table, "stats": stats}


def _mean(values: list[Decimal]) -> Decimal:
    return sum(values, Decimal(0)) / len(values)


def _median(values: list[Decimal]) -> Decimal:
    ordered = sorted(values)
    half = len(ordered) // 2
    return ordered[half] if len(ordered) % 2 else (ordered[half - 1] + ordered[half]) / 2


def years_chart(found: dict[str, Any]) -> dict[str, Any]:
    """Chart: a line of growth a manager, and the statistics dashed."""

    def percents(cells: list[Decimal | None]) -> list[float | None]:
        return [None if cell is None else float(round(cell * 100, 1)) for cell in cells]

    lines = [
        {"name": row["name"], "type": "line", "data": percents([cell and cell["growth"] for cell in row["cells"]])}
        for row in found["table"][:LINES_SHOWN]
    ]
    dashed = [
        {"name": row["label"], "type": "line", "symbol": "none", "lineStyle": {"type": "dashed"},
         "data": percents(row["cells"])}
        for row in found["stats"]
    ]  # fmt: skip
    return {
        "legend": {},
        "xAxis": {"type": "category", "data": [str(year) for year in found["years"]]},
        "yAxis": {"type": "value", "axisLabel": {"formatter": "{value}%"}},
        "series": lines + dashed,
    }


# Units one level under the reader's own, or the cards' own units where there is none between.
HEAT = """
    SELECT u.name AS unit, u.path, l.leaf, l.position, round(avg(l.membership) * 100, 0) AS reached, count(*) AS people
    FROM kpi_scorecard c JOIN kpi_scoreline l ON l.card_id = c.id
    JOIN people_orgunit o ON o.id = c.org_id
    JOIN people_orgunit u ON u.path = left(o.path, %(length)s)
    WHERE c.run_id = %(run)s AND starts_with(o.path, %(path)s) AND l.membership IS NOT NULL
    GROUP BY u.name, u.path, l.leaf, l.position ORDER BY u.path, l.position
"""


def heat(run: Run, path: str) -> dict[str, Any] | None:
    """Chart: how much of each indicator the units under a path reach, in percent; None without cards."""
    rows = sql.rows(HEAT, {"run": run.pk, "path": path, "length": len(path) + 6})
    if not rows:
        return None
    leaves = {leaf.code: leaf.label for leaf in run.rules.leaves}
    units = list(dict.fromkeys(row["unit"] for row in rows))
    names = list(leaves.values())
    places = {code: place for place, code in enumerate(leaves)}
    return {
        "grid": {"containLabel": True, "left": 8, "right": 16, "top": 16, "bottom": 72},
        "xAxis": {"type": "category", "data": names, "axisLabel": {"rotate": 40, "interval": 0}, "name": ""},
        "yAxis": {"type": "category", "data": units},
        "visualMap": {
            "min": 0, "max": 100, "orient": "horizontal", "left": "center", "bottom": 0, "calculable": False,
            "inRange": {"color": ["var(--zf-grade-fail)", "var(--zf-grade-fair)", "var(--zf-grade-excellent)"]},
        },
        "series": [
            {
                "type": "heatmap", "label": {"show": True},
                "data": [
                    [places[row["leaf"]], units.index(row["unit"]), float(row["reached"])]
                    for row in rows if row["leaf"] in places
                ],
            }
        ],
    }  # fmt: skip

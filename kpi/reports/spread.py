"""How an indicator's values of the last period lie between the benchmarks."""

from decimal import Decimal, InvalidOperation
from typing import Any

from django.utils.translation import gettext as _

from crm.lib import sql
from crm.lib.periods import Period
from kpi.metrics.display import brief
from kpi.metrics.registry import Metric

BINS = 12

SPREAD = """
    WITH found AS (
        SELECT value FROM kpi_managervalue
        WHERE organisation_id = %(organisation)s AND period = %(period)s AND metric = %(metric)s AND value IS NOT NULL
    ), marks AS (
        SELECT min(value) AS least, max(value) AS most,
               coalesce(%(low)s, percentile_cont(%(low_share)s) WITHIN GROUP (ORDER BY value)::numeric) AS low,
               coalesce(%(high)s, percentile_cont(%(high_share)s) WITHIN GROUP (ORDER BY value)::numeric) AS high
        FROM found
    ), ends AS (
        SELECT low, high, least(low, high, least) AS first, greatest(low, high, most) AS last FROM marks
    )
    SELECT e.low, e.high, e.first, e.last, count(*) AS n,
           CASE WHEN e.last > e.first THEN least(width_bucket(f.value, e.first, e.last, %(bins)s), %(bins)s) - 1
                ELSE 0 END AS bin
    FROM found f CROSS JOIN ends e GROUP BY e.low, e.high, e.first, e.last, bin ORDER BY bin
"""


def spread(organisation_id: int, metric: Metric, period: Period, low: Any, high: Any) -> dict[str, Any] | None:
    """
    Chart: the values of a period as a histogram with both benchmarks on it; None without values.

    A benchmark is a number or a percentile, as in a scheme; InvalidOperation when it is neither.
    """
    rows = sql.rows(
        SPREAD,
        {
            "organisation": organisation_id, "metric": metric.code, "period": str(period), "bins": BINS,
            **_mark("low", low, 10), **_mark("high", high, 90),
        },
    )  # fmt: skip
    if not rows:
        return None
    first, last = rows[0]["first"], rows[0]["last"]
    width = (last - first) / BINS
    counted = {row["bin"]: row["n"] for row in rows}
    bins = range(BINS if width else 1)
    cuts = [brief(metric, first + n * width) for n in (*bins, len(bins))]
    marks = [
        {"name": label, "xAxis": min(int((value - first) / width), BINS - 1) if width else 0,
         "label": {"formatter": f"{label} {brief(metric, value)}", "position": "end"}}
        for label, value in ((_("Low"), rows[0]["low"]), (_("High"), rows[0]["high"]))
    ]  # fmt: skip
    series = {
        "name": _("People"), "type": "bar", "barCategoryGap": "10%", "data": [counted.get(n, 0) for n in bins],
        "markLine": {"symbol": "none", "data": marks},
    }  # fmt: skip
    return {
        "xAxis": {"type": "category", "data": [f"{cuts[n]} – {cuts[n + 1]}" for n in bins], "name": str(metric.label)},
        "yAxis": {"type": "value", "minInterval": 1, "name": _("People")},
        "series": [series],
    }


def _mark(name: str, given: Any, usual: int) -> dict[str, Any]:
    if isinstance(given, dict):
        share = float(given.get("percentile", usual)) / 100
        if not 0 <= share <= 1:
            raise InvalidOperation
        return {name: None, f"{name}_share": share}
    if not (value := Decimal(str(given))).is_finite():
        raise InvalidOperation
    return {name: value, f"{name}_share": 0.5}

"""Around a card: where the group stands, the picture of its dimensions, and where a running month may end."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from crm.lib import periods, sql
from crm.lib.workdays import work_days
from kpi.metrics.registry import SUM
from kpi.models import Scorecard, ScoreLine
from kpi.reports.cards import Shown
from kpi.schemes import Leaf, Rules


def standing(card: Scorecard) -> dict[str, Any]:
    """Mean and median of the card's comparison group."""
    return sql.rows(
        """
        SELECT round(avg(score), 2) AS mean,
               round((percentile_cont(0.5) WITHIN GROUP (ORDER BY score))::numeric, 2) AS median
        FROM kpi_scorecard WHERE run_id = %s AND group_id = %s
        """,
        [card.run_id, card.group_id],
    )[0]


def period_words(period: periods.Period) -> str:
    """A period as one says it: 2026年10月, 2026年第3季度."""
    values = {"year": period.start.year, "month": period.start.month, "quarter": (period.start.month + 2) // 3}
    match period.kind:
        case periods.MONTH:
            return _("%(year)s-%(month)02d") % values
        case periods.QUARTER:
            return _("quarter %(quarter)s of %(year)s") % values
        case periods.HALF:
            half = _("first half of %(year)s") if period.start.month == 1 else _("second half of %(year)s")
            return half % values
        case periods.YEAR:
            return _("the year %(year)s") % values
    return str(period)


def radar(card: Scorecard, lines: list[Shown]) -> dict[str, Any] | None:
    """Chart: what each dimension reached in percent, beside the group; None with fewer than three dimensions."""
    means = {
        row["leaf"]: row["reached"]
        for row in sql.rows(
            """
            SELECT l.leaf, avg(l.membership) AS reached FROM kpi_scoreline l JOIN kpi_scorecard c ON c.id = l.card_id
            WHERE c.run_id = %s AND c.group_id = %s AND l.membership IS NOT NULL GROUP BY l.leaf
            """,
            [card.run_id, card.group_id],
        )
    }
    own: dict[str, list[tuple[Decimal, Decimal]]] = {}
    group: dict[str, list[tuple[Decimal, Decimal]]] = {}
    for shown in lines:
        name = shown.dimension or shown.label
        if shown.line.membership is not None and shown.leaf:
            own.setdefault(name, []).append((shown.leaf.weight, shown.line.membership))
            group.setdefault(name, []).append((shown.leaf.weight, means.get(shown.line.leaf, Decimal(0))))
    if len(own) < 3:
        return None

    def reached(parts: dict[str, list[tuple[Decimal, Decimal]]]) -> list[float]:
        found = []
        for pairs in parts.values():
            whole = sum((weight for weight, _share in pairs), Decimal(0))
            found.append(float(round(100 * sum((weight * share for weight, share in pairs), Decimal(0)) / whole, 1)))
        return found

    return {
        "legend": {},
        "radar": {"indicator": [{"name": name, "max": 100} for name in own]},
        "series": [
            {
                "type": "radar",
                "data": [
                    {"name": card.manager.name, "value": reached(own), "areaStyle": {"opacity": 0.15}},
                    {"name": _("Mean of the group"), "value": reached(group), "lineStyle": {"type": "dashed"}},
                ],
            }
        ],
    }


@dataclass(frozen=True)
class Forecast:
    """Where a running month may end: the score, and how many indicators had to be taken from the month before."""

    score: Decimal
    grade: str
    borrowed: int
    days_left: int


def forecast(card: Scorecard, lines: list[Shown]) -> Forecast | None:
    """The score at the month's end if the days to come are like those so far.

    Counts grow with the work days; rates stay; what is not measured yet is taken from the last published card.
    """
    rules: Rules = card.run.rules
    span = card.run.span
    as_of = card.run.as_of or periods.today()
    gone, whole = len(work_days(span.start, as_of)), len(work_days(span.start, span.end))
    if not gone or gone >= whole:
        return None
    before = _memberships_before(card)
    total, weights, borrowed = Decimal(0), Decimal(0), 0
    for shown in lines:
        leaf = shown.leaf
        if leaf is None:
            continue
        share = _at_the_end(shown, leaf, Decimal(whole) / gone)
        if share is None:
            share = before.get(leaf.code)
            borrowed += share is not None
        if share is not None:
            total += leaf.weight * share
            weights += leaf.weight
    if not weights:
        return None
    score = min(Decimal(100), max(Decimal(0), 100 * total / weights + card.adjustment)).quantize(Decimal("0.1"))
    return Forecast(score, rules.grade(score), borrowed, whole - gone)


def _at_the_end(shown: Shown, leaf: Leaf, factor: Decimal) -> Decimal | None:
    line = shown.line
    if line.value is None or line.membership is None:
        return None
    if not (shown.metric.how == SUM or shown.metric.grows) or line.low is None or line.high is None:
        return line.membership
    value = line.value * factor
    if line.high <= line.low:
        return line.membership
    share = (value - line.low) / (line.high - line.low)
    share = share if leaf.higher else 1 - share
    return max(leaf.floor, min(leaf.ceiling, share))


def _memberships_before(card: Scorecard) -> dict[str, Decimal]:
    """Memberships by leaf of the manager's last published card of the same scheme."""
    last = (
        Scorecard.objects.published()
        .filter(manager=card.manager_id, run__scheme__name=card.run.scheme.name, run__starts_on__lt=card.run.starts_on)
        .order_by("-run__starts_on", "-run__version")
        .first()
    )
    if last is None:
        return {}
    lines = ScoreLine.objects.filter(card=last, membership__isnull=False)
    return dict(lines.values_list("leaf", "membership"))

"""A card explained: what each indicator cost, where one stands on its scale, and what would help most."""

from dataclasses import dataclass
from decimal import Decimal
from math import ceil
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from crm.lib import sql
from kpi import metrics
from kpi.metrics.display import brief, plain, show
from kpi.metrics.registry import RATIO, SUM
from kpi.models import Scorecard, ScoreLine
from kpi.schemes import Leaf, Rules

HUNDRED = Decimal(100)
SCALE_FROM, SCALE_TO = 12, 228  # the drawing's units between low and high
MOST_STEPS = 10  # further than that is no advice for the days that are left


@dataclass(frozen=True)
class Shown:
    """A line of a card in words and places."""

    line: ScoreLine
    leaf: Leaf | None
    metric: metrics.Metric

    @property
    def label(self) -> str:
        """The indicator's name in the scheme."""
        return self.leaf.label if self.leaf else str(self.metric.label)

    @property
    def dimension(self) -> str:
        """The dimension above it."""
        return self.leaf.parent_label if self.leaf else ""

    @property
    def higher(self) -> bool:
        """Whether more is better."""
        return self.leaf.higher if self.leaf else self.metric.higher_is_better

    @property
    def value(self) -> str:
        """The value with its unit."""
        return show(self.metric, self.line.value)

    @property
    def most(self) -> Decimal:
        """Points that the indicator could bring on this card."""
        return HUNDRED * self.line.weight

    @property
    def lost(self) -> Decimal:
        """Points that it cost."""
        return self.most - self.line.points

    @property
    def parts(self) -> str:
        """The numbers behind a rate: ``12 / 15``."""
        if self.metric.how != RATIO or self.line.denominator is None:
            return ""
        return f"{plain(self.line.numerator, 1)} / {plain(self.line.denominator, 1)}"

    @property
    def ends(self) -> tuple[str, str]:
        """Labels of the scale from bad to good."""
        low, high = brief(self.metric, self.line.low), brief(self.metric, self.line.high)
        return (low, high) if self.higher else (high, low)

    @property
    def median(self) -> str:
        """The group's median."""
        return brief(self.metric, self.line.median)

    def place(self, value: Decimal | None) -> float | None:
        """Where a value lies on the drawn scale; the right end is the good one."""
        low, high = self.line.low, self.line.high
        if value is None or low is None or high is None:
            return None
        if high <= low:
            share = Decimal((value >= high) if self.higher else (value <= low))
        else:
            share = (value - low) / (high - low) if self.higher else (high - value) / (high - low)
        share = min(max(share, Decimal("-0.04")), Decimal("1.04"))
        return round(SCALE_FROM + float(share) * (SCALE_TO - SCALE_FROM), 1)

    @property
    def own_place(self) -> float | None:
        """Where the own value lies."""
        return self.place(self.line.value)

    @property
    def median_place(self) -> float | None:
        """Where the group's median lies."""
        return self.place(self.line.median)


def lines_of(card: Scorecard, rules: Rules | None = None) -> list[Shown]:
    """The lines of a card in the order of the scheme."""
    rules = rules or card.run.rules
    return [Shown(line, rules.leaf(line.leaf), metrics.get(line.metric)) for line in card.lines.all()]


def losses(lines: list[Shown]) -> list[Shown]:
    """The lines that cost points, the most first."""
    return sorted((line for line in lines if line.lost > 0), key=lambda line: (-line.lost, line.line.position))


def extras(card: Scorecard, rules: Rules | None = None) -> list[dict[str, Any]]:
    """Bonus and penalty points of a card, each with why: somebody's reason, or the limit of a rule and the value."""
    named = {rule.code: rule for rule in (rules or card.run.rules).bonus}
    found = []
    for entry in card.bonus:
        rule, why = named.get(entry.get("rule")), entry.get("reason", "")
        if rule and rule.metric and not why:
            value = show(metrics.get(rule.metric), Decimal(str(entry["value"])))
            why = _("%(rule)s (%(when)s; it was %(value)s)") % {
                "rule": rule.name,
                "when": rule.condition,
                "value": value,
            }
        found.append({"points": Decimal(str(entry["points"])), "why": why})
    return found


def waterfall(card: Scorecard, lines: list[Shown]) -> dict[str, Any]:
    """Chart: from 100 down to the score, indicator by indicator."""
    left = HUNDRED
    base, lost = [], []
    shown = losses(lines)
    for line in shown:
        left -= line.lost
        base.append(float(round(left, 2)))
        lost.append(float(round(line.lost, 2)))
    names = [_("Full score"), *(line.label for line in shown), _("Score")]
    extra: list[Any] = []
    if card.adjustment:
        names.insert(-1, _("Bonus and penalty points"))
        base.append(float(min(left, left + card.adjustment)))
        tone = "success" if card.adjustment > 0 else "danger"
        extra = [{"value": float(abs(card.adjustment)), "itemStyle": {"color": f"var(--zf-{tone})"}}]
    score = float(card.score or 0)
    return {
        "grid": {"containLabel": True, "left": 8, "right": 16, "top": 16, "bottom": 8},
        "xAxis": {"type": "value", "max": 100},
        "yAxis": {"type": "category", "data": names, "inverse": True},
        "tooltip": {"trigger": "item"},
        "series": [
            {
                "name": _("Left"), "type": "bar", "stack": "score", "silent": True,
                "itemStyle": {"color": "transparent"}, "data": [0, *base, 0], "tooltip": {"show": False},
            },
            {
                "name": _("Points"), "type": "bar", "stack": "score", "label": {"show": True, "position": "right"},
                "data": [
                    {"value": 100, "itemStyle": {"color": "var(--zf-chart-2)"}},
                    *(
                        {
                            "value": value, "itemStyle": {"color": "var(--zf-danger)"},
                            "url": reverse("kpi:rows", args=[line.line.pk]),
                        }
                        for value, line in zip(lost, shown, strict=True)
                    ),
                    *extra,
                    {"value": score, "itemStyle": {"color": f"var(--zf-grade-{card.grade or 'fail'})"}},
                ],
            },
        ],
    }  # fmt: skip


def waterfall_rows(card: Scorecard, lines: list[Shown]) -> list[list[Any]]:
    """The waterfall as a table."""
    return [[line.label, plain(line.most), plain(line.line.points), plain(line.lost)] for line in losses(lines)]


TREND = """
    SELECT r.period, c.score, c.rank, c.ranked, c.grade, c.id,
           (SELECT round(avg(o.score), 2) FROM kpi_scorecard o
            WHERE o.run_id = r.id AND o.group_id = c.group_id) AS mean
    FROM kpi_scorecard c
    JOIN kpi_run r ON r.id = c.run_id AND r.state IN ('published', 'locked')
    JOIN kpi_scheme s ON s.id = r.scheme_id
    WHERE c.manager_id = %(manager)s AND s.period_kind = %(kind)s AND r.starts_on <= %(until)s
        AND NOT EXISTS (
            SELECT FROM kpi_run later JOIN kpi_scheme ls ON ls.id = later.scheme_id AND ls.name = s.name
            WHERE later.organisation_id = r.organisation_id AND later.period = r.period
                AND later.version > r.version AND later.state IN ('published', 'locked')
        )
    ORDER BY r.starts_on DESC LIMIT %(limit)s
"""


def history(card: Scorecard, limit: int = 13) -> list[dict[str, Any]]:
    """The manager's published scores up to the card's period with the group's mean, the oldest first."""
    params = {
        "manager": card.manager_id,
        "kind": card.run.scheme.period_kind,
        "until": card.run.starts_on,
        "limit": limit,
    }
    return sql.rows(TREND, params)[::-1]


def trend(found: list[dict[str, Any]]) -> dict[str, Any]:
    """Chart of the scores with the group's mean."""
    return {
        "legend": {},
        "xAxis": {"type": "category", "data": [row["period"] for row in found]},
        "yAxis": {"type": "value", "max": 100, "scale": True},
        "series": [
            {
                "name": _("Score"), "type": "line",
                "data": [
                    {"value": row["score"] and float(row["score"]), "url": reverse("kpi:card", args=[row["id"]])}
                    for row in found
                ],
            },
            {
                "name": _("Mean of the group"), "type": "line", "lineStyle": {"type": "dashed"},
                "data": [row["mean"] and float(row["mean"]) for row in found],
            },
        ],
    }  # fmt: skip


@dataclass(frozen=True)
class Advice:
    """Something that would raise the score: in words, and by how many points."""

    text: str
    gain: Decimal
    line: ScoreLine


def advice(lines: list[Shown], most: int = 3) -> list[Advice]:
    """What would raise a running score most, the best first."""
    found = []
    for shown in lines:
        step = _advice(shown)
        if step and step.gain >= Decimal("0.05"):
            found.append(step)
    return sorted(found, key=lambda one: -one.gain)[:most]


def _advice(shown: Shown) -> Advice | None:
    line, metric = shown.line, shown.metric
    if not metric.advice or line.membership is None or line.membership >= 1 or line.value is None or not shown.higher:
        return None
    low, high = line.low, line.high
    if low is None or high is None or high <= low:
        return None
    if metric.how == RATIO and line.denominator:
        per_unit = 1 / line.denominator
    elif metric.how == SUM:
        per_unit = Decimal(1)
    else:
        return None
    steps = min(MOST_STEPS, max(1, ceil((high - line.value) / per_unit)))
    membership = min(Decimal(1), max(Decimal(0), (line.value + steps * per_unit - low) / (high - low)))
    gain = HUNDRED * line.weight * (membership - line.membership)
    return Advice(str(metric.advice % {"n": steps}), gain, line)

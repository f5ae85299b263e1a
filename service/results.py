"""Results of a wave: indicators with margins of error, quadrants, groups, change against the last wave."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from django.utils.translation import gettext as _

from clients.models.client import BusinessFormat
from crm.lib import sql
from people.models import OrgUnit
from service.analysis import Quadrant, cut_lines, derived_importance, margin_of_error, quadrants
from service.models import Answer, Wave
from service.services.surveys import label_of

FEWEST = 5  # answers from which on a single account manager's result is shown


@dataclass
class IndicatorResult:
    """One indicator: means of 1–5 with half the width of the 95 % interval, correlation with the overall mark."""

    code: str
    label: str
    n: int
    satisfaction: float
    margin: float | None
    importance: float
    derived: float | None
    quadrant: Quadrant | None = None
    change: float | None = None

    @property
    def tone(self) -> str:
        """Tone of the quadrant's badge."""
        return {"concentrate": "danger", "keep_up": "success", "low_priority": "neutral"}.get(
            str(self.quadrant), "info"
        )


@dataclass
class Results:
    """What a wave says."""

    n: int
    indicators: list[IndicatorResult]
    overall: float | None
    overall_margin: float | None
    nps: int | None
    lines: tuple[float, float]
    before: Wave | None = None


def results_of(wave: Wave, unit: OrgUnit | None = None, *, compare: bool = True) -> Results:
    """The results of a wave, of one unit's clients if given; margins for the finite population of the wave."""
    rows = Answer.objects.filter(wave=wave)
    if unit is not None and unit.path != wave.unit.path:
        rows = rows.filter(org__path__startswith=unit.path)
    found = list(rows.order_by("pk").values_list("satisfaction", "importance", "overall", "nps"))
    if not found:
        return Results(0, [], None, None, None, (np.nan, np.nan))
    good = np.array([row[0] for row in found], dtype=float)
    high = np.array([row[1] for row in found], dtype=float)
    overall = np.array([row[2] for row in found], dtype=float)
    links = derived_importance(good, overall.tolist())
    indicators = []
    for at, item in enumerate(wave.survey.questions["indicators"]):
        marks, weights = good[:, at], high[:, at]
        marks, weights = marks[np.isfinite(marks)], weights[np.isfinite(weights)]
        if len(marks) and len(weights):
            indicators.append(
                IndicatorResult(
                    item["code"],
                    label_of(item),
                    len(marks),
                    float(marks.mean()),
                    margin_of_error(marks.tolist(), wave.population),
                    float(weights.mean()),
                    links[at].pearson,
                )
            )
    importance = {each.code: each.importance for each in indicators}
    performance = {each.code: each.satisfaction for each in indicators}
    for code, quadrant in quadrants(importance, performance).items():
        next(each for each in indicators if each.code == code).quadrant = quadrant
    results = Results(
        len(found),
        indicators,
        float(overall.mean()),
        margin_of_error(overall.tolist(), wave.population),
        _nps([row[3] for row in found]),
        cut_lines(importance, performance),
    )
    if compare:
        _compare(results, wave, unit)
    return results


def _nps(marks: list[int | None]) -> int | None:
    """Net promoter score: percent of 9–10 minus percent of 0–6."""
    given = [mark for mark in marks if mark is not None]
    if not given:
        return None
    return round((sum(mark >= 9 for mark in given) - sum(mark <= 6 for mark in given)) * 100 / len(given))


def _compare(results: Results, wave: Wave, unit: OrgUnit | None) -> None:
    """Change of each indicator against the wave before of the same unit and survey name."""
    earlier = Wave.objects.filter(unit=wave.unit_id, survey__name=wave.survey.name, created_at__lt=wave.created_at)
    results.before = earlier.select_related("survey", "unit").first()
    if results.before is None:
        return
    known = {each.code: each.satisfaction for each in results_of(results.before, unit, compare=False).indicators}
    for each in results.indicators:
        if each.code in known:
            each.change = each.satisfaction - known[each.code]


GROUP = """
    SELECT {key} AS key, {label} AS label, count(*) AS n, avg(a.overall) AS overall,
           avg((SELECT avg(mark) FROM unnest(a.satisfaction) AS mark)) AS satisfaction
    FROM service_answer a
    JOIN people_orgunit org ON org.id = a.org_id
    LEFT JOIN people_user manager ON manager.id = a.manager_id
    LEFT JOIN people_orgunit unit ON org.path LIKE unit.path || '%%' AND length(unit.path) = %(depth)s
    WHERE a.wave_id = %(wave)s AND org.path LIKE %(path)s
    GROUP BY 1, 2 HAVING count(*) >= %(fewest)s
    ORDER BY satisfaction DESC NULLS LAST, 2
"""


def groups_of(wave: Wave, unit: OrgUnit) -> list[dict[str, Any]]:
    """Means by tier, business format, unit below and account manager (from five answers up), one statement each."""
    kinds = (
        (_("By tier"), "a.tier", "a.tier", 1),
        (_("By business format"), "a.business_format", "a.business_format", 1),
        (_("By unit"), "unit.id", "unit.name", 1),
        (_("By account manager"), "manager.id", "manager.name", FEWEST),
    )
    formats = dict(BusinessFormat.choices)
    found = []
    for title, key, label, fewest in kinds:
        params = {"wave": wave.pk, "path": f"{unit.path}%", "depth": len(unit.path) + 6, "fewest": fewest}
        rows = [row for row in sql.rows(GROUP.format(key=key, label=label), params) if row["key"]]
        for row in rows:
            row["label"] = formats.get(row["label"], row["label"])
        if rows:
            found.append({"title": title, "rows": rows, "is_people": fewest > 1})
    return found


def quadrant_chart(results: Results) -> dict[str, Any]:
    """ECharts option: satisfaction across, importance up, the cut lines at the means."""
    tones = {
        Quadrant.CONCENTRATE: "var(--zf-danger)",
        Quadrant.KEEP_UP: "var(--zf-success)",
        Quadrant.LOW_PRIORITY: "var(--zf-chart-2)",
        Quadrant.OVERKILL: "var(--zf-info)",
    }
    points = [
        {
            "name": each.label,
            "value": [round(each.satisfaction, 2), round(each.importance, 2)],
            "itemStyle": {"color": tones[each.quadrant]} if each.quadrant else {},
            "label": {"show": True, "position": "top", "formatter": "{b}"},
        }
        for each in results.indicators
    ]
    across = [each.satisfaction for each in results.indicators]
    up = [each.importance for each in results.indicators]
    return {
        "xAxis": {"type": "value", "name": _("Satisfaction"), **_around(across)},
        "yAxis": {"type": "value", "name": _("Importance"), **_around(up)},
        "series": [
            {
                "type": "scatter",
                "symbolSize": 14,
                "data": points,
                "markLine": {
                    "silent": True,
                    "symbol": "none",
                    "label": {"show": False},
                    "data": [{"xAxis": round(results.lines[1], 3)}, {"yAxis": round(results.lines[0], 3)}],
                },
            }
        ],
    }


def _around(values: list[float]) -> dict[str, float]:
    """Axis limits a little beyond the values, within 1 to 5."""
    room = max(0.2, (max(values) - min(values)) * 0.2)
    return {"min": max(1.0, round(min(values) - room, 1)), "max": min(5.0, round(max(values) + room, 1))}

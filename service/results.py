"""Results of a wave: indicators with margins of error, quadrants, groups, change against the last wave."""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from django.db.models import Sum
from django.utils.translation import gettext as _

from clients.models.client import BusinessFormat
from crm.lib import sql
from people.models import OrgUnit
from service.analysis import (
    Quadrant,
    cut_lines,
    derived_importance,
    margin_from,
    margin_of_error,
    quadrants,
)
from service.models import Answer, Wave, WavePopulation
from service.services.surveys import label_of

FEWEST = 5  # answers from which on a single account manager's result is shown


TONES = {"concentrate": "danger", "keep_up": "success", "low_priority": "neutral", "overkill": "info"}


@dataclass
class IndicatorResult:
    """One indicator: means of 1–5 with half the width of the 95 % interval, correlation with the overall mark.

    ``quadrant`` by the importance that clients state, ``derived_quadrant`` by the correlation; ``change`` against the
    wave before, ``change_margin`` how large it may be by chance.
    """

    code: str
    label: str
    n: int
    satisfaction: float
    margin: float | None
    importance: float
    derived: float | None
    quadrant: Quadrant | None = None
    derived_quadrant: Quadrant | None = None
    change: float | None = None
    change_margin: float | None = None

    @property
    def is_clear(self) -> bool:
        """Whether the change is more than chance."""
        return self.change is not None and self.change_margin is not None and abs(self.change) > self.change_margin

    @property
    def tone(self) -> str:
        """Tone of the quadrant's badge."""
        return TONES.get(str(self.quadrant), "neutral")

    @property
    def derived_tone(self) -> str:
        """Tone of the badge of the derived quadrant."""
        return TONES.get(str(self.derived_quadrant), "neutral")


@dataclass
class Results:
    """What a wave says: ``lines`` cut the grid of stated importance, ``derived_lines`` that of derived importance."""

    n: int
    population: int
    indicators: list[IndicatorResult]
    overall: float | None = None
    overall_margin: float | None = None
    nps: int | None = None
    lines: tuple[float, float] = (math.nan, math.nan)
    derived_lines: tuple[float, float] = (math.nan, math.nan)
    before: Wave | None = None
    overall_change: float | None = None


def results_of(wave: Wave, unit: OrgUnit | None = None, *, compare: bool = True) -> Results:
    """The results of a wave, of one unit's clients if given; margins for the finite population that was sampled."""
    rows = Answer.objects.filter(wave=wave)
    population = wave.population
    if unit is not None and unit.path != wave.unit.path:
        rows = rows.filter(org__path__startswith=unit.path)
        below = WavePopulation.objects.filter(wave=wave, org__path__startswith=unit.path)
        population = below.aggregate(n=Sum("clients"))["n"] or 0
    found = list(rows.order_by("pk").values_list("satisfaction", "importance", "overall", "nps"))
    population = max(population, len(found))  # a client may have moved here since the draw
    results = Results(len(found), population, [])
    if found:
        _measure(results, wave, found)
        if compare:
            _compare(results, wave, unit)
    return results


def _measure(results: Results, wave: Wave, found: list[tuple[Any, ...]]) -> None:
    good = np.array([row[0] for row in found], dtype=float)
    high = np.array([row[1] for row in found], dtype=float)
    overall = np.array([row[2] for row in found], dtype=float)
    links = derived_importance(good, overall.tolist())
    for at, item in enumerate(wave.survey.questions["indicators"]):
        marks, weights = good[:, at], high[:, at]
        marks, weights = marks[np.isfinite(marks)], weights[np.isfinite(weights)]
        if len(marks) and len(weights):
            results.indicators.append(
                IndicatorResult(
                    item["code"],
                    label_of(item),
                    len(marks),
                    float(marks.mean()),
                    margin_of_error(marks.tolist(), results.population),
                    float(weights.mean()),
                    links[at].pearson,
                )
            )
    known = results.indicators
    stated = [each.importance for each in known], [each.satisfaction for each in known]
    for each, quadrant in zip(known, quadrants(*stated), strict=True):
        each.quadrant = quadrant
    results.lines = cut_lines(*stated)
    linked = [each for each in known if each.derived is not None]
    derived = [each.derived for each in linked], [each.satisfaction for each in linked]
    for each, quadrant in zip(linked, quadrants(*derived), strict=True):
        each.derived_quadrant = quadrant
    results.derived_lines = cut_lines(*derived)
    results.overall = float(overall.mean())
    results.overall_margin = margin_of_error(overall.tolist(), results.population)
    results.nps = _nps([row[3] for row in found])


def _nps(marks: list[int | None]) -> int | None:
    """Net promoter score: percent of 9–10 minus percent of 0–6."""
    given = [mark for mark in marks if mark is not None]
    if not given:
        return None
    return round((sum(mark >= 9 for mark in given) - sum(mark <= 6 for mark in given)) * 100 / len(given))


def _compare(results: Results, wave: Wave, unit: OrgUnit | None) -> None:
    """Change of each indicator against the wave before of the same unit and survey name.

    The margin of a difference of two independent means is √(m₁² + m₂²).
    """
    earlier = Wave.objects.filter(unit=wave.unit_id, survey__name=wave.survey.name, created_at__lt=wave.created_at)
    results.before = earlier.select_related("survey", "unit").first()
    if results.before is None:
        return
    past = results_of(results.before, unit, compare=False)
    known = {each.code: each for each in past.indicators}
    for each in results.indicators:
        if before := known.get(each.code):
            each.change = each.satisfaction - before.satisfaction
            if each.margin is not None and before.margin is not None:
                each.change_margin = math.hypot(each.margin, before.margin)
    if results.overall is not None and past.overall is not None:
        results.overall_change = results.overall - past.overall


# The key stands for the same thing over answers and over the clients that they speak for: ``a`` is either table.
KEYED = """
    JOIN people_orgunit org ON org.id = a.org_id
    LEFT JOIN people_user manager ON manager.id = a.manager_id
    LEFT JOIN people_orgunit unit ON org.path LIKE unit.path || '%%' AND length(unit.path) = %(depth)s
    WHERE a.wave_id = %(wave)s AND org.path LIKE %(path)s
"""
GROUP = f"""
    SELECT {{place}} AS place, groups.*, sizes.clients
    FROM (
        SELECT ({{key}})::text AS key, {{label}} AS label, count(*) AS n, avg(a.overall) AS overall,
               avg(mean.mark) AS satisfaction, stddev_samp(mean.mark) AS deviation
        FROM service_answer a
        CROSS JOIN LATERAL (SELECT avg(mark) AS mark FROM unnest(a.satisfaction) AS mark) AS mean
        {KEYED}
        GROUP BY 1, 2 HAVING count(*) >= {{fewest}}
    ) AS groups
    LEFT JOIN (
        SELECT ({{size_key}})::text AS key, sum(a.clients) AS clients
        FROM service_wavepopulation a {KEYED} GROUP BY 1
    ) AS sizes USING (key)
    WHERE groups.key <> ''
"""
# Key of a group, what it is called, key of the clients that it speaks for, answers from which on it is shown.
KINDS = (
    ("a.tier", "a.tier", "a.tier", 1),
    ("a.business_format", "a.business_format", "a.business_format", 1),
    ("unit.id", "unit.name", "unit.id", 1),
    ("manager.id", "manager.name", "manager.id", FEWEST),
    ("a.channel", "a.channel", "NULL", 1),
)
GROUPS = (
    " UNION ALL ".join(
        GROUP.format(place=place, key=key, label=label, size_key=size_key, fewest=fewest)
        for place, (key, label, size_key, fewest) in enumerate(KINDS)
    )
    + " ORDER BY place, satisfaction DESC NULLS LAST, label"
)


def groups_of(wave: Wave, unit: OrgUnit) -> list[dict[str, Any]]:
    """Means by tier, format, unit below, account manager (from five answers up) and way of asking, in one statement.

    ``margin`` is for the finite number of clients of the group, where that was counted, and None below five answers,
    where it would be wider than the scale.
    """
    titles = (_("By tier"), _("By business format"), _("By unit"), _("By account manager"), _("By way of answering"))
    words = {**dict(BusinessFormat.choices), **dict(Answer.Channel.choices)}
    every = sql.rows(GROUPS, {"wave": wave.pk, "path": f"{unit.path}%", "depth": len(unit.path) + 6})
    found = []
    for place, (title, (_key, _label, size_key, fewest)) in enumerate(zip(titles, KINDS, strict=True)):
        rows = [row for row in every if row["place"] == place]
        for row in rows:
            row["label"] = words.get(row["label"], row["label"])
            clients = row["clients"] and int(row["clients"])
            deviation = None if row["deviation"] is None else float(row["deviation"])
            size = clients if clients and clients >= row["n"] else None
            row["margin"] = margin_from(deviation, row["n"], size) if row["n"] >= FEWEST else None
        if rows and not (size_key == "NULL" and len(rows) == 1):
            found.append({"title": title, "rows": rows, "is_people": fewest > 1})
    return found


CHOSEN = """
    SELECT asked.key AS code, chosen.value::int AS place, count(*) AS n
    FROM service_answer a
    JOIN people_orgunit org ON org.id = a.org_id
    CROSS JOIN LATERAL jsonb_each(a.extra) AS asked
    CROSS JOIN LATERAL jsonb_array_elements(
        CASE jsonb_typeof(asked.value) WHEN 'array' THEN asked.value ELSE jsonb_build_array(asked.value) END
    ) AS chosen
    WHERE a.wave_id = %(wave)s AND org.path LIKE %(path)s AND jsonb_typeof(chosen.value) = 'number'
    GROUP BY 1, 2
"""


def choices_of(wave: Wave, unit: OrgUnit, answers: int) -> list[dict[str, Any]]:
    """How often each option of the own questions was chosen, with its share of all answers (0–1)."""
    counted = {
        (row["code"], row["place"]): row["n"] for row in sql.rows(CHOSEN, {"wave": wave.pk, "path": f"{unit.path}%"})
    }
    return [
        {
            "label": question["label"],
            "several": question["kind"] == "several",
            "options": [
                {
                    "label": option,
                    "n": counted.get((question["code"], place), 0),
                    "share": counted.get((question["code"], place), 0) / answers if answers else None,
                }
                for place, option in enumerate(question["options"])
            ],
        }
        for question in [*wave.survey.asked("before"), *wave.survey.asked("after")]
        if question["kind"] != "text"
    ]


COLOURS = {
    Quadrant.CONCENTRATE: "var(--zf-danger)",
    Quadrant.KEEP_UP: "var(--zf-success)",
    Quadrant.LOW_PRIORITY: "var(--zf-chart-2)",
    Quadrant.OVERKILL: "var(--zf-info)",
}


def quadrant_chart(results: Results, *, derived: bool = False) -> dict[str, Any]:
    """ECharts option: satisfaction across, stated or derived importance up, a series per quadrant, cut at the means."""
    points = [
        (each.label, each.satisfaction, each.derived, each.derived_quadrant)
        if derived
        else (each.label, each.satisfaction, each.importance, each.quadrant)
        for each in results.indicators
        if not derived or each.derived is not None
    ]
    points.sort(key=lambda point: point[1])
    sides = {point[0]: ("top", "bottom")[number % 2] for number, point in enumerate(points)}  # neighbours stay apart
    up, across = results.derived_lines if derived else results.lines
    name, low, high = (_("Derived importance"), -1.0, 1.0) if derived else (_("Importance"), 1.0, 5.0)
    series = [
        {
            "type": "scatter",
            "name": str(quadrant.label),
            "symbolSize": 14,
            "itemStyle": {"color": COLOURS[quadrant]},
            "label": {"show": True, "formatter": "{b}"},
            "data": [
                {
                    "name": label,
                    "value": [round(x, 2), round(float(y or 0), 2)],
                    "label": {"position": sides[label]},
                }
                for label, x, y, where in points
                if where == quadrant
            ],
        }
        for quadrant in Quadrant
    ]
    series[0]["markLine"] = {
        "silent": True,
        "symbol": "none",
        "label": {"show": False},
        "data": [{"xAxis": round(across, 3)}, {"yAxis": round(up, 3)}],
    }
    return {
        "legend": {},
        "xAxis": {"type": "value", "name": _("Satisfaction"), **_around([point[1] for point in points], 1.0, 5.0)},
        "yAxis": {"type": "value", "name": name, **_around([float(point[2] or 0) for point in points], low, high)},
        "series": series,
    }


def _around(values: list[float], least: float, most: float) -> dict[str, float]:
    """Axis limits a little beyond the values, within the scale."""
    spread = max(values) - min(values)
    room = max((most - least) * 0.05, spread * 0.2)
    return {"min": max(least, round(min(values) - room, 1)), "max": min(most, round(max(values) + room, 1))}

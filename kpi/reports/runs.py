"""A run at a glance: distribution, outliers, moves since the period before, spread of the soft scores."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from crm.lib import sql
from kpi.models import Grade, Run

BIN = 5
FAR = 2  # standard deviations


@dataclass(frozen=True)
class Figures:
    """Numbers of a run's scores."""

    cards: int
    scored: int
    waiting: int
    mean: Any
    median: Any
    deviation: Any
    lowest: Any
    highest: Any


def figures(run: Run) -> Figures:
    """Count, mean, median, deviation, ends."""
    row = sql.rows(
        """
        SELECT count(*) AS cards, count(score) AS scored, count(*) FILTER (WHERE waiting > 0) AS waiting,
               round(avg(score), 2) AS mean,
               round((percentile_cont(0.5) WITHIN GROUP (ORDER BY score))::numeric, 2) AS median,
               round(stddev_pop(score), 2) AS deviation, min(score) AS lowest, max(score) AS highest
        FROM kpi_scorecard WHERE run_id = %s
        """,
        [run.pk],
    )[0]
    return Figures(**row)


def grades(run: Run, forced: Mapping[int, str] | None = None) -> list[dict[str, Any]]:
    """Each grade with its number, its share, and how often it stands among the forced grades of the cards."""
    of_forced = Counter((forced_grades(run) if forced is None else forced).values())
    counted = {
        row["grade"]: row["n"]
        for row in sql.rows(
            "SELECT grade, count(*) AS n FROM kpi_scorecard WHERE run_id = %s AND grade <> '' GROUP BY grade", [run.pk]
        )
    }
    total = sum(counted.values())
    return [
        {
            "grade": grade,
            "name": run.rules.grade_name(grade),
            "count": counted.get(grade, 0),
            "share": counted.get(grade, 0) / total if total else 0,
            "forced": of_forced[grade],
        }
        for grade in Grade.values
    ]


def forced_grades(run: Run) -> dict[int, str]:
    """The grade that each card would have by rank within its group; equal scores share the better one.

    A grade and those above it reach as far as their share of the group, rounded half up to whole people.
    """
    upto, limits = 0, {}
    for grade in Grade.values:
        upto += run.rules.forced[grade]
        limits[grade] = upto
    rows = sql.rows(
        """
        SELECT id, rank() OVER (PARTITION BY group_id ORDER BY score DESC) AS place,
               count(*) OVER (PARTITION BY group_id) AS people
        FROM kpi_scorecard WHERE run_id = %s AND score IS NOT NULL
        """,
        [run.pk],
    )
    return {
        row["id"]: next(grade for grade, share in limits.items() if row["place"] <= (row["people"] * share + 50) // 100)
        for row in rows
    }


def distribution(run: Run) -> dict[str, Any]:
    """Chart: number of cards by score in steps of five, coloured by grade."""
    rows = sql.rows(
        """
        SELECT least(floor(score / %s), %s)::int AS bin, count(*) AS n FROM kpi_scorecard
        WHERE run_id = %s AND score IS NOT NULL GROUP BY bin
        """,
        [BIN, 100 // BIN - 1, run.pk],
    )
    counted = {row["bin"]: row["n"] for row in rows}
    rules = run.rules
    names, data = [], []
    for number in range(100 // BIN):
        names.append(f"{number * BIN}–{number * BIN + BIN}")
        grade = rules.grade(number * BIN)
        data.append({"value": counted.get(number, 0), "itemStyle": {"color": f"var(--zf-grade-{grade})"}})
    first = min(counted, default=0)
    return {
        "xAxis": {"type": "category", "data": names[first:], "name": _("Score")},
        "yAxis": {"type": "value", "minInterval": 1, "name": _("People")},
        "series": [{"name": _("People"), "type": "bar", "data": data[first:], "barCategoryGap": "12%"}],
    }


def outliers(run: Run, limit: int = 20) -> list[dict[str, Any]]:
    """Cards more than two standard deviations from the mean of their group, and cards without a score."""
    return sql.rows(
        """
        SELECT c.id, u.name, o.name AS unit, c.score, c.grade, c.rank, c.ranked, g.mean, c.score - g.mean AS off
        FROM kpi_scorecard c
        JOIN people_user u ON u.id = c.manager_id JOIN people_orgunit o ON o.id = c.org_id
        JOIN (
            SELECT group_id, round(avg(score), 2) AS mean, stddev_pop(score) AS deviation
            FROM kpi_scorecard WHERE run_id = %(run)s GROUP BY group_id
        ) g ON g.group_id = c.group_id
        WHERE c.run_id = %(run)s AND (c.score IS NULL OR abs(c.score - g.mean) > %(far)s * g.deviation)
        ORDER BY c.score IS NOT NULL, abs(c.score - g.mean) DESC, u.username LIMIT %(limit)s
        """,
        {"run": run.pk, "far": FAR, "limit": limit},
    )


def before(run: Run) -> Run | None:
    """The published run of the same scheme for the period before."""
    return (
        Run.objects.published()
        .filter(organisation=run.organisation_id, scheme__name=run.scheme.name, period=str(run.span.previous))
        .order_by("-version")
        .first()
    )


def moves(run: Run, limit: int = 10) -> list[dict[str, Any]]:
    """The biggest changes of score since the period before, up or down."""
    last = before(run)
    if last is None:
        return []
    return sql.rows(
        """
        SELECT c.id, u.name, o.name AS unit, c.score, b.score AS before, c.score - b.score AS change
        FROM kpi_scorecard c
        JOIN kpi_scorecard b ON b.run_id = %(before)s AND b.manager_id = c.manager_id
        JOIN people_user u ON u.id = c.manager_id JOIN people_orgunit o ON o.id = c.org_id
        WHERE c.run_id = %(run)s AND c.score IS NOT NULL AND b.score IS NOT NULL AND c.score <> b.score
        ORDER BY abs(c.score - b.score) DESC, u.username LIMIT %(limit)s
        """,
        {"run": run.pk, "before": last.pk, "limit": limit},
    )


def soft_spread(run: Run) -> list[dict[str, Any]]:
    """How each supervisor scored: number, mean, lowest, highest, deviation; and the same of all together, last."""
    return sql.rows(
        """
        SELECT u.name, count(*) AS n, round(avg(s.score), 1) AS mean, min(s.score) AS lowest, max(s.score) AS highest,
               round(stddev_pop(s.score), 1) AS deviation
        FROM kpi_softscore s JOIN people_user u ON u.id = s.given_by_id
        WHERE s.organisation_id = %(organisation)s AND s.period = %(period)s
        GROUP BY GROUPING SETS ((u.id, u.name), ()) HAVING count(*) > 0
        ORDER BY u.name IS NULL, mean DESC, u.name
        """,
        {"organisation": run.organisation_id, "period": run.period},
    )

"""A scheme tried out: what scores would have been, without leaving a trace."""

from dataclasses import dataclass
from typing import Any

from django.db import transaction

from crm.lib import sql
from crm.lib.periods import Period
from kpi import metrics, scoring
from kpi.kinds import last
from kpi.models import Run, Scheme
from kpi.reports import runs


@dataclass(frozen=True)
class Trial:
    """What came out: figures, grades, and each person's old and new score."""

    figures: runs.Figures
    grades: list[dict[str, Any]]
    rows: list[dict[str, Any]]


def last_period(scheme: Scheme) -> Period:
    """The last whole period of the scheme's kind."""
    return last(scheme.period_kind)


def trial(scheme: Scheme, period: Period, limit: int = 200) -> Trial:
    """Measure and score a period by a scheme in a transaction that is rolled back; old scores beside."""
    span = metrics.Span.of(scheme.organisation, period)
    with transaction.atomic():
        run = Run.objects.filter(scheme=scheme, period=str(period), state__in=("draft", "computed", "reviewed")).first()
        run = run or Run.objects.create(
            organisation=scheme.organisation,
            scheme=scheme,
            period=str(period),
            starts_on=period.start,
            ends_on=period.end,
            version=32000,
        )
        metrics.store([metrics.get(code) for code in run.rules.metrics], span)
        scoring.write_cards(run, run.rules, span.as_of)
        found = Trial(runs.figures(run), runs.grades(run), _beside(run, limit))
        transaction.set_rollback(True)
    return found


def _beside(run: Run, limit: int) -> list[dict[str, Any]]:
    """New scores with those of the latest published run of the period, the biggest change first."""
    return sql.rows(
        """
        SELECT u.name, o.name AS unit, c.score, c.grade, c.rank, b.score AS before, b.grade AS grade_before,
               b.rank AS rank_before, c.score - b.score AS change
        FROM kpi_scorecard c
        JOIN people_user u ON u.id = c.manager_id JOIN people_orgunit o ON o.id = c.org_id
        LEFT JOIN LATERAL (
            SELECT old.score, old.grade, old.rank FROM kpi_scorecard old JOIN kpi_run r ON r.id = old.run_id
            WHERE old.manager_id = c.manager_id AND r.period = %(period)s AND r.id <> %(run)s
                AND r.state IN ('published', 'locked')
            ORDER BY r.published_at DESC LIMIT 1
        ) b ON true
        WHERE c.run_id = %(run)s
        ORDER BY abs(c.score - b.score) DESC NULLS LAST, c.rank NULLS LAST, u.username LIMIT %(limit)s
        """,
        {"run": run.pk, "period": run.period, "limit": limit},
    )

"""Indicators of what became of alerts, and of scores over longer spans."""

from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from clients.reach import within
from kpi.metrics.registry import MEAN, PERCENT, POINTS, RATIO, Metric, register

# Whoever owned the client on the day that the alert was raised. One whose cause went away by itself asks for nothing,
# and a greeting that is due is no danger.
ALERTS_ACTED = f"""
    SELECT o.owner_id AS manager_id, a.client_id, 'alert' AS kind, a.id AS object_id, a.raised_on AS day,
           CASE WHEN a.acted_at < %(cutoff)s OR (a.state IN ('kept', 'lost', 'dismissed') AND a.closed_at < %(cutoff)s)
                THEN 1 ELSE 0 END AS num, 1 AS den
    FROM retention_alert a
    JOIN clients_ownership o ON o.client_id = a.client_id AND {within("o.client_id")}
        AND a.raised_on >= o.valid_from
        AND (o.valid_to IS NULL OR a.raised_on <= o.valid_to)
    JOIN people ON people.manager_id = o.owner_id
    WHERE a.organisation_id = %(organisation)s AND a.raised_on BETWEEN %(start)s AND %(as_of)s
        AND a.kind = ANY(%(danger_kinds)s) AND NOT (a.state = 'cleared' AND a.acted_at IS NULL)
"""

MONTH_SCORES = """
    SELECT c.manager_id, NULL::bigint AS client_id, 'card' AS kind, c.id AS object_id, r.starts_on AS day,
           c.score AS num, 1 AS den
    FROM kpi_scorecard c
    JOIN people ON people.manager_id = c.manager_id
    JOIN kpi_run r ON r.id = c.run_id AND r.state IN ('published', 'locked')
    JOIN kpi_scheme s ON s.id = r.scheme_id AND s.period_kind = 'month'
    WHERE r.organisation_id = %(organisation)s AND r.starts_on = ANY(%(months)s::date[]) AND c.score IS NOT NULL
        AND NOT EXISTS (
            SELECT FROM kpi_run later JOIN kpi_scheme ls ON ls.id = later.scheme_id AND ls.name = s.name
            WHERE later.organisation_id = r.organisation_id AND later.period = r.period AND later.version > r.version
                AND later.state IN ('published', 'locked')
        )
"""

register(
    Metric(
        "alerts_acted",
        _("Alerts acted on"),
        PERCENT,
        RATIO,
        "alerts",
        _("Alerts of danger that led to a step or were settled ÷ those raised on own clients in the period."),
        ALERTS_ACTED,
        _("Acted on"),
        _("Raised"),
        advice=ngettext_lazy("Act on %(n)d more alert", "Act on %(n)d more alerts", "n"),
    ),
    Metric(
        "month_scores",
        _("Scores of the months"),
        POINTS,
        MEAN,
        "scores",
        _("Mean of the published monthly scores of the period."),
        MONTH_SCORES,
        _("Score"),
        _("Months"),
    ),
)

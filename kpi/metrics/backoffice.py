"""Indicators of surveys and exams, of coverage by tier, and of back-office posts: on time and good."""

from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from kpi.metrics.registry import MARK, MEAN, PERCENT, POINTS, RATIO, Metric, register
from kpi.metrics.span import Span
from service.facts import SURVEY_MARKS

BACK_OFFICE = ("back_office",)

EXAM = """
    SELECT r.manager_id, NULL::bigint AS client_id, 'exam' AS kind, r.exam_id AS object_id, e.held_on AS day,
           r.mark AS num, 1 AS den
    FROM kpi_examresult r JOIN kpi_exam e ON e.id = r.exam_id AND e.kind = 'skills'
    JOIN people ON people.manager_id = r.manager_id
    WHERE e.organisation_id = %(organisation)s AND e.held_on BETWEEN %(start)s AND %(end)s
"""


# Tier-weighted: a client of the highest tier counts as many times as there are tiers, one of the lowest once.
COVERED_WEIGHTED = f"""
    SELECT o.manager_id, o.client_id, 'client' AS kind, o.client_id AS object_id, max(m.day) AS day,
           CASE WHEN count(m.id) > 0 THEN o.weight ELSE 0 END AS num, o.weight AS den
    FROM (
        SELECT owned.*, {Span.PRESENT_DAYS}::numeric / (%(as_of)s::date - %(start)s::date + 1)
               * coalesce(1 + l.last - s.position, 1) AS weight
        FROM owned
        JOIN clients_client c ON c.id = owned.client_id AND c.is_active AND c.stage <> 'lost'
        LEFT JOIN clients_tierresult r
            ON r.client_id = owned.client_id AND r.month = date_trunc('month', %(start)s::date)
        LEFT JOIN clients_clienttier t ON t.client_id = owned.client_id
        LEFT JOIN clients_servicestandard s
            ON s.organisation_id = %(organisation)s AND s.tier = coalesce(r.tier, t.tier)
        CROSS JOIN (
            SELECT max(position) AS last FROM clients_servicestandard WHERE organisation_id = %(organisation)s
        ) l
    ) o
    LEFT JOIN made m ON m.client_id = o.client_id AND m.manager_id = o.manager_id
        AND m.day BETWEEN o.first_day AND o.last_day
    WHERE o.weight > 0
    GROUP BY o.manager_id, o.client_id, o.first_day, o.weight
"""

HANDLED = """
    SELECT q.handler_id AS manager_id, q.client_id, 'request' AS kind, q.id AS object_id,
           (q.registered_at AT TIME ZONE %(zone)s)::date AS day, {num} AS num, 1 AS den
    FROM service_servicerequest q JOIN people ON people.manager_id = q.handler_id
    WHERE q.organisation_id = %(organisation)s AND q.state NOT IN ('merged', 'cancelled')
        AND (q.registered_at AT TIME ZONE %(zone)s)::date BETWEEN %(start)s AND %(as_of)s AND {where}
"""
HANDLED_ON_TIME = HANDLED.format(
    num="CASE WHEN q.resolved_at <= q.due_at THEN 1 ELSE 0 END",
    where="(q.resolved_at IS NOT NULL OR q.due_at < %(cutoff)s)",
)
HANDLED_WELL = HANDLED.format(num="q.satisfaction", where="q.satisfaction IS NOT NULL")
REOPENED = HANDLED.format(num="CASE WHEN q.reopened > 0 THEN 1 ELSE 0 END", where="q.resolved_at IS NOT NULL")

SLIPS_ON_TIME = """
    SELECT s.receiver_id AS manager_id, s.client_id, 'slip' AS kind, s.id AS object_id,
           (s.given_at AT TIME ZONE %(zone)s)::date AS day,
           CASE WHEN s.fed_back_at <= s.due_at THEN 1 ELSE 0 END AS num, 1 AS den
    FROM service_informationslip s JOIN people ON people.manager_id = s.receiver_id
    WHERE s.organisation_id = %(organisation)s
        AND (s.given_at AT TIME ZONE %(zone)s)::date BETWEEN %(start)s AND %(as_of)s
        AND (s.fed_back_at IS NOT NULL OR s.due_at < %(cutoff)s)
"""

register(
    Metric(
        "survey_satisfaction", _("Satisfaction in surveys"), MARK, MEAN, "surveys",
        _("Mean of the overall marks 1 to 5 that own clients gave in surveys; from five answers on."),
        SURVEY_MARKS, _("Mark"), _("Answers"),
    ),
    Metric(
        "exam", _("Skills exam"), POINTS, MEAN, "exams",
        _("Mark of 100 in the skills exams of the period; of several their mean."), EXAM, _("Mark"), _("Exams"),
    ),
    Metric(
        "coverage_weighted", _("Coverage weighted by tier"), PERCENT, RATIO, "visits",
        _("As “clients covered”, each client counted by its tier: the lowest once, each higher one once more."),
        COVERED_WEIGHTED, _("Visited"), _("Owned"), grows=True,
        advice=ngettext_lazy("Visit %(n)d more client not yet seen", "Visit %(n)d more clients not yet seen", "n"),
    ),
    Metric(
        "handled_on_time", _("Requests handled on time"), PERCENT, RATIO, "service",
        _("Requests in one's own hands settled by their deadline ÷ those settled or past it."),
        HANDLED_ON_TIME, _("On time"), _("Requests"), roles=BACK_OFFICE,
    ),
    Metric(
        "handled_well", _("Satisfaction with the handling"), MARK, MEAN, "service",
        _("Mean of the marks 1 to 5 at the callback for requests in one's own hands."),
        HANDLED_WELL, _("Mark"), _("Callbacks"), roles=BACK_OFFICE,
    ),
    Metric(
        "handled_again", _("Requests re-opened"), PERCENT, RATIO, "service",
        _("Settled requests that had to be opened again ÷ settled requests."),
        REOPENED, _("Re-opened"), _("Settled"), higher_is_better=False, roles=BACK_OFFICE,
    ),
    Metric(
        "slips_on_time", _("Slips answered on time"), PERCENT, RATIO, "service",
        _("Information slips fed back by their deadline ÷ those fed back or past it."),
        SLIPS_ON_TIME, _("On time"), _("Slips"), roles=("am", "back_office"),
    ),
)  # fmt: skip

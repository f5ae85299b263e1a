"""The figures that the coaching rules look at, for all managers of a published run in one statement."""

from typing import Any

from crm.lib import periods, sql
from crm.lib.workdays import work_days
from kpi import metrics
from kpi.metrics import Span
from kpi.models import Run
from kpi.monthly import CARDS

ENOUGH_VISITS = 40  # in a month: with fewer, its two halves differ by chance

# Each part is worked out once: the planner, which expects one row of each, would do so again for every manager.
FIGURES = """
    {ctes}
    , card AS MATERIALIZED ({cards}    ), now AS MATERIALIZED (
        SELECT c.*, c.score < percentile_cont(0.5) WITHIN GROUP (ORDER BY o.score) AS under_median
        FROM card c JOIN card o ON o.group_id = c.group_id AND o.period = c.period
        WHERE c.period = %(period)s
        GROUP BY c.manager_id, c.org_id, c.group_id, c.period, c.score, c.grade
    ), before AS MATERIALIZED (
        SELECT manager_id, avg(score) AS mean, count(*) AS months FROM card WHERE period = ANY(%(before)s)
        GROUP BY manager_id
    ), streak AS MATERIALIZED (
        SELECT manager_id, count(*) FILTER (WHERE grade = 'excellent') AS excellent FROM card
        WHERE period = ANY(%(streak)s) GROUP BY manager_id
    ), trips AS MATERIALIZED (
        SELECT v.manager_id,
               count(*) FILTER (WHERE v.day BETWEEN %(start)s AND %(end)s) / nullif(%(days)s, 0)::numeric AS now,
               count(*) FILTER (WHERE v.day >= %(start)s) AS in_month,
               count(*) FILTER (WHERE v.day < %(start)s) / nullif(%(days_before)s, 0)::numeric AS then,
               count(*) FILTER (WHERE v.day BETWEEN %(start)s AND %(middle)s) / nullif(%(days_first)s, 0)::numeric
                   AS first_half,
               count(*) FILTER (WHERE v.day BETWEEN %(middle)s + 1 AND %(end)s) / nullif(%(days_second)s, 0)::numeric
                   AS second_half
        FROM visits_visit v JOIN people USING (manager_id)
        WHERE v.mode = 'on_site' AND (v.day BETWEEN %(start)s AND %(end)s
            OR v.day BETWEEN %(start_before)s AND %(end_before)s)
        GROUP BY v.manager_id
    ), present_then AS MATERIALIZED (
        SELECT DISTINCT p.user_id AS manager_id FROM people_posting p
        WHERE p.role = 'am' AND p.valid_from <= %(start_before)s AND (p.valid_to IS NULL OR p.valid_to >= %(end)s)
    ), whole_month AS MATERIALIZED (
        SELECT DISTINCT manager_id FROM posted WHERE first_day = %(start)s AND last_day = %(end)s
    ), grumbling AS MATERIALIZED (
        SELECT o.owner_id AS manager_id, count(*) AS complaints
        FROM service_servicerequest q JOIN clients_ownership o ON o.client_id = q.client_id
            AND (q.registered_at AT TIME ZONE %(zone)s)::date >= o.valid_from
            AND (o.valid_to IS NULL OR (q.registered_at AT TIME ZONE %(zone)s)::date <= o.valid_to)
        WHERE q.organisation_id = %(organisation)s AND q.kind = 'complaint' AND q.state NOT IN ('merged', 'cancelled')
            AND (q.registered_at AT TIME ZONE %(zone)s)::date BETWEEN %(end)s - 89 AND %(end)s
        GROUP BY o.owner_id
    ), appealed AS MATERIALIZED (
        SELECT manager_id, count(*) AS rejected FROM kpi_appeal
        WHERE state = 'rejected' AND (answered_at AT TIME ZONE %(zone)s)::date BETWEEN %(end)s - 89 AND %(end)s + 31
        GROUP BY manager_id
    ), large AS MATERIALIZED (
        SELECT o.manager_id,
               avg((m.client_id IS NOT NULL)::int) AS all_covered, count(*) FILTER (WHERE s.position = 0) AS large,
               avg((m.client_id IS NOT NULL)::int) FILTER (WHERE s.position = 0) AS large_covered
        FROM owned o
        JOIN clients_client c ON c.id = o.client_id AND c.is_active AND c.stage <> 'lost'
        LEFT JOIN clients_clienttier t ON t.client_id = o.client_id
        LEFT JOIN clients_servicestandard s ON s.organisation_id = %(organisation)s AND s.tier = t.tier
        LEFT JOIN (SELECT DISTINCT client_id, manager_id FROM made) m
            ON m.client_id = o.client_id AND m.manager_id = o.manager_id
        GROUP BY o.manager_id
    ), standard AS MATERIALIZED ({visits}), timely AS MATERIALIZED ({journals}),
    median AS MATERIALIZED (
        SELECT n.group_id, percentile_cont(0.5) WITHIN GROUP (ORDER BY v.value) AS visits
        FROM now n JOIN standard v USING (manager_id) GROUP BY n.group_id
    ), soft AS MATERIALIZED (
        SELECT manager_id, score FROM kpi_softscore
        WHERE organisation_id = %(organisation)s AND period = %(period)s AND metric = 'soft:attitude'
    )
    SELECT n.manager_id, n.org_id, n.score, n.under_median, g.complaints, a.rejected, soft.score AS attitude,
           CASE WHEN e.manager_id IS NOT NULL THEN round(100 * (1 - t.now / nullif(t.then, 0)), 1) END AS fall,
           CASE WHEN t.in_month >= %(enough)s AND w.manager_id IS NOT NULL
                THEN round(100 * (1 - t.second_half / nullif(t.first_half, 0)), 1) END AS month_fall,
           s.excellent AS excellent_months,
           CASE WHEN b.months >= 2 THEN round(b.mean, 1) END AS proud_score,
           CASE WHEN b.months >= 2 THEN round(b.mean - n.score, 1) END AS proud_fall,
           round((100 * v.value / nullif(m.visits, 0)::numeric)::numeric, 1) AS visits,
           round(100 * j.value, 1) AS journals,
           CASE WHEN l.large >= 5 THEN round(100 * (l.all_covered - l.large_covered), 1) END AS large,
           %(end)s - u.joined_on AS new_days
    FROM now n JOIN people_user u ON u.id = n.manager_id
    LEFT JOIN before b USING (manager_id) LEFT JOIN streak s USING (manager_id) LEFT JOIN trips t USING (manager_id)
    LEFT JOIN present_then e USING (manager_id) LEFT JOIN whole_month w USING (manager_id)
    LEFT JOIN grumbling g USING (manager_id)
    LEFT JOIN appealed a USING (manager_id) LEFT JOIN large l USING (manager_id)
    LEFT JOIN standard v USING (manager_id) LEFT JOIN timely j USING (manager_id)
    LEFT JOIN median m ON m.group_id = n.group_id LEFT JOIN soft USING (manager_id)
    ORDER BY u.username
"""


def figures(run: Run) -> list[dict[str, Any]]:
    """A row for every manager with a score in the run of a month."""
    span = Span.of(run.organisation, run.span)
    start, end = run.span.start, run.span.end
    earlier = periods.Period.month(periods.add_months(start, -2))
    middle = start.replace(day=15)
    months = [f"{periods.add_months(start, -back):%Y-%m}" for back in range(4)]
    params = {
        **span.params,
        "card_months": months,
        "before": months[1:],
        "streak": months[:3],
        "days": len(work_days(start, end)),
        "days_first": len(work_days(start, middle)),
        "days_second": len(work_days(middle.replace(day=16), end)),
        "days_before": len(work_days(earlier.start, earlier.end)),
        "start_before": earlier.start,
        "end_before": earlier.end,
        "middle": middle,
        "enough": ENOUGH_VISITS,
    }
    query = FIGURES.format(
        ctes=Span.CTES,
        cards=CARDS,
        visits=metrics.get("visits_standard").values_sql,
        journals=metrics.get("journal_on_time").values_sql,
    )
    return sql.rows(query, params)

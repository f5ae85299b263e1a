"""Published monthly scores over several months: what grades, terms and coaching look at."""

# One card a manager and month, of the latest version. Parameters: organisation, card_months (a list of "2026-10").
CARDS = """
    SELECT DISTINCT ON (c.manager_id, r.period) c.manager_id, c.org_id, c.group_id, r.period, c.score, c.grade
    FROM kpi_scorecard c
    JOIN kpi_run r ON r.id = c.run_id AND r.state IN ('published', 'locked')
    JOIN kpi_scheme s ON s.id = r.scheme_id AND s.period_kind = 'month'
    WHERE r.organisation_id = %(organisation)s AND r.period = ANY(%(card_months)s) AND c.score IS NOT NULL
    ORDER BY c.manager_id, r.period, r.version DESC, r.published_at DESC
"""

# Mean, number of months, months below standard, and the group of the last month.
MEANS = f"""
    SELECT manager_id, count(*) AS months, round(avg(score), 2) AS score,
           count(*) FILTER (WHERE grade = 'fail') AS fails, (array_agg(group_id ORDER BY period DESC))[1] AS group_id
    FROM ({CARDS}) AS card GROUP BY manager_id
"""

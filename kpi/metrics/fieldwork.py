"""Indicators of plans, visits and journals."""

from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from clients.reach import within
from kpi.metrics.registry import COUNT, MARK, MEAN, MINUTES, PERCENT, RATIO, SUM, Metric, register

# Visits that a client of the manager is owed, with the interval of its tier: that of the month's tiering where there is
# one, else the present one; without a tier the lowest standard; a client representative at least monthly.
VISITS_STANDARD = f"""
    SELECT w.manager_id, w.client_id, 'client' AS kind, w.client_id AS object_id, w.visited_on AS day,
           least(w.visits, ceil(w.owed)) AS num, w.owed AS den
    FROM (
        SELECT seen.*, days::numeric / least(
                   coalesce(s.visit_days, (
                       SELECT visit_days FROM clients_servicestandard
                       WHERE organisation_id = %(organisation)s ORDER BY position DESC LIMIT 1
                   ), %(default_days)s),
                   CASE WHEN seen.is_representative THEN %(representative_days)s END) AS owed
        FROM seen
        LEFT JOIN clients_tierresult r ON r.client_id = seen.client_id AND r.organisation_id = %(organisation)s
            AND r.month = date_trunc('month', %(start)s::date)::date
        LEFT JOIN clients_clienttier t ON t.client_id = seen.client_id AND {within("t.client_id")}
        LEFT JOIN clients_servicestandard s
            ON s.organisation_id = %(organisation)s AND s.tier = coalesce(r.tier, t.tier)
        WHERE days > 0
    ) w
"""

COVERED = """
    SELECT manager_id, client_id, 'client' AS kind, client_id AS object_id, visited_on AS day,
           CASE WHEN visits > 0 THEN share ELSE 0 END AS num, share AS den
    FROM (SELECT *, days::numeric / (%(as_of)s::date - %(start)s::date + 1) AS share FROM seen WHERE days > 0) o
"""

PLAN = """
    SELECT posted.manager_id, p.client_id, CASE WHEN p.visit_id IS NULL THEN 'client' ELSE 'visit' END AS kind,
           coalesce(p.visit_id, p.client_id) AS object_id, p.day,
           CASE WHEN p.visit_id IS NULL THEN 0 ELSE 1 END AS num, 1 AS den
    FROM posted CROSS JOIN LATERAL (
        SELECT client_id, visit_id, day FROM visits_plannedvisit
        WHERE manager_id = posted.manager_id AND state IN ('submitted', 'approved')
            AND day BETWEEN posted.first_day AND least(posted.last_day, %(as_of)s)
        OFFSET 0
    ) p
"""

VISITS_MADE = """
    SELECT manager_id, client_id, 'visit' AS kind, id AS object_id, day, 1 AS num, 1 AS den FROM made
"""

MINUTES_ON_SITE = """
    SELECT manager_id, client_id, 'visit' AS kind, id AS object_id, day, minutes AS num, 1 AS den
    FROM made WHERE minutes > 0
"""

CALLS = """
    SELECT people.manager_id, v.client_id, 'visit' AS kind, v.id AS object_id, v.day, 1 AS num, 1 AS den
    FROM people CROSS JOIN LATERAL (
        SELECT id, client_id, day FROM visits_visit
        WHERE manager_id = people.manager_id AND day BETWEEN %(start)s AND %(as_of)s AND mode <> 'on_site'
        OFFSET 0
    ) v
"""


def journal_days(counts: str) -> str:
    """Detail of a journal rate: one row for each work day in post; ``counts`` is the condition that makes it count."""
    return f"""
        SELECT posted.manager_id, NULL::bigint AS client_id, 'journal' AS kind, j.id AS object_id, d.day,
               CASE WHEN {counts} THEN 1 ELSE 0 END AS num, 1 AS den
        FROM posted JOIN unnest(%(journal_days)s::date[]) AS d (day)
            ON d.day BETWEEN posted.first_day AND posted.last_day
        LEFT JOIN LATERAL (
            SELECT id, submitted_at, due_at FROM journals_journal
            WHERE author_id = posted.manager_id AND kind = 'day' AND day = d.day AND submitted_at < %(cutoff)s
            OFFSET 0
        ) j ON true
        WHERE NOT EXISTS (
            SELECT FROM away a WHERE a.manager_id = posted.manager_id AND d.day BETWEEN a.first_day AND a.last_day
        )
    """


REVIEW_MARK = """
    SELECT people.manager_id, NULL::bigint AS client_id, 'journal' AS kind, r.journal_id AS object_id, r.day,
           r.mark AS num, 1 AS den
    FROM people CROSS JOIN LATERAL (
        SELECT r.journal_id, j.day, r.mark FROM journals_journal j JOIN journals_review r ON r.journal_id = j.id
        WHERE j.author_id = people.manager_id AND j.day BETWEEN %(start)s AND %(as_of)s AND r.mark IS NOT NULL
        OFFSET 0
    ) r
"""

register(
    Metric(
        "plan_completion",
        _("Plan completion"),
        PERCENT,
        RATIO,
        "plans",
        _("Visits done on plan ÷ visits on submitted or approved plans."),
        PLAN,
        _("Done"),
        _("Planned"),
        advice=ngettext_lazy("Do %(n)d more planned visit", "Do %(n)d more planned visits", "n"),
    ),
    Metric(
        "visits_standard",
        _("Visits against standard"),
        PERCENT,
        RATIO,
        "visits",
        _(
            "Visits on site that count ÷ visits owed. A client is owed the days in your care ÷ the interval of its "
            "tier; more visits than that, rounded up, do not count, nor does a visit whose doubt was confirmed."
        ),
        VISITS_STANDARD,
        _("Visits that count"),
        _("Visits owed"),
        advice=ngettext_lazy("Visit %(n)d more client that is due", "Visit %(n)d more clients that are due", "n"),
    ),
    Metric(
        "clients_covered",
        _("Clients covered"),
        PERCENT,
        RATIO,
        "visits",
        _(
            "Clients visited on site at least once ÷ clients owned; a client owned for part of the period counts "
            "in part."
        ),
        COVERED,
        _("Visited"),
        _("Owned"),
        advice=ngettext_lazy("Visit %(n)d more client not yet seen", "Visit %(n)d more clients not yet seen", "n"),
        grows=True,
    ),
    Metric(
        "visits_made",
        _("Visits on site"),
        COUNT,
        SUM,
        "visits",
        _("Number of visits on site."),
        VISITS_MADE,
        _("Visits"),
        "",
        advice=ngettext_lazy("Make %(n)d more visit", "Make %(n)d more visits", "n"),
    ),
    Metric(
        "calls_made",
        _("Calls"),
        COUNT,
        SUM,
        "visits",
        _("Number of contacts by phone or online."),
        CALLS,
        _("Calls"),
        "",
        advice=ngettext_lazy("Make %(n)d more call", "Make %(n)d more calls", "n"),
    ),
    Metric(
        "minutes_on_site",
        _("Minutes on site"),
        MINUTES,
        MEAN,
        "visits",
        _("Minutes on site ÷ visits on site that have a check-out."),
        MINUTES_ON_SITE,
        _("Minutes"),
        _("Visits"),
    ),
    Metric(
        "journal_submission",
        _("Journals submitted"),
        PERCENT,
        RATIO,
        "journals",
        _("Work days in post with a submitted journal ÷ work days in post whose deadline has passed."),
        journal_days("j.id IS NOT NULL"),
        _("Submitted"),
        _("Work days"),
        advice=ngettext_lazy("Hand in %(n)d more journal", "Hand in %(n)d more journals", "n"),
    ),
    Metric(
        "journal_on_time",
        _("Journals on time"),
        PERCENT,
        RATIO,
        "journals",
        _("Work days in post whose journal came before its deadline ÷ work days in post whose deadline has passed."),
        journal_days("j.submitted_at <= j.due_at"),
        _("On time"),
        _("Work days"),
    ),
    Metric(
        "review_mark",
        _("Mark of the reviews"),
        MARK,
        MEAN,
        "reviews",
        _("Sum of the marks 1 to 5 that supervisors gave to journals of the period ÷ number of marks."),
        REVIEW_MARK,
        _("Mark"),
        _("Reviews"),
    ),
)

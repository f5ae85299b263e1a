"""Indicators of what visits found and left behind: checklists, guidance, records, manners, upkeep of displays."""

from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from kpi.metrics.registry import PERCENT, RATIO, Metric, register
from kpi.metrics.span import Span

CHECKLIST_PREFIX, ATTRIBUTE_PREFIX = "checklist:", "attribute:"
DISPLAY = "('display', 'price_tags', 'shelf')"


def ticked(items: str) -> str:
    """Detail over checklist items of visits on site: answered yes, of those answered yes or no."""
    return f"""
        SELECT made.manager_id, made.client_id, 'visit' AS kind, made.id AS object_id, made.day,
               count(*) FILTER (WHERE t.value = 'yes') AS num, count(*) AS den
        FROM made JOIN visits_visit v ON v.id = made.id
        CROSS JOIN LATERAL jsonb_each_text(v.checklist) AS t (key, value)
        WHERE t.key IN {items} AND t.value IN ('yes', 'no')
        GROUP BY made.manager_id, made.client_id, made.id, made.day
    """


# The item is the second half of the metric's code, which is a parameter: any item that an organisation has made.
OWN_ITEM = ticked("(split_part(%(metric)s, ':', 2))")

# Over the visited clients of a period, those where the checklist item was answered yes at least once.
TOLD = """
    SELECT made.manager_id, made.client_id, 'client' AS kind, made.client_id AS object_id, max(made.day) AS day,
           max((v.checklist ->> 'publicity' = 'yes')::int) AS num, 1 AS den
    FROM made JOIN visits_visit v ON v.id = made.id
    WHERE v.checklist ->> 'publicity' IN ('yes', 'no')
    GROUP BY made.manager_id, made.client_id
"""

# Guidance is a visit on site about display, ordering, a new product or marketing, or one that discussed products.
GUIDED = f"""
    SELECT o.manager_id, o.client_id, 'client' AS kind, o.client_id AS object_id, max(g.day) AS day,
           CASE WHEN count(g.id) > 0 THEN o.share ELSE 0 END AS num, o.share AS den
    FROM (
        SELECT owned.*, {Span.PRESENT_DAYS}::numeric / (%(as_of)s::date - %(start)s::date + 1) AS share
        FROM owned JOIN clients_client c ON c.id = owned.client_id AND c.is_active AND c.stage <> 'lost'
    ) o
    LEFT JOIN (
        SELECT made.* FROM made JOIN visits_visit v ON v.id = made.id
        WHERE v.purpose IN ('display', 'order', 'new_product', 'marketing')
            OR EXISTS (SELECT FROM visits_visit_products x WHERE x.visit_id = v.id)
    ) g ON g.client_id = o.client_id AND g.manager_id = o.manager_id AND g.day BETWEEN o.first_day AND o.last_day
    WHERE o.share > 0
    GROUP BY o.manager_id, o.client_id, o.first_day, o.share
"""

# Of each checked client the last visit that looked at the display says how well it is kept.
UPKEEP = f"""
    SELECT DISTINCT ON (made.manager_id, made.client_id)
           made.manager_id, made.client_id, 'visit' AS kind, made.id AS object_id, made.day, t.good AS num, 1 AS den
    FROM made JOIN visits_visit v ON v.id = made.id
    CROSS JOIN LATERAL (
        SELECT bool_and(value = 'yes')::int AS good FROM jsonb_each_text(v.checklist)
        WHERE key IN {DISPLAY} AND value IN ('yes', 'no')
    ) t
    WHERE t.good IS NOT NULL
    ORDER BY made.manager_id, made.client_id, made.day DESC, made.id DESC
"""

# Four things that a log must hold.
RECORDS = """
    SELECT made.manager_id, made.client_id, 'visit' AS kind, made.id AS object_id, made.day,
           (v.checked_out_at IS NOT NULL)::int + (v.people_met <> '')::int + (v.note <> '' OR v.demand <> '')::int
           + EXISTS (SELECT FROM jsonb_object_keys(v.checklist))::int AS num, 4 AS den
    FROM made JOIN visits_visit v ON v.id = made.id
"""

MANNERS = """
    SELECT v.manager_id, v.client_id, 'visit' AS kind, v.id AS object_id, v.day,
           count(*) FILTER (WHERE t.value = 'yes') AS num, count(*) AS den
    FROM visits_observation o JOIN visits_visit v ON v.id = o.visit_id
    JOIN people ON people.manager_id = v.manager_id
    CROSS JOIN LATERAL jsonb_each_text(o.behaviour) AS t (key, value)
    WHERE v.day BETWEEN %(start)s AND %(as_of)s AND t.value IN ('yes', 'no')
    GROUP BY v.manager_id, v.client_id, v.id, v.day
"""

# As the file stands when the period is computed, over the clients whose file says yes or no.
ATTRIBUTE = """
    SELECT owned.manager_id, owned.client_id, 'client' AS kind, owned.client_id AS object_id, NULL::date AS day,
           (c.attributes -> split_part(%(metric)s, ':', 2) = 'true')::int AS num, 1 AS den
    FROM owned JOIN clients_client c ON c.id = owned.client_id AND c.is_active AND c.stage <> 'lost'
    WHERE owned.last_day = %(as_of)s AND c.attributes -> split_part(%(metric)s, ':', 2) IN ('true', 'false')
"""


def checklist_item(code: str, label: object) -> Metric:
    """The indicator of one checklist item, an organisation's own among them."""
    return Metric(
        f"{CHECKLIST_PREFIX}{code}", label, PERCENT, RATIO, "visits",
        _("Visits on site that found this item in order ÷ visits that answered it yes or no."),
        OWN_ITEM, _("In order"), _("Checked"),
    )  # fmt: skip


def client_attribute(name: str, label: object) -> Metric:
    """The indicator of a yes-or-no field that an organisation added to its client file."""
    return Metric(
        f"{ATTRIBUTE_PREFIX}{name}", label, PERCENT, RATIO, "files",
        _("Own clients whose file says yes ÷ own clients whose file says yes or no, at the end of the period."),
        ATTRIBUTE, _("Yes"), _("Clients"),
    )  # fmt: skip


register(
    Metric(
        "display_compliance", _("Display and price tags in order"), PERCENT, RATIO, "visits",
        _("Items of display, price tags and shelf found in order ÷ those answered yes or no in visits on site."),
        ticked(DISPLAY), _("In order"), _("Checked"),
    ),
    Metric(
        "price_tags", _("Price tags found in place"), PERCENT, RATIO, "visits",
        _("Visits that found the price tags in place ÷ visits that looked."),
        ticked("('price_tags')"), _("In order"), _("Checked"),
    ),
    Metric(
        "terminal_upkeep", _("Displays kept up"), PERCENT, RATIO, "visits",
        _("Clients whose display, price tags and shelf were all in order at the last check ÷ clients checked."),
        UPKEEP, _("In order"), _("Checked"),
    ),
    Metric(
        "information_awareness", _("Clients told the marketing information"), PERCENT, RATIO, "visits",
        _("Visited clients with whom the publicity was gone through ÷ visited clients where it was asked."),
        TOLD, _("Told"), _("Asked"),
    ),
    Metric(
        "guidance_coverage", _("Clients given business guidance"), PERCENT, RATIO, "visits",
        _(
            "Clients visited on site about display, ordering, a new product or marketing, or with products discussed "
            "÷ clients owned; a client owned for part of the period counts in part."
        ),
        GUIDED, _("Guided"), _("Owned"), grows=True,
        advice=ngettext_lazy("Guide %(n)d more client", "Guide %(n)d more clients", "n"),
    ),
    Metric(
        "visit_records", _("Completeness of visit logs"), PERCENT, RATIO, "visits",
        _("Filled parts ÷ parts of the logs of visits on site: check-out, people met, what was done, checklist."),
        RECORDS, _("Filled"), _("Parts"),
    ),
    Metric(
        "manners", _("Service behaviour on joint visits"), PERCENT, RATIO, "visits",
        _("Manners that a companion saw kept ÷ manners judged on joint visits."),
        MANNERS, _("Kept"), _("Judged"),
    ),
)  # fmt: skip

"""How clients stand against the service standard of their tier: one SELECT that lists and alerts share."""

import datetime as dt
from typing import Any

from django.conf import settings

from clients.reach import within
from visits.limits import Limits


def standing_sql(condition: str, *, is_whole: bool = False) -> str:
    """SELECT of client_id, owner_id, tier, days (the interval), last_visit_on, since, due_on; ``condition`` is over c.

    The interval is the tier's; without a tier, the organisation's lowest standard; a representative is seen at least
    as often as the organisation says. The clock starts at the last visit on site before ``%(before)s``, inspections
    aside; never visited: where the present ownership began. ``is_whole``: it is about an organisation's clients, whose
    rows are read by number (bind ``clients.reach.numbers``).
    """
    # For the few clients of a page each step stands apart: merged into one, planning takes longer than the answer.
    apart = "" if is_whole else "OFFSET 0"
    of_reach = {name: f"AND {within(f'{name}.client_id')}" if is_whole else "" for name in "tr"}
    return f"""
        SELECT c.id AS client_id, c.owner_id, t.tier, i.days, v.last_visit_on, b.since, b.since + i.days AS due_on
        FROM clients_client c
        LEFT JOIN clients_clienttier t ON t.client_id = c.id {of_reach["t"]}
        LEFT JOIN clients_servicestandard s ON s.organisation_id = c.organisation_id AND s.tier = t.tier
        LEFT JOIN visits_clienttrace r ON r.client_id = c.id {of_reach["r"]}
        CROSS JOIN LATERAL (
            SELECT CASE WHEN r.last_visit_on < %(before)s THEN r.last_visit_on
                        WHEN r.last_visit_on IS NOT NULL THEN (
                            SELECT max(x.day) FROM visits_visit x
                            WHERE x.client_id = c.id AND x.day < %(before)s AND x.mode = 'on_site'
                              AND x.purpose <> 'inspection')
                   END AS last_visit_on {apart}
        ) v
        CROSS JOIN LATERAL (
            SELECT least(coalesce(s.visit_days, (
                             SELECT visit_days FROM clients_servicestandard
                             WHERE organisation_id = c.organisation_id ORDER BY position DESC LIMIT 1
                         ), %(default_days)s),
                         CASE WHEN c.is_representative THEN %(representative_days)s END) AS days {apart}
        ) i
        CROSS JOIN LATERAL (
            SELECT coalesce(v.last_visit_on, (
                       SELECT valid_from FROM clients_ownership WHERE client_id = c.id AND valid_to IS NULL
                   ), c.opened_on, (c.created_at AT TIME ZONE %(zone)s)::date) AS since {apart}
        ) b
        WHERE c.is_active AND c.stage <> 'lost' AND {condition}
    """


def standing_params(before: dt.date, limits: Limits) -> dict[str, Any]:
    """The parameters of ``standing_sql``; visits on ``before`` and later don't count."""
    return {
        "before": before,
        "zone": settings.TIME_ZONE,
        "default_days": limits.default_days,
        "representative_days": limits.representative_days,
    }

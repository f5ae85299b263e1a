"""Alerts from visits that did not happen."""

import datetime as dt
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from crm.lib import periods
from people.models import OrgUnit
from retention.rules.registry import Found, Limits, Rule, register
from visits.limits import limits_of as visit_limits
from visits.standing import standing_params, standing_sql


def overdue(organisation: OrgUnit, day: dt.date, limits: Limits) -> Found:
    """Owned clients whose interval has passed by more than the grace; the cause is the visit that it counts from."""
    query = f"""
        SELECT s.client_id,
               s.since::text AS cause,
               jsonb_build_object('since', s.since, 'visited', s.last_visit_on IS NOT NULL, 'tier', s.tier,
                                  'days', s.days, 'late', %(day)s - s.due_on) AS figures,
               coalesce(f.amount, 0) AS value_at_risk
        FROM ({standing_sql("c.organisation_id = %(organisation)s AND c.owner_id IS NOT NULL")}) s
        LEFT JOIN LATERAL (
            SELECT round(sum(amount) / 3, 2) AS amount FROM clients_monthlyfact m
            WHERE m.client_id = s.client_id
              AND m.month BETWEEN %(first)s AND %(last)s
        ) f ON true
        WHERE %(day)s - s.due_on > %(grace)s
    """
    last = periods.last_whole_month(day)
    return query, {
        **standing_params(day + dt.timedelta(days=1), visit_limits(organisation)),
        "day": day,
        "grace": int(limits["grace_days"]),
        "first": periods.add_months(last, -2),
        "last": last,
    }


def reason_overdue(figures: dict[str, Any]) -> str:
    """How late, against which standard, in words."""
    tiered = _("tier %(tier)s every %(days)d days") if figures.get("tier") else _("untiered, every %(days)d days")
    values = {**figures, "standard": tiered % figures}
    if figures["visited"]:
        return _("Visit overdue by %(late)d days: last on %(since)s, %(standard)s") % values
    return _("Visit overdue by %(late)d days: none since %(since)s, %(standard)s") % values


register(
    Rule(
        kind="overdue_visit",
        label=gettext_lazy("Visit overdue"),
        icon="calendar-due",
        find=overdue,
        reason=reason_overdue,
        step=gettext_lazy("Put the client on the plan of the next two days."),
        limits={"grace_days": 0, "quiet_days": 0},
    )
)

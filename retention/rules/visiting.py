"""Alerts from visits that did not happen."""

import datetime as dt
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from retention.rules.registry import A_MONTH, DAYS, Act, Found, Limits, Rule, Scene, Step, limit, register, with_trade
from visits.limits import limits_of as visit_limits
from visits.standing import standing_params, standing_sql


def overdue(scene: Scene, limits: Limits) -> Found:
    """Owned clients whose interval has passed by more than the grace; the cause is the visit that it counts from."""
    query = f"""
        SELECT s.client_id,
               s.since::text AS cause,
               jsonb_build_object('since', s.since, 'visited', s.last_visit_on IS NOT NULL, 'tier', s.tier,
                                  'days', s.days) AS figures,
               {A_MONTH} AS value_at_risk
        FROM ({standing_sql("c.organisation_id = %(organisation)s AND c.owner_id IS NOT NULL", is_whole=True)}) s
        {with_trade("s.client_id")}
        WHERE %(day)s - s.due_on > %(grace)s
    """
    return query, {
        **standing_params(scene.day + dt.timedelta(days=1), visit_limits(scene.organisation)),
        "grace": int(limits["grace"]),
    }


def reason_overdue(figures: dict[str, Any]) -> str:
    """How late, against which standard, in words."""
    tiered = _("tier %(tier)s every %(days)d days") if figures.get("tier") else _("untiered, every %(days)d days")
    late = (figures["day"] - dt.date.fromisoformat(figures["since"])).days - figures["days"]
    values = {**figures, "late": late, "standard": tiered % figures}
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
        about=gettext_lazy("The tier's interval has passed since the last visit on site."),
        limits=(limit("grace", gettext_lazy("Alert when overdue by more than"), 0, DAYS, 0, 90),),
        escalate_days=10,
        steps=(Step(Act.VISIT, 1, gettext_lazy("Visit, and ask for the next appointment.")),),
    )
)

"""Alerts from the model: the client is probably not active any more."""

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from crm.lib import periods, sql
from retention.rules.business import silent_still
from retention.rules.registry import Act, Found, Limits, Rule, Scene, Step, limit, register

MOST_AGE = 2  # months by which a forecast may be older than the facts
BY_MODEL = """
    SELECT 1 FROM retention_forecast
    WHERE organisation_id = %(organisation)s AND p_active IS NOT NULL AND month BETWEEN %(oldest)s AND %(month)s LIMIT 1
"""


def low_activity(scene: Scene, limits: Limits) -> Found | None:
    """Clients whose probability of being active is under the limit, by a forecast that the model made.

    The cause is the last month with trade: as long as nothing is traded, the probability only falls.
    """
    params = {"oldest": periods.add_months(scene.month, -MOST_AGE), "month": scene.month}
    if not sql.rows(BY_MODEL, {"organisation": scene.organisation.pk, **params}):
        return None
    query = """
        SELECT f.client_id,
               to_char(t.last_month, 'YYYY-MM') AS cause,
               jsonb_build_object('p', f.p_active, 'month', f.month, 'last', t.last_month) AS figures,
               round(CASE WHEN t.months_traded > 0 THEN t.amount_12m / t.months_traded
                          ELSE t.amount_prev_12m / 12 END, 2) AS value_at_risk
        FROM retention_forecast f
        JOIN retention_trade t ON t.client_id = f.client_id AND t.organisation_id = %(organisation)s
            AND t.last_month IS NOT NULL
        WHERE f.organisation_id = %(organisation)s AND f.p_active < %(least)s / 100.0
          AND f.month BETWEEN %(oldest)s AND %(month)s
    """
    return query, {"least": limits["probability"], **params}


def reason_activity(figures: dict[str, Any]) -> str:
    """The probability and the last trade in words."""
    return _("Probability of being active %(percent)d%% (as of %(month)s); the last trade was in %(last)s") % {
        "percent": round(float(figures["p"]) * 100),
        "month": figures["month"][:7],
        "last": figures["last"][:7],
    }


register(
    Rule(
        kind="low_activity",
        label=gettext_lazy("Probably no longer active"),
        icon="activity-heartbeat",
        find=low_activity,
        reason=reason_activity,
        step=gettext_lazy("Call before the client is gone for good: ask what is missing."),
        about=gettext_lazy(
            "From the monthly model of how likely a client is still active; silent where the model does not fit."
        ),
        limits=(limit("probability", gettext_lazy("Alert when the probability is under"), 50, "%", 1, 95),),
        quiet_days=90,
        escalate_days=7,
        steps=(
            Step(Act.CALL, 0, gettext_lazy("Call: ask what is missing, and when the next order is planned.")),
            Step(Act.VISIT, 5, gettext_lazy("Visit with a proposal that fits what the client used to buy.")),
        ),
        lapsed=silent_still,
    )
)

"""Alerts from monthly business facts: sales that fall, and trade that stops."""

from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from crm.lib import periods
from retention.rules.registry import MONTHS as OF_MONTHS
from retention.rules.registry import Act, Found, Limits, Rule, Scene, Step, limit, register

MONTHS = 3


def is_comparable(scene: Scene, months_before: int) -> bool:
    """Whether the earlier window has no loaded month that the later one lacks.

    Against the same months a year before, a hole in both windows is fair. Against other months it is not: there all of
    them have to be loaded.
    """
    later = {periods.add_months(scene.month, -back) for back in range(MONTHS)}
    loaded = set(scene.months)
    if months_before % 12:
        return loaded >= later | {periods.add_months(month, -months_before) for month in later}
    return all(month in loaded for month in later if periods.add_months(month, -months_before) in loaded)


def sales_drop(scene: Scene, limits: Limits, before: str, months_before: int) -> Found | None:
    """Clients whose last three whole months are more than the limit under those of ``months_before`` earlier.

    A client without trade in the later window counts with 0; without trade in the earlier one there is nothing to
    compare, nor with the months before where the client was opened in them: a first order fills the shelves.
    ``value_at_risk`` is what a month has lost.
    """
    if not is_comparable(scene, months_before):
        return None
    opened = "" if months_before >= 12 else "AND (c.opened_on IS NULL OR c.opened_on <= %(first_before)s)"
    query = f"""
        SELECT t.client_id,
               %(cause)s AS cause,
               jsonb_build_object('now', t.amount_3m, 'before', t.{before},
                                  'from', %(first)s::text, 'to', %(last)s::text) AS figures,
               round((t.{before} - t.amount_3m) / 3, 2) AS value_at_risk
        FROM retention_trade t
        JOIN clients_client c ON c.id = t.client_id AND c.organisation_id = %(organisation)s {opened}
        WHERE t.organisation_id = %(organisation)s
          AND t.{before} > 0 AND t.amount_3m < t.{before} * (1 - %(drop)s / 100.0)
    """
    first = periods.add_months(scene.month, 1 - MONTHS)
    return query, {
        "first": first,
        "last": scene.month,
        "first_before": periods.add_months(first, -months_before),
        "cause": f"{scene.month:%Y-%m}",
        "drop": limits["drop"],
    }


def still_down(scene: Scene, limits: Limits) -> Found:
    """Sales that are no better than those that an alert was raised for: what they are held against has fallen, too."""
    query = """
        NOT EXISTS (
            SELECT FROM retention_trade t
            WHERE t.client_id = a.client_id
              AND t.amount_3m >= (a.figures ->> 'before')::numeric * (1 - %(drop)s / 100.0)
        )
    """
    return query, {"drop": limits["drop"]}


def drop_in_words(figures: dict[str, Any]) -> dict[str, Any]:
    """The figures of a drop, ready for a sentence."""
    now, before = Decimal(str(figures["now"])), Decimal(str(figures["before"]))
    return {
        "percent": round((before - now) * 100 / before),
        "now": f"{now:,.0f}",
        "before": f"{before:,.0f}",
        "from": figures["from"][:7],
        "to": figures["to"][:7],
    }


def reason_yoy(figures: dict[str, Any]) -> str:
    """The drop against last year in words."""
    return _("Sales %(from)s to %(to)s down %(percent)s%% on the same months last year: %(before)s → %(now)s yuan") % (
        drop_in_words(figures)
    )


def reason_qoq(figures: dict[str, Any]) -> str:
    """The drop against the three months before in words."""
    return _("Sales %(from)s to %(to)s down %(percent)s%% on the three months before: %(before)s → %(now)s yuan") % (
        drop_in_words(figures)
    )


DROP = limit("drop", gettext_lazy("Alert when sales fall by more than"), 30, "%", 5, 100)
SALES_STEPS = (
    Step(Act.CALL, 0, gettext_lazy("Call, ask what has changed, and agree on a day for a visit.")),
    Step(Act.VISIT, 2, gettext_lazy("Visit: shelves, stock, competitors; find the cause and agree on the next order.")),
    Step(Act.TASK, 10, gettext_lazy("Compare the next order with the agreement, and tell the supervisor.")),
)

register(
    Rule(
        kind="sales_drop_yoy",
        label=gettext_lazy("Sales down on last year"),
        icon="trending-down",
        find=lambda scene, limits: sales_drop(scene, limits, "amount_3m_year_before", 12),
        reason=reason_yoy,
        step=gettext_lazy("Visit within three days, ask for the cause, and agree on a plan for the next order."),
        about=gettext_lazy("The last three full months against the same months a year ago."),
        limits=(DROP,),
        quiet_days=90,
        escalate_days=5,
        steps=SALES_STEPS,
        lapsed=still_down,
    )
)
register(
    Rule(
        kind="sales_drop_qoq",
        label=gettext_lazy("Sales down on the quarter before"),
        icon="chart-arrows-vertical",
        find=lambda scene, limits: sales_drop(scene, limits, "amount_3m_before", MONTHS),
        reason=reason_qoq,
        step=gettext_lazy("Call first: is it the season, or has the client turned to others?"),
        about=gettext_lazy("The last three full months against the three before. Seasonal swings show here too."),
        limits=(DROP,),
        quiet_days=90,
        escalate_days=5,
        steps=SALES_STEPS,
        lapsed=still_down,
    )
)


def no_trade(scene: Scene, limits: Limits) -> Found | None:
    """Clients that traded within two years and not in the last so many months for which anybody has facts.

    The cause is the last month with trade, so one silence raises one alert.
    """
    silent = int(limits["months"])
    if len(scene.months) <= silent:
        return None
    query = """
        SELECT t.client_id,
               to_char(t.last_month, 'YYYY-MM') AS cause,
               jsonb_build_object('last', t.last_month, 'to', %(month)s::text) AS figures,
               round(CASE WHEN t.months_traded > 0 THEN t.amount_12m / t.months_traded
                          ELSE t.amount_prev_12m / 12 END, 2) AS value_at_risk
        FROM retention_trade t
        WHERE t.organisation_id = %(organisation)s AND t.last_month < %(edge)s
    """
    return query, {"edge": scene.months[silent - 1], "month": scene.month}


def silent_still(scene: Scene, limits: Limits) -> Found:
    """Nothing traded since an alert's last month: the silence has only grown longer than rules look back."""
    query = """
        NOT EXISTS (
            SELECT FROM retention_trade t
            WHERE t.client_id = a.client_id AND t.last_month > (a.figures ->> 'last')::date
        )
    """
    return query, {}


def reason_silent(figures: dict[str, Any]) -> str:
    """How long nothing was traded, in words."""
    last, to = figures["last"][:7], figures["to"][:7]
    months = (int(to[:4]) - int(last[:4])) * 12 + int(to[5:]) - int(last[5:])
    return _("No trade for %(months)d months: the last was in %(last)s") % {"months": months, "last": last}


register(
    Rule(
        kind="no_trade",
        label=gettext_lazy("No trade any more"),
        icon="shopping-cart-off",
        find=no_trade,
        reason=reason_silent,
        step=gettext_lazy("Find out whether the client is still in business, and what would bring it back."),
        about=gettext_lazy("No trade in the last full months. Months with no facts for anyone don't count."),
        limits=(limit("months", gettext_lazy("Alert after this many months without trade"), 3, OF_MONTHS, 1, 12),),
        quiet_days=180,
        escalate_days=5,
        steps=(
            Step(Act.CALL, 0, gettext_lazy("Call: is the client still in business, and who decides now?")),
            Step(Act.VISIT, 3, gettext_lazy("Visit with an offer for a new beginning.")),
            Step(
                Act.TASK, 20, gettext_lazy("Look whether trade has begun again; if not, plan to win the client back.")
            ),
        ),
        lapsed=silent_still,
    )
)

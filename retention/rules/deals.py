"""Alerts from contracts, deposits and loans."""

import datetime as dt
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from retention.rules.registry import A_MONTH, DAYS, Act, Found, Limits, Rule, Scene, Step, limit, register, with_trade

AFTER = 15  # days after the end for which an alert goes on where nobody has said what became of it


def _span(scene: Scene, limits: Limits) -> dict[str, Any]:
    return {
        "from": scene.day - dt.timedelta(days=AFTER),
        "to": scene.day + dt.timedelta(days=int(limits["days"])),
    }


def contracts(scene: Scene, limits: Limits) -> Found:
    """Clients with a signed contract that ends within the days and has no successor; the first to end is the cause."""
    query = f"""
        SELECT DISTINCT ON (k.client_id) k.client_id,
               k.id || ':' || k.ends_on AS cause,
               jsonb_build_object('number', k.number, 'title', k.title, 'ends', k.ends_on, 'amount', k.amount)
                   AS figures,
               {A_MONTH} AS value_at_risk
        FROM clients_contract k
        {with_trade("k.client_id")}
        WHERE k.organisation_id = %(organisation)s AND k.ended_on IS NULL AND k.signed_on <= %(day)s
          AND k.ends_on BETWEEN %(from)s AND %(to)s
          AND NOT EXISTS (SELECT FROM clients_contract n WHERE n.renews_id = k.id AND n.ended_on IS NULL)
        ORDER BY k.client_id, k.ends_on, k.id
    """
    return query, _span(scene, limits)


def passed(scene: Scene, limits: Limits) -> Found:
    """The end lies so far back that nobody is asked about it any more, and nobody has said what became of it."""
    return "(a.figures ->> 'ends')::date < %(from)s", _span(scene, limits)


def deposits(scene: Scene, limits: Limits) -> Found:
    """Clients with a deposit whose term ends within the days; all of these together are at risk."""
    query = """
        SELECT h.client_id,
               min(h.ends_on)::text || ':' || min(h.id) AS cause,
               jsonb_build_object('count', count(*), 'amount', sum(h.amount), 'ends', min(h.ends_on),
                                  'name', min(p.name)) AS figures,
               coalesce(sum(h.amount), 0) AS value_at_risk
        FROM clients_holding h
        JOIN clients_product p ON p.id = h.product_id
        JOIN clients_productclass k ON k.id = p.product_class_id AND k.nature = 'deposit'
        WHERE h.organisation_id = %(organisation)s AND h.until IS NULL AND h.since <= %(day)s
          AND h.ends_on BETWEEN %(from)s AND %(to)s
        GROUP BY h.client_id
    """
    return query, _span(scene, limits)


def overdue_loans(scene: Scene, limits: Limits) -> Found:
    """Clients with a loan that has been overdue for so many days; the cause is the oldest arrears."""
    query = """
        SELECT l.client_id,
               min(l.overdue_since)::text || ':' || min(l.id) AS cause,
               jsonb_build_object('count', count(*), 'amount', sum(l.overdue_amount), 'since', min(l.overdue_since),
                                  'balance', sum(l.balance)) AS figures,
               sum(l.overdue_amount) AS value_at_risk
        FROM clients_loan l
        WHERE l.organisation_id = %(organisation)s AND l.closed_on IS NULL AND l.overdue_since <= %(latest)s
        GROUP BY l.client_id
    """
    return query, {"latest": scene.day - dt.timedelta(days=int(limits["days"]))}


def _yuan(amount: Any) -> str:
    return f"{float(amount):,.0f}"


def _ends(figures: dict[str, Any]) -> dict[str, Any]:
    days = (dt.date.fromisoformat(figures["ends"]) - figures["day"]).days
    return {**figures, "left": days, "over": -days}


def reason_contract(figures: dict[str, Any]) -> str:
    """When which contract ends, in words."""
    values = _ends(figures)
    if values["left"] < 0:
        return _("Contract %(number)s “%(title)s” ended on %(ends)s and has no successor") % values
    if values["left"] == 0:
        return _("Contract %(number)s “%(title)s” ends today, on %(ends)s, and has no successor") % values
    return _("Contract %(number)s “%(title)s” ends on %(ends)s, in %(left)d days, and has no successor") % values


def reason_deposit(figures: dict[str, Any]) -> str:
    """When how much falls due, in words."""
    values = _ends(figures) | {"amount": _yuan(figures["amount"] or 0)}
    if values["left"] < 0:
        return _("%(name)s, %(amount)s yuan: the term ended on %(ends)s") % values
    if values["count"] > 1:
        return (
            _("%(count)d deposits, %(amount)s yuan together: the first falls due on %(ends)s, in %(left)d days")
            % values
        )
    if values["left"] == 0:
        return _("%(name)s, %(amount)s yuan: falls due today, on %(ends)s") % values
    return _("%(name)s, %(amount)s yuan: falls due on %(ends)s, in %(left)d days") % values


def reason_loan(figures: dict[str, Any]) -> str:
    """How much for how long, in words."""
    days = (figures["day"] - dt.date.fromisoformat(figures["since"])).days
    values = {**figures, "days": days, "amount": _yuan(figures["amount"]), "balance": _yuan(figures["balance"])}
    return _("Loan overdue for %(days)d days: %(amount)s yuan of a balance of %(balance)s, since %(since)s") % values


register(
    Rule(
        kind="contract_ending",
        label=gettext_lazy("Contract about to end"),
        icon="file-certificate",
        find=contracts,
        reason=reason_contract,
        step=gettext_lazy("Agree on the renewal before others make an offer."),
        about=gettext_lazy("A signed contract near its end without a successor."),
        limits=(limit("days", gettext_lazy("Alert this long before the end"), 30, DAYS, 1, 180),),
        quiet_days=30,
        escalate_days=7,
        steps=(
            Step(Act.TASK, 1, gettext_lazy("Put the year's figures and an offer for the renewal together.")),
            Step(Act.VISIT, 5, gettext_lazy("Visit: go through the figures, and agree on the renewal.")),
        ),
        lapsed=passed,
    )
)
register(
    Rule(
        kind="deposit_ending",
        label=gettext_lazy("Deposit about to fall due"),
        icon="pig-money",
        find=deposits,
        reason=reason_deposit,
        step=gettext_lazy("Call with an offer for what falls due."),
        about=gettext_lazy("A deposit whose term ends soon."),
        limits=(limit("days", gettext_lazy("Alert this long before the end"), 15, DAYS, 1, 90),),
        quiet_days=15,
        escalate_days=5,
        steps=(
            Step(
                Act.CALL, 0, gettext_lazy("Call with an offer for what falls due, and ask about plans for the money.")
            ),
            Step(Act.TASK, 7, gettext_lazy("Look whether the money has stayed.")),
        ),
        lapsed=passed,
    )
)
register(
    Rule(
        kind="loan_overdue",
        label=gettext_lazy("Loan overdue"),
        icon="receipt-refund",
        find=overdue_loans,
        reason=reason_loan,
        step=gettext_lazy("Call today; visit within two days, and note what was promised."),
        about=gettext_lazy("An instalment or a loan that has not been paid."),
        limits=(limit("days", gettext_lazy("Alert when overdue for at least"), 1, DAYS, 1, 90),),
        escalate_days=3,
        steps=(
            Step(Act.CALL, 0, gettext_lazy("Call: why is it late, and by when is it paid?")),
            Step(Act.VISIT, 2, gettext_lazy("Visit on site: business, collateral, and a promise with a date.")),
            Step(Act.TASK, 7, gettext_lazy("Check the payment; if it has not come, report to risk control.")),
        ),
    )
)

"""Indicators that people give: soft scores of supervisors, and values from other systems by import."""

from decimal import Decimal

from django.utils.translation import gettext_lazy as _

from kpi.metrics import checks
from kpi.metrics.registry import MEAN, NUMBER, PERCENT, POINTS, SUM, YUAN, Metric, register

SOFT = """
    SELECT s.manager_id, NULL::bigint AS client_id, 'soft' AS kind, s.id AS object_id,
           (s.given_at AT TIME ZONE %(zone)s)::date AS day, s.score AS num, 1 AS den
    FROM kpi_softscore s JOIN people ON people.manager_id = s.manager_id
    WHERE s.organisation_id = %(organisation)s AND s.period = ANY(%(periods)s) AND s.metric = %(metric)s
"""
IMPORTED = """
    SELECT v.manager_id, NULL::bigint AS client_id, 'import' AS kind, v.id AS object_id,
           (v.imported_at AT TIME ZONE %(zone)s)::date AS day, v.value AS num, 1 AS den
    FROM kpi_importedvalue v JOIN people ON people.manager_id = v.manager_id
    WHERE v.organisation_id = %(organisation)s AND v.period = ANY(%(periods)s) AND v.metric = %(metric)s
"""
ANYBODY = ("am", "back_office")
SOFT_PREFIX, IMPORT_PREFIX = "soft:", "import:"
BEYOND = 5  # what is measured against a plan may be more than all of it, but 92.5 is a slip for 92.5%


def soft(code: str, label: object) -> Metric:
    """A soft indicator."""
    return Metric(
        f"{SOFT_PREFIX}{code}",
        label,
        POINTS,
        MEAN,
        "soft",
        _("Score from 0 to 100 by the supervisor; over several months their mean."),
        SOFT,
        _("Score"),
        _("Times scored"),
        roles=ANYBODY,
    )


def imported(
    code: str, label: object, unit: str = PERCENT, how: str = MEAN, *,
    higher: bool = True, least: int | None = 0, most: int | None = None,
) -> Metric:  # fmt: skip
    """An indicator whose values come from another system, from ``least`` to ``most``: a rate to 1, points to 100."""
    most = {PERCENT: 1, POINTS: 100}.get(unit) if most is None else most
    return Metric(
        f"{IMPORT_PREFIX}{code}",
        label,
        unit,
        how,
        "imports",
        _("Value from another system, imported by HR; over several months their mean.")
        if how == MEAN
        else _("Value from another system, imported by HR; over several months their sum."),
        IMPORTED,
        _("Value"),
        _("Times imported") if how == MEAN else "",
        higher_is_better=higher,
        roles=ANYBODY,
        least=None if least is None else Decimal(least),
        most=None if most is None else Decimal(most),
    )


def own_import(code: str, label: object) -> Metric:
    """An imported indicator that a scheme names by itself: a rate of which nothing else is known."""
    return imported(code, label, least=-BEYOND, most=BEYOND)


def named(code: str) -> Metric | None:
    """An indicator that a scheme names by itself: ``soft:first_aid``, ``import:…``, ``checklist:…``, ``attribute:…``.

    The label is its own.
    """
    prefix, colon, name = code.partition(":")
    if not colon or not name.replace("_", "").replace("-", "").isalnum() or len(code) > 40:
        return None
    made = {
        SOFT_PREFIX: soft,
        IMPORT_PREFIX: own_import,
        checks.CHECKLIST_PREFIX: checks.checklist_item,
        checks.ATTRIBUTE_PREFIX: checks.client_attribute,
    }.get(prefix + colon)
    return made(name, name.replace("_", " ")) if made else None


register(
    soft("attitude", _("Work attitude")),
    soft("compliance", _("Compliance with rules")),
    soft("conduct", _("Professional conduct")),
    soft("data_analysis", _("Data analysis for clients")),
    soft("guidance", _("Individual sales guidance")),
    soft("training", _("Training of clients")),
    soft("platform", _("Online platform")),
    soft("safety", _("Safety guidance")),
    soft("general_guidance", _("General guidance")),
    soft("information", _("Knowledge of the own clients")),
    soft("records", _("Basic records")),
    soft("quality", _("Overall quality")),
    imported("sales_target", _("Sales target (yuan)"), YUAN, SUM),
    imported("quantity_target", _("Quantity target"), NUMBER, SUM),
    imported("product_target", _("Target of products sold"), NUMBER, SUM),
    imported("client_target", _("Target of new clients"), NUMBER, SUM),
    imported("sales_forecast", _("Sales forecast (yuan)"), YUAN, SUM),
    imported("forecast_accuracy", _("Accuracy of the sales forecast")),
    imported("attainment", _("Attainment of the sales target"), most=BEYOND),
    imported("listing_rate", _("Listing rate of key brands")),
    imported("information_awareness", _("Clients who know the marketing information")),
    imported("display_compliance", _("Displays up to standard")),
    imported("guidance_coverage", _("Coverage of business guidance")),
    imported("operating_skill", _("Improvement of clients' business"), least=-BEYOND, most=BEYOND),
    imported("sell_through", _("Sell-through rate"), most=BEYOND),
    imported("shop_profit", _("Profit of clients"), least=-BEYOND, most=BEYOND),
    imported("terminal_development", _("Terminal development done"), most=BEYOND),
    imported("terminal_upkeep", _("Terminal upkeep up to standard")),
    imported("terminal_management", _("Terminal management")),
    imported("survey_satisfaction", _("Satisfaction in the survey"), POINTS),
    imported("price_tags", _("Price tags in place")),
    imported("scan_rate", _("Scanning in order")),
    imported("stock_match", _("Books match the stock")),
    imported("real_time_settlement", _("Real-time settlement")),
    imported("campaigns", _("Campaigns carried out"), most=BEYOND),
    imported("consumer_tracking", _("Consumer tracking"), most=BEYOND),
    imported("analysis_coverage", _("Coverage of business analysis")),
    imported("consumer_analysis", _("Coverage of consumer analysis")),
    imported("terminal_survey", _("Terminal surveys done"), most=BEYOND),
    imported("terminal_survey_accuracy", _("Accuracy of terminal surveys")),
    imported("modern_terminals", _("Modern terminals built"), most=BEYOND),
    imported("deposits", _("Average daily deposits"), YUAN),
    imported("loans", _("Loans"), YUAN),
    imported("overdue_rate", _("Overdue rate"), higher=False),
    imported("bad_loan_rate", _("Non-performing rate"), higher=False),
    imported("fees", _("Fee income"), YUAN, SUM, least=None),
    imported("product_sales", _("Product sales against target"), most=BEYOND),
    imported("new_clients", _("New clients against target"), most=BEYOND),
    imported("wake_up", _("Dormant clients woken up")),
    imported("exam", _("Skills exam"), POINTS),
)

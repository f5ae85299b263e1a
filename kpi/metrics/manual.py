"""Indicators that people give: soft scores of supervisors, and values from other systems by import."""

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


def imported(code: str, label: object, unit: str = PERCENT, how: str = MEAN, *, higher: bool = True) -> Metric:
    """An indicator whose values come from another system."""
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
    )


def named(code: str) -> Metric | None:
    """An indicator that a scheme names by itself: ``soft:first_aid``, ``import:…``, ``checklist:…``, ``attribute:…``.

    The label is its own.
    """
    prefix, colon, name = code.partition(":")
    if not colon or not name.replace("_", "").replace("-", "").isalnum() or len(code) > 40:
        return None
    made = {
        SOFT_PREFIX: soft,
        IMPORT_PREFIX: imported,
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
    imported("attainment", _("Attainment of the sales target")),
    imported("listing_rate", _("Listing rate of key brands")),
    imported("information_awareness", _("Clients who know the marketing information")),
    imported("display_compliance", _("Displays up to standard")),
    imported("guidance_coverage", _("Coverage of business guidance")),
    imported("operating_skill", _("Improvement of clients' business")),
    imported("sell_through", _("Sell-through rate")),
    imported("shop_profit", _("Profit of clients")),
    imported("terminal_development", _("Terminal development done")),
    imported("terminal_upkeep", _("Terminal upkeep up to standard")),
    imported("terminal_management", _("Terminal management")),
    imported("survey_satisfaction", _("Satisfaction in the survey"), POINTS),
    imported("price_tags", _("Price tags in place")),
    imported("scan_rate", _("Scanning in order")),
    imported("stock_match", _("Books match the stock")),
    imported("real_time_settlement", _("Real-time settlement")),
    imported("campaigns", _("Campaigns carried out")),
    imported("consumer_tracking", _("Consumer tracking")),
    imported("analysis_coverage", _("Coverage of business analysis")),
    imported("consumer_analysis", _("Coverage of consumer analysis")),
    imported("terminal_survey", _("Terminal surveys done")),
    imported("terminal_survey_accuracy", _("Accuracy of terminal surveys")),
    imported("modern_terminals", _("Modern terminals built")),
    imported("deposits", _("Average daily deposits"), YUAN),
    imported("loans", _("Loans"), YUAN),
    imported("overdue_rate", _("Overdue rate"), higher=False),
    imported("bad_loan_rate", _("Non-performing rate"), higher=False),
    imported("fees", _("Fee income"), YUAN, SUM),
    imported("product_sales", _("Product sales against target")),
    imported("new_clients", _("New clients against target")),
    imported("wake_up", _("Dormant clients woken up")),
    imported("exam", _("Skills exam"), POINTS),
)

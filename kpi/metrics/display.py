"""Values of indicators in words."""

from decimal import Decimal
from typing import Any

from django.urls import NoReverseMatch, reverse
from django.utils.formats import number_format

from crm.lib.templatetags.zoufang import NOTHING, money, percent, signed_percent
from kpi.metrics.registry import COUNT, GROWTH, GROWTH_PEERS, MARK, MINUTES, NUMBER, PERCENT, POINTS, YUAN, Metric

PAGES = {
    "client": "clients:detail",
    "visit": "visits:detail",
    "journal": "journals:detail",
    "alert": "retention:alert",
    "card": "kpi:card",
    "request": "service:request",
    "slip": "service:slip",
}
PLACES = {COUNT: 0, NUMBER: 2, MINUTES: 1, MARK: 2, POINTS: 1}


def plain(number: Decimal | None, places: int = 2) -> str:
    """A number with at most some places, without zeros at its end."""
    if number is None:
        return NOTHING
    rounded = round(number, places) + 0
    text = number_format(rounded, places, force_grouping=True)
    return text.rstrip("0").rstrip(".") if places and "." in text else text


def show(metric: Metric, value: Decimal | None) -> str:
    """A value with its unit: ``83.3%``, ``¥12,300``, ``17.5 minutes``."""
    if value is None:
        return NOTHING
    if metric.unit == PERCENT:
        return signed_percent(value) if metric.how in (GROWTH, GROWTH_PEERS) else percent(value)
    if metric.unit == YUAN:
        return money(value, 0)
    unit = str(metric.unit_label)
    text = plain(value, PLACES[metric.unit])
    if not unit:
        return text
    # Chinese sets no space between a number and its unit.
    return f"{text}{unit}" if any(ord(sign) > 0x2E80 for sign in unit) else f"{text} {unit}"


def brief(metric: Metric, value: Decimal | None) -> str:
    """A value for a narrow place: without a unit in words."""
    return show(metric, value) if metric.unit in (PERCENT, YUAN) else plain(value, PLACES[metric.unit])


def address(kind: str, object_id: Any) -> str:
    """The page of the thing that a row is about; empty where there is none."""
    if kind not in PAGES or object_id is None:
        return ""
    try:
        return reverse(PAGES[kind], args=[object_id])
    except NoReverseMatch:
        return ""

"""The catalogue of indicators."""

from kpi.metrics import backoffice, business, care, fieldwork, manual, outcome, sales  # they register
from kpi.metrics.registry import SOURCES, Metric, choices, get, known, metrics
from kpi.metrics.span import Span

__all__ = [
    "SOURCES",
    "Metric",
    "Span",
    "backoffice",
    "business",
    "care",
    "choices",
    "fieldwork",
    "get",
    "known",
    "manual",
    "metrics",
    "outcome",
    "sales",
]

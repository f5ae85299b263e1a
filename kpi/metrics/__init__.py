"""The catalogue of indicators."""

from kpi.metrics import (  # they register
    backoffice,
    business,
    care,
    checks,
    fieldwork,
    manual,
    outcome,
    sales,
    targets,
)
from kpi.metrics.registry import GIVEN, SOURCES, Metric, by_source, choices, get, known, metrics, store
from kpi.metrics.span import Span

__all__ = [
    "GIVEN",
    "SOURCES",
    "Metric",
    "Span",
    "backoffice",
    "business",
    "by_source",
    "care",
    "checks",
    "choices",
    "fieldwork",
    "get",
    "known",
    "manual",
    "metrics",
    "outcome",
    "sales",
    "store",
    "targets",
]

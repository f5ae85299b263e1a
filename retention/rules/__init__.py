"""Retention rules: each finds, with one statement, the clients that give cause for an alert on a day."""

from retention.rules import activity, business, care, deals, products, service, visiting  # they register themselves
from retention.rules.registry import Act, Limit, Rule, Scene, Step, care_kinds, danger_kinds, rules

__all__ = [
    "Act",
    "Limit",
    "Rule",
    "Scene",
    "Step",
    "activity",
    "business",
    "care",
    "care_kinds",
    "danger_kinds",
    "deals",
    "products",
    "rules",
    "service",
    "visiting",
]

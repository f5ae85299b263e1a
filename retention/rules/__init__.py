"""Retention rules: each finds, with one statement, the clients that give cause for an alert on a day."""

from retention.rules import business, visiting  # they register themselves
from retention.rules.registry import Rule, limits_of, rules

__all__ = ["Rule", "business", "limits_of", "rules", "visiting"]

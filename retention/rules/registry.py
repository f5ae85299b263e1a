"""What a rule is, and the list of them."""

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from people.models import OrgUnit

Limits = Mapping[str, Any]
Found = tuple[str, dict[str, Any]]


@dataclass(frozen=True)
class Rule:
    """One kind of alert.

    ``find(organisation, day, limits)`` gives a SELECT of (client_id, cause, figures jsonb, value_at_risk numeric) and
    its parameters; the statement may use ``%(organisation)s``. ``reason(figures)`` says it in words. The same cause
    raises a client's alert only once; ``limits`` are the defaults that an organisation may change.
    """

    kind: str
    label: Any
    icon: str
    find: Callable[[OrgUnit, dt.date, Limits], Found]
    reason: Callable[[dict[str, Any]], str]
    step: Any
    limits: Limits = field(default_factory=dict)


rules: dict[str, Rule] = {}


def register(rule: Rule) -> Rule:
    """Put a rule in the list."""
    if rule.kind in rules:
        raise ValueError(f"rule {rule.kind} is registered twice")
    rules[rule.kind] = rule
    return rule


def limits_of(rule: Rule, organisation: OrgUnit) -> dict[str, Any] | None:
    """A rule's limits in an organisation; None where it is switched off."""
    own = organisation.settings.get("alerts", {}).get(rule.kind, {})
    if not own.get("enabled", True):
        return None
    return {**rule.limits, **{key: value for key, value in own.items() if key in rule.limits}}

"""What a rule is, and the list of them."""

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from people.models import OrgUnit


class Act(models.TextChoices):
    """What a step of a play-book becomes."""

    VISIT = "visit", _("Visit on the plan")
    CALL = "call", _("Phone call")
    TASK = "task", _("Task")


DAYS, MONTHS = _("days"), pgettext_lazy("unit", "months")


@dataclass(frozen=True)
class Limit:
    """A number that an organisation may change, between ``least`` and ``most``."""

    name: str
    label: Any
    default: Decimal
    unit: Any
    least: Decimal
    most: Decimal


def limit(name: str, label: Any, default: float, unit: Any, least: float, most: float) -> Limit:
    """A limit from plain numbers."""
    return Limit(name, label, Decimal(str(default)), unit, Decimal(str(least)), Decimal(str(most)))


@dataclass(frozen=True)
class Step:
    """A line of a play-book: what to do, so many work days after the start."""

    act: str
    days: int
    text: Any


@dataclass(frozen=True)
class Scene:
    """What a rule looks at: the state at the end of ``day``.

    ``months``: those of the 24 months up to the last whole one that have facts of anybody, newest first. A month that
    is not loaded yet is nobody's loss. ``month``: the newest of them. ``numbers``: see ``clients.reach``.
    """

    organisation: OrgUnit
    day: dt.date
    month: dt.date
    months: list[dt.date]
    numbers: dict[str, int]


Limits = Mapping[str, Decimal]
Found = tuple[str, dict[str, Any]]


@dataclass(frozen=True)
class Rule:
    """One kind of alert.

    ``find(scene, limits)`` gives a SELECT of (client_id, cause, figures jsonb, value_at_risk numeric), one row a client
    at most, and its parameters; the statement may use ``%(organisation)s``, ``%(day)s`` and the scene's numbers. None
    where the facts don't let it judge: its alerts then stay as they are. ``lapsed(scene, limits)`` is a condition on an
    alert ``a`` that it finds no more: true where this says nothing good of the client, as the span that it looks at has
    passed. ``reason(figures)`` says it in words; ``figures["day"]`` is the day of reading. The same cause raises a
    client's alert only once.
    """

    kind: str
    label: Any
    icon: str
    find: Callable[[Scene, Limits], Found | None]
    reason: Callable[[dict[str, Any]], str]
    step: Any
    about: Any
    limits: tuple[Limit, ...] = ()
    quiet_days: int = 0
    escalate_days: int = 0
    steps: tuple[Step, ...] = field(default=())
    is_care: bool = False
    finds_hurry: bool = True  # whether the client is due for a visit because of it
    lapsed: Callable[[Scene, Limits], Found] | None = None


rules: dict[str, Rule] = {}


def register(rule: Rule) -> Rule:
    """Put a rule in the list."""
    if rule.kind in rules:
        raise ValueError(f"rule {rule.kind} is registered twice")
    rules[rule.kind] = rule
    return rule


def care_kinds() -> list[str]:
    """Kinds that ask for attention rather than tell of a danger."""
    return [kind for kind, rule in rules.items() if rule.is_care]


def danger_kinds() -> list[str]:
    """Kinds that tell of a danger; the saved rate counts them."""
    return [kind for kind, rule in rules.items() if not rule.is_care]


# What a client trades a month, over trade t.
A_MONTH = "round(coalesce(t.amount_3m, 0) / 3, 2)"


def with_trade(client: str) -> str:
    """JOIN of the trade t of a column's clients."""
    return f"LEFT JOIN retention_trade t ON t.client_id = {client} AND t.organisation_id = %(organisation)s"


# What a rule asks for where nothing can be found.
NOBODY = (
    "SELECT NULL::bigint AS client_id, ''::text AS cause, '{}'::jsonb AS figures, 0::numeric AS value_at_risk LIMIT 0"
)

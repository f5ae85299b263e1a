"""The seven types by visible rules: each says which figures, against which limits, make it.

Rules are tried in this order and the first that holds is proposed; everything measured is kept with the case. A rule
needs all of its figures: what is missing proves nothing.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext_lazy as _

from kpi.models import CoachingType
from kpi.models.coaching import CoachingAction
from people.models import OrgUnit

Kind = CoachingAction.Kind

# The usual limits; an organisation may set its own.
LIMITS: dict[str, int] = {
    "complaints": 2,  # registered in 90 days
    "attitude": 65,  # the supervisor's mark for attitude, at most
    "rejected": 2,  # appeals rejected in 90 days
    "fall": 25,  # percent fewer visits a work day than two months before
    "month_fall": 40,  # percent fewer visits a work day in the month's second half than in its first
    "excellent_months": 3,  # months in a row
    "proud_score": 75,  # mean of the months before, at least
    "proud_fall": 4,  # points under that mean
    "visits": 60,  # percent of the group's median of visits against standard
    "journals": 80,  # percent of journals on time
    "large": 20,  # percentage points that large clients are covered less than all
    "new_days": 180,  # days in post
}

LABELS: dict[str, Any] = {
    "complaints": _("Complaints in 90 days, at least"),
    "attitude": _("Mark for attitude, at most"),
    "rejected": _("Rejected appeals in 90 days, at least"),
    "fall": _("Visits a day down on two months before, percent"),
    "month_fall": _("Visits a day down from the first to the second half of the month, percent"),
    "excellent_months": _("Excellent months in a row"),
    "proud_score": _("Mean of the three months before, at least"),
    "proud_fall": _("Points under that mean, at least"),
    "visits": _("Visits against standard, percent of the group's median, at most"),
    "journals": _("Journals on time, percent, at most"),
    "large": _("Large clients covered less than all, percentage points"),
    "new_days": _("Days in post, at most"),
}

Figure = tuple[str, Any, Any]  # limit's code, value, limit


@dataclass(frozen=True)
class Rule:
    """When a type is proposed, in words and as a test over a person's figures; and what usually helps."""

    type: str
    text: Any
    test: Callable[[Mapping[str, Any], Mapping[str, int]], list[str]]
    remedy: Any
    actions: tuple[str, ...]


def limits_of(organisation: OrgUnit) -> dict[str, int]:
    """The limits in force."""
    own = organisation.settings.get("coaching")
    given = own if isinstance(own, Mapping) else {}
    return {key: given[key] if type(given.get(key)) is int else usual for key, usual in LIMITS.items()}


def _at_least(found: Mapping[str, Any], limits: Mapping[str, int], *keys: str) -> list[str]:
    return [key for key in keys if found.get(key) is not None and found[key] >= limits[key]]


def _at_most(found: Mapping[str, Any], limits: Mapping[str, int], *keys: str) -> list[str]:
    return [key for key in keys if found.get(key) is not None and found[key] <= limits[key]]


def _all(keys: list[str], count: int) -> list[str]:
    return keys if len(keys) == count else []


def _unsure(found: Mapping[str, Any], limits: Mapping[str, int]) -> list[str]:
    new = _at_most(found, limits, "new_days")
    return _at_least(found, limits, "large") or (new if found.get("under_median") else [])


RULES = (
    Rule(
        CoachingType.COMPLAINTS,
        _("At least %(complaints)s complaints of own clients in 90 days."),
        lambda found, limits: _at_least(found, limits, "complaints"),
        _("Find out who is responsible for what, practise how to talk with clients; if need be another area."),
        (Kind.FIND_CAUSE, Kind.TALK, Kind.TRAINING, Kind.NEW_AREA),
    ),
    Rule(
        CoachingType.RESENTFUL,
        _("A mark for attitude of at most %(attitude)s, or at least %(rejected)s rejected appeals in 90 days."),
        lambda found, limits: _at_most(found, limits, "attitude") + _at_least(found, limits, "rejected"),
        _("Listen and explain rules and policy; give a say in the team; be firm about unreasonable demands."),
        (Kind.TALK, Kind.EXPLAIN, Kind.TEAM),
    ),
    Rule(
        CoachingType.EXCELLENT,
        _("Excellent %(excellent_months)s months in a row."),
        lambda found, limits: _at_least(found, limits, "excellent_months"),
        _("Praise in public, ask for help with others, set new goals."),
        (Kind.PRAISE, Kind.MENTOR, Kind.HARDER_GOALS),
    ),
    Rule(
        CoachingType.WEAK_FINISH,
        _("Visits a work day are down by %(fall)s % on two months before, or by %(month_fall)s % within the month."),
        lambda found, limits: _at_least(found, limits, "fall", "month_fall"),
        _("Smaller goals for each stage, checked on the way; talks and exchange with others."),
        (Kind.STAGE_GOALS, Kind.TALK, Kind.TRAINING),
    ),
    Rule(
        CoachingType.NO_DRIVE,
        _("Visits against standard at most %(visits)s % of the group's median, and journals on time at most "
          "%(journals)s %."),
        lambda found, limits: _all(_at_most(found, limits, "visits", "journals"), 2),
        _("Find the reason for the lack of drive; incentives from outside and within; go along; perhaps another area."),
        (Kind.TALK, Kind.JOINT_VISIT, Kind.NEW_AREA),
    ),
    Rule(
        CoachingType.COMPLACENT,
        _("A mean of at least %(proud_score)s in the three months before, and now %(proud_fall)s points less."),
        lambda found, limits: _all(_at_least(found, limits, "proud_score", "proud_fall"), 2),
        _("Show with cases where pride leads; harder goals, closer control; recognise what was good."),
        (Kind.HARDER_GOALS, Kind.TALK, Kind.STAGE_GOALS),
    ),
    Rule(
        CoachingType.UNSURE,
        _("Large clients are covered %(large)s percentage points less than all, or at most %(new_days)s days in post "
          "and a score under the group's median."),
        _unsure,
        _("Go along, from easy clients to difficult ones; teach products and selling; praise small progress."),
        (Kind.JOINT_VISIT, Kind.TRAINING, Kind.PRAISE),
    ),
)  # fmt: skip
BY_TYPE = {rule.type: rule for rule in RULES}


def text_of(rule: Rule, limits: Mapping[str, int]) -> str:
    """A rule in words with its limits."""
    text = str(rule.text)
    for key, limit in limits.items():
        text = text.replace(f"%({key})s", str(limit))
    return text


def judge(found: Mapping[str, Any], limits: Mapping[str, int]) -> tuple[str, list[list[Any]]] | None:
    """The first type whose rule holds, with [figure, value, limit] of what made it."""
    for rule in RULES:
        keys = rule.test(found, limits)
        if keys:
            return rule.type, [[key, _plain(found[key]), limits[key]] for key in keys]
    return None


def _plain(value: Any) -> Any:
    return float(round(value, 1)) if isinstance(value, Decimal) else value

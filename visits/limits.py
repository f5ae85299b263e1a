"""The numbers that visits are planned and judged by: defaults, and what an organisation puts in their place."""

from dataclasses import dataclass, fields
from typing import Any


@dataclass(frozen=True)
class Limits:
    """One organisation's numbers; ``OrgUnit.settings["visits"]`` may override each by its name."""

    visits_per_day: int = 9  # what fits into a work day, between 5 and 8 appointments and the rest on the way
    new_per_day: int = 2  # routine targets of a work day
    old_per_day: int = 3
    calls_per_day: int = 4
    representative_days: int = 30  # client representatives are seen monthly
    default_days: int = 90  # where the organisation has no service standards at all
    follow_up_hours: int = 48
    min_seconds_on_site: int = 120
    max_distance_m: int = 500
    max_speed_kmh: int = 90  # faster than that between two clients, as the crow flies, nobody travels
    near_m: int = 500  # two places this close need no travel that could be doubted
    same_text_days: int = 180  # how far back notes are compared
    same_text_least: int = 10  # shorter notes are alike by nature


def limits_of(organisation: Any) -> Limits:
    """The limits of an organisation; entries of a wrong name or kind are ignored."""
    own = organisation.settings.get("visits")
    given = own if isinstance(own, dict) else {}
    known = {field.name for field in fields(Limits)}
    return Limits(**{k: v for k, v in given.items() if k in known and type(v) is int and v >= 0})

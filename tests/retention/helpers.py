"""Facts, and what a rule finds on a day."""

import datetime as dt

from retention import trade
from retention.config import configs
from retention.models import Alert
from retention.raising import apply_rules
from tests.facts import fact

DAY = dt.date(2026, 3, 31)


def facts(client, amounts, measures=None):
    """Facts of a client: {"2026-01": amount}."""
    for month, amount in amounts.items():
        fact(client, month, amount, measures=measures)


def months(first, last):
    """All months from "2025-01" to "2026-03"."""
    year, month = map(int, first.split("-"))
    found = []
    while f"{year}-{month:02}" <= last:
        found.append(f"{year}-{month:02}")
        year, month = (year, month + 1) if month < 12 else (year + 1, 1)
    return found


def market(world):
    """Somebody else trades the same every month, so that no month is one whose facts are not loaded yet."""
    facts(world.clients["other_team"], dict.fromkeys(months("2024-01", "2026-03"), 500))


def raised(world, kind, day=DAY):
    """(created, closed) of one rule on a day."""
    scene = trade.scene_of(world.organisation, day)
    trade.refresh(scene)
    return apply_rules([configs(world.organisation)[kind]], scene)[kind]


def alert(kind):
    """The one alert of a kind."""
    return Alert.objects.get(kind=kind)

"""Verbs on alerts."""

from retention.services.bulk import apply, undo
from retention.services.life import CLOSED, TRANSITIONS, act, assign, change, snooze, start, tell_owners
from retention.services.playbook import Plan, proposed

__all__ = [
    "CLOSED",
    "TRANSITIONS",
    "Plan",
    "act",
    "apply",
    "assign",
    "change",
    "proposed",
    "snooze",
    "start",
    "tell_owners",
    "undo",
]

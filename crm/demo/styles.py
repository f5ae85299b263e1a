"""How the account managers of the demo work: the coaching types of the trade, each with figures that show it."""

from dataclasses import dataclass
from typing import Any

from crm.demo.telling import words

Span = tuple[float, float]  # at the first day of the demo, at the last


@dataclass(frozen=True)
class Style:
    """Rates of one kind of account manager; a `Span` moves from its first to its second value over the demo's days."""

    visits: Span  # a work day
    calls: Span  # a work day
    notes: tuple[int, int, int, int]  # weights: rich, plain, short, copied
    journals: tuple[int, int, int]  # weights: good, fair, poor
    on_time: Span  # share of journals before the deadline
    missing: Span = (0.0, 0.0)  # share of journals never written
    planned: float = 0.85  # share of visits that stood on a plan
    minutes: float = 1.0  # times the usual minutes on site
    doubtful: float = 0.004  # share of visits whose place or time is odd
    complaints: float = 0.0  # share of visits that deal with a complaint about the manager
    avoids_large: bool = False
    follow_up: float = 0.85  # share of next steps done by their day
    soft: tuple[int, int] = (80, 88)  # the supervisor's mark for attitude
    growth: float = 0.0  # what the manager adds to the yearly growth of the clients


def _read() -> dict[str, Style]:
    def of(values: dict[str, Any]) -> Style:
        given: dict[str, Any] = {
            key: tuple(value) if isinstance(value, list) else value for key, value in values.items()
        }
        return Style(**given)

    return {name: of(values) for name, values in words("styles").items()}


STYLES = _read()


def at(span: Span, share: float) -> float:
    """The value of a span after a share 0…1 of the demo's days."""
    return span[0] + (span[1] - span[0]) * share

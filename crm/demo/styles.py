"""How the account managers of the demo work: the coaching types of the trade, each with figures that show it."""

from dataclasses import dataclass

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


STYLES = {
    "excellent": Style((6.8, 7.2), (4.6, 5.0), (7, 3, 0, 0), (9, 1, 0), (1.0, 1.0), planned=0.95, minutes=1.15,
                       doubtful=0.0, follow_up=0.97, soft=(93, 98)),
    "keen": Style((6.2, 6.4), (4.0, 4.3), (5, 4, 1, 0), (6, 4, 0), (0.98, 0.98), planned=0.9, minutes=1.1,
                  follow_up=0.92, soft=(88, 94)),
    "steady": Style((5.8, 5.6), (3.6, 3.6), (2, 6, 2, 0), (3, 6, 1), (0.95, 0.95), (0.01, 0.01), soft=(82, 89)),
    "complacent": Style((5.2, 4.7), (3.0, 2.6), (1, 5, 4, 0), (1, 6, 3), (0.93, 0.9), (0.02, 0.02), planned=0.75,
                        soft=(76, 83)),
    "fading": Style((7.6, 2.4), (5.0, 1.0), (3, 5, 2, 0), (5, 4, 1), (1.0, 0.55), (0.0, 0.22), planned=0.8,
                    follow_up=0.6, soft=(70, 78)),
    "late": Style((5.6, 5.4), (3.2, 3.2), (2, 6, 2, 0), (2, 6, 2), (0.38, 0.34), (0.03, 0.05), follow_up=0.7,
                  soft=(72, 80)),
    "copier": Style((6.6, 6.6), (3.4, 3.4), (0, 1, 2, 7), (0, 2, 8), (0.99, 0.99), planned=0.9, minutes=0.42,
                    doubtful=0.09, follow_up=0.6, soft=(62, 72)),
    "unsure": Style((3.8, 4.2), (5.0, 4.6), (1, 6, 3, 0), (1, 7, 2), (0.92, 0.94), (0.02, 0.0), planned=0.7,
                    minutes=0.85, avoids_large=True, soft=(75, 82)),
    "rough": Style((5.6, 5.2), (2.2, 2.0), (1, 5, 4, 0), (1, 5, 4), (0.88, 0.85), (0.03, 0.05), planned=0.7,
                   complaints=0.045, follow_up=0.55, soft=(60, 70)),
    "new": Style((2.6, 5.4), (3.0, 4.4), (3, 6, 1, 0), (2, 7, 1), (0.97, 0.99), planned=0.85, minutes=1.2,
                 follow_up=0.9, soft=(82, 88)),
}


def at(span: Span, share: float) -> float:
    """The value of a span after a share 0…1 of the demo's days."""
    return span[0] + (span[1] - span[0]) * share

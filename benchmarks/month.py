"""What closing a month asks for."""

import datetime as dt

KINDS = ("tier_clients", "score_managers", "raise_alerts")


def month_end(month: dt.date, night: dt.date) -> list[tuple[str, str]]:
    """(kind of job, period): tiers and scores of a month, and the alerts of a night, in their order."""
    return [(kind, str(night) if kind == "raise_alerts" else f"{month:%Y-%m}") for kind in KINDS]

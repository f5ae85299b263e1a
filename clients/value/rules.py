"""The rules of the life cycle and of recency and frequency, as SQL and in words; an organisation sets their limits."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any

from django.utils.translation import gettext as _

SETTING = "stages"
# Points 5 to 1 for idle months (at most) and for months with trade of twelve (at least).
RECENCY = (0, 1, 3, 6)
FREQUENCY = (12, 10, 7, 3)


@dataclass(frozen=True)
class StageRules:
    """Limits of the life cycle, in months; ``loyal_keep`` is the percentage of last year's amount that is kept."""

    new_months: int = 6
    dormant_months: int = 3
    lost_months: int = 12
    loyal_months: int = 60
    loyal_traded: int = 12
    loyal_keep: int = 100

    @classmethod
    def of(cls, settings: Mapping[str, Any]) -> "StageRules":
        """An organisation's own limits, else the usual ones."""
        own = settings.get(SETTING) or {}
        return cls(**{one.name: int(own[one.name]) for one in fields(cls) if one.name in own})

    def as_dict(self) -> dict[str, int]:
        """As settings keep it."""
        return asdict(self)

    def in_words(self) -> list[tuple[str, str]]:
        """(stage, what makes a client be there), in the order in which they are asked."""
        values = self.as_dict()
        return [
            ("potential", _("never traded, and in the file for %(new_months)d months or without a date") % values),
            ("lost", _("no trade for %(lost_months)d months or more") % values),
            ("dormant", _("no trade for %(dormant_months)d to %(lost_months)d months") % values),
            ("new", _("a client for less than %(new_months)d months") % values),
            (
                "loyal",
                _(
                    "a client for %(loyal_months)d months or more, with trade in at least %(loyal_traded)d of twelve"
                    " months and at least %(loyal_keep)d %% of last year's amount"
                )
                % values,
            ),
            ("active", _("all others")),
        ]


# Over s, the summary of facts, and c, the client; idle is NULL without any trade in 24 months.
STAGE = """
    CASE
        WHEN idle IS NULL AND NOT ever THEN CASE WHEN tenure < %(new_months)s THEN 'new' ELSE 'potential' END
        WHEN idle IS NULL OR idle >= %(lost_months)s THEN 'lost'
        WHEN idle >= %(dormant_months)s THEN 'dormant'
        WHEN tenure < %(new_months)s THEN 'new'
        WHEN tenure >= %(loyal_months)s AND months_traded >= %(loyal_traded)s
             AND amount_12m * 100 >= amount_prev_12m * %(loyal_keep)s THEN 'loyal'
        ELSE 'active'
    END
"""


def recency_sql() -> str:
    """1–5 from the column idle."""
    steps = " ".join(f"WHEN idle <= {limit} THEN {5 - place}" for place, limit in enumerate(RECENCY))
    return f"CASE {steps} ELSE 1 END"


def frequency_sql() -> str:
    """1–5 from the column months_traded."""
    steps = " ".join(f"WHEN months_traded >= {limit} THEN {5 - place}" for place, limit in enumerate(FREQUENCY))
    return f"CASE {steps} ELSE 1 END"

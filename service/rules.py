"""An organisation's rules of service: categories, posts, working hours, escalation.

The defaults of an industry are in ``data/``; an organisation changes them in its settings.

The setting ``service`` may name any of ``categories`` ([{"code", "label", "hours", "post", "serious"}, …]), ``posts``
({code: [words of post titles]}), ``work_hours`` ([["08:30", "12:00"], …]), ``escalation_hours`` and ``desk_weight``
(0–1: how much being on time counts in the score of the back office, quality counting the rest).
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from typing import Any

from django.utils.translation import gettext as _

from people.models import OrgUnit
from service.worktime import USUAL, WorkTime

DATA = Path(__file__).parent / "data"


@dataclass(frozen=True)
class Category:
    """What a request or slip is about: working hours to settle it, the post that does, whether it is serious."""

    code: str
    hours: int = 24
    post: str = "centre"
    serious: bool = False
    own_label: str = ""

    @property
    def label(self) -> str:
        """The category in the reader's language, or in the organisation's own words."""
        return self.own_label or label_of(self.code)


@dataclass(frozen=True)
class Rules:
    """What holds in one organisation."""

    categories: Mapping[str, Category]
    posts: Mapping[str, Sequence[str]]
    work: WorkTime
    escalation_hours: int = 8  # working hours late from one level to the next
    desk_weight: Decimal = Decimal("0.5")  # of being on time in the score of the back office, the rest is quality

    def category(self, code: str) -> Category:
        """A category; one that has been taken out of the settings keeps the usual time."""
        return self.categories.get(code) or Category(code)

    def choices(self) -> list[tuple[str, str]]:
        """The categories for a form."""
        return [(code, category.label) for code, category in self.categories.items()]

    def is_serious(self, kind: str, category: str) -> bool:
        """Whether a request is serious for what it is about; somebody may call it serious besides."""
        return kind == "complaint" and self.category(category).serious

    def minutes(self, category: str, response_hours: int, *, urgent: bool = False) -> int:
        """Working minutes to settle a request: the shorter of the category's and the tier's, half when urgent."""
        minutes = min(self.category(category).hours, response_hours) * 60
        return max(30, minutes // 2) if urgent else minutes


def rules_of(organisation: OrgUnit) -> Rules:
    """The rules of an organisation."""
    own = organisation.settings.get("service", {})
    usual = _usual(organisation.profile)
    categories = [
        Category(
            row["code"],
            int(row.get("hours", 24)),
            row.get("post", "centre"),
            bool(row.get("serious")),
            row.get("label", ""),
        )
        for row in own.get("categories") or usual["categories"]
    ]
    return Rules(
        {category.code: category for category in categories},
        {**usual["posts"], **own.get("posts", {})},
        WorkTime(own.get("work_hours", USUAL), organisation.settings.get("work_days", {})),
        int(own.get("escalation_hours", 8)),
        Decimal(str(own.get("desk_weight", "0.5"))),
    )


@lru_cache
def _usual(profile: str) -> dict[str, Any]:
    path = DATA / f"{profile}.json"
    found: dict[str, Any] = json.loads((path if path.exists() else DATA / "other.json").read_text("utf-8"))
    return found


def label_of(code: str) -> str:
    """A category in the reader's language; a code of the organisation's own as it is."""
    return {
        "supply": _("Supply of goods"),
        "order": _("Ordering"),
        "delivery": _("Delivery"),
        "fault": _("Fault of the line"),
        "billing": _("Bill"),
        "plan": _("Tariff"),
        "outage": _("Outage"),
        "meter": _("Meter"),
        "connection": _("New connection"),
        "claim": _("Claim"),
        "renewal": _("Renewal"),
        "policy": _("Change of the policy"),
        "quality": _("Quality of goods"),
        "terminal": _("Shop equipment"),
        "price": _("Price order"),
        "licence": _("Licence"),
        "inspection": _("Inspection"),
        "market": _("Market order"),
        "attitude": _("Attitude of staff"),
        "account": _("Account and payment"),
        "points": _("Reward points"),
        "training": _("Training"),
        "loan": _("Loans"),
        "channel": _("Online and mobile banking"),
        "counter": _("Counter service"),
        "fees": _("Fees"),
        "product": _("Products and rates"),
        "fraud": _("Fraud and misuse"),
        "other": _("Something else"),
    }.get(code, code)

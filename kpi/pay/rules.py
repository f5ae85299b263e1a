"""Pay rules: checked, and with words for each problem.

``{"base", "bonus": {"standard", "by": "score" | "grade", "factors": {grade: factor}}, "deferral": {"share",
"release_month"}, "pieces": [{"metric", "from", "step", "rate", "least", "most"}], "rounding": {"mode", "places"}}``;
all numbers as text, so that no binary fraction ever comes near money.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from kpi import metrics
from kpi.models import Grade
from kpi.schemes import ROUNDING_MODES
from kpi.wording import number
from people.models import Profile

MOST_PIECES = 8
MOST_MONEY = Decimal(1_000_000)


@dataclass(frozen=True)
class Piece:
    """A piece item: ``rate`` yuan for each ``step`` that the value lies above ``start``, within least…most."""

    position: int
    metric: str
    start: Decimal
    step: Decimal
    rate: Decimal
    least: Decimal
    most: Decimal

    @property
    def label(self) -> str:
        """The indicator's name."""
        return str(metrics.get(self.metric).label)


@dataclass(frozen=True)
class Pay:
    """Checked pay rules."""

    base: Decimal
    standard: Decimal
    by_score: bool
    factors: Mapping[str, Decimal]
    deferral: Decimal
    release_month: int
    pieces: tuple[Piece, ...]
    mode: str
    places: int


def standard_rules(profile: str = "") -> dict[str, Any]:
    """What an organisation of an industry begins with; every number is meant to be changed."""
    rules: dict[str, Any] = {
        "base": "3000",
        "bonus": {
            "standard": "2000",
            "by": "score",
            "factors": {"excellent": "1.2", "good": "1", "fair": "0.8", "fail": "0.5"},
        },
        "deferral": {"share": "0.2", "release_month": "1"},
        "pieces": [
            {"metric": "sales_growth", "from": "0.02", "step": "0.01", "rate": "50", "least": "0", "most": "500"},
            {"metric": "satisfaction", "from": "4", "step": "0.1", "rate": "20", "least": "-100", "most": "200"},
            {"metric": "overdue_rate", "from": "0.01", "step": "0.001", "rate": "-20", "least": "-400",
             "most": "0"},
            {"metric": "clients_lost", "from": "0.01", "step": "0.01", "rate": "-100", "least": "-300", "most": "0"},
        ],
        "rounding": {"mode": "half_up", "places": "2"},
    }  # fmt: skip
    if profile != Profile.BANK:  # only banks lend
        rules["pieces"] = [piece for piece in rules["pieces"] if piece["metric"] != "overdue_rate"]
    return rules


def parse(given: Any) -> Pay:
    """The rules ready for use; ValidationError names everything that is wrong."""
    problems: list[str] = []

    def amount(where: Mapping[str, Any], key: str, label: str, least: Decimal, most: Decimal) -> Decimal:
        found = number(where.get(key))
        if found is None or not least <= found <= most:
            problems.append(
                _("%(label)s: write a number from %(least)s to %(most)s.")
                % {"label": label, "least": f"{least:f}", "most": f"{most:f}"}
            )
            return least
        return found

    rules = given if isinstance(given, Mapping) else {}
    bonus, deferral = _part(rules, "bonus"), _part(rules, "deferral")
    rounding, factors = _part(rules, "rounding"), _part(_part(rules, "bonus"), "factors")
    if bonus.get("by") not in ("score", "grade"):
        problems.append(_("The bonus follows the score or the grade. Choose one."))
    if rounding.get("mode") not in ROUNDING_MODES or str(rounding.get("places")) not in ("0", "1", "2"):
        problems.append(_("Rounding needs a mode (half_up or down) and 0, 1 or 2 places."))
    pay = Pay(
        base=amount(rules, "base", _("Base pay"), Decimal(0), MOST_MONEY),
        standard=amount(bonus, "standard", _("Standard bonus a month"), Decimal(0), MOST_MONEY),
        by_score=bonus.get("by") == "score",
        factors={
            grade.value: amount(factors, grade.value, str(grade.label), Decimal(0), Decimal(10)) for grade in Grade
        },
        deferral=amount(deferral, "share", _("Share kept back"), Decimal(0), Decimal(1)),
        release_month=int(amount(deferral, "release_month", _("Month of its payment"), Decimal(1), Decimal(12))),
        pieces=tuple(_pieces(rules.get("pieces"), amount, problems)),
        mode=str(rounding.get("mode")),
        places=int(rounding["places"]) if str(rounding.get("places")) in ("0", "1", "2") else 2,
    )
    if problems:
        raise ValidationError(problems)
    return pay


def _part(rules: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    found = rules.get(key)
    return found if isinstance(found, Mapping) else {}


def _pieces(given: Any, amount: Any, problems: list[str]) -> list[Piece]:
    found: list[Piece] = []
    rows = given if isinstance(given, list) else []
    if len(rows) > MOST_PIECES:
        problems.append(_("There may be %(n)s piece items at most.") % {"n": MOST_PIECES})
    for position, row in enumerate(rows[:MOST_PIECES], start=1):
        code = str(row.get("metric", ""))
        if not metrics.known(code):
            problems.append(_("There is no indicator “%(metric)s”.") % {"metric": code})
            continue
        label = str(metrics.get(code).label)
        if any(one.metric == code for one in found):
            problems.append(_("%(label)s: an indicator brings one piece item only.") % {"label": label})
        piece = Piece(
            position,
            code,
            amount(row, "from", _("%(label)s, starting at") % {"label": label}, -MOST_MONEY, MOST_MONEY),
            amount(row, "step", _("%(label)s, for each") % {"label": label}, Decimal("0.000001"), MOST_MONEY),
            amount(row, "rate", _("%(label)s, yuan") % {"label": label}, -MOST_MONEY, MOST_MONEY),
            amount(row, "least", _("%(label)s, at least") % {"label": label}, -MOST_MONEY, MOST_MONEY),
            amount(row, "most", _("%(label)s, at most") % {"label": label}, -MOST_MONEY, MOST_MONEY),
        )
        if piece.least > piece.most:
            problems.append(_("%(label)s: the least amount lies above the most.") % {"label": label})
        found.append(piece)
    return found

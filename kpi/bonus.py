"""Bonus and penalty rules of a scheme: points for what the indicators do not weigh, by hand or by a limit."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from kpi import metrics
from kpi.metrics.display import show
from kpi.wording import number, text

MOST_RULES = 30
MOST_POINTS = 20


@dataclass(frozen=True)
class Bonus:
    """A rule: so many points (below 0 a penalty); with a metric they come by themselves when its limit is met."""

    code: str
    given_name: Any
    points: Decimal
    metric: str = ""
    at_least: Decimal | None = None
    at_most: Decimal | None = None

    @property
    def name(self) -> str:
        """What it is called in the reader's language."""
        return text(self.given_name)

    @property
    def condition(self) -> str:
        """When the points come by themselves, in words; empty where people give them."""
        if not self.metric:
            return ""
        metric = metrics.get(self.metric)
        if self.at_least is not None:
            return _("%(indicator)s at least %(limit)s") % {
                "indicator": metric.label,
                "limit": show(metric, self.at_least),
            }
        return _("%(indicator)s at most %(limit)s") % {"indicator": metric.label, "limit": show(metric, self.at_most)}

    def as_row(self) -> dict[str, Any]:
        """What the scoring statement reads."""
        limits = {key: None if limit is None else str(limit) for key, limit in self.limits.items()}
        return {"code": self.code, "metric": self.metric, "points": str(self.points), **limits}

    @property
    def limits(self) -> dict[str, Decimal | None]:
        """Both ends, one of them empty."""
        return {"at_least": self.at_least, "at_most": self.at_most}


def read(given: Any, complain: Callable[[str, str], None]) -> list[Bonus]:
    """The checked rules; each problem is complained about with the rule's name."""
    if not isinstance(given, list) or len(given) > MOST_RULES or not all(isinstance(one, Mapping) for one in given):
        complain("", _("Bonus and penalty rules are a list of at most %(n)d.") % {"n": MOST_RULES})
        return []
    found: list[Bonus] = []
    for one in given:
        where, code = text(one.get("name")).strip(), one.get("code")
        points = number(one.get("points"))
        if not isinstance(code, str) or not code.replace("_", "").isalnum() or len(code) > 40:
            complain(where, _("The code must be letters, digits and underscores, at most 40."))
        elif code in {other.code for other in found}:
            complain(where, _("The code “%(code)s” occurs twice.") % {"code": code})
        elif not where or len(where) > 80:
            complain(code, _("A bonus or penalty rule needs a name of at most 80 characters."))
        elif points is None or not points or abs(points) > MOST_POINTS or points != round(points, 1):
            complain(where, _("Points are a number from −20 to 20 with at most one place, and not 0."))
        elif metric := one.get("metric"):
            least, most = number(one.get("at_least")), number(one.get("at_most"))
            if not isinstance(metric, str) or not metrics.known(metric):
                complain(where, _("There is no indicator “%(metric)s”.") % {"metric": metric})
            elif (least is None) == (most is None):
                complain(where, _("A limit is either “at least” or “at most” a number."))
            else:
                found.append(Bonus(code, one["name"], points, metric, least, most))
        else:
            found.append(Bonus(code, one["name"], points))
    return found

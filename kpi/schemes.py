"""Assessment rules: a weighted tree of indicators, checked node by node, flattened to what scoring needs.

Rules are ``{"group", "grades", "rounding", "missing", "adjustment", "bonus", "tree"}``. A node of the tree is
``{"code", "name", "weight", "children"}`` or, as a leaf, ``{"code", "weight", "metric", "low", "high", …}``. Weights
of siblings add up to 1, or to the parent's ``"total"`` (100 for points), or the parent has a pairwise matrix ``"ahp"``
in their place. ``"scale"``, ``"grade_names"`` and ``"forced"`` say what the grades are called and which shares a forced
distribution would have. A benchmark is a number, ``{"percentile": 10}`` of the group, or
``{"percentile": 10, "of": "last"}`` of the period before. Rules of ``"bonus"`` are ``{"code", "name", "points"}``,
those that come by themselves also ``"metric"`` with ``"at_least"`` or ``"at_most"``.
"""

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import pgettext_lazy

from crm.lib import ahp
from crm.lib.templatetags.zoufang import grade_name
from kpi import bonus, metrics
from kpi.bonus import Bonus
from kpi.wording import number, text
from people.models import Level

SPREAD, MEDIAN, WAIT = "spread", "median", "wait"
MISSING = (SPREAD, MEDIAN, WAIT)
GRADES = {"excellent": Decimal(90), "good": Decimal(75), "fair": Decimal(60)}
# What four grades are called; a scheme may also carry names of its own.
SCALES: dict[str, dict[str, Any]] = {
    "four": {"grades": GRADES, "names": {}},
    "letters": {
        "grades": {"excellent": Decimal(85), "good": Decimal(70), "fair": Decimal(60)},
        "names": {"excellent": "A", "good": "B", "fair": "C", "fail": "D"},
    },
    "competence": {
        "grades": {"excellent": Decimal(90), "good": Decimal(70), "fair": Decimal(60)},
        "names": {
            "excellent": pgettext_lazy("scale", "Outstanding"),
            "good": pgettext_lazy("scale", "Competent"),
            "fair": pgettext_lazy("scale", "Basically competent"),
            "fail": pgettext_lazy("scale", "Not competent"),
        },
    },
}
FORCED = {"excellent": 20, "good": 40, "fair": 30, "fail": 10}  # percent; only ever shown beside the free result
ROUNDING = {"mode": "half_up", "places": 2}
ROUNDING_MODES = ("half_up", "down")
MOST_ADJUSTMENT = Decimal(10)
WEIGHT_PLACES = Decimal("0.00000001")
WEIGHT_TOLERANCE = Decimal("0.0005")  # people write 0.333 for a third
DEEPEST = 5


class SchemeError(ValidationError):
    """Rules that cannot be used, one message for each node at fault."""


@dataclass(frozen=True)
class Benchmark:
    """The laggards' or the leaders' level: typed, or a percentile (0…1) of this or the last period."""

    number: Decimal | None = None
    share: float | None = None
    of_last: bool = False


@dataclass(frozen=True)
class Leaf:
    """An indicator in a scheme; ``weight`` is its share of the whole, all weights together exactly 1."""

    position: int
    code: str
    metric: str
    weight: Decimal
    low: Benchmark
    high: Benchmark
    higher: bool
    missing: str
    floor: Decimal
    ceiling: Decimal
    node: Mapping[str, Any]
    path: tuple[Mapping[str, Any], ...]

    @property
    def label(self) -> str:
        """Its name in the reader's language; without one of its own, the metric's."""
        return text(self.node.get("name")) or str(metrics.get(self.metric).label)

    @property
    def parent_label(self) -> str:
        """The dimension that it belongs to."""
        return text(self.path[0].get("name")) if self.path else ""

    def as_row(self) -> dict[str, Any]:
        """What the scoring statement reads."""
        return {
            "position": self.position, "leaf": self.code, "metric": self.metric, "weight": str(self.weight),
            "higher": self.higher, "missing": self.missing, "floor": str(self.floor), "ceiling": str(self.ceiling),
            **{f"low_{key}": value for key, value in asdict(self.low).items()},
            **{f"high_{key}": value for key, value in asdict(self.high).items()},
        }  # fmt: skip


@dataclass(frozen=True)
class Rules:
    """Checked rules."""

    leaves: tuple[Leaf, ...]
    group: str
    grades: Mapping[str, Decimal]
    rounding_mode: str
    places: int
    most_adjustment: Decimal  # bonus or penalty points that a period may bring in sum
    scale: str = "four"
    own_names: Mapping[str, Any] = field(default_factory=dict)
    forced: Mapping[str, int] = field(default_factory=lambda: dict(FORCED))
    bonus: tuple[Bonus, ...] = ()

    @property
    def metrics(self) -> list[str]:
        """The codes of the indicators, of leaves and of bonus rules, each once."""
        of_rules = [rule.metric for rule in self.bonus if rule.metric]
        return list(dict.fromkeys([*(leaf.metric for leaf in self.leaves), *of_rules]))

    @property
    def imported(self) -> list[str]:
        """The codes of the values that have to be imported, targets of other indicators among them, each once."""
        found: list[str] = []
        for code in self.metrics:
            metric = metrics.get(code)
            found += [code] if metric.source == "imports" else metric.inputs
        return list(dict.fromkeys(found))

    @property
    def given(self) -> list[str]:
        """The codes of what people give, imported values first: other indicators are made from them."""
        return list(
            dict.fromkeys(
                [*self.imported, *(code for code in self.metrics if metrics.get(code).source in metrics.GIVEN)]
            )
        )

    @property
    def soft(self) -> list[Leaf]:
        """The leaves that supervisors score, each metric once."""
        found = {leaf.metric: leaf for leaf in self.leaves if metrics.get(leaf.metric).is_soft}
        return list(found.values())

    def leaf(self, code: str) -> Leaf | None:
        """The leaf of a code."""
        return next((leaf for leaf in self.leaves if leaf.code == code), None)

    def grade_name(self, grade: str) -> str:
        """What a grade is called here."""
        name = text(self.own_names.get(grade)) or SCALES[self.scale]["names"].get(grade)
        return str(name) if name else grade_name(grade)

    def grade(self, score: Decimal) -> str:
        """The grade of a score that has been rounded by the scheme's rule: 89.99 is not yet 90."""
        return next((grade for grade, least in self.grades.items() if score >= least), "fail")


def parse(rules: Any) -> Rules:
    """The rules ready for scoring; SchemeError names every node that is wrong and says what to do."""
    reader = _Reader()
    if not isinstance(rules, Mapping):
        raise SchemeError([_("The rules must be an object with a tree of indicators.")])
    group = rules.get("group", Level.ORGANISATION.value)
    if group not in Level.values:
        reader.complain("", _("“%(group)s” is no level of units. Choose one of: %(known)s.")
                        % {"group": group, "known": ", ".join(Level.values)})  # fmt: skip
    grades = reader.grades(rules.get("grades", GRADES))
    scale, names = reader.scale(rules)
    forced = reader.forced(rules.get("forced", FORCED))
    mode, places = reader.rounding(rules.get("rounding", ROUNDING))
    most = number(rules.get("adjustment", MOST_ADJUSTMENT))
    if most is None or not 0 <= most <= 20:
        reader.complain("", _("The limit of bonus and penalty points must be a number from 0 to 20."))
    extra = bonus.read(rules.get("bonus", []), reader.complain)
    missing = rules.get("missing", SPREAD)
    reader.check_missing("", missing)
    top = {"children": rules.get("tree"), "ahp": rules.get("ahp"), "total": rules.get("total", 1)}
    reader.children(top, Decimal(1), (), missing)
    if not reader.leaves and not reader.problems:
        reader.complain("", _("There is no indicator yet. Add at least one."))
    if reader.problems:
        raise SchemeError(reader.problems)
    return Rules(
        tuple(_exact(reader.leaves)), group, grades, mode, places, most or Decimal(0), scale, names, forced,
        tuple(extra),
    )  # fmt: skip


def _exact(leaves: list[Leaf]) -> Iterator[Leaf]:
    """The leaves with weights of eight places that add up to exactly 1: the rest goes to the largest remainders."""
    cut = [leaf.weight.quantize(WEIGHT_PLACES, rounding="ROUND_DOWN") for leaf in leaves]
    steps = int((1 - sum(cut)) / WEIGHT_PLACES)
    order = sorted(range(len(leaves)), key=lambda index: (cut[index] - leaves[index].weight, index))
    for place in range(steps):
        cut[order[place % len(order)]] += WEIGHT_PLACES
    for leaf, weight in zip(leaves, cut, strict=True):
        yield Leaf(**{**{name: getattr(leaf, name) for name in Leaf.__dataclass_fields__}, "weight": weight})


class _Reader:
    """Walks the tree, collecting leaves and problems."""

    def __init__(self) -> None:
        self.leaves: list[Leaf] = []
        self.problems: list[str] = []
        self.codes: set[str] = set()

    def complain(self, where: str, problem: str) -> None:
        self.problems.append(f"{where}: {problem}" if where else problem)

    def grades(self, given: Any) -> dict[str, Decimal]:
        found = {grade: number(given.get(grade)) if isinstance(given, Mapping) else None for grade in GRADES}
        limits = list(found.values())
        if any(limit is None for limit in limits):
            self.complain("", _("The grades need a least score each for excellent, good and fair."))
        elif not 100 >= limits[0] > limits[1] > limits[2] > 0:  # type: ignore[operator]
            self.complain("", _("The grades' least scores must fall from excellent to fair, between 100 and 0."))
        return found  # type: ignore[return-value]

    def scale(self, rules: Mapping[str, Any]) -> tuple[str, Mapping[str, Any]]:
        scale, names = rules.get("scale", "four"), rules.get("grade_names", {})
        if scale not in SCALES:
            self.complain("", _("The scale must be one of: %(known)s.") % {"known": ", ".join(SCALES)})
            scale = "four"
        if not isinstance(names, Mapping) or not all(text(name) and len(text(name)) <= 20 for name in names.values()):
            self.complain("", _("A grade's name is a text of at most 20 characters."))
            names = {}
        return scale, names

    def forced(self, given: Any) -> dict[str, int]:
        names = (*GRADES, "fail")
        shares = {grade: given.get(grade) if isinstance(given, Mapping) else None for grade in names}
        whole = all(type(share) is int and 0 <= share <= 100 for share in shares.values())
        if not whole or sum(share or 0 for share in shares.values()) != 100:
            self.complain("", _("The shares of a forced distribution are whole percents that add up to 100."))
            return dict(FORCED)
        return {grade: share or 0 for grade, share in shares.items()}

    def rounding(self, given: Any) -> tuple[str, int]:
        mode, places = (given.get("mode"), given.get("places")) if isinstance(given, Mapping) else (None, None)
        if mode not in ROUNDING_MODES or places not in (0, 1, 2) or isinstance(places, bool):
            self.complain("", _("Rounding needs a mode (half_up or down) and 0, 1 or 2 places."))
            return "half_up", 2
        return mode, places

    def check_missing(self, where: str, missing: Any) -> None:
        if missing not in MISSING:
            self.complain(where, _("A missing value is handled by one of: spread, median, wait."))

    def children(
        self, parent: Mapping[str, Any], share: Decimal, path: tuple[Mapping[str, Any], ...], missing: str
    ) -> None:
        where = _where(path)
        nodes = parent.get("children")
        if not isinstance(nodes, list) or not nodes or not all(isinstance(node, Mapping) for node in nodes):
            self.complain(where, _("There is nothing below it. Add indicators or remove it."))
            return
        if len(path) >= DEEPEST:
            self.complain(where, _("The tree is deeper than %(n)s levels. Flatten it.") % {"n": DEEPEST})
            return
        for node, weight in zip(nodes, self.weights(parent, nodes, where), strict=True):
            self.node(node, share * weight, path, missing)

    def weights(self, parent: Mapping[str, Any], nodes: list[Any], where: str) -> list[Decimal]:
        even = [Decimal(1) / len(nodes)] * len(nodes)
        if parent.get("ahp") is not None:
            return self.judged(parent["ahp"], nodes, where) or even
        found = [number(node.get("weight")) for node in nodes]
        for node, weight in zip(nodes, found, strict=True):
            if weight is None or weight <= 0:
                self.complain(_where((node,), where), _("The weight must be a number above 0."))
        weights = [weight for weight in found if weight is not None and weight > 0]
        if len(weights) < len(found):
            return even
        total = sum(weights, Decimal())
        wanted = number(parent.get("total", 1))
        if wanted is None or wanted <= 0:
            self.complain(where, _("The total must be a number above 0."))
        elif abs(total / wanted - 1) > WEIGHT_TOLERANCE:
            names = ", ".join(f"{_name(node)} {weight}" for node, weight in zip(nodes, weights, strict=True))
            self.complain(
                where,
                _("The weights add up to %(total)s, not to %(wanted)s (%(names)s).")
                % {"total": f"{total.normalize():f}", "wanted": f"{wanted.normalize():f}", "names": names},
            )
        return [weight / total for weight in weights]

    def judged(self, matrix: Any, nodes: list[Any], where: str) -> list[Decimal] | None:
        try:
            result = ahp.priorities(matrix if isinstance(matrix, list) else [])
        except ahp.MatrixError as error:
            self.complain(where, str(error))
            return None
        if len(result.weights) != len(nodes):
            self.complain(
                where,
                _("The matrix compares %(order)s items but there are %(n)s below it.")
                % {"order": len(result.weights), "n": len(nodes)},
            )
            return None
        if not result.consistent:
            worst = result.worst
            values = {"ratio": f"{result.consistency_ratio:.2f}"}
            if worst:
                values |= {"first": _name(nodes[worst.i]), "second": _name(nodes[worst.j])}
                problem = _(
                    "The judgements contradict each other (consistency ratio %(ratio)s, below 0.10 is needed). "
                    "Reconsider %(first)s against %(second)s first."
                )
            else:
                problem = _("The judgements contradict each other (consistency ratio %(ratio)s, below 0.10 is needed).")
            self.complain(where, problem % values)
        total = sum(Decimal(repr(weight)) for weight in result.weights)
        return [Decimal(repr(weight)) / total for weight in result.weights]

    def node(self, node: Mapping[str, Any], share: Decimal, path: tuple[Mapping[str, Any], ...], missing: str) -> None:
        where = _where((*path, node))
        code = node.get("code")
        if not isinstance(code, str) or not code.replace("_", "").isalnum() or len(code) > 40:
            self.complain(where, _("The code must be letters, digits and underscores, at most 40."))
        elif code in self.codes:
            self.complain(where, _("The code “%(code)s” occurs twice.") % {"code": code})
        else:
            self.codes.add(code)
        missing = node.get("missing", missing)
        self.check_missing(where, missing)
        if "children" in node:
            self.children(node, share, (*path, node), missing)
        else:
            self.leaf(node, share, path, missing, where)

    def leaf(
        self, node: Mapping[str, Any], share: Decimal, path: tuple[Mapping[str, Any], ...], missing: str, where: str
    ) -> None:
        metric = str(node.get("metric", ""))
        if not metrics.known(metric):
            self.complain(where, _("There is no indicator “%(metric)s”.") % {"metric": metric})
            return
        low, high = self.benchmark(node, "low", where), self.benchmark(node, "high", where)
        if low and high and low.number is not None and high.number is not None and low.number > high.number:
            self.complain(where, _("The low benchmark %(low)s lies above the high one %(high)s.")
                          % {"low": low.number, "high": high.number})  # fmt: skip
        direction = node.get("direction")
        if direction not in (None, "higher", "lower"):
            self.complain(where, _("The direction must be “higher” or “lower” is better."))
        floor, ceiling = number(node.get("floor", 0)), number(node.get("ceiling", 1))
        if floor is None or ceiling is None or not 0 <= floor < ceiling <= 1:
            self.complain(where, _("Floor and ceiling must be shares with 0 ≤ floor < ceiling ≤ 1."))
        if low is None or high is None or floor is None or ceiling is None:
            return
        higher = metrics.get(metric).higher_is_better if direction is None else direction == "higher"
        self.leaves.append(
            Leaf(len(self.leaves), str(node.get("code")), metric, share, low, high, higher, missing, floor, ceiling,
                 node, path)
        )  # fmt: skip

    def benchmark(self, node: Mapping[str, Any], key: str, where: str) -> Benchmark | None:
        given = node.get(key)
        if isinstance(given, Mapping):
            share = number(given.get("percentile"))
            if share is not None and 0 <= share <= 100 and given.get("of", "group") in ("group", "last"):
                return Benchmark(share=float(share / 100), of_last=given.get("of") == "last")
        elif (typed := number(given)) is not None:
            return Benchmark(number=typed)
        problem = (
            _("The low benchmark must be a number, or a percentile from 0 to 100.")
            if key == "low"
            else _("The high benchmark must be a number, or a percentile from 0 to 100.")
        )
        self.complain(where, problem)
        return None


def _name(node: Mapping[str, Any]) -> str:
    if name := text(node.get("name")):
        return name
    metric = str(node.get("metric", ""))
    return str(metrics.get(metric).label) if metrics.known(metric) else str(node.get("code") or "?")


def _where(path: tuple[Mapping[str, Any], ...], before: str = "") -> str:
    names = " › ".join(_name(node) for node in path)
    return f"{before} › {names}" if before else names

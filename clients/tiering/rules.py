"""The rules of a tier scheme: read from JSON, checked, and refused in words that name the faulty part."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import Any

from django.utils.translation import gettext as _

from clients.tiering import measures
from crm.lib import ahp
from people.models import Level

NORMALISATIONS = ("percentile", "linear", "table")
MISSING = ("zero", "half", "skip")
PLACES = Decimal("0.0001")


class RulesError(ValueError):
    """Rules that cannot be used; ``messages`` name every fault."""

    def __init__(self, messages: Sequence[str]) -> None:
        super().__init__(" ".join(messages))
        self.messages = list(messages)


@dataclass(frozen=True)
class Criterion:
    """A measure, how it becomes 0…1, and its weight."""

    measure: str
    weight: Decimal
    normalise: str
    direction: str = "high"
    low: Decimal | None = None
    high: Decimal | None = None
    table: tuple[tuple[Decimal, Decimal], ...] = ()  # (from, points), highest first
    missing: str = "zero"


@dataclass(frozen=True)
class Band:
    """A tier with its share of the ranking, or the score from which it is given."""

    tier: str
    share: Decimal | None = None
    score: Decimal | None = None


@dataclass(frozen=True)
class Cap:
    """Clients whose field has one of the values are never above a tier."""

    field: str
    values: tuple[str, ...]
    tier: str


@dataclass(frozen=True)
class Rules:
    """Checked rules."""

    within: str
    criteria: tuple[Criterion, ...]
    bands: tuple[Band, ...]
    caps: tuple[Cap, ...] = ()
    probation_months: int = 0
    probation_tier: str = ""
    hold_months: int = 1

    @property
    def tiers(self) -> list[str]:
        """The tiers, highest first; the probation tier last when it is one of its own."""
        found = [band.tier for band in self.bands]
        return [*found, self.probation_tier] if self.probation_tier and self.probation_tier not in found else found

    @property
    def by_share(self) -> bool:
        """Whether bands are shares of the ranking."""
        return self.bands[0].share is not None


@dataclass
class _Reader:
    """Collects faults while reading."""

    faults: list[str] = field(default_factory=list)

    def number(self, value: Any, where: str, *, low: int | None = None, high: int | None = None) -> Decimal:
        try:
            found = Decimal(str(value))
        except InvalidOperation:
            found = Decimal("NaN")
        if isinstance(value, bool) or not found.is_finite() or abs(found) > 10**15:
            self.faults.append(_("%(where)s: “%(value)s” is not a number.") % {"where": where, "value": value})
            return Decimal(0)
        if (low is not None and found < low) or (high is not None and found > high):
            self.faults.append(
                _("%(where)s: %(value)s must lie between %(low)s and %(high)s.")
                % {"where": where, "value": value, "low": low, "high": high if high is not None else "∞"}
            )
        return found

    def one_of(self, value: Any, choices: Sequence[str], where: str) -> str:
        if value not in choices:
            self.faults.append(
                _("%(where)s: “%(value)s” is not known. Choose one of: %(choices)s.")
                % {"where": where, "value": value, "choices": ", ".join(choices)}
            )
            return choices[0]
        return str(value)

    def items(self, value: Any, where: str) -> list[Mapping[str, Any]]:
        if not isinstance(value, list) or not all(isinstance(item, Mapping) for item in value):
            self.faults.append(_("%(where)s: a list of objects is needed.") % {"where": where})
            return []
        return value

    def whole(self, value: Any, where: str, low: int, high: int) -> int:
        found = self.number(value, where, low=low, high=high)
        if found != int(found):
            self.faults.append(_("%(where)s: a whole number is needed.") % {"where": where})
        return int(found)


def parse(rules: Any) -> Rules:
    """Checked rules from JSON; RulesError with every fault."""
    if not isinstance(rules, Mapping):
        raise RulesError([_("The rules must be a JSON object.")])
    read = _Reader()
    known = {"within", "criteria", "bands", "caps", "probation", "hold_months", "judgements"}
    for name in sorted(set(rules) - known):
        read.faults.append(_("“%(name)s” is no part of a tier scheme.") % {"name": name})
    within = read.one_of(rules.get("within", Level.ORGANISATION), [str(level) for level in Level.values], "within")
    criteria = _criteria(read, rules)
    bands = _bands(read, rules.get("bands"))
    tiers = [band.tier for band in bands]
    caps = _caps(read, rules.get("caps", []), tiers)
    probation = rules.get("probation") or {}
    if not isinstance(probation, Mapping):
        read.faults.append(_("probation: an object with months and tier is needed."))
        probation = {}
    months = read.whole(probation.get("months", 0), "probation.months", 0, 24)
    tier = str(probation.get("tier", "")) if months else ""
    if months and (not tier or len(tier) > 10):
        read.faults.append(_("probation: name the tier of new clients."))
    hold = read.whole(rules.get("hold_months", 1), "hold_months", 1, 12)
    if read.faults:
        raise RulesError(read.faults)
    return Rules(within, tuple(criteria), tuple(bands), tuple(caps), months, tier, hold)


def _criteria(read: _Reader, rules: Mapping[str, Any]) -> list[Criterion]:
    items = read.items(rules.get("criteria"), "criteria")
    if not items:
        read.faults.append(_("A scheme needs at least one criterion."))
    weights = _judged(read, rules["judgements"], len(items)) if rules.get("judgements") else None
    found: list[Criterion] = []
    for number, item in enumerate(items):
        name = str(item.get("measure", ""))
        where = _("Criterion %(n)d (%(name)s)") % {"n": number + 1, "name": name}
        if measures.find(name) is None:
            read.faults.append(
                _("%(where)s: there is no such measure. Known: %(names)s, attribute:NAME, fact:NAME.")
                % {"where": where, "names": ", ".join(sorted(measures.measures))}
            )
        if any(known.measure == name for known in found):
            read.faults.append(_("%(where)s: the measure stands twice.") % {"where": where})
        weight = weights[number] if weights else read.number(item.get("weight"), where, low=0, high=1)
        found.append(_criterion(read, item, name, weight, where))
    total = sum((criterion.weight for criterion in found), Decimal(0))
    if found and not read.faults and total != 1:
        read.faults.append(_("The weights add up to %(total)s, not to 1.") % {"total": total})
    return found


def _criterion(read: _Reader, item: Mapping[str, Any], name: str, weight: Decimal, where: str) -> Criterion:
    way = read.one_of(item.get("normalise", "percentile"), NORMALISATIONS, where)
    missing = read.one_of(item.get("missing", "zero"), MISSING, where)
    direction = read.one_of(item.get("direction", "high"), ("high", "low"), where)
    low = high = None
    steps: list[tuple[Decimal, Decimal]] = []
    if way == "linear":
        low, high = read.number(item.get("low"), f"{where} low"), read.number(item.get("high"), f"{where} high")
        if low == high:
            read.faults.append(_("%(where)s: low and high must differ.") % {"where": where})
    if way == "table":
        for step in read.items(item.get("table"), f"{where} table"):
            start = read.number(step.get("from"), f"{where} from")
            steps.append((start, read.number(step.get("points"), f"{where} points", low=0, high=1)))
        if not steps:
            read.faults.append(_("%(where)s: the table has no step.") % {"where": where})
        if len({start for start, _points in steps}) < len(steps):
            read.faults.append(_("%(where)s: two steps begin at the same value.") % {"where": where})
        steps.sort(reverse=True)
    return Criterion(name, weight, way, direction, low, high, tuple(steps), missing)


def _judged(read: _Reader, matrix: Any, size: int) -> list[Decimal] | None:
    """Weights from a judgement matrix, four places, the rest on the largest so that they add up to 1."""
    try:
        found = ahp.priorities(matrix)
    except (ahp.MatrixError, TypeError, ValueError) as error:
        read.faults.append(_("Judgements: %(error)s") % {"error": error})
        return None
    if len(found.weights) != size:
        read.faults.append(_("Judgements: one row for each criterion is needed."))
        return None
    if not found.consistent:
        read.faults.append(
            _("Judgements: they contradict each other (consistency ratio %(ratio).3f, below 0.10 is needed).")
            % {"ratio": found.consistency_ratio}
        )
        return None
    weights = [Decimal(str(weight)).quantize(PLACES) for weight in found.weights]
    weights[weights.index(max(weights))] += 1 - sum(weights)
    return weights


def _bands(read: _Reader, value: Any) -> list[Band]:
    faults = len(read.faults)
    items = read.items(value, "bands")
    if not items:
        read.faults.append(_("A scheme needs at least one band."))
        return []
    found: list[Band] = []
    for number, item in enumerate(items, start=1):
        tier = str(item.get("tier", "")).strip()
        where = _("Band %(n)d (%(tier)s)") % {"n": number, "tier": tier}
        if not tier or len(tier) > 10:
            read.faults.append(_("%(where)s: name its tier with at most 10 characters.") % {"where": where})
        if any(band.tier == tier for band in found):
            read.faults.append(_("%(where)s: the tier stands twice.") % {"where": where})
        if ("share" in item) == ("score" in item) or ("share" in item) != ("share" in items[0]):
            read.faults.append(_("%(where)s: bands have either all a share or all a score.") % {"where": where})
            continue
        if "share" in item:
            found.append(Band(tier, share=read.number(item["share"], where, low=0, high=1)))
        else:
            found.append(Band(tier, score=read.number(item["score"], where, low=0, high=100)))
    if len(read.faults) > faults:
        return found
    if found[0].share is not None:
        total = sum((band.share or Decimal(0) for band in found), Decimal(0))
        if total != 1:
            read.faults.append(_("The shares of the bands add up to %(total)s, not to 1.") % {"total": total})
        return found
    scores = [band.score or Decimal(0) for band in found]
    for band, higher, lower in zip(found[1:], scores, scores[1:], strict=False):
        if lower >= higher:
            read.faults.append(
                _("Band %(tier)s begins at %(score)s and overlaps the band above: begin lower.")
                % {"tier": band.tier, "score": lower}
            )
    if scores[-1] != 0:
        read.faults.append(_("The lowest band must begin at 0, so that every client has a tier."))
    return found


def _caps(read: _Reader, value: Any, tiers: list[str]) -> list[Cap]:
    found = []
    for number, item in enumerate(read.items(value, "caps"), start=1):
        where = _("Cap %(n)d") % {"n": number}
        name = str(item.get("field", ""))
        source, _colon, key = name.partition(":")
        if name != "credit_rating" and not (source == "attribute" and measures.NAME.fullmatch(key)):
            read.faults.append(
                _("%(where)s: “%(name)s” is not known. Choose credit_rating or attribute:NAME.")
                % {"where": where, "name": name}
            )
        values = item.get("values")
        if not isinstance(values, list) or not values:
            read.faults.append(_("%(where)s: list the values that it holds for.") % {"where": where})
            values = []
        tier = read.one_of(item.get("tier"), tiers or [""], where)
        found.append(Cap(name, tuple(str(one) for one in values), tier))
    return found

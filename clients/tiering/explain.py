"""Why a client has its tier, in words and figures."""

from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from clients.models import TierResult
from clients.tiering import measures
from clients.tiering.rules import Criterion, Rules, RulesError, parse
from crm.lib.templatetags.zoufang import percent, short_money, signed_percent


def explain(result: TierResult) -> list[dict[str, str]]:
    """Sentences {text, points} in the order of the rules, the verdict last; empty when the rules are unreadable."""
    try:
        rules = parse(result.scheme.rules)
    except RulesError:
        return []
    breakdown = result.breakdown or {}
    if breakdown.get("probation"):
        text = _("New client: tier %(tier)s in the first %(months)d months, not ranked yet.")
        return [{"text": text % {"tier": result.tier, "months": rules.probation_months}, "points": ""}]
    parts = breakdown.get("parts", {})
    lines = [
        _criterion(criterion, parts[criterion.measure]) for criterion in rules.criteria if criterion.measure in parts
    ]
    lines.append({"text": _verdict(result, rules), "points": f"{result.score:.1f}" if result.score is not None else ""})
    if capped := breakdown.get("capped"):
        text = _("The ranking alone would give %(tier)s; the credit rating or another limit caps it.")
        lines.append({"text": text % {"tier": capped}, "points": ""})
    if lower := breakdown.get("lower"):
        text = _("The rules put it at %(raw)s for the %(n)d. month in a row; it falls in the %(hold)d.")
        lines.append({"text": text % {"raw": breakdown["raw"], "n": lower, "hold": rules.hold_months}, "points": ""})
    return lines


def shown(measure: str, value: Any) -> str:
    """A measure's value with its unit."""
    found = measures.find(measure)
    if value is None:
        return _("not known")
    match found.unit if found else "":
        case "yuan":
            return short_money(value)
        case "share":
            return signed_percent(value)
        case "rate":
            return percent(value)
        case "months":
            return _("%(n)s months") % {"n": f"{Decimal(str(value)):.0f}"}
    return f"{Decimal(str(value)).normalize():f}"


def label_of(measure: str) -> str:
    """A measure's name in the reader's language."""
    found = measures.find(measure)
    return str(found.label) if found else measure


def _criterion(criterion: Criterion, part: list[Any]) -> dict[str, str]:
    value, points, weight = part
    values = {
        "label": label_of(criterion.measure),
        "value": shown(criterion.measure, value),
        "weight": percent(weight, 0),
    }
    if points is None:
        return {"text": _("%(label)s: not known, left out") % values, "points": ""}
    if value is None:
        text = _("%(label)s: not known, counts as %(share)s (weight %(weight)s)")
    elif criterion.normalise == "percentile":
        text = _("%(label)s %(value)s: at least as good as %(share)s of the clients (weight %(weight)s)")
    else:
        text = _("%(label)s %(value)s: %(share)s of full marks (weight %(weight)s)")
    score = Decimal(str(points)) * Decimal(str(weight)) * 100
    return {"text": text % {**values, "share": percent(points)}, "points": f"{score:.1f}"}


def _verdict(result: TierResult, rules: Rules) -> str:
    band = next((band for band in rules.bands if band.tier == (result.breakdown or {}).get("raw", result.tier)), None)
    values = {"score": f"{result.score:.1f}", "rank": result.rank, "ranked": result.ranked, "tier": result.tier}
    if band is None or not rules.by_share:
        return _("%(score)s of 100 points: tier %(tier)s") % values
    reached = Decimal(0)
    for each in rules.bands:
        reached += each.share or 0
        if each.tier == band.tier:
            break
    return _("%(score)s of 100 points, place %(rank)s of %(ranked)s: tier %(band)s reaches to the first %(share)s") % {
        **values,
        "band": band.tier,
        "share": percent(reached, 0),
    }


def in_words(rules: Rules) -> list[str]:
    """The scheme as sentences that HR would say."""
    lines = []
    for criterion in rules.criteria:
        values = {"label": label_of(criterion.measure), "weight": percent(criterion.weight, 0)}
        match criterion.normalise:
            case "linear":
                values |= {
                    "low": shown(criterion.measure, criterion.low),
                    "high": shown(criterion.measure, criterion.high),
                }
                text = _("%(label)s, weight %(weight)s: nothing at %(low)s, full marks at %(high)s, linear in between")
            case "table":
                steps = _("; ").join(
                    _("from %(start)s %(points)s")
                    % {"start": shown(criterion.measure, start), "points": percent(points, 0)}
                    for start, points in criterion.table
                )
                values["steps"] = steps
                text = _("%(label)s, weight %(weight)s: by steps: %(steps)s")
            case _:
                text = _("%(label)s, weight %(weight)s: by rank among comparable clients")
        lines.append(text % values)
    bands = _("; ").join(
        _("%(tier)s the next %(share)s") % {"tier": band.tier, "share": percent(band.share, 0)}
        if band.share is not None
        else _("%(tier)s from %(score)s points") % {"tier": band.tier, "score": f"{band.score:f}"}
        for band in rules.bands
    )
    lines.append(_("Best first: %(bands)s") % {"bands": bands} if rules.by_share else bands)
    for cap in rules.caps:
        name = _("Credit rating") if cap.field == "credit_rating" else label_of(cap.field)
        text = _("%(field)s %(values)s: never above %(tier)s")
        lines.append(text % {"field": name, "values": "/".join(cap.values), "tier": cap.tier})
    if rules.probation_months:
        text = _("Clients of less than %(n)d months are %(tier)s and not ranked")
        lines.append(text % {"n": rules.probation_months, "tier": rules.probation_tier})
    if rules.hold_months > 1:
        lines.append(_("A client moves down only after %(n)d bad months in a row") % {"n": rules.hold_months})
    return lines

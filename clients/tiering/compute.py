"""One statement that puts clients into tiers for a month."""

import datetime as dt
import json
from decimal import Decimal
from typing import Any

from django.conf import settings

from clients import facts
from clients.tiering import measures
from clients.tiering.rules import Cap, Criterion, Rules
from crm.lib import periods

# Six places keep shares of a million apart; what is stored of the score are four.
POINTS = "numeric(9, 6)"


def tier_sql(rules: Rules, *, is_whole: bool) -> str:
    """
    Query of client_id, tier, score, rank, ranked, earlier (tier of the month before, where it was ranked), breakdown
    for the clients of some units; bind ``tier_params``.

    ``is_whole``: these are all units of the organisation, so that every fact of it is wanted. A client's rank is by
    score, high first, ties by code; a band takes those whose rank ÷ number is at most the band's cumulative share,
    compared without division. Then come caps, and at last the hold: a client falls only in the ``hold_months``-th month
    in a row in which the rules put it lower. ``OFFSET 0`` keeps the steps apart: merged into one, what a step works out
    would be worked out again wherever it is named.
    """
    found = [measures.find(criterion.measure) for criterion in rules.criteria]
    used = [measure for measure in found if measure is not None]
    more = ", ".join(measure.more for measure in used if measure.more)
    joins = "\n".join(dict.fromkeys(measure.join for measure in used if measure.join))
    values = "".join(f",\n {measure.sql} AS v{n}" for n, measure in enumerate(used))
    points = "".join(f",\n {_points(criterion, n)} AS p{n}" for n, criterion in enumerate(rules.criteria))
    parts = ", ".join(
        f"%(part_{n})s, coalesce(v{n}::text, 'null'), ',', coalesce(p{n}::text, 'null'), %(weight_{n})s"
        for n in range(len(rules.criteria))
    )
    probation = "false"
    if rules.probation_months:
        probation = "coalesce(c.opened_on > %(probation_from)s, false)"
    text = " ".join(measure.sql for measure in used)
    columns = [name for name in facts.COLUMNS if f"s.{name}" in text]
    condition = "" if is_whole else "f.client_id IN (SELECT id FROM clients_client WHERE org_id = ANY(%(units)s))"
    return f"""
    WITH member AS (
        SELECT c.id, c.code, c.credit_rating, c.attributes, g.grp, {probation} AS is_new{values}
        FROM clients_client AS c
        JOIN unnest(%(units)s::bigint[], %(groups)s::bigint[]) AS g (unit, grp) ON g.unit = c.org_id
        LEFT JOIN ({facts.summary_sql(condition, more, columns)}) AS s
            ON s.client_id = c.id
        {joins}
        WHERE c.organisation_id = %(organisation)s AND c.is_active OFFSET 0
    ),
    judged AS (SELECT *{points} FROM member OFFSET 0),
    scored AS (SELECT *, {_score(rules)} AS score FROM judged OFFSET 0),
    ranked AS (
        SELECT *, CASE WHEN NOT is_new THEN
                      row_number() OVER (PARTITION BY grp, is_new ORDER BY score DESC, code COLLATE "C") END AS rank,
               CASE WHEN NOT is_new THEN count(*) OVER (PARTITION BY grp, is_new) END AS ranked
        FROM scored
    ),
    banded AS (SELECT *, CASE WHEN is_new THEN NULL ELSE {_band(rules)} END AS place FROM ranked OFFSET 0),
    capped AS (
        SELECT *, CASE WHEN place IS NOT NULL THEN greatest(place, {_cap(rules)}) END AS raw FROM banded OFFSET 0
    ),
    before AS (
        SELECT client_id, array_position(%(tiers)s, r.tier::text) - 1 AS tier,
               coalesce((r.breakdown ->> 'lower')::int, 0) AS lower
        FROM clients_tierresult AS r
        WHERE r.organisation_id = %(organisation)s AND r.month = %(before)s AND r.rank IS NOT NULL
    ),
    held AS (
        SELECT c.*, b.tier AS earlier,
               CASE WHEN c.raw > b.tier THEN b.lower + 1 ELSE 0 END AS lower
        FROM capped AS c LEFT JOIN before AS b ON b.client_id = c.id OFFSET 0
    ),
    settled AS (
        SELECT *, CASE WHEN is_new THEN %(probation_tier)s
                       WHEN lower > 0 AND lower < %(hold)s THEN (%(tiers)s)[greatest(earlier, {_cap(rules)}) + 1]
                       ELSE (%(tiers)s)[raw + 1] END AS tier
        FROM held
    )
    SELECT id AS client_id, tier, CASE WHEN NOT is_new THEN score END AS score, rank, ranked,
           (%(tiers)s)[earlier + 1] AS earlier,
           -- As text: put together by jsonb's own functions it takes twice as long. What is NULL is left out.
           concat(
               '{{"within":', grp, ',"parts":{{', {parts}, '}}', ',"raw":' || (%(quoted)s)[raw + 1],
               CASE WHEN is_new THEN ',"probation":true' END,
               CASE WHEN raw > place THEN ',"capped":' || (%(quoted)s)[place + 1] END,
               CASE WHEN lower > 0 AND lower < %(hold)s THEN ',"lower":' || lower END, '}}'
           )::jsonb AS breakdown
    FROM settled
    """


def tier_params(
    rules: Rules, organisation_id: int, month: dt.date, units: list[int], groups: list[int]
) -> dict[str, Any]:
    """Parameters of ``tier_sql``: ``units`` whose clients are judged, each with the group that it is ranked in."""
    end = periods.last_day(month)
    found: dict[str, Any] = {
        **facts.summary_params(organisation_id, month),
        "month_end": end,
        "m_12_end": periods.last_day(periods.add_months(month, -12)),
        "zone": settings.TIME_ZONE,
        "units": units,
        "groups": groups,
        "tiers": [band.tier for band in rules.bands],
        "quoted": [json.dumps(band.tier) for band in rules.bands],
        "before": periods.add_months(month, -1),
        "hold": rules.hold_months,
        "probation_tier": rules.probation_tier,
        "probation_from": periods.last_day(periods.add_months(month, -rules.probation_months)),
    }
    for n, criterion in enumerate(rules.criteria):
        found[f"part_{n}"] = f"{',' if n else ''}{json.dumps(criterion.measure)}:["
        found[f"weight_{n}"] = f",{criterion.weight:f}]"
    for n, cap in enumerate(rules.caps):
        found[f"cap_{n}"] = list(cap.values)
    return found


def _number(value: Decimal) -> str:
    """A decimal as SQL writes it."""
    return f"{value:f}::numeric"


def _points(criterion: Criterion, n: int) -> str:
    """0…1 of a criterion's value, NULL where there is none and it is to be skipped."""
    value = f"v{n}"
    if criterion.normalise == "percentile":
        # Share of the group with a value at most as good, so the best has 1.
        order = "" if criterion.direction == "high" else " DESC"
        points = f"cume_dist() OVER (PARTITION BY grp, is_new, {value} IS NULL ORDER BY {value}{order})"
    elif criterion.normalise == "linear":
        assert criterion.low is not None
        assert criterion.high is not None
        low, high = _number(criterion.low), _number(criterion.high)
        points = f"least(greatest(({value} - ({low})) / (({high}) - ({low})), 0), 1)"
    else:
        steps = " ".join(
            f"WHEN {value} >= {_number(start)} THEN {_number(points)}" for start, points in criterion.table
        )
        points = f"CASE {steps} ELSE 0 END"
    missing = {"zero": "0", "half": "0.5", "skip": "NULL"}[criterion.missing]
    return f"(CASE WHEN {value} IS NULL THEN {missing} ELSE {points} END)::{POINTS}"


def _score(rules: Rules) -> str:
    """0…100; the weight of what is skipped goes to the rest in proportion."""
    total = " + ".join(f"coalesce(p{n}, 0) * {_number(c.weight)}" for n, c in enumerate(rules.criteria))
    if not any(criterion.missing == "skip" for criterion in rules.criteria):
        return f"round(100 * ({total}), 4)"
    weight = " + ".join(
        f"CASE WHEN p{n} IS NULL THEN 0 ELSE {_number(c.weight)} END" for n, c in enumerate(rules.criteria)
    )
    return f"coalesce(round(100 * ({total}) / nullif({weight}, 0), 4), 0)"


def _band(rules: Rules) -> str:
    """Place of the band, 0 the highest."""
    steps, reached = [], Decimal(0)
    for place, band in enumerate(rules.bands):
        if band.share is not None:
            reached += band.share
            steps.append(f"WHEN rank <= {_number(reached)} * ranked THEN {place}")
        elif band.score is not None:
            steps.append(f"WHEN score >= {_number(band.score)} THEN {place}")
    return f"CASE {' '.join(steps)} END"


def _cap(rules: Rules) -> str:
    """Place of the highest tier that a client may have."""
    tiers = [band.tier for band in rules.bands]
    steps = [
        f"WHEN {_field(cap)} = ANY(%(cap_{n})s) THEN {tiers.index(cap.tier)}" for n, cap in _strictest(rules, tiers)
    ]
    return f"CASE {' '.join(steps)} ELSE 0 END" if steps else "0"


def _strictest(rules: Rules, tiers: list[str]) -> list[tuple[int, Cap]]:
    """The caps, the lowest tier first: of several that hold, the strictest counts."""
    return sorted(enumerate(rules.caps), key=lambda pair: -tiers.index(pair[1].tier))


def _field(cap: Cap) -> str:
    if cap.field == "credit_rating":
        return "credit_rating"
    return f"(attributes ->> '{cap.field.partition(':')[2]}')"

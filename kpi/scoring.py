"""Scores of a run: membership 0…1 of each indicator, weighted, out of 100; ranked within the comparison group.

μ = (x − low) / (high − low), clipped to 0…1, turned round where lower is better; P = 100 · Σ μᵢ·Qᵢ with Σ Qᵢ = 1
(fuzzy membership by linear interpolation between the laggards' and the leaders' level). Where both benchmarks are the
same the indicator is a mark to reach: 1 at or beyond it, else 0. Points are rounded half up to 4 places; the score is
their sum with bonus and penalty points (within the scheme's limit), in 0…100, rounded by the scheme's rule. All of it
is five statements, however many managers there are.
"""

import json
from typing import Any

from django.db import transaction

from crm.lib import periods, sql
from crm.lib.periods import Period
from kpi import changes, coverage
from kpi.coverage import COVERED
from kpi.models import Grade, Run
from kpi.schemes import Rules, parse

# Computed again, a card keeps its number, and what has not changed is not written: whoever has it open still finds it.
CARDS = f"""
    WITH judged AS (
        SELECT DISTINCT ON (p.user_id) p.user_id, p.unit_id, coalesce(g.id, u.organisation_id) AS group_id
        FROM (
            -- The last post of the period decides about unit, group and scheme.
            SELECT DISTINCT ON (p.user_id) p.user_id, p.unit_id
            FROM people_posting p JOIN people_orgunit u ON u.id = p.unit_id
            WHERE u.organisation_id = %(organisation)s AND p.role = %(scheme_role)s AND p.valid_from <= %(as_of)s
                AND (p.valid_to IS NULL OR p.valid_to >= %(start)s)
            ORDER BY p.user_id, p.valid_from DESC
        ) p
        JOIN people_orgunit u ON u.id = p.unit_id
        JOIN people_user x ON x.id = p.user_id
        LEFT JOIN people_orgunit g
            ON g.organisation_id = u.organisation_id AND g.level = %(group)s AND starts_with(u.path, g.path)
        WHERE {COVERED}
        ORDER BY p.user_id, g.path DESC
    ), gone AS (
        DELETE FROM kpi_scorecard
        WHERE run_id = %(run)s AND manager_id NOT IN (SELECT user_id FROM judged) RETURNING id
    ), lines_gone AS (
        -- An array, so that they are found card by card: those of all other runs would be read else.
        DELETE FROM kpi_scoreline WHERE id = ANY(ARRAY(
            SELECT l.id FROM kpi_scorecard c CROSS JOIN LATERAL (
                SELECT id, leaf FROM kpi_scoreline WHERE card_id = c.id OFFSET 0
            ) l
            WHERE c.run_id = %(run)s AND (l.leaf <> ALL(%(codes)s) OR c.id IN (SELECT id FROM gone))
        ))
    )
    INSERT INTO kpi_scorecard AS c
        (run_id, manager_id, org_id, group_id, score, adjustment, grade, rank, ranked, waiting)
    SELECT %(run)s, user_id, unit_id, group_id, NULL::numeric, 0, '', NULL::int, 0, 0 FROM judged
    ON CONFLICT (run_id, manager_id) DO UPDATE SET org_id = excluded.org_id, group_id = excluded.group_id
    WHERE (c.org_id, c.group_id) IS DISTINCT FROM (excluded.org_id, excluded.group_id)
"""

LINE = "position, metric, basis, value, numerator, denominator, low, high, median, membership, weight, points"
LINES = f"""
    WITH leaf AS (
        SELECT * FROM jsonb_to_recordset(%(leaves)s::jsonb) AS l (
            position smallint, leaf text, metric text, weight numeric, higher boolean, missing text,
            floor numeric, ceiling numeric, low_number numeric, low_share float8, low_of_last boolean,
            high_number numeric, high_share float8, high_of_last boolean
        )
    ), given AS (
        SELECT c.id AS card_id, c.group_id, leaf.*, v.value, v.numerator, v.denominator, b.value AS before
        FROM kpi_scorecard c
        CROSS JOIN leaf
        LEFT JOIN kpi_managervalue v ON v.organisation_id = %(organisation)s AND v.period = %(period)s
            AND v.metric = leaf.metric AND v.manager_id = c.manager_id
        LEFT JOIN kpi_managervalue b ON (leaf.low_of_last OR leaf.high_of_last)
            AND b.organisation_id = %(organisation)s AND b.period = %(previous)s
            AND b.metric = leaf.metric AND b.manager_id = c.manager_id
        WHERE c.run_id = %(run)s
    ), level AS (
        SELECT group_id, leaf,
               round((percentile_cont(0.5) WITHIN GROUP (ORDER BY value))::numeric, 6) AS median,
               round((percentile_cont(low_share) WITHIN GROUP (ORDER BY value))::numeric, 6) AS low,
               round((percentile_cont(high_share) WITHIN GROUP (ORDER BY value))::numeric, 6) AS high,
               round((percentile_cont(low_share) WITHIN GROUP (ORDER BY before))::numeric, 6) AS low_before,
               round((percentile_cont(high_share) WITHIN GROUP (ORDER BY before))::numeric, 6) AS high_before
        FROM given GROUP BY group_id, leaf, low_share, high_share
    ), marked AS (
        SELECT g.*, l.median,
               coalesce(g.low_number, CASE WHEN g.low_of_last THEN l.low_before END, l.low) AS low,
               coalesce(g.high_number, CASE WHEN g.high_of_last THEN l.high_before END, l.high) AS high,
               coalesce(g.value, CASE WHEN g.missing = 'median' THEN l.median END) AS x
        FROM given g JOIN level l USING (group_id, leaf)
    ), judged AS (
        -- greatest and least skip NULLs, so a missing value has to be led around them.
        SELECT *, CASE WHEN x IS NOT NULL THEN round(greatest(floor, least(ceiling, CASE
            WHEN high <= low THEN CASE WHEN higher THEN (x >= high)::int ELSE (x <= low)::int END
            WHEN higher THEN greatest(0, least(1, (x - low) / (high - low)))
            ELSE greatest(0, least(1, (high - x) / (high - low)))
        END)), 6) END AS membership
        FROM marked
    ), weighed AS (
        SELECT *, CASE WHEN membership IS NULL THEN 0 ELSE round(
            weight / sum(weight) FILTER (WHERE membership IS NOT NULL) OVER (PARTITION BY card_id), 8
        ) END AS share
        FROM judged
    )
    INSERT INTO kpi_scoreline (card_id, leaf, {LINE})
    SELECT n.* FROM (
        SELECT card_id, leaf, position, metric,
               CASE WHEN value IS NOT NULL THEN 'measured'
                    WHEN missing = 'wait' THEN 'wait'
                    WHEN membership IS NOT NULL THEN 'median'
                    ELSE 'spread' END AS basis,
               value, numerator, denominator, low, high, median, membership, share AS weight,
               round(coalesce(100 * membership * share, 0), 4) AS points
        FROM weighed
    ) n LEFT JOIN LATERAL (
        -- By the index, line by line: joined as a whole, those of all other runs would be read.
        SELECT {LINE} FROM kpi_scoreline WHERE card_id = n.card_id AND leaf = n.leaf OFFSET 0
    ) o ON true
    WHERE {sql.differs("n", "o", LINE)}
    ON CONFLICT (card_id, leaf) DO UPDATE SET {sql.excluded(LINE)}
"""

# Points that people gave, and those that a rule gives by itself where its limit is met.
EXTRA = f"""
    {changes.POINTS}
    UNION ALL
    SELECT v.manager_id, b.points, jsonb_build_object('points', b.points, 'rule', b.code, 'value', v.value)
    FROM jsonb_to_recordset(%(bonus)s::jsonb) AS b (
        code text, metric text, points numeric, at_least numeric, at_most numeric
    )
    JOIN kpi_managervalue v ON v.organisation_id = %(organisation)s AND v.period = %(period)s AND v.metric = b.metric
        AND (v.value >= b.at_least OR v.value <= b.at_most)
"""

CARD = "score, adjustment, bonus, given, grade, rank, ranked, waiting"
# Materialized: of cards that were just written the planner knows nothing, and would add up anew for each of them.
SCORES = f"""
    WITH added AS (
        SELECT c.id, c.group_id, count(*) FILTER (WHERE l.basis = 'wait') AS waiting,
               coalesce(max(a.points), 0) AS adjustment, coalesce(max(a.bonus::text), '[]')::jsonb AS bonus,
               coalesce(max(n.given), '') AS given,
               CASE WHEN count(l.membership) > 0 THEN
                   CASE WHEN %(down)s
                        THEN trunc(greatest(0, least(100, sum(l.points) + coalesce(max(a.points), 0))), %(places)s)
                        ELSE round(greatest(0, least(100, sum(l.points) + coalesce(max(a.points), 0))), %(places)s)
                   END
               END AS score
        FROM kpi_scorecard c JOIN kpi_scoreline l ON l.card_id = c.id
        LEFT JOIN (
            SELECT manager_id, greatest(-%(most)s, least(%(most)s, sum(points))) AS points,
                   jsonb_agg(entry ORDER BY points DESC, entry::text) AS bonus
            FROM ({EXTRA}) AS extra GROUP BY manager_id
        ) a ON a.manager_id = c.manager_id
        LEFT JOIN (
            SELECT manager_id, {changes.FINGERPRINT} AS given FROM kpi_managervalue
            WHERE organisation_id = %(organisation)s AND period = %(period)s AND metric = ANY(%(given)s)
            GROUP BY manager_id
        ) n ON n.manager_id = c.manager_id
        WHERE c.run_id = %(run)s GROUP BY c.id
    ), s AS MATERIALIZED (
        SELECT id, score, adjustment, bonus, given, waiting,
               CASE WHEN score IS NULL THEN '' WHEN score >= %(excellent)s THEN 'excellent'
                    WHEN score >= %(good)s THEN 'good' WHEN score >= %(fair)s THEN 'fair' ELSE 'fail' END AS grade,
               CASE WHEN score IS NOT NULL
                    THEN rank() OVER (PARTITION BY group_id ORDER BY score DESC NULLS LAST) END AS rank,
               count(score) OVER (PARTITION BY group_id) AS ranked
        FROM added
    )
    UPDATE kpi_scorecard c
    SET ({CARD}) = (s.score, s.adjustment, s.bonus, s.given, s.grade, s.rank, s.ranked, s.waiting)
    FROM s WHERE c.id = s.id AND {sql.differs("c", "s", CARD)}
"""

# People and units by their own names: two databases with the same facts give the same hash.
CONTENT = """
    SELECT u.username, o.code AS unit, g.code AS within, c.score, c.adjustment, c.bonus, c.grade, c.rank, c.ranked,
           c.waiting, l.leaf, l.basis, l.value, l.numerator, l.denominator, l.low, l.high, l.median, l.membership,
           l.weight, l.points
    FROM kpi_scorecard c
    JOIN people_user u ON u.id = c.manager_id
    JOIN people_orgunit o ON o.id = c.org_id
    JOIN people_orgunit g ON g.id = c.group_id
    LEFT JOIN kpi_scoreline l ON l.card_id = c.id
    WHERE c.run_id = %(run)s
"""


def score(run: Run, as_of: Any) -> None:
    """Bring the cards of an unpublished run up to the stored values; a run that is out is left alone."""
    with transaction.atomic():
        run = Run.objects.select_for_update().select_related("scheme").get(pk=run.pk)
        if run.state not in (Run.State.DRAFT, Run.State.COMPUTED):
            return
        write_cards(run, parse(run.scheme.rules), as_of)
        run.as_of, run.computed_at, run.state = as_of, periods.now(), Run.State.COMPUTED
        run.hash = content_hash(run)
        run.save(update_fields=["as_of", "computed_at", "state", "hash"])


def write_cards(run: Run, rules: Rules, as_of: Any) -> None:
    """Bring a run's cards and lines up to date."""
    period = Period.parse(run.period)
    params = {
        "run": run.pk,
        "organisation": run.organisation_id,
        "group": rules.group,
        "start": period.start,
        "as_of": as_of,
        "period": run.period,
        "previous": str(period.previous),
        "codes": [leaf.code for leaf in rules.leaves],
        "leaves": json.dumps([leaf.as_row() for leaf in rules.leaves], default=str),
        "down": rules.rounding_mode == "down",
        "places": rules.places,
        "most": rules.most_adjustment,
        "bonus": json.dumps([rule.as_row() for rule in rules.bonus if rule.metric]),
        "given": changes.given_codes(run, rules),
        **rules.grades,
        **coverage.params(run.scheme, period),
    }
    sql.execute(CARDS, params)
    sql.execute(LINES, params)
    sql.execute(SCORES, params)


def content_hash(run: Run) -> str:
    """Hash of what a run says, whatever the order or the ids of its rows."""
    return sql.rows_hash(CONTENT, {"run": run.pk})


def summary(runs: list[Run]) -> dict[str, Any]:
    """Number of cards, and of each grade, over some runs."""
    counted = sql.rows(
        "SELECT grade, count(*) AS n FROM kpi_scorecard WHERE run_id = ANY(%s) GROUP BY grade",
        [[run.pk for run in runs]],
    )
    found = {row["grade"]: row["n"] for row in counted}
    return {
        "scorecards": sum(found.values()),
        "grades": {grade: found.get(grade, 0) for grade in Grade.values},
    }

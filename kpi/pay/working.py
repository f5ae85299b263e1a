"""How a pay sheet is worked out, in a few statements however many people there are.

share  = days in post ÷ days of the month
base   = base × share;  grade pay = Σ over the month's grades of pay × days of the grade in post ÷ days of the month
bonus  = standard × factor × share, factor = score ÷ 100 or that of the result's grade; earned monthly
quarter: in its last month Σ bonus of the three months is due, deferred = that × the share kept back
released: in the release month Σ deferred of the calendar year before
piece  = rate × (value − from) ÷ step, within least…most
Each amount is rounded by the rule of the version (half up means away from zero); what is paid of a quarter is the
difference of two rounded amounts, so that nothing is lost between them.
"""

import json
from typing import Any

from crm.lib import periods, sql
from kpi import metrics
from kpi.metrics import Span
from kpi.models import PaySheet
from kpi.pay.rules import Pay, Piece, parse

# The card of each person that counts for a month: of the latest published version.
SCORED = """
    SELECT DISTINCT ON (c.manager_id) c.manager_id, c.id, c.score, c.grade
    FROM kpi_scorecard c JOIN kpi_run r ON r.id = c.run_id AND r.state IN ('published', 'locked')
    WHERE r.organisation_id = %(organisation)s AND r.period = %(period)s
    ORDER BY c.manager_id, r.version DESC, r.published_at DESC
"""

LINES = """
    {ctes}
    , present AS (
        SELECT manager_id, sum(last_day - first_day + 1) AS days FROM posted GROUP BY manager_id
    ), rung AS (
        SELECT c.manager_id, g.id, g.monthly_pay, c.valid_from,
               coalesce(lead(c.valid_from) OVER (PARTITION BY c.manager_id ORDER BY c.valid_from) - 1,
                        'infinity'::date) AS valid_to
        FROM kpi_gradechange c JOIN kpi_postgrade g ON g.id = c.grade_id
        WHERE c.organisation_id = %(organisation)s AND c.valid_from <= %(end)s
    ), graded AS (
        SELECT p.manager_id,
               sum(r.monthly_pay * (least(p.last_day, r.valid_to) - greatest(p.first_day, r.valid_from) + 1)) AS pay
        FROM posted p JOIN rung r ON r.manager_id = p.manager_id
            AND r.valid_from <= p.last_day AND r.valid_to >= p.first_day
        GROUP BY p.manager_id
    ), scored AS (
        {scored}
    ), final AS (
        SELECT s.* FROM kpi_paysheet s
        WHERE s.organisation_id = %(organisation)s AND s.state = 'final' AND NOT EXISTS (
            SELECT FROM kpi_paysheet later
            WHERE later.organisation_id = s.organisation_id AND later.period = s.period
                AND later.state = 'final' AND later.version > s.version
        )
    ), earned AS (
        SELECT l.manager_id, sum(l.bonus) AS bonus FROM kpi_payline l JOIN final s ON s.id = l.sheet_id
        WHERE s.period = ANY(%(quarter)s) GROUP BY l.manager_id
    ), kept AS (
        SELECT l.manager_id, sum(l.deferred) AS deferred FROM kpi_payline l JOIN final s ON s.id = l.sheet_id
        WHERE s.period = ANY(%(year_before)s) GROUP BY l.manager_id
    ), everybody AS (
        SELECT manager_id FROM present
        UNION SELECT manager_id FROM earned WHERE bonus <> 0
        UNION SELECT manager_id FROM kept WHERE deferred <> 0
    ), measured AS (
        SELECT e.manager_id, u.unit_id AS own_unit, coalesce(p.days, 0) AS days,
               coalesce(p.days, 0)::numeric / %(of_days)s AS share,
               r.id AS grade_id, coalesce(g.pay, 0) / %(of_days)s AS grade_pay, c.id AS card_id, c.score,
               coalesce(c.grade, '') AS result,
               CASE WHEN c.score IS NULL THEN NULL WHEN %(by_score)s THEN c.score / 100
                    ELSE (%(factors)s::jsonb ->> c.grade)::numeric END AS factor,
               coalesce(earned.bonus, 0) AS earned, coalesce(kept.deferred, 0) AS kept
        FROM everybody e
        JOIN people_user u ON u.id = e.manager_id
        LEFT JOIN present p USING (manager_id) LEFT JOIN graded g USING (manager_id)
        LEFT JOIN rung r ON r.manager_id = e.manager_id AND r.valid_to > %(end)s
        LEFT JOIN scored c ON c.manager_id = e.manager_id AND p.days > 0
        LEFT JOIN earned ON earned.manager_id = e.manager_id LEFT JOIN kept ON kept.manager_id = e.manager_id
    ), bonus AS (
        SELECT *, {round_share} AS base, {round_grade} AS grade_amount, {round_bonus} AS bonus FROM measured
    ), quarter AS (
        SELECT *, CASE WHEN %(ends_quarter)s THEN earned + bonus ELSE 0 END AS due FROM bonus
    ), whole AS (
        SELECT *, {round_deferred} AS deferred FROM quarter
    )
    INSERT INTO kpi_payline (sheet_id, manager_id, org_id, grade_id, card_id, days, of_days, score, result, factor,
                             base, grade_pay, bonus, quarter_bonus, deferred, released, pieces, total)
    SELECT %(sheet)s, w.manager_id, coalesce(x.unit_id, w.own_unit), w.grade_id, w.card_id, w.days, %(of_days)s,
           w.score, w.result, round(w.factor, 4), w.base, w.grade_amount, w.bonus, w.due, w.deferred, w.kept, 0,
           w.base + w.grade_amount + w.due - w.deferred + w.kept
    FROM whole w
    LEFT JOIN LATERAL (
        SELECT p.unit_id FROM people_posting p
        WHERE p.user_id = w.manager_id AND p.role = 'am' AND p.valid_from <= %(end)s
        ORDER BY p.valid_from DESC LIMIT 1
    ) x ON true
"""

ITEMS = """
    INSERT INTO kpi_payitem (line_id, position, metric, value, numerator, denominator, amount)
    SELECT l.id, %(position)s, %(metric)s, v.value, v.numerator, v.denominator,
           {amount}
    FROM ({values}) AS v JOIN kpi_payline l ON l.sheet_id = %(sheet)s AND l.manager_id = v.manager_id AND l.days > 0
    WHERE v.value IS NOT NULL
"""

TOTALS = """
    UPDATE kpi_payline l SET pieces = i.amount, total = l.total - l.pieces + i.amount
    FROM (SELECT line_id, sum(amount) AS amount FROM kpi_payitem GROUP BY line_id) i
    WHERE i.line_id = l.id AND l.sheet_id = %(sheet)s
"""

CONTENT = """
    SELECT u.username, g.code AS grade, l.days, l.score, l.base, l.grade_pay, l.bonus, l.quarter_bonus, l.deferred,
           l.released, l.pieces, l.total, i.metric, i.value, i.amount
    FROM kpi_payline l JOIN people_user u ON u.id = l.manager_id
    LEFT JOIN kpi_postgrade g ON g.id = l.grade_id LEFT JOIN kpi_payitem i ON i.line_id = l.id
    WHERE l.sheet_id = %(sheet)s
"""


def steps(sheet: PaySheet) -> list[list[str]]:
    """The steps that work a draft out, as a job keeps them."""
    pay = parse(sheet.rules.rules)
    return [["lines", ""], *(["piece", piece.metric] for piece in pay.pieces), ["totals", ""]]


def step(sheet: PaySheet, verb: str, metric: str) -> None:
    """Do one step; doing it again writes the same."""
    pay = parse(sheet.rules.rules)
    if verb == "lines":
        write_lines(sheet, pay)
    elif verb == "piece":
        write_piece(sheet, pay, next(piece for piece in pay.pieces if piece.metric == metric))
    else:
        sql.execute(TOTALS, {"sheet": sheet.pk})


def write_lines(sheet: PaySheet, pay: Pay) -> None:
    """Replace a draft's lines, still without piece items."""
    month = sheet.span.start
    sql.execute("DELETE FROM kpi_payitem WHERE line_id IN (SELECT id FROM kpi_payline WHERE sheet_id = %s)", [sheet.pk])
    sql.execute("DELETE FROM kpi_payline WHERE sheet_id = %s", [sheet.pk])
    params = {
        **Span.of(sheet.organisation, sheet.span).params,
        "sheet": sheet.pk,
        "of_days": (sheet.span.end - sheet.span.start).days + 1,
        "by_score": pay.by_score,
        "factors": json.dumps({grade: str(factor) for grade, factor in pay.factors.items()}),
        "base": pay.base,
        "standard": pay.standard,
        "deferral": pay.deferral,
        "places": pay.places,
        "ends_quarter": month.month % 3 == 0,
        "quarter": earlier_in_quarter(sheet.span),
        "year_before": year_before(sheet.span, pay),
    }
    query = LINES.format(
        ctes=Span.CTES,
        scored=SCORED,
        round_share=_rounded(pay, "%(base)s * share"),
        round_grade=_rounded(pay, "grade_pay"),
        round_bonus=_rounded(pay, "%(standard)s * coalesce(factor, 0) * share"),
        round_deferred=_rounded(pay, "%(deferral)s * due"),
    )
    sql.execute(query, params)


def write_piece(sheet: PaySheet, pay: Pay, piece: Piece) -> None:
    """Replace one piece item of every line, measured now."""
    metric = metrics.get(piece.metric)
    params = {
        **metric.params(Span.of(sheet.organisation, sheet.span)),
        "sheet": sheet.pk,
        "position": piece.position,
        "start_value": piece.start,
        "step": piece.step,
        "rate": piece.rate,
        "least": piece.least,
        "most": piece.most,
        "places": pay.places,
    }
    sql.execute(
        "DELETE FROM kpi_payitem WHERE position = %(position)s AND line_id IN "
        "(SELECT id FROM kpi_payline WHERE sheet_id = %(sheet)s)",
        params,
    )
    amount = "least(%(most)s, greatest(%(least)s, %(rate)s * (v.value - %(start_value)s) / %(step)s))"
    sql.execute(ITEMS.format(values=metric.values_sql, amount=_rounded(pay, amount)), params)


def _rounded(pay: Pay, amount: str) -> str:
    return f"{'trunc' if pay.mode == 'down' else 'round'}(({amount})::numeric, %(places)s)"


def superseded(sheet: PaySheet, limit: int) -> list[dict[str, Any]]:
    """Names of people in post whose line stands on another card than the latest published one, and of how many."""
    return sql.rows(
        f"""
        SELECT u.name, count(*) OVER () AS people
        FROM kpi_payline l JOIN people_user u ON u.id = l.manager_id
        LEFT JOIN ({SCORED}) s ON s.manager_id = l.manager_id
        WHERE l.sheet_id = %(sheet)s AND l.days > 0 AND l.card_id IS DISTINCT FROM s.id
        ORDER BY u.username LIMIT %(limit)s
        """,
        {"organisation": sheet.organisation_id, "period": sheet.period, "sheet": sheet.pk, "limit": limit},
    )


def earlier_in_quarter(span: periods.Period) -> list[str]:
    """The months whose bonus is paid with a quarter's last one; none for another month."""
    return [f"{periods.add_months(span.start, -back):%Y-%m}" for back in (2, 1)] if span.start.month % 3 == 0 else []


def year_before(span: periods.Period, pay: Pay) -> list[str]:
    """The months whose kept-back share is paid with the month of release; none for another month."""
    year = span.start.year - 1
    return [f"{year}-{number:02}" for number in range(1, 13)] if span.start.month == pay.release_month else []


def corrected_since(sheet: PaySheet) -> list[str]:
    """The earlier months that a sheet pays out of and that became final after it was worked out."""
    earlier = earlier_in_quarter(sheet.span) + year_before(sheet.span, parse(sheet.rules.rules))
    final = PaySheet.objects.filter(organisation=sheet.organisation_id, period__in=earlier, state=PaySheet.State.FINAL)
    return sorted(set(final.filter(final_at__gt=sheet.computed_at).values_list("period", flat=True)))


def content_hash(sheet: PaySheet) -> str:
    """Hash of what a sheet says, whatever the order of its rows."""
    return sql.rows_hash(CONTENT, {"sheet": sheet.pk})

"""A pay sheet as a workbook: a line a person, every part of the pay in a column, sums, and the rules."""

import io
import json
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from crm.lib import sql
from crm.lib.templatetags.zoufang import grade_name
from kpi.exports import new_book
from kpi.models import PaySheet
from kpi.pay.rules import Pay, parse

PARTS = ("base", "grade_pay", "bonus", "quarter_bonus", "deferred", "released")


def titles(pay: Pay) -> list[str]:
    """The columns of the sheet."""
    return [
        _("User name"), _("Account manager"), _("Unit"), _("Grade on the ladder"), _("Days in post"), _("Score"),
        _("Result"), _("Base pay"), _("Grade pay"), _("Bonus earned this month"), _("Bonus of the quarter"),
        _("Kept back"), _("Paid from last year"), *(piece.label for piece in pay.pieces), _("Total"),
    ]  # fmt: skip


def rows(sheet: PaySheet) -> list[dict[str, Any]]:
    """Every line with its piece items as an object, metric → amount: one statement."""
    return sql.rows(
        """
        SELECT u.username, u.name, o.name AS unit, coalesce(g.name, '') AS grade, l.days, l.score, l.result, l.base,
               l.grade_pay, l.bonus, l.quarter_bonus, l.deferred, l.released, l.total,
               (SELECT jsonb_object_agg(i.metric, i.amount::text) FROM kpi_payitem i WHERE i.line_id = l.id) AS items
        FROM kpi_payline l JOIN people_user u ON u.id = l.manager_id JOIN people_orgunit o ON o.id = l.org_id
        LEFT JOIN kpi_postgrade g ON g.id = l.grade_id
        WHERE l.sheet_id = %s ORDER BY o.path, u.username
        """,
        [sheet.pk],
    )


def workbook(sheet: PaySheet) -> bytes:
    """The sheet as XLSX."""
    pay = parse(sheet.rules.rules)
    buffer = io.BytesIO()
    book = new_book(buffer)
    head = book.add_format({"bold": True, "bg_color": "#E6F2F0", "border": 1, "text_wrap": True, "valign": "vcenter"})
    money = book.add_format({"num_format": "#,##0.00"})
    strong = book.add_format({"num_format": "#,##0.00", "bold": True, "top": 1})
    page = book.add_worksheet(_("Pay sheet"))
    header = titles(pay)
    for column, title in enumerate(header):
        page.write_string(0, column, title, head)
    page.set_row(0, 32)
    page.set_column(0, 3, 14)
    page.set_column(4, len(header) - 1, 12)
    page.freeze_panes(1, 2)
    sums = [Decimal(0)] * len(header)
    line = 0
    for line, row in enumerate(rows(sheet), start=1):
        items = json.loads(row["items"]) if isinstance(row["items"], str) else row["items"] or {}
        for column, key in enumerate(("username", "name", "unit", "grade")):
            page.write_string(line, column, row[key])
        page.write_number(line, 4, row["days"])
        if row["score"] is not None:
            page.write_number(line, 5, float(row["score"]), money)
        page.write_string(line, 6, grade_name(row["result"]))
        amounts = [row[part] for part in PARTS] + [Decimal(items.get(piece.metric, 0)) for piece in pay.pieces]
        for column, amount in enumerate([*amounts, row["total"]], start=7):
            page.write_number(line, column, float(amount), money)
            sums[column] += amount
    page.write_string(line + 1, 0, _("Sum"), strong)
    for column in range(7, len(header)):
        page.write_number(line + 1, column, float(sums[column]), strong)
    _rules_page(book.add_worksheet(_("Rules")), sheet, pay, head)
    book.close()
    return buffer.getvalue()


def _rules_page(page: Any, sheet: PaySheet, pay: Pay, head: Any) -> None:
    facts = [
        (_("Period"), sheet.period),
        (_("Version"), str(sheet.version)),
        (_("State"), str(sheet.get_state_display())),
        (_("Version of the pay rules"), str(sheet.rules.version)),
        (_("Base pay"), f"{pay.base:f}"),
        (_("Standard bonus a month"), f"{pay.standard:f}"),
        (_("The bonus follows"), _("the score") if pay.by_score else _("the grade")),
        *((grade_name(grade), f"{factor:f}") for grade, factor in pay.factors.items() if not pay.by_score),
        (_("Kept back of the quarter's bonus"), f"{pay.deferral * 100:f}%"),
        (_("Month of its payment"), str(pay.release_month)),
        (_("Rounding"), _("half up (away from zero)") if pay.mode == "half_up" else _("down (towards zero)")),
        (_("Places"), str(pay.places)),
        (_("Fingerprint"), sheet.hash),
    ]
    page.set_column(0, 0, 28)
    page.set_column(1, 6, 18)
    for line, (title, text) in enumerate(facts):
        page.write_string(line, 0, title, head)
        page.write_string(line, 1, text)
    first = len(facts) + 1
    columns = (_("Piece item"), pgettext("piece item", "From"), _("For each"), _("Yuan"), _("At least"), _("At most"))
    for column, title in enumerate(columns):
        page.write_string(first, column, title, head)
    for line, piece in enumerate(pay.pieces, start=first + 1):
        page.write_string(line, 0, piece.label)
        for column, amount in enumerate((piece.start, piece.step, piece.rate, piece.least, piece.most), start=1):
            page.write_number(line, column, float(amount))

"""Workbooks: a run with every indicator, and the template for imported values."""

import io
import json
from typing import Any

import xlsxwriter
from django.utils.translation import gettext as _

from crm.lib import sql
from kpi import metrics
from kpi.metrics.registry import PERCENT
from kpi.models import Run
from kpi.schemes import Leaf
from people.models import User

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def new_book(buffer: io.BytesIO) -> Any:
    """A workbook in memory."""
    # A text that begins with = stays a text: nothing that a person typed runs in a spreadsheet.
    return xlsxwriter.Workbook(buffer, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False})


def run_workbook(run: Run) -> bytes:
    """A run as XLSX: a sheet of scores with value and points of each indicator, and a sheet of the rules."""
    buffer = io.BytesIO()
    book = new_book(buffer)
    head = book.add_format({"bold": True, "bg_color": "#E6F2F0", "border": 1, "text_wrap": True, "valign": "vcenter"})
    formats = {
        "score": book.add_format({"num_format": "0.00"}),
        "percent": book.add_format({"num_format": "0.0%"}),
        "number": book.add_format({"num_format": "#,##0.##"}),
        "points": book.add_format({"num_format": "0.00"}),
    }
    leaves = run.rules.leaves
    _scores_sheet(book.add_worksheet(_("Scores")), run, leaves, head, formats)
    _rules_sheet(book.add_worksheet(_("Rules")), run, leaves, head)
    book.close()
    return buffer.getvalue()


def _scores_sheet(sheet: Any, run: Run, leaves: tuple[Leaf, ...], head: Any, formats: dict[str, Any]) -> None:
    fixed = [_("Rank"), _("Account manager"), _("User name"), _("Unit"), _("Group"), _("Score"), _("Grade"),
             _("Bonus and penalty points")]  # fmt: skip
    titles = [*fixed]
    for leaf in leaves:
        titles += [leaf.label, f"{leaf.label} · {_('Points')}"]
    for column, title in enumerate(titles):
        sheet.write_string(0, column, title, head)
    sheet.set_row(0, 32)
    sheet.set_column(0, 0, 6)
    sheet.set_column(1, 4, 16)
    sheet.set_column(5, len(titles) - 1, 12)
    sheet.freeze_panes(1, 2)
    units = [metrics.get(leaf.metric).unit for leaf in leaves]
    rows = _rows(run)
    for line, row in enumerate(rows, start=1):
        _number(sheet, line, 0, row["rank"], None)
        for column, key in enumerate(("name", "username", "unit", "within"), start=1):
            sheet.write_string(line, column, row[key])
        _number(sheet, line, 5, row["score"], formats["score"])
        sheet.write_string(line, 6, run.rules.grade_name(row["grade"]) if row["grade"] else "")
        _number(sheet, line, 7, row["adjustment"], formats["number"])
        values, points = json.loads(row["cells"] or "{}"), json.loads(row["points"] or "{}")
        for place, leaf in enumerate(leaves):
            shape = formats["percent" if units[place] == PERCENT else "number"]
            _number(sheet, line, 8 + 2 * place, values.get(leaf.code), shape)
            _number(sheet, line, 9 + 2 * place, points.get(leaf.code), formats["points"])
    sheet.autofilter(0, 0, max(1, len(rows)), len(titles) - 1)


def _number(sheet: Any, row: int, column: int, value: Any, shape: Any) -> None:
    if value is not None:
        sheet.write_number(row, column, float(value), shape)


def _rows(run: Run) -> list[dict[str, Any]]:
    """Every card with its lines as two objects, leaf code → value and → points: one statement."""
    return sql.rows(
        """
        SELECT c.rank, u.name, u.username, o.name AS unit, g.name AS within, c.score, c.grade, c.adjustment,
               jsonb_object_agg(l.leaf, l.value) FILTER (WHERE l.leaf IS NOT NULL) AS cells,
               jsonb_object_agg(l.leaf, l.points) FILTER (WHERE l.leaf IS NOT NULL) AS points
        FROM kpi_scorecard c
        JOIN people_user u ON u.id = c.manager_id JOIN people_orgunit o ON o.id = c.org_id
        JOIN people_orgunit g ON g.id = c.group_id LEFT JOIN kpi_scoreline l ON l.card_id = c.id
        WHERE c.run_id = %s
        GROUP BY c.id, u.id, o.id, g.id ORDER BY g.path, c.rank NULLS LAST, u.username
        """,
        [run.pk],
    )


def _rules_sheet(sheet: Any, run: Run, leaves: tuple[Leaf, ...], head: Any) -> None:
    for column, title in enumerate((_("Indicator"), _("Dimension"), _("Weight"), _("Formula"))):
        sheet.write_string(0, column, title, head)
    sheet.set_column(0, 1, 22)
    sheet.set_column(3, 3, 90)
    for line, leaf in enumerate(leaves, start=1):
        sheet.write_string(line, 0, leaf.label)
        sheet.write_string(line, 1, leaf.parent_label)
        sheet.write_number(line, 2, float(leaf.weight))
        sheet.write_string(line, 3, str(metrics.get(leaf.metric).formula))
    notes = [
        (_("Scheme"), str(run.scheme)),
        (_("Period"), run.period),
        (_("Version"), str(run.version)),
        (_("State"), str(run.get_state_display())),
        (_("Fingerprint"), run.hash),
    ]
    for line, (title, text) in enumerate(notes, start=len(leaves) + 3):
        sheet.write_string(line, 0, title)
        sheet.write_string(line, 1, text)


def import_template(people: list[User], codes: list[str]) -> bytes:
    """An XLSX to fill in: one row a person, one column an imported indicator."""
    buffer = io.BytesIO()
    book = new_book(buffer)
    sheet = book.add_worksheet(_("Values"))
    head = book.add_format({"bold": True, "bg_color": "#E6F2F0", "border": 1})
    titles = [_("User name"), _("Account manager"), *(str(metrics.get(code).label) for code in codes)]
    for column, title in enumerate(titles):
        sheet.write_string(0, column, title, head)
    for line, person in enumerate(people, start=1):
        sheet.write_string(line, 0, person.username)
        sheet.write_string(line, 1, person.name)
    sheet.set_column(0, len(titles) - 1, 18)
    sheet.freeze_panes(1, 2)
    book.close()
    return buffer.getvalue()

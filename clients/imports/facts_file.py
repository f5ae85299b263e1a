"""Monthly facts from a file."""

import datetime as dt
import json
from functools import cached_property
from typing import Any

from clients.imports import values
from clients.imports.staging import Staging
from clients.tiering import late
from crm.lib.sql import execute, rows

FIGURES = ("amount", "quantity")


class FactImport(Staging):
    """Rows (client code, month, figures). A figure that the file does not bring stays as it is."""

    _measure = staticmethod(values.number(14))

    def layout(self) -> list[tuple[str, str]]:
        return [
            ("code", "text"),
            ("month", "date"),
            ("amount", "numeric(16,2)"),
            ("quantity", "numeric(16,3)"),
            ("measures", "jsonb"),
        ]

    def finish(self, row: int, found: dict[str, Any], cells: list[str]) -> list[Any] | None:
        measures = {column.name: found[column.name] for column, _place in self._measures if column.name in found}
        for name, place in self.others:
            if cells[place].strip():
                try:
                    measures[name] = self._measure(cells[place])
                except values.Bad as bad:
                    self.problem(row, name, bad.reason, **bad.params)
                    return None
        amount, quantity = found.get("amount"), found.get("quantity")
        if amount is None and quantity is None and not measures:
            self.problem(row, "", "no_figures")
            return None
        for name, value in (("amount", amount), ("quantity", quantity)):
            if value is not None and value[0] == "-" and value.strip("-0."):
                self.problem(row, name, "negative", value=value)
        # As numbers, so that SQL adds them up; the parser has made sure that they are plain decimals.
        body = ", ".join(f"{json.dumps(name, ensure_ascii=False)}: {_json(value)}" for name, value in measures.items())
        return [found["code"], found["month"], amount, quantity, f"{{{body}}}" if measures else None]

    @cached_property
    def _measures(self) -> list[Any]:
        return [pair for pair in self.matched if pair[0].into == "measures"]

    def check(self) -> None:
        self.refuse_duplicates("code, month", "code")
        execute("DROP TABLE IF EXISTS pg_temp.import_fact")
        execute(
            """
            CREATE TEMP TABLE import_fact AS
            SELECT s.row, coalesce(c.merged_into_id, c.id) AS client_id, s.code, s.month, s.amount, s.quantity,
                   s.measures
            FROM import_stage AS s
            LEFT JOIN clients_client AS c ON c.organisation_id = %s AND c.code = s.code
            """,
            [self.organisation_id],
        )
        self._add_up_merged()
        found = rows("SELECT DISTINCT month FROM import_fact WHERE client_id IS NOT NULL ORDER BY month")
        self.months: list[dt.date] = [row["month"] for row in found]
        execute("CREATE INDEX ON import_fact (row)")
        execute("ANALYZE import_fact")
        self.refuse(
            """
            SELECT row, 'code' AS field, 'unknown_client' AS reason, jsonb_build_object('value', code) AS params
            FROM import_fact WHERE client_id IS NULL
            """
        )

    def _add_up_merged(self) -> None:
        """A client that took another in has two codes: what the file brings for both in a month is one figure."""
        execute(
            """
            WITH twice AS (
                SELECT min(f.row) AS row, f.client_id, f.month, sum(f.amount) AS amount, sum(f.quantity) AS quantity,
                       (SELECT jsonb_object_agg(key, total) FROM (
                            SELECT m.key, sum(m.value::text::numeric) AS total
                            FROM import_fact AS g, jsonb_each(g.measures) AS m
                            WHERE g.client_id = f.client_id AND g.month = f.month GROUP BY m.key) AS summed) AS measures
                FROM import_fact AS f
                WHERE f.client_id IN (
                    SELECT merged_into_id FROM clients_client
                    WHERE organisation_id = %s AND merged_into_id IS NOT NULL)
                GROUP BY f.client_id, f.month HAVING count(*) > 1
            ),
            gone AS (
                DELETE FROM import_fact AS f USING twice AS t
                WHERE f.client_id = t.client_id AND f.month = t.month AND f.row > t.row
            )
            UPDATE import_fact AS f SET amount = t.amount, quantity = t.quantity, measures = t.measures
            FROM twice AS t WHERE f.row = t.row
            """,
            [self.organisation_id],
        )

    def prepare(self) -> None:
        for month in self.months:
            execute("SELECT zf_ensure_month('clients_monthlyfact', %s)", [month])

    @property
    def grown(self) -> list[str]:
        """The partitions of its months: the other years' rows are as they were."""
        return [f"clients_monthlyfact_{month:%Y%m}" for month in self.months]

    def merge(self, first: int, last: int, *, write: bool) -> dict[str, int]:
        wanted = """
            SELECT s.client_id, s.month, s.amount, s.quantity, s.measures,
                   f.client_id IS NULL AS is_new,
                   f.client_id IS NOT NULL AND (
                       coalesce(s.amount, f.amount), coalesce(s.quantity, f.quantity),
                       coalesce(f.measures || s.measures, s.measures, f.measures)
                   ) IS DISTINCT FROM (f.amount, f.quantity, f.measures) AS differs
            FROM import_fact AS s
            LEFT JOIN clients_monthlyfact AS f
                ON f.client_id = s.client_id AND f.month = s.month
                AND f.month BETWEEN %(month_from)s AND %(month_to)s
            WHERE s.row BETWEEN %(row_from)s AND %(row_to)s AND s.client_id IS NOT NULL
        """
        params = self._range(first, last)
        counted = """
            SELECT count(*) FILTER (WHERE is_new) AS created, count(*) FILTER (WHERE differs) AS updated,
                   count(*) FILTER (WHERE NOT is_new AND NOT differs) AS unchanged
            FROM wanted
        """
        if not write:
            return rows(f"WITH wanted AS MATERIALIZED ({wanted}) {counted}", params)[0]
        return rows(
            f"""
            WITH wanted AS MATERIALIZED ({wanted}),
            written AS (
                INSERT INTO clients_monthlyfact AS f (client_id, month, organisation_id, amount, quantity, measures)
                SELECT client_id, month, %(organisation)s, coalesce(amount, 0), coalesce(quantity, 0), measures
                FROM wanted WHERE is_new
                ON CONFLICT (client_id, month) DO NOTHING
            ),
            changed AS (
                UPDATE clients_monthlyfact AS f
                SET amount = coalesce(w.amount, f.amount), quantity = coalesce(w.quantity, f.quantity),
                    measures = coalesce(f.measures || w.measures, w.measures, f.measures)
                FROM wanted AS w
                WHERE w.differs AND f.client_id = w.client_id AND f.month = w.month
                  AND f.month BETWEEN %(month_from)s AND %(month_to)s
            ),
            noted AS ({late.NOTE.format(wanted="wanted", condition=" AND (is_new OR differs)")})
            {counted}
            """,
            {**params, **late.note_params(self.organisation_id)},
        )[0]

    def _range(self, first: int, last: int) -> dict[str, Any]:
        """Rows, and the file's own span of months, so that the planner leaves the other partitions alone."""
        months = self.months or [dt.date.max]
        return {"row_from": first, "row_to": last, "month_from": months[0], "month_to": months[-1]}

    def hash_query(self, first: int, last: int) -> tuple[str, dict[str, Any]]:
        return (
            """
            SELECT s.code, f.month, f.amount, f.quantity, f.measures
            FROM import_fact AS s
            JOIN clients_monthlyfact AS f
                ON f.client_id = s.client_id AND f.month = s.month AND f.month BETWEEN %(month_from)s AND %(month_to)s
            WHERE s.row BETWEEN %(row_from)s AND %(row_to)s
            """,
            self._range(first, last),
        )


def _json(value: str) -> str:
    """A plain decimal as JSON writes it."""
    sign, digits = ("-", value[1:]) if value[0] == "-" else ("", value)
    whole, point, fraction = digits.partition(".")
    return f"{sign}{whole.lstrip('0') or '0'}{point and fraction and '.'}{fraction}"

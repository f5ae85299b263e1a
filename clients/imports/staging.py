"""A file's rows, checked and laid in temporary tables, from where they are merged set-based."""

import itertools
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from django.db import connection

from clients.imports.columns import Column
from clients.imports.problems import WARNINGS
from clients.imports.reading import Table
from clients.imports.values import Bad
from clients.models import Upload
from crm.lib.sql import copy_rows, execute, rows

COPY_ROWS = 50_000
MERGE_ROWS = 20_000


@dataclass
class Counts:
    """What becomes of a file's rows."""

    rows: int = 0
    created: int = 0
    updated: int = 0
    unchanged: int = 0
    rejected: int = 0
    warnings: int = 0

    def as_dict(self) -> dict[str, int]:
        """For JSON."""
        return dict(vars(self))


@dataclass
class Staging:
    """One upload being taken in. Subclasses name the columns, finish a row, check the whole and merge a range."""

    upload: Upload
    table: Table
    matched: list[tuple[Column, int]]
    others: list[tuple[str, int]]
    problems: list[tuple[int, str, str, dict[str, Any] | None]] = field(default_factory=list)
    total: int = 0
    last_row: int = 0

    @property
    def organisation_id(self) -> int:
        """The organisation that the rows go to."""
        return self.upload.organisation_id

    def has(self, name: str) -> bool:
        """Whether the file brings a field."""
        return any(column.name == name for column, _place in self.matched)

    # --- What a subclass says ---

    @property
    def grown(self) -> Sequence[str]:
        """Tables whose statistics many new rows make stale."""
        return ("clients_client", "clients_ownership")

    def layout(self) -> list[tuple[str, str]]:
        """Columns of the staging table after ``row``: (name, SQL type), in the order of ``finish``."""
        raise NotImplementedError

    def finish(self, row: int, found: dict[str, Any], cells: list[str]) -> list[Any] | None:
        """The staged values of a row whose cells are good; None when the row is refused after all."""
        raise NotImplementedError

    def check(self) -> None:
        """Set-based checks of all staged rows: refuse, warn."""

    def prepare(self) -> None:
        """What must be there before the first range is merged (units, partitions); inside a transaction."""

    def merge(self, first: int, last: int, *, write: bool) -> dict[str, int]:
        """Merge the staged rows of a range; created, updated, unchanged. Without ``write`` only count."""
        raise NotImplementedError

    def hash_query(self, first: int, last: int) -> tuple[str, tuple[Any, ...] | dict[str, Any]]:
        """A query of the target rows that a range of the file stands for, without ids."""
        raise NotImplementedError

    # --- Staging ---

    def stage(self) -> None:
        """Read the file into the temporary tables and check it."""
        layout = self.layout()
        with connection.cursor() as cursor:
            cursor.execute("DROP TABLE IF EXISTS pg_temp.import_stage, pg_temp.import_problem")
            columns = ", ".join(f"{name} {kind}" for name, kind in layout)
            cursor.execute(f"CREATE TEMP TABLE import_stage (row integer, {columns})")
            cursor.execute(
                "CREATE TEMP TABLE import_problem"
                " (row integer, field text, reason text, params jsonb, is_warning boolean)"
            )
        names = ["row", *(name for name, _kind in layout)]
        found = self._good_rows()
        while batch := list(itertools.islice(found, COPY_ROWS)):
            copy_rows("import_stage", names, batch)
            self._save_problems()
        execute("ANALYZE import_stage")
        self.check()
        self._save_problems()
        # A refused row is one line of the report, without its small faults beside it.
        execute(
            """
            DELETE FROM import_problem AS w USING import_problem AS r
            WHERE w.is_warning AND NOT r.is_warning AND r.row = w.row
            """
        )

    def _good_rows(self) -> Iterator[list[Any]]:
        width = len(self.table.header)
        # Months, units and kinds say the same thing in row after row.
        plan = [(column.name, place, lru_cache(1000)(column.parse), column.required) for column, place in self.matched]
        for row, cells in self.table.rows():
            self.total += 1
            self.last_row = row
            if len(cells) > width and any(map(str.strip, cells[width:])):
                self.problem(row, "", "too_many_cells")
                continue
            found: dict[str, Any] = {}
            good = True
            for name, place, parse, required in plan:
                cell = cells[place]
                if not cell or cell.isspace():
                    if required:
                        self.problem(row, name, "required")
                        good = False
                    continue
                try:
                    value = parse(cell)
                except Bad as bad:
                    self.problem(row, name, bad.reason, **bad.params)
                    good = good and bad.reason in WARNINGS
                else:
                    if value != "":
                        found[name] = value
                    elif required:
                        self.problem(row, name, "required")
                        good = False
            if good and (values := self.finish(row, found, cells)) is not None:
                yield [row, *values]

    def problem(self, row: int, name: str, reason: str, **params: Any) -> None:
        """Note a problem of a row."""
        self.problems.append((row, name, reason, params or None))

    def _save_problems(self) -> None:
        copy_rows(
            "import_problem",
            ["row", "field", "reason", "params", "is_warning"],
            (
                (row, name, reason, json.dumps(params, ensure_ascii=False) if params else None, reason in WARNINGS)
                for row, name, reason, params in self.problems
            ),
        )
        self.problems.clear()

    def refuse(self, query: str, params: tuple[Any, ...] = ()) -> None:
        """Refuse staged rows: ``query`` yields (row, field, reason, params)."""
        execute(
            f"""
            WITH refused AS ({query}),
                 noted AS (INSERT INTO import_problem SELECT row, field, reason, params, false FROM refused)
            DELETE FROM import_stage AS s USING refused WHERE s.row = refused.row
            """,
            params,
        )

    def warn(self, query: str, params: tuple[Any, ...] = ()) -> None:
        """Warn about staged rows: ``query`` yields (row, field, reason, params)."""
        execute(f"INSERT INTO import_problem SELECT row, field, reason, params, true FROM ({query}) AS w", params)

    def refuse_duplicates(self, key: str, shown: str) -> None:
        """Refuse rows whose key came before in the file."""
        self.refuse(
            f"""
            SELECT row, '{shown}' AS field, 'duplicate' AS reason, jsonb_build_object('first', first) AS params
            FROM (SELECT row, min(row) OVER (PARTITION BY {key}) AS first FROM import_stage
                  WHERE ({key}) IN (SELECT {key} FROM import_stage GROUP BY {key} HAVING count(*) > 1)) AS d
            WHERE row > first
            """
        )

    def ranges(self) -> list[list[int]]:
        """Bounded ranges of row numbers that cover the file."""
        return [[first, first + MERGE_ROWS - 1] for first in range(1, self.last_row + 1, MERGE_ROWS)]

    def tally(self) -> Counts:
        """Rows, refused rows and warnings; what is merged is counted by ``merge``."""
        found = rows(
            """
            SELECT count(DISTINCT row) FILTER (WHERE NOT is_warning) AS rejected,
                   count(*) FILTER (WHERE is_warning) AS warnings
            FROM import_problem
            """
        )[0]
        return Counts(rows=self.total, rejected=found["rejected"], warnings=found["warnings"])

    def save_report_rows(self) -> None:
        """Keep the problems with the upload; what an earlier run noted goes."""
        execute("DELETE FROM clients_uploadproblem WHERE upload_id = %s", [self.upload.pk])
        execute(
            """
            INSERT INTO clients_uploadproblem (upload_id, row, field, reason, params, is_warning)
            SELECT %s, row, field, reason, params, is_warning FROM import_problem ORDER BY row, is_warning
            """,
            [self.upload.pk],
        )

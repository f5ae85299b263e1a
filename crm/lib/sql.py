"""SQL helpers: sealing triggers, hashes of result rows, quick reads and bulk writes."""

import csv
import hashlib
import io
from collections.abc import Iterable, Sequence
from typing import Any

from django.db import connection, connections, migrations
from django.db.models import QuerySet

from crm.lib import replica

SEALED = "P0001"  # SQLSTATE of a refused change; the message begins with "sealed:"
COPY_CHUNK = 1 << 16  # characters made before PostgreSQL gets them


def install_seal_functions() -> migrations.RunSQL:
    """Migration operation: the trigger functions that every seal uses."""
    return migrations.RunSQL(
        """
        CREATE OR REPLACE FUNCTION zf_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            RAISE EXCEPTION 'sealed: % on % is refused', TG_OP, TG_TABLE_NAME;
        END $$;
        """,
        "DROP FUNCTION zf_refuse()",
    )


def seal(table: str, *, when: str = "", update_when: str = "") -> migrations.RunSQL:
    """Migration operation: ``table`` refuses UPDATE, DELETE and TRUNCATE.

    ``when`` limits UPDATE and DELETE to rows for which the condition over OLD holds (a published run, a verified
    visit); ``update_when`` narrows UPDATE alone further (e.g. a column that may still change).
    """
    condition = f"WHEN ({when})" if when else ""
    both = " AND ".join(f"({part})" for part in (when, update_when) if part)
    update_condition = f"WHEN ({both})" if both else ""
    return migrations.RunSQL(
        f"""
        CREATE TRIGGER {table}_sealed_update BEFORE UPDATE ON {table}
            FOR EACH ROW {update_condition} EXECUTE FUNCTION zf_refuse();
        CREATE TRIGGER {table}_sealed_delete BEFORE DELETE ON {table}
            FOR EACH ROW {condition} EXECUTE FUNCTION zf_refuse();
        CREATE TRIGGER {table}_sealed_truncate BEFORE TRUNCATE ON {table}
            FOR EACH STATEMENT EXECUTE FUNCTION zf_refuse();
        """,
        f"""
        DROP TRIGGER {table}_sealed_update ON {table};
        DROP TRIGGER {table}_sealed_delete ON {table};
        DROP TRIGGER {table}_sealed_truncate ON {table};
        """,
    )


def audited(*tables: str) -> migrations.RunSQL:
    """Migration operation: each change of a row of these tables leaves an audit event."""
    return migrations.RunSQL(
        "".join(
            f"CREATE TRIGGER {table}_audit AFTER INSERT OR UPDATE OR DELETE ON {table}"
            " FOR EACH ROW EXECUTE FUNCTION zf_audit();"
            for table in tables
        ),
        "".join(f"DROP TRIGGER {table}_audit ON {table};" for table in tables),
    )


def rows(query: str, params: Sequence[Any] | dict[str, Any] = ()) -> list[dict[str, Any]]:
    """The rows of a query as dictionaries."""
    with connections[replica.alias()].cursor() as cursor:
        cursor.execute(query, params)
        names = [column.name for column in cursor.description]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def named(queryset: QuerySet[Any], prefix: str) -> tuple[str, dict[str, Any]]:
    """A queryset's SELECT with named parameters (``%(prefix0)s`` …), to stand as a part of a statement."""
    query, params = queryset.order_by().query.sql_with_params()
    for number in range(len(params)):
        query = query.replace("%s", f"%({prefix}{number})s", 1)
    return query, {f"{prefix}{number}": value for number, value in enumerate(params)}


def differs(one: str, other: str, columns: str) -> str:
    """Condition that two rows are unlike in some columns (``"score, rank"``); a missing row is unlike."""
    names = columns.split(", ")
    left, right = (", ".join(f"{row}.{name}" for name in names) for row in (one, other))
    return f"({left}) IS DISTINCT FROM ({right})"


def excluded(columns: str) -> str:
    """What ``ON CONFLICT DO UPDATE SET`` takes over: ``score = excluded.score, …``."""
    return ", ".join(f"{name} = excluded.{name}" for name in columns.split(", "))


def execute(query: str, params: Sequence[Any] | dict[str, Any] = ()) -> int:
    """Run a statement; the number of rows that it touched."""
    with connection.cursor() as cursor:
        cursor.execute(query, params)
        return cursor.rowcount


def rows_hash(query: str, params: Sequence[Any] | dict[str, Any] = ()) -> str:
    """SHA-256 over the set of rows of a query, computed in the database, independent of row order.

    Two 64-bit hashes of each row, and the sums of both: they and the count identify the set. Rows are hashed as they
    are: to write numbers and JSON as text takes longer than all the rest. So each column's type must have a hash.
    """
    found = rows(
        f"""
        SELECT count(*) AS n, coalesce(sum(hash_record_extended(r, 0)), 0) AS head,
               coalesce(sum(hash_record_extended(r, 1)), 0) AS tail
        FROM ({query}) AS r
        """,
        params,
    )[0]
    return hashlib.sha256(f"{found['n']}:{found['head']}:{found['tail']}".encode()).hexdigest()


class _Lines:
    """A CSV file that is written as it is read: PostgreSQL stores the first rows while the next ones are made."""

    def __init__(self, values: Iterable[Sequence[Any]]):
        self.values, self.count = iter(values), 0
        self.error: BaseException | None = None

    def read(self, size: int) -> str:
        """Whole lines of at least ``size`` characters; none at the end."""
        buffer = io.StringIO()
        write = csv.writer(buffer).writerow
        try:
            while buffer.tell() < size and (row := next(self.values, None)) is not None:
                write(["\\N" if value is None else value for value in row])
                self.count += 1
        except BaseException as error:  # the driver would tell its text alone
            self.error = error
            raise
        return buffer.getvalue()


def copy_rows(table: str, columns: Sequence[str], values: Iterable[Sequence[Any]]) -> int:
    """COPY rows into a table (None is NULL); the number of rows. ``values`` may not ask the database for anything."""
    lines = _Lines(values)
    names = ", ".join(f'"{name}"' for name in columns)
    with connection.cursor() as cursor:
        try:
            cursor.copy_expert(f"COPY {table} ({names}) FROM STDIN WITH (FORMAT csv, NULL '\\N')", lines, COPY_CHUNK)
        except Exception:
            if lines.error:
                raise lines.error from None
            raise
    return lines.count


def analyze(*tables: str, grown: int | None = None) -> None:
    """Gather the planner's statistics of tables that were just filled in bulk.

    ``grown``: rows at most that each has got; where statistics know of four times as many, they are left to autovacuum.
    """
    few = "oid = ANY(%(tables)s::regclass[]) AND (%(grown)s::bigint IS NULL OR reltuples < %(grown)s * 4)"
    execute(
        f"SELECT zf_analyze(VARIADIC coalesce((SELECT array_agg(oid::regclass) FROM pg_class WHERE {few}), '{{}}'))",
        {"tables": list(tables), "grown": grown},
    )

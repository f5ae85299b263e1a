"""Tables without their indexes while they are filled: building one at the end beats keeping it at every row."""

from collections.abc import Iterable, Sequence

from crm.lib import sql

# Not primary keys, and nothing that a foreign key leans on.
INDEXES = """
    SELECT i.indrelid::regclass AS table, i.indexrelid::regclass AS name, c.conname AS constraint,
           pg_get_indexdef(i.indexrelid) AS index, pg_get_constraintdef(c.oid) AS rule
    FROM pg_index i LEFT JOIN pg_constraint c ON c.conindid = i.indexrelid AND c.contype IN ('u', 'x')
    WHERE i.indrelid = ANY(%s::regclass[]) AND NOT i.indisprimary
        AND NOT EXISTS (SELECT FROM pg_constraint f WHERE f.contype = 'f' AND f.conindid = i.indexrelid)
    ORDER BY i.indrelid, i.indexrelid
"""


def take_down(tables: Sequence[str]) -> list[str]:
    """Drop what only reading and checking needs; the statements that make it again."""
    again = []
    for found in sql.rows(INDEXES, [list(tables)]):
        if found["constraint"]:
            sql.execute(f'ALTER TABLE {found["table"]} DROP CONSTRAINT "{found["constraint"]}"')
            again.append(f'ALTER TABLE {found["table"]} ADD CONSTRAINT "{found["constraint"]}" {found["rule"]}')
        else:
            sql.execute(f"DROP INDEX {found['name']}")
            again.append(found["index"])
    return again


def put_back(statements: Iterable[str]) -> None:
    """Make it again."""
    for statement in statements:
        sql.execute(statement)

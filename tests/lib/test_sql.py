"""Bulk writing: rows go to PostgreSQL while they are made."""

from collections.abc import Iterator

import pytest
from django.db import connection, transaction

from crm.lib import sql

pytestmark = pytest.mark.django_db


@pytest.fixture
def table() -> str:
    sql.execute("CREATE TEMP TABLE told (number int, text text) ON COMMIT DROP")
    return "told"


def test_more_rows_than_a_chunk(table):
    texts = ["", None, 'a "quoted", text', "两\n行", "\\."]
    values = [(number, texts[number % len(texts)]) for number in range(20_000)]
    assert sql.copy_rows(table, ["number", "text"], iter(values)) == 20_000
    assert [tuple(row.values()) for row in sql.rows("SELECT number, text FROM told ORDER BY number")] == values


def test_no_rows_at_all(table):
    assert sql.copy_rows(table, ["number", "text"], []) == 0


def test_a_fault_among_the_rows_is_told_as_it_is_and_none_of_them_stays(table):
    def values() -> Iterator[tuple[int, str]]:
        yield from ((number, "x" * 100) for number in range(2_000))
        raise KeyError("no such town")

    with pytest.raises(KeyError, match="no such town"), transaction.atomic():
        sql.copy_rows(table, ["number", "text"], values())
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM told")
        assert cursor.fetchone() == (0,)


def test_a_fault_of_a_row_is_the_databases_own(table):
    with pytest.raises(Exception, match="invalid input syntax"), transaction.atomic():
        sql.copy_rows(table, ["number", "text"], [("a", "b")])

"""What was handed in and reviewed stays: neither the ORM nor SQL of the serving role can change it."""

import pytest
from django.db import DatabaseError, connection, transaction

from journals import services
from journals.models import JournalVersion, Review
from tests.journals.helpers import handed_in

pytestmark = pytest.mark.django_db

SQL = [
    "UPDATE journals_journalversion SET sections = '{}'",
    "UPDATE journals_journalversion SET submitted_at = now()",
    "DELETE FROM journals_journalversion",
    "TRUNCATE journals_journalversion CASCADE",
    "ALTER TABLE journals_journalversion DISABLE TRIGGER ALL",
    "DROP TRIGGER journals_journalversion_sealed_update ON journals_journalversion",
    "UPDATE journals_review SET mark = 5",
    "UPDATE journals_review SET evaluation = 'x' WHERE true",
    "DELETE FROM journals_review",
    "TRUNCATE journals_review",
    "ALTER TABLE journals_review DISABLE TRIGGER ALL",
    "SET session_replication_role = replica",
    "UPDATE journals_journal SET submitted_at = submitted_at - interval '1 day'",
    "UPDATE journals_journal SET due_at = due_at + interval '1 day'",
    "UPDATE journals_journal SET author_id = author_id + 1",
    "DELETE FROM journals_journal",
    "TRUNCATE journals_journal CASCADE",
]


def snapshot():
    with connection.cursor() as cursor:
        found = []
        for table in ("journals_journal", "journals_journalversion", "journals_review"):
            cursor.execute(f"SELECT md5(string_agg(t::text, '|' ORDER BY id)) FROM {table} t")
            found.append(cursor.fetchone()[0])
    return found


@pytest.fixture
def reviewed(world):
    journal = handed_in(world.am)
    services.review(journal, 1, world.supervisor, mark=3, evaluation="条理可以")
    return journal


@pytest.mark.parametrize("statement", SQL)
def test_sql_changes_nothing(reviewed, statement):
    before = snapshot()
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)
    assert snapshot() == before


@pytest.mark.parametrize("model", [JournalVersion, Review])
def test_the_orm_changes_nothing(reviewed, model):
    before = snapshot()
    row = model.objects.get()
    attempts = [
        lambda: model.objects.filter(pk=row.pk).update(
            **({"sections": {}} if model is JournalVersion else {"mark": 5})
        ),
        row.save,
        row.delete,
        lambda: model.objects.all().delete(),
    ]
    for attempt in attempts:
        with pytest.raises(DatabaseError), transaction.atomic():
            attempt()
    assert snapshot() == before


def test_the_serving_role_owns_none_of_the_tables(reviewed):
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_tables WHERE schemaname = 'public' AND tableowner = current_user")
        assert cursor.fetchone()[0] == 0

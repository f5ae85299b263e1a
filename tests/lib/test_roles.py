"""The serving role reads and writes rows, and cannot touch the schema or what guards it."""

import pytest
from django.conf import settings
from django.db import ProgrammingError, connection, transaction

from people.models import Level, OrgUnit
from people.services import create_unit

REFUSED = [
    "CREATE TABLE public.mine (n int)",
    "ALTER TABLE people_orgunit DISABLE TRIGGER ALL",
    "ALTER TABLE people_orgunit ADD COLUMN mine int",
    "DROP TABLE people_orgunit CASCADE",
    "TRUNCATE people_orgunit CASCADE",
    "SET session_replication_role = replica",
    "SET ROLE postgres",
    "ALTER ROLE CURRENT_USER SUPERUSER",
    "INSERT INTO django_migrations (app, name, applied) VALUES ('people', '9999_mine', now())",
]

pytestmark = pytest.mark.skipif(
    settings.DATABASE_OWNER["USER"] == settings.DATABASE_SERVING["USER"],
    reason="DATABASE_OWNER_URL names no role of its own",
)


def test_tests_run_as_the_serving_role_that_owns_nothing(db):
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_user, count(*) FROM pg_class WHERE pg_get_userbyid(relowner) = current_user")
        role, owned = cursor.fetchone()
        cursor.execute("SELECT rolsuper OR rolcreatedb OR rolcreaterole FROM pg_roles WHERE rolname = current_user")
        assert cursor.fetchone() == (False,)
    assert (role, owned) == (settings.DATABASE_SERVING["USER"], 0)


@pytest.mark.parametrize("statement", REFUSED)
def test_refused(db, statement):
    with pytest.raises(ProgrammingError) as refused, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)
    assert refused.value.__cause__.pgcode == "42501"  # insufficient_privilege


def test_rows_may_change(db):
    unit = create_unit(None, "ROLES", "Roles", Level.ORGANISATION)
    assert OrgUnit.objects.filter(pk=unit.pk).update(name="Changed") == 1


def test_no_function_asks_a_table_that_a_session_could_put_in_its_place(db):
    """A temporary table comes before all others, unless the function names the schema or fixes the path."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT f.proname FROM pg_proc f JOIN pg_language l ON l.oid = f.prolang, pg_class t
            WHERE f.pronamespace = 'public'::regnamespace AND l.lanname = 'plpgsql'
              AND NOT coalesce('search_path=public, pg_temp' = ANY(f.proconfig), false)
              AND t.relnamespace = 'public'::regnamespace AND t.relkind IN ('r', 'p')
              AND f.prosrc ~ ('\\y(FROM|JOIN|INTO|UPDATE)\\s+' || t.relname || '\\y')
            """
        )
        assert cursor.fetchall() == []

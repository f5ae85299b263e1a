"""Every sealed table of the assessment against every form of tampering that SQL knows, as the serving role."""

import datetime as dt

import pytest
from django.db import connection, transaction
from django.db.utils import DatabaseError

from crm.lib import jobs, periods, sql
from crm.lib.models import Job
from kpi import adjusting, honouring, services
from kpi.careers import ladder, terms
from kpi.coaching import services as coaching
from kpi.models import CoachingCase, GradeMove, PaySheet, ScoreLine
from kpi.pay import services as pay
from tests.kpi.helpers import computed_run, leaf, scheme, soft

pytestmark = pytest.mark.django_db
REFUSALS = r"sealed|permission denied|must be owner|must be superuser|violates|cannot|may not|not allowed|out of range"
SEALED = """
    SELECT DISTINCT c.relname AS name FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid
    WHERE t.tgname LIKE '%%sealed%%' AND c.relname LIKE 'kpi%%' ORDER BY 1
"""
COLUMNS = """
    SELECT a.attname AS name, format_type(a.atttypid, NULL) AS type FROM pg_attribute a
    WHERE a.attrelid = %s::regclass AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = ''
"""
# What a row may still learn after it is sealed, once: read, withdrawn, carried to its end.
STILL_OPEN = {
    "kpi_scorecard": {"acknowledged_at"},
    "kpi_coachingcase": {"state", "closed_at", "score_after", "period_after"},
}
OTHER = {
    "boolean": "NOT {0}",
    "jsonb": """'[{{"x": 1}}]'""",
    "date": "coalesce({0}, current_date) + 1",
    "timestamp with time zone": "coalesce({0}, now()) + interval '1 hour'",
}


def other(column):
    """An expression for another value than the column has."""
    kind = column["type"]
    if kind.startswith(("character", "text")):
        return f"left('x' || {column['name']}, 3)"
    return OTHER.get(kind, "coalesce({0}, 1) + 1").format(column["name"])


@pytest.fixture
def after_a_month(world):
    """Everything that a month seals: run, card, appeal, comment, honour, grade, term, coaching, pay sheet."""
    scheme(world.organisation, [leaf("soft:attitude", high="100")])
    rungs = ladder.install(world.organisation)
    for place, relation in enumerate(("own", "team", "other_team")):
        soft(world.managers[relation], 95 - 30 * place, world.supervisor)
        ladder.set_grade(world.managers[relation], rungs[1], dt.date(2026, 1, 5), "定级", world.hr)
    given = adjusting.adjust(world.am, "2026-10", 2, "帮带新人", world.supervisor)
    adjusting.withdraw(given, world.supervisor)
    run = services.publish(services.review(computed_run(world.organisation), world.hr), world.actors["admin"])
    card = run.scorecards.get(manager=world.am)
    services.acknowledge(card)
    services.comment(card, world.am, "已核对")
    appeal = services.appeal(ScoreLine.objects.get(card=card), world.am, "请复核")
    services.answer(appeal, world.hr, False, "数据无误")
    honouring.give(run, [one.key for one in honouring.proposals(run)], world.hr)
    move = GradeMove.objects.create(
        organisation=world.organisation, manager=world.am, period="2026-10", kind="promote", from_grade=rungs[1],
        to_grade=rungs[2], figures={},
    )  # fmt: skip
    ladder.decide(move, False, dt.date(2026, 11, 1), "再看一季", world.hr)
    term = terms.begin(world.am, dt.date(2025, 1, 1), dt.date(2026, 12, 31))
    terms.decide(term, "renew", 1, "表现稳定", world.hr)
    coaching.dismiss(CoachingCase.objects.filter(state="proposed").first(), "休假所致", world.supervisor)
    CoachingCase.objects.filter(state="proposed").delete()
    month = periods.Period.parse("2026-10")
    pay.request(world.organisation, month, world.hr)
    jobs.run(Job.objects.get(kind="pay_sheet").pk)
    pay.finalise(PaySheet.objects.get(), world.hr)
    return world


def contents(tables):
    return {name: sql.rows(f"SELECT t::text AS line FROM {name} t ORDER BY 1") for name in tables}


def attempts(name):
    """Statements against a table."""
    key = "id"
    yield f"DELETE FROM {name}"
    yield f"WITH gone AS (DELETE FROM {name} RETURNING *) SELECT count(*) FROM gone"
    yield f"TRUNCATE {name}"
    yield f"TRUNCATE {name} CASCADE"
    yield f"MERGE INTO {name} t USING {name} s ON t.{key} = s.{key} WHEN MATCHED THEN DELETE"
    yield f"ALTER TABLE {name} DISABLE TRIGGER ALL"
    yield f"ALTER TABLE {name} DISABLE TRIGGER USER"
    yield f"ALTER TABLE {name} RENAME TO gone"
    yield f"ALTER TABLE {name} OWNER TO CURRENT_USER"
    yield f"ALTER TABLE {name} ADD COLUMN x int"
    yield f"DROP TABLE {name} CASCADE"
    yield f"CREATE RULE quiet AS ON UPDATE TO {name} DO INSTEAD NOTHING"
    yield f"CREATE TRIGGER aaa BEFORE DELETE ON {name} FOR EACH ROW EXECUTE FUNCTION zf_refuse()"
    for row in sql.rows("SELECT tgname FROM pg_trigger WHERE tgrelid = %s::regclass AND NOT tgisinternal", [name]):
        yield f"DROP TRIGGER {row['tgname']} ON {name}"
        yield f"ALTER TRIGGER {row['tgname']} ON {name} RENAME TO x"
        yield f"UPDATE pg_trigger SET tgenabled = 'D' WHERE tgname = '{row['tgname']}'"
    for column in sql.rows(COLUMNS, [name]):
        if column["name"] not in STILL_OPEN.get(name, ()):
            yield f"UPDATE {name} SET {column['name']} = {other(column)}"


EVERYWHERE = (
    "SET session_replication_role = replica",
    "SET LOCAL session_replication_role = replica",
    "SELECT set_config('session_replication_role', 'replica', true)",
    "ALTER DATABASE {database} SET session_replication_role = replica",
    "ALTER ROLE CURRENT_USER SET session_replication_role = replica",
    "ALTER ROLE CURRENT_USER SUPERUSER",
    "SET ROLE {owner}",
    "SET SESSION AUTHORIZATION {owner}",
    "GRANT {owner} TO CURRENT_USER",
    "CREATE OR REPLACE FUNCTION zf_refuse() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN OLD; END'",
    "DROP FUNCTION zf_refuse() CASCADE",
    "ALTER FUNCTION zf_refuse() RENAME TO zf_allow",
    "DELETE FROM pg_trigger",
    "UPDATE pg_class SET relhastriggers = false WHERE relname = 'kpi_scorecard'",
    "DROP SCHEMA public CASCADE",
)


def tried(statement):
    """None when it was refused, else the statement."""
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)
    except DatabaseError as error:
        return None if any(word in str(error) for word in REFUSALS.split("|")) else f"{statement}: {error}"
    return statement


def test_every_table_against_every_form(after_a_month):
    tables = [row["name"] for row in sql.rows(SEALED)]
    assert len(tables) >= 17
    before = contents(tables)
    assert [name for name, rows in before.items() if not rows] == []  # each has something to lose
    owner = sql.rows("SELECT tableowner AS name FROM pg_tables WHERE tablename = 'kpi_run'")[0]["name"]
    names = {"owner": f'"{owner}"', "database": connection.ops.quote_name(connection.settings_dict["NAME"])}
    got_through = [tried(statement.format(**names)) for statement in EVERYWHERE]
    for name in tables:
        got_through += [tried(statement) for statement in attempts(name)]
    assert len(got_through) > 400
    assert [found for found in got_through if found] == []
    assert contents(tables) == before

"""The audit chain: written by the database, readable by few, alterable by nobody who serves."""

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, transaction
from django.test import Client as Browser

from crm.lib.audit import verify
from crm.lib.models import AuditEvent
from crm.lib.roles import as_owner
from people.models import User

pytestmark = pytest.mark.django_db


def test_a_change_is_recorded_with_the_acting_person(world):
    browser = Browser()
    browser.force_login(world.actors["admin"])
    values = {"name": "李明亮", "username": "am", "post_title": "高级客户经理"}
    browser.post(f"/staff/{world.am.pk}/edit/", values)
    event = AuditEvent.objects.filter(table="people_user", action="update").first()
    assert event.actor_id == world.actors["admin"].pk
    assert (event.before["name"], event.after["name"]) == ("李明", "李明亮")
    assert set(event.after) == {"name", "post_title"}
    assert event.organisation_id == world.organisation.pk


def test_the_actor_does_not_stick_to_the_connection(world):
    browser = Browser()
    browser.force_login(world.actors["admin"])
    browser.post(f"/staff/{world.am.pk}/switch/")
    User.objects.filter(pk=world.am.pk).update(name="无人")
    assert AuditEvent.objects.first().actor_id is None


def test_passwords_are_not_kept(world):
    world.am.set_password("Fuxian-2026-winter")
    world.am.save()
    event = AuditEvent.objects.first()
    assert event.after == {"password": "changed"}
    assert not AuditEvent.objects.filter(after__password__startswith="md5").exists()


def test_a_login_leaves_no_event(world):
    before = AuditEvent.objects.count()
    Browser().force_login(world.am)
    assert AuditEvent.objects.count() == before


def test_the_chain_is_whole_and_outlives_its_rows(world):
    verdict = verify()
    assert verdict.broken_at is None
    assert verdict.events == AuditEvent.objects.count() > 20


STATEMENTS = {
    "update": "UPDATE lib_auditevent SET actor_id = 1",
    "delete": "DELETE FROM lib_auditevent",
    "truncate": "TRUNCATE lib_auditevent",
    "insert": "INSERT INTO lib_auditevent (at, action, \"table\", \"row\", hash) VALUES (now(), 'x', 'x', 'x', 'x')",
    "trigger off": "ALTER TABLE lib_auditevent DISABLE TRIGGER ALL",
    "trigger off at the source": "ALTER TABLE people_user DISABLE TRIGGER people_user_audit",
    "replica": "SET session_replication_role = replica",
    "replace the function": (
        "CREATE OR REPLACE FUNCTION zf_refuse() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'"
    ),
    "a table of one's own that tells tales": (
        "CREATE TEMP TABLE people_user (id bigint);"
        "CREATE TRIGGER own AFTER INSERT ON pg_temp.people_user FOR EACH ROW EXECUTE FUNCTION public.zf_audit();"
        "INSERT INTO pg_temp.people_user VALUES (1)"
    ),
    "become owner": "SET ROLE postgres",
    "drop": "DROP TABLE lib_auditevent",
}


@pytest.mark.parametrize("statement", STATEMENTS.values(), ids=STATEMENTS)
def test_the_serving_role_can_alter_nothing(world, statement):
    before = verify()
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)
    assert verify() == before


@pytest.mark.parametrize("level", ["REPEATABLE READ", "SERIALIZABLE"])
def test_who_does_not_see_the_last_event_writes_none(level):
    """Its event would follow an old one: the chain would break, though nobody has altered anything."""
    other = connection.copy()
    try:
        with other.cursor() as cursor:
            cursor.execute(f"BEGIN ISOLATION LEVEL {level}")
            with pytest.raises(DatabaseError, match="INSERT on lib_auditevent is refused"):
                cursor.execute("INSERT INTO people_secondfactor VALUES (1, '', NULL, 0, '{}')")
    finally:
        other.close()


@pytest.mark.django_db(transaction=True)
def test_what_the_owner_alters_is_noticed(world):
    """A database administrator can do anything, but not unnoticed."""
    third = AuditEvent.objects.order_by("pk")[2]
    with as_owner(), connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        cursor.execute('UPDATE lib_auditevent SET after = after || \'{"name": "x"}\' WHERE id = %s', [third.pk])
    assert verify().broken_at == third.pk
    with pytest.raises(CommandError, match=str(third.pk)):
        call_command("verify_audit")


@pytest.mark.parametrize(("role", "count"), [("admin", True), ("hr", True)])
def test_the_page_shows_the_own_organisation_only(world, role, count):
    browser = Browser()
    browser.force_login(world.actors[role])
    page = browser.get("/audit/").content.decode()
    assert world.am.name in page
    assert world.managers["other_org"].name not in page

"""A migrated database, made once for each state of the migrations; every test process begins with a copy of it."""

import hashlib
from pathlib import Path

from django.apps import apps
from django.conf import settings
from django.db import connection

PREFIX = "zoufang_migrated_"
LOCK = 0x7A6F75  # any number that nothing else locks


def migrated_template() -> str:
    """The template's name. Called as the owner; test processes that start together wait for the one that makes it."""
    name = PREFIX + _digest()
    with connection._nodb_cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s)", [LOCK])
        cursor.execute("SELECT datname FROM pg_database WHERE starts_with(datname, %s)", [PREFIX])
        found = {row[0] for row in cursor.fetchall()}
        if name not in found:
            for outdated in found:
                cursor.execute(f'DROP DATABASE "{outdated}"')
            _make(PREFIX + "unfinished")
            cursor.execute(f'ALTER DATABASE "{PREFIX}unfinished" RENAME TO "{name}"')
    return name


def _make(name: str) -> None:
    usual, test = settings.DATABASES["default"]["NAME"], connection.settings_dict["TEST"]
    usual_test = test["NAME"]
    test["NAME"] = name
    try:
        connection.creation.create_test_db(verbosity=0, autoclobber=True, serialize=False)
        _leave_statistics_alone()
    finally:
        connection.close()
        test["NAME"] = usual_test
        settings.DATABASES["default"]["NAME"] = connection.settings_dict["NAME"] = usual


def _leave_statistics_alone() -> None:
    """No autovacuum: it would count only what is committed, nothing, and make the planner join rows one by one."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT format('ALTER TABLE %s SET (autovacuum_enabled = off)', oid::regclass) FROM pg_class"
            " WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'"
        )
        cursor.execute("; ".join(row[0] for row in cursor.fetchall()))


def _digest() -> str:
    """Of the migrations and of what they are written with; Django applies to the copy what this should miss."""
    ours = [Path(app.path) for app in apps.get_app_configs() if settings.BASE_DIR in Path(app.path).parents]
    files = [file for folder in ours for file in (folder / "migrations").glob("*.py")]
    files += [settings.BASE_DIR / "crm/lib/sql.py", settings.BASE_DIR / "crm/lib/roles.py", Path(__file__)]
    return hashlib.sha256(b"".join(file.read_bytes() for file in sorted(files))).hexdigest()[:16]

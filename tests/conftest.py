"""The suite on real services: PostgreSQL as the serving role, Redis with a prefix for each process, Celery."""

from collections.abc import Iterator

import pytest
import redis
from django.conf import settings
from django.db import connection
from django.test import TransactionTestCase
from pytest_django.live_server_helper import LiveServer

from crm.assets import collect_when_stale
from crm.lib.roles import as_owner
from tests.browser import browser, page, page_of, phone, playwright  # noqa: F401
from tests.databases import migrated_template
from tests.fixtures import *  # noqa: F403
from tests.workers import celery_worker  # noqa: F401


def pytest_sessionstart(session):
    if not hasattr(session.config, "workerinput"):  # once, not in each xdist worker
        collect_when_stale()


def pytest_collection_modifyitems(items):
    for item in items:
        if "playwright" in getattr(item, "fixturenames", ()):
            item.add_marker("browser")


# --- The database: made and dropped by its owner, used by the serving role --------------------------------------


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings, django_db_blocker):
    """Before the test database is made: become its owner, and have it copied instead of migrated anew."""
    connection.close()
    connection.settings_dict.update(settings.DATABASE_OWNER)
    with django_db_blocker.unblock():
        connection.settings_dict["TEST"]["TEMPLATE"] = migrated_template()


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup, django_db_blocker) -> Iterator[None]:
    """Between making and dropping: be the serving role, as in production."""
    with django_db_blocker.unblock():
        global tables_of_migrations
        tables_of_migrations = set(_filled_tables())
        with connection.cursor() as cursor:  # a test's commits need not survive a power cut
            cursor.execute(f'ALTER DATABASE "{connection.settings_dict["NAME"]}" SET synchronous_commit = off')
        connection.close()
        connection.settings_dict.update(settings.DATABASE_SERVING)
    yield
    with django_db_blocker.unblock():
        connection.close()
        connection.settings_dict.update(settings.DATABASE_OWNER)


tables_of_migrations: set[str] = set()


def _filled_tables() -> list[str]:
    """Tables with rows; a partition counts as its parent."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace"
            " AND relkind IN ('r', 'p') AND NOT relispartition"
        )
        names = [name for (name,) in cursor.fetchall()]
        cursor.execute(" UNION ALL ".join(f"(SELECT '{name}' FROM \"{name}\" LIMIT 1)" for name in names))
        return [name for (name,) in cursor.fetchall()]


def _empty_the_tables(case: TransactionTestCase) -> None:
    """After a test that commits: delete all rows but those of migrations, sealed or not, as only the owner can."""
    with as_owner(), connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")  # no triggers: neither seals nor foreign keys
        for name in set(_filled_tables()) - tables_of_migrations:
            cursor.execute(f'DELETE FROM "{name}"')


TransactionTestCase._fixture_teardown = _empty_the_tables


# --- Redis, the live server -------------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def redis_client() -> Iterator[redis.Redis]:
    """One connection for all tests."""
    with redis.Redis.from_url(settings.REDIS_URL) as client:
        yield client


@pytest.fixture(autouse=True)
def empty_redis(redis_client) -> None:
    """Queues, cache and signs of life of this test process start empty."""
    if keys := list(redis_client.scan_iter(f"{settings.REDIS_PREFIX}:*", count=1000)):
        redis_client.delete(*keys)


@pytest.fixture(scope="session")
def live_server() -> Iterator[LiveServer]:
    """pytest-django's, but static files come from WhiteNoise with hashed names, as in production."""
    server = LiveServer("localhost", start=False)
    server.thread.static_handler = lambda application: application
    server.start()
    yield server
    server.stop()

"""Databases of the benchmarks: one world for each scale, kept, and a copy of it that a run may change."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

RUN = "zoufang_bench"
UNFINISHED = "zoufang_world_unfinished"


def start_django(name: str) -> None:
    """Set Django up on a database of the usual server; to be called before anything of the product is imported."""
    os.environ["DATABASE_NAME"] = name
    os.environ.setdefault("REDIS_PREFIX", "zoufang-bench")
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "crm.settings")
    import django

    django.setup()


def world_name(scale: float) -> str:
    """Database of a scale: 0.02 → zoufang_world_0_02."""
    return "zoufang_world_" + f"{scale:g}".replace(".", "_")


@contextmanager
def _server() -> Iterator[Any]:
    """A cursor of the owner's, on no database in particular."""
    from django.db import connection

    from crm.lib.roles import as_owner

    with as_owner(), connection._nodb_cursor() as cursor:
        yield cursor


def exists(name: str) -> bool:
    """Whether the server has the database."""
    with _server() as cursor:
        cursor.execute("SELECT FROM pg_database WHERE datname = %s", [name])
        return bool(cursor.rowcount)


def drop(name: str) -> None:
    """Drop a database if it is there."""
    with _server() as cursor:
        cursor.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


def copy(source: str, name: str) -> None:
    """Make a database anew as a copy of another that nobody uses."""
    drop(name)
    with _server() as cursor:
        # Copying files beats writing every block to the log, and needs no more than a checkpoint.
        cursor.execute(f'CREATE DATABASE "{name}" TEMPLATE "{source}" STRATEGY file_copy')


def rename(name: str, new: str) -> None:
    """Give a database another name."""
    drop(new)
    with _server() as cursor:
        cursor.execute(f'ALTER DATABASE "{name}" RENAME TO "{new}"')


def migrated() -> str:
    """Name of an empty database with the schema of today, made once for each state of the migrations."""
    from crm.lib.roles import as_owner
    from tests.databases import migrated_template

    with as_owner():
        return migrated_template()

"""Fixtures of the whole suite that have to do with the product."""

import os
import pickle
from collections.abc import Iterator
from types import ModuleType
from unittest import TestCase

import hypothesis
import pytest
from django.db import transaction

from tests import world as worlds

COMMITTING = {"transactional_db", "live_server"}

# How long an example takes says nothing about it being right. CI draws the same ones for the same code.
hypothesis.settings.register_profile("zoufang", deadline=None, derandomize=bool(os.environ.get("CI")))
hypothesis.settings.load_profile("zoufang")


@pytest.fixture(scope="module")
def module_world(request, django_db_setup, django_db_blocker) -> Iterator[worlds.World | None]:
    """The world, built once for all tests of a module and rolled back after the last.

    None where a test of the module commits, or is a TestCase that builds the same for every example.
    """
    if any(map(_builds_its_own, (item for item in request.session.items if _module(item) is request.module))):
        yield None
        return
    with django_db_blocker.unblock(), transaction.atomic():
        yield worlds.build()
        transaction.set_rollback(True)


def _builds_its_own(item: pytest.Item) -> bool:
    marker = item.get_closest_marker("django_db")
    commits = bool(marker and marker.kwargs.get("transaction")) or not COMMITTING.isdisjoint(item.fixturenames)
    return commits or issubclass(getattr(item, "cls", None) or object, TestCase)


def _module(item: pytest.Item) -> ModuleType | None:
    return getattr(item, "module", None)


@pytest.fixture
def world(module_world, db) -> worlds.World:
    """Two organisations with people of every role and one client for each relation; a fresh copy for each test."""
    # A seventh of what deepcopy costs, and most tests of the suite ask for it.
    return pickle.loads(pickle.dumps(module_world)) if module_world else worlds.build()

"""Fixtures of the whole suite that have to do with the product."""

import copy
from collections.abc import Iterator

import hypothesis
import pytest
from django.db import transaction

from tests import world as worlds

# How long an example takes says nothing about it being right.
hypothesis.settings.register_profile("zoufang", deadline=None)
hypothesis.settings.load_profile("zoufang")


@pytest.fixture
def world(db):
    """Two organisations with people of every role and one client for each relation."""
    return worlds.build()


@pytest.fixture(scope="module")
def module_world(django_db_setup, django_db_blocker) -> Iterator[worlds.World]:
    """The world, built once for a module of many short tests; rolled back after the last of them."""
    with django_db_blocker.unblock(), transaction.atomic():
        yield worlds.build()
        transaction.set_rollback(True)


@pytest.fixture
def shared_world(module_world, db) -> worlds.World:
    """A fresh copy of the module's world; what a test writes is rolled back after it."""
    return copy.deepcopy(module_world)

"""Fixtures of the whole suite that have to do with the product."""

import pytest

from tests import world as worlds


@pytest.fixture
def world(db):
    """Two organisations with people of every role and one client for each relation."""
    return worlds.build()

"""Fixtures of the whole suite that have to do with the product."""

import hypothesis
import pytest

from tests import world as worlds

# How long an example takes says nothing about it being right.
hypothesis.settings.register_profile("zoufang", deadline=None)
hypothesis.settings.load_profile("zoufang")


@pytest.fixture
def world(db):
    """Two organisations with people of every role and one client for each relation."""
    return worlds.build()

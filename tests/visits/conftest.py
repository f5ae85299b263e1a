import pytest

from crm.lib import periods
from tests.visits.make import NOW


@pytest.fixture
def wednesday(monkeypatch):
    """It is 15:00 on Wednesday, 18 November 2026."""
    monkeypatch.setattr(periods, "now", lambda: NOW)
    return NOW

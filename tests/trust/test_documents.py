"""What the security pages point at exists."""

import re

import pytest
from django.conf import settings


@pytest.mark.parametrize("page", ["SECURITY.md", "docs/security/asvs.md"])
def test_every_test_and_file_that_is_named_exists(page):
    text = (settings.BASE_DIR / page).read_text()
    named = set(re.findall(r"`((?:tests|docs|crm|people)/[\w/.*]+)`", text))
    assert len(named) > 15
    assert [path for path in sorted(named) if not list(settings.BASE_DIR.glob(path))] == []


def test_every_requirement_is_held_or_explained():
    """No row of the table is empty, none stands twice, and the numbers are those of the standard."""
    text = (settings.BASE_DIR / "docs/security/asvs.md").read_text()
    rows = re.findall(r"^\| (\d+\.\d+\.\d+[^|]*) \| ([123, ]+) \| ([^|]+) \| (.+) \|$", text, re.MULTILINE)
    assert len(rows) > 180
    assert len({row[0] for row in rows}) == len(rows)
    assert all(held.strip() for _number, _level, _short, held in rows)

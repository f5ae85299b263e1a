"""Pages ask the database a fixed number of questions: as many as the committed baseline, whatever the rows.

``UPDATE_QUERY_COUNTS=1 pytest tests/test_query_counts.py`` writes the baseline anew.
"""

import json
import os
from importlib import import_module
from pathlib import Path

import pytest
from django.db import connection
from django.test import Client as Browser
from django.test.utils import CaptureQueriesContext

BASELINE = Path(__file__).with_name("query_counts.json")
PAGES_DIR = Path(__file__).parent / "pages"
# tests/pages/<package>.py: PAGES = {name: (role, address(world))}; begin(world), where a page needs some rows first;
# grow(world) makes many more of them.
PACKAGES = [import_module(f"tests.pages.{path.stem}") for path in sorted(PAGES_DIR.glob("[a-z]*.py"))]
PAGES = {name: page for package in PACKAGES for name, page in package.PAGES.items()}


class Counter:
    """Statements of a page; each page is asked once before, so that what outlives a request is there."""

    def __init__(self, world) -> None:
        self.world = world
        self.browsers: dict[str, Browser] = {}
        self.asked: set[str] = set()

    def count(self, name: str) -> int:
        role, address = PAGES[name]
        if role not in self.browsers:
            self.browsers[role] = Browser()
            self.browsers[role].force_login(self.world.actors[role])
        browser, url = self.browsers[role], address(self.world)
        if name not in self.asked:
            self.asked.add(name)
            browser.get(url)
        with CaptureQueriesContext(connection) as queries:
            answer = browser.get(url)
        assert answer.status_code == 200, (url, answer.status_code)
        return len(queries)


@pytest.mark.django_db
def test_counts_are_the_baseline_and_do_not_grow(world):
    for package in PACKAGES:
        getattr(package, "begin", lambda world: None)(world)
    counter = Counter(world)
    few = {name: counter.count(name) for name in PAGES}
    for package in PACKAGES:
        package.grow(world)
    many = {name: counter.count(name) for name in PAGES}
    assert many == few, "queries grow with the rows"
    if os.environ.get("UPDATE_QUERY_COUNTS"):
        BASELINE.write_text(json.dumps(few, indent=2, sort_keys=True, ensure_ascii=False) + "\n")
    assert few == json.loads(BASELINE.read_text())

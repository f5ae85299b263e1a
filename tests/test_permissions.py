"""Every URL × method × role × relation answers as the committed table says; a URL that no table names fails."""

from copy import copy
from http.cookies import SimpleCookie
from importlib import import_module
from pathlib import Path

import pytest
from django.test import Client as Browser
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from tests.matrix.table import PUBLIC, Row

TABLES = sorted(
    path.stem for path in (Path(__file__).parent / "matrix").glob("*.py") if path.stem not in {"__init__", "table"}
)
ROWS: list[Row] = [row for table in TABLES for row in import_module(f"tests.matrix.{table}").ROWS]


def url_names(patterns=None, namespace=""):
    for pattern in patterns if patterns is not None else get_resolver().url_patterns:
        if isinstance(pattern, URLResolver):
            inner = f"{namespace}{pattern.namespace}:" if pattern.namespace else namespace
            yield from url_names(pattern.url_patterns, inner)
        elif isinstance(pattern, URLPattern):
            yield f"{namespace}{pattern.name}"


def address(row: Row, world, relation: str) -> str:
    return reverse(row.url, kwargs=row.kwargs(world, relation) if row.kwargs else None) + row.query


@pytest.fixture(scope="module")
def cookies(module_world) -> dict[str, SimpleCookie]:
    """Of each role, signed in once: logging in anew for every case was a third of the work."""
    found = {}
    for role, person in module_world.actors.items():
        browser = Browser()
        browser.force_login(person)
        found[role] = browser.cookies
    return found


def ask(row: Row, world, cookies: SimpleCookie, relation: str) -> int:
    browser = Browser()
    browser.cookies = copy(cookies)  # a test may log out
    data = row.data(world, relation) if row.data else {}
    url = address(row, world, relation)
    return (browser.post(url, data) if row.method == "POST" else browser.get(url, data)).status_code


def test_every_url_is_in_the_table():
    assert set(url_names()) == {row.url for row in ROWS} | set(PUBLIC)


def test_no_row_twice():
    keys = [(row.url, row.method, row.query, row.data) for row in ROWS]
    assert len(keys) == len(set(keys))


@pytest.mark.django_db
@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row.method}-{row.url}{row.query}")
def test_answers(shared_world, cookies, row):
    world = shared_world
    got, expected = {}, {}
    for role, relation, status in row.cases():
        expected[role, relation] = status
        got[role, relation] = ask(row, world, cookies[role], relation)
    assert got == expected


@pytest.mark.django_db
@pytest.mark.parametrize("url", sorted({row.url for row in ROWS}))
def test_other_methods_are_refused(shared_world, cookies, url):
    """What the table does not list (GET or POST of a URL) answers 405: nothing is open unnoticed."""
    rows = [row for row in ROWS if row.url == url]
    for method in {"GET", "POST"} - {row.method for row in rows}:
        probe = Row(url, {}, method=method, kwargs=rows[0].kwargs)
        for role in ("am", "supervisor", "hr"):
            assert ask(probe, shared_world, cookies[role], "own") in (405, 403), (url, method, role)


@pytest.mark.django_db
@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row.method}-{row.url}{row.query}")
def test_strangers_are_sent_to_the_login(shared_world, row):
    url = address(row, shared_world, "own")
    answer = Browser().post(url) if row.method == "POST" else Browser().get(url)
    assert answer.status_code == 302, url
    assert answer.headers["Location"].startswith(reverse("people:login")), url

"""Every URL × method × role × relation answers as the committed table says; a URL that no table names fails."""

from operator import attrgetter

import pytest
from django.test import Client as Browser
from django.urls import reverse

from tests.matrix.ask import ROWS, Answer, address, ask, cookies_of, judged, url_names, words_of
from tests.matrix.table import PUBLIC, Row
from tests.shares import some

NAME = attrgetter("name")
GONE = 2_000_000_000  # no row has this id: what has been deleted


@pytest.fixture(scope="module")
def cookies(module_world):
    return cookies_of(module_world)


def test_every_url_is_in_the_table():
    assert set(url_names()) == {row.url for row in ROWS} | set(PUBLIC)


def test_no_row_twice():
    keys = [(row.url, row.method, row.query, row.data) for row in ROWS]
    assert len(keys) == len(set(keys))


@pytest.mark.django_db
@pytest.mark.parametrize("row", some(ROWS, 50, NAME), ids=NAME)
def test_answers(world, cookies, row):
    """The status of every case, and no word of those beyond the role's sight in any page."""
    words = words_of(world)
    got, expected = {}, {}
    addresses: dict[str, str] = {}
    for role, relation, status in row.cases():
        url = addresses[relation] = addresses.get(relation) or address(row, world, relation)
        response = ask(row, world, cookies[role], relation, url)
        expected[role, relation] = Answer(status)
        got[role, relation] = judged(row, role, relation, response, words)
        if row.method != "GET" and response.status_code not in (403, 404):
            addresses.clear()  # what is done is done: the next case needs a row of its own
    assert got == expected


@pytest.mark.django_db
@pytest.mark.parametrize("url", sorted({row.url for row in ROWS}))
def test_other_methods_are_refused(world, cookies, url):
    """What the table does not list answers 405: nothing is open unnoticed."""
    rows = [row for row in ROWS if row.url == url]
    listed, own = {row.method for row in rows}, address(rows[0], world, "own")
    for method in {"GET", "POST", "PUT", "PATCH", "DELETE"} - listed:
        roles = ("am", "supervisor", "hr") if method in ("GET", "POST") else ("admin",)
        probe = Row(url, {}, method=method, kwargs=rows[0].kwargs)
        for role in roles:
            status = ask(probe, world, cookies[role], "own", own).status_code
            assert status in (405, 403), (url, method, role, status)
            if status == 405:
                break  # whoever asks: a method is refused before or after the role is, the same for all


@pytest.mark.django_db
@pytest.mark.parametrize("row", [row for row in ROWS if row.kwargs], ids=NAME)
def test_what_is_deleted_is_not_found(world, cookies, row):
    """404 for a row that is no more, as for one out of sight; 403 where the role may not use the page at all."""
    kwargs = row.kwargs(world, "own")
    gone = {name: GONE if name == "pk" else value for name, value in kwargs.items()}
    if gone == kwargs or not isinstance(kwargs["pk"], int):
        pytest.skip("the address names no row by number")
    probe = Row(row.url, {}, row.method, lambda world, relation: gone, row.data, row.query)
    expected = {role: 403 if set(_all(row, role)) == {403} else 404 for role in row.expect}
    assert {role: ask(probe, world, cookies[role], "own").status_code for role in expected} == expected


def _all(row: Row, role: str) -> list[int]:
    return [status for found, _relation, status in row.cases() if found == role]


@pytest.mark.django_db
@pytest.mark.parametrize("row", ROWS, ids=NAME)
def test_strangers_are_sent_to_the_login(world, row):
    url = address(row, world, "own")
    answer = Browser().post(url) if row.method == "POST" else Browser().get(url)
    assert answer.status_code == 302, url
    assert answer.headers["Location"].startswith(reverse("people:login")), url

"""Asks what the permission table asks: a row, a role, a relation; the status, and whose words stand in the page."""

from collections.abc import Iterable
from copy import copy
from dataclasses import dataclass
from http.cookies import SimpleCookie
from importlib import import_module
from pathlib import Path
from typing import Any

from django.test import Client as Browser
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from tests.matrix.table import SHOWS, Row
from tests.world import RELATIONS, World

HELPERS = {"__init__", "table", "ask"}
TABLES = sorted(path.stem for path in Path(__file__).parent.glob("*.py") if path.stem not in HELPERS)
ROWS: list[Row] = [row for table in TABLES for row in import_module(f"tests.matrix.{table}").ROWS]
# Relations beyond each role's sight: their clients, managers and units appear in none of its pages.
BEYOND = {
    "am": ("team", "other_team", "other_org"),
    "supervisor": ("other_team", "other_org"),
    "back_office": ("other_team", "other_org"),
    "hr": ("other_org",),
    "admin": ("other_org",),
}


@dataclass(frozen=True)
class Answer:
    """What came back: the status, and the relations beyond the role's sight whose words the page says."""

    status: int
    leaks: tuple[str, ...] = ()


def url_names(patterns: Any = None, namespace: str = "") -> Iterable[str]:
    """The name of every URL that the site knows."""
    for pattern in patterns if patterns is not None else get_resolver().url_patterns:
        if isinstance(pattern, URLResolver):
            inner = f"{namespace}{pattern.namespace}:" if pattern.namespace else namespace
            yield from url_names(pattern.url_patterns, inner)
        elif isinstance(pattern, URLPattern):
            yield f"{namespace}{pattern.name}"


def address(row: Row, world: World, relation: str) -> str:
    """The URL of a row's case."""
    return reverse(row.url, kwargs=row.kwargs(world, relation) if row.kwargs else None) + row.query


def cookies_of(world: World) -> dict[str, SimpleCookie]:
    """Of each role, signed in once: logging in anew for every case was a third of the work."""
    found = {}
    for role, person in world.actors.items():
        browser = Browser()
        browser.force_login(person)
        found[role] = browser.cookies
    return found


def ask(row: Row, world: World, cookies: SimpleCookie, relation: str, url: str = "") -> Any:
    """The response to a row's case; at an address made before, where there is one."""
    browser = Browser()
    browser.cookies = copy(cookies)  # a test may log out
    url = url or address(row, world, relation)
    data = row.data(world, relation) if row.data else {}
    return getattr(browser, row.method.lower())(url, data)


def words_of(world: World) -> dict[str, tuple[str, ...]]:
    """Words that give each relation away: names of its client, manager and unit."""
    return {
        relation: (world.clients[relation].name, world.managers[relation].name, world.units[relation].name)
        for relation in world.clients
    }


def judged(row: Row, role: str, relation: str, response: Any, words: dict[str, tuple[str, ...]]) -> Answer:
    """The response's status and leaks; what a page SHOWS by design is none, nor are words of the row asked for."""
    body = b"".join(response.streaming_content) if response.streaming else response.content
    text = body.decode(errors="replace")
    beyond = set(BEYOND[role]) - set(SHOWS.get(row.url, {}).get(role, ())) - ({relation} if row.kwargs else set())
    return Answer(response.status_code, tuple(sorted(each for each in beyond if any(w in text for w in words[each]))))


def furnish(world: World) -> None:
    """Every row that any case needs, of all relations, so that lists have what they must not show."""
    for builder in {row.kwargs: None for row in ROWS if row.kwargs}:
        for relation in RELATIONS:
            builder(world, relation)

"""A furnished world in which to probe, and probes: small questions whose answers show whether a guard stands.

The rows of each relation are laid one relation after the other, so that a page can be read before and after the rows
of others are there: what it says may not change by rows beyond the reader's sight.
"""

import hashlib
import inspect
import io
import re
import zipfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from copy import copy
from dataclasses import astuple, dataclass, field, replace
from functools import cache
from http.cookies import SimpleCookie
from typing import Any
from unittest import mock

from django.apps import apps
from django.db import connection, models, transaction
from django.test import Client as Browser
from django.urls import Resolver404, get_resolver, resolve
from django.utils import timezone

from crm.api import tokens
from tests.matrix.ask import ROWS, address, cookies_of, judged, words_of
from tests.matrix.table import Row
from tests.trust.guards import SCOPES
from tests.trust.more import more, vary
from tests.world import World

# What differs from answer to answer without saying anything.
NOISE = re.compile(
    r'(csrfmiddlewaretoken" value|nonce|csrf-token" content)="[\w=+/-]+'
    r"|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"
)
Rows = dict[str, set[Any]]


@dataclass
class Ground:
    """The world, the rows laid for each relation, and who is signed in."""

    world: World
    cookies: dict[str, SimpleCookie] = field(default_factory=dict)
    words: dict[str, tuple[str, ...]] = field(default_factory=dict)
    named: dict[tuple[Any, str], dict[str, Any]] = field(default_factory=dict)  # (builder, relation) → URL arguments
    laid: dict[str, Rows] = field(default_factory=dict)  # relation → model label → ids
    secrets: dict[str, str] = field(default_factory=dict)  # role → token of the interface

    def __post_init__(self) -> None:
        self.cookies, self.words = cookies_of(self.world), words_of(self.world)
        self.laid["world"] = _ids()
        for role, person in self.world.actors.items():
            self.secrets[role] = tokens.make(person, "探", list(tokens.scopes_for(person)), 30)[1]

    def lay(self, relation: str) -> None:
        """Every row that any case of the permission table needs, of this relation."""
        before = _ids()
        for builder in {row.kwargs: None for row in ROWS if row.kwargs}:
            self.named[builder, relation] = builder(self.world, relation)
        more(self.world, relation)
        vary(self.world, relation, {name: ids - before[name] for name, ids in _ids().items()})
        self.laid[relation] = {name: ids - before[name] for name, ids in _ids().items()}

    def ask(self, row: Row, role: str, relation: str = "own") -> Any:
        """The response to a row's case; what it wrote stays."""
        browser = Browser(raise_request_exception=False)
        browser.cookies = SimpleCookie(self.cookies[role])
        named = replace(row, kwargs=(lambda *_: self.named[row.kwargs, relation]) if row.kwargs else None)
        data = row.data(self.world, relation) if row.data else {}
        return getattr(browser, row.method.lower())(address(named, self.world, relation), data)


def _ids() -> Rows:
    return {model._meta.label: set(model._base_manager.values_list("pk", flat=True)) for model in apps.get_models()}


@contextmanager
def nothing_kept() -> Iterator[None]:
    """What happens inside is rolled back."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


@contextmanager
def time_stands_still() -> Iterator[None]:
    """The present is one moment."""
    moment = timezone.now()
    with mock.patch("django.utils.timezone.now", return_value=moment):
        yield


# --- Probes --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Probe:
    """A question: its name, how to ask it, and what must not change its answer.

    ``apart_from``: the relation whose rows, and those laid later, may not change the answer; "" where the answer is
    known by itself.
    """

    key: str
    ask: Callable[[Ground], Any]
    apart_from: str = ""


def text_of(response: Any) -> str:
    """What a response says, without what differs each time."""
    body = b"".join(response.streaming_content) if response.streaming else response.content
    if body[:2] == b"PK":
        with zipfile.ZipFile(io.BytesIO(body)) as book:
            body = b"".join(book.read(name) for name in sorted(book.namelist()) if "docProps" not in name)
    return NOISE.sub("", body.decode(errors="replace"))


def pages() -> list[Probe]:
    """Every page × role that may read it: nothing of another organisation changes it, nor of another team an AM's."""
    found = []
    for row in ROWS:
        readers = {role for role, relation, status in row.cases() if relation == "own" and status == 200}
        if row.method == "GET" and row.url not in RANDOM:
            found += [_page(row, role, "other_org") for role in READERS if role in readers]
            found += [_page(row, "am", "team")] if "am" in readers and row.url not in OF_ALL else []
    return found


READERS = ("am", "supervisor", "back_office", "hr", "admin")
# Pages that make something new at each look.
RANDOM = {"people:second-factor", "clients:contact-link"}
# Pages of an AM that show, by design, what the whole organisation has: its products, its attributes, its articles.
OF_ALL = {
    "clients:export-file", "clients:columns", "clients:handovers", "clients:list", "clients:edit",
    "clients:new", "home-later", "clients:products", "clients:product-matrix", "clients:holding-new",
    "clients:contract-new", "clients:contract-edit", "clients:opportunity-new", "clients:opportunity-edit",
    "clients:referral-new",
    "clients:campaigns", "clients:surveys", "journals:best", "journals:articles", "journals:plan",
    "service:new", "service:slip-new", "visits:edit", "visits:new", "visits:contact",
}  # fmt: skip


def _page(row: Row, role: str, apart_from: str) -> Probe:
    def ask(ground: Ground) -> Any:
        with nothing_kept(), boundless(ground.world.actors[role]) as found:
            response = ground.ask(row, role)
            text = text_of(response)
            return response.status_code, digest(text), tuple(sorted(found)), tuple(sorted(refused(text, role)))

    return Probe(f"apart from {apart_from}: {row.name} {role}", ask, apart_from)


@contextmanager
def boundless(person: Any) -> Iterator[set[str]]:
    """The tables of scoped rows that a statement reads without any bound: neither the person, nor the own unit,
    organisation or sight, nor ids that were found before stand in it."""
    unit = person.unit
    known = {person.pk, unit.pk, person.organisation_id}
    found: set[str] = set()

    def watch(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        tables = set(READ.findall(sql)) & _scoped_tables() if sql.startswith("SELECT") else set()
        if tables and not ROW.search(sql) and not any(_bounds(each, known, unit.path) for each in _flat(params)):
            found.update(tables)
        return execute(sql, params, many, context)

    with connection.execute_wrapper(watch):
        yield found


LINKS = re.compile(
    r'<form[^>]*method="post"[^>]*action="([^"?]+)|<a[^>]*href="(/[^"?#]*)|<(?:button)[^>]*formaction="([^"?]+)'
)


def refused(text: str, role: str) -> set[str]:
    """What a page offers, and would be refused to the role by the permission table even on the own row."""
    found = set()
    for post, link, button in LINKS.findall(text):
        try:
            match = resolve(post or link or button)
        except Resolver404:
            continue
        method = "GET" if link else "POST"
        if _closed_to(role).get((method, match.view_name)):
            found.add(f"{method} {match.view_name}")
    return found


@cache
def _closed_to(role: str) -> dict[tuple[str, str], bool]:
    closed: dict[tuple[str, str], bool] = {}
    for row in ROWS:
        statuses = {status for who, relation, status in row.cases() if (who, relation) == (role, "own")}
        key = (row.method, row.url)
        closed[key] = closed.get(key, True) and statuses == {403}
    return closed


READ = re.compile(r'(?:FROM|JOIN) "?(\w+)"?')
ROW = re.compile(r'(?:\bid|_id|code|username|key|digest)"? (?:= %s|IN \(%s|= ANY)')


def _flat(params: Any) -> Iterator[Any]:
    for each in params.values() if isinstance(params, dict) else params or ():
        yield from each if isinstance(each, list | tuple) else (each,)


def _bounds(value: Any, known: set[int], path: str) -> bool:
    return (type(value) is int and value in known) or (
        isinstance(value, str) and value != "" and (value.startswith(path) or path.startswith(value))
    )


@cache
def _scoped_tables() -> set[str]:
    return {model._meta.db_table for model in apps.get_models() if hasattr(model._default_manager.all(), "visible_to")}


def digest(text: str) -> str:
    """A short sign of a text."""
    return hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest()


READINGS = (
    "/api/v1/me", "/api/v1/clients", "/api/v1/clients?q=1", "/api/v1/visits", "/api/v1/journals",
    "/api/v1/scorecards", "/api/v1/alerts", "/api/v1/alerts?closed=1",
)  # fmt: skip


def readings() -> list[Probe]:
    """Lists of the interface × role: nothing of others changes them."""
    return [
        _reading(url, role, apart_from)
        for url in READINGS
        for role, apart_from in (("am", "team"), ("supervisor", "other_team"), ("hr", "other_org"))
    ]


def _reading(url: str, role: str, apart_from: str) -> Probe:
    def ask(ground: Ground) -> Any:
        with nothing_kept():
            sent = {"Authorization": f"Bearer {ground.secrets[role]}"}
            with boundless(ground.world.actors[role]) as found:
                response = Browser(raise_request_exception=False, headers=sent).get(url)
            return response.status_code, digest(text_of(response)), tuple(sorted(found))

    return Probe(f"apart from {apart_from}: {url} {role}", ask, apart_from)


# Parameters that narrow a page → how the other organisation's rows are named in them.
NAMES: dict[str, Callable[[Ground], str]] = {
    "unit": lambda ground: ground.world.units["other_org"].code,
    "owner": lambda ground: ground.world.managers["other_org"].username,
}
NOBODY = "nobody-1"


def strangers() -> list[Probe]:
    """Pages that take the name of a row × parameter: a row of another organisation is as if it did not exist."""
    found = []
    for row in ROWS:
        readers = [role for role, relation, status in row.cases() if relation == "own" and status == 200]
        if row.method == "GET" and readers and not row.query and row.url not in RANDOM:
            source = _source(row.url)
            found += [_stranger(row, readers[0], name) for name in NAMES if f'"{name}"' in source]
    return found


@cache
def _source(url: str) -> str:
    """The module of a page's view."""
    view = next(view for name, view in views() if name == url)
    return inspect.getsource(inspect.getmodule(inspect.unwrap(view)) or inspect)


def views() -> list[tuple[str, Any]]:
    """(name of a URL, its view) of the whole site."""
    return list(_patterns(get_resolver().url_patterns))


def _patterns(patterns: Any, namespace: str = "") -> Iterator[tuple[str, Any]]:
    for each in patterns:
        if hasattr(each, "url_patterns"):
            yield from _patterns(each.url_patterns, f"{namespace}{each.namespace}:" if each.namespace else namespace)
        else:
            yield f"{namespace}{each.name}", each.callback


def _stranger(row: Row, role: str, name: str) -> Probe:
    def ask(ground: Ground) -> Any:
        answers = []
        with nothing_kept():
            for value in (NAMES[name](ground), NOBODY):
                response = ground.ask(replace(row, query=f"?{name}={value}"), role)
                answers.append((response.status_code, text_of(response).replace(value, "")))
        return answers[0] == answers[1]

    return Probe(f"stranger: {row.name}?{name} {role}", ask)


@contextmanager
def scopes_empty(method: str) -> Iterator[None]:
    """Inside, ``method`` of every queryset finds nothing."""
    with ExitStack() as stack:
        for kind in _kinds(method):
            stack.enter_context(mock.patch.object(kind, method, lambda rows, user: rows.none()))
        yield


def _kinds(method: str) -> list[type]:
    found, ahead = [], [models.QuerySet]
    while ahead:
        kind = ahead.pop()
        ahead += kind.__subclasses__()
        if method in vars(kind):
            found.append(kind)
    return found


def acts() -> list[Probe]:
    """Every URL that names a row × the first role to which it answers well × (nothing seen, nothing to change)."""
    found = []
    for row in ROWS:
        roles = [role for role, relation, status in row.cases() if relation == "own" and status < 400]
        if row.kwargs and roles:
            found += [_act(row, roles[0], method) for method in ("visible_to", "editable_by")]
    return found


def _act(row: Row, role: str, method: str) -> Probe:
    def ask(ground: Ground) -> Any:
        with nothing_kept(), scopes_empty(method):
            return ground.ask(row, role).status_code

    return Probe(f"{method} empty: {row.name} {row.data.__name__ if row.data else ''} {role}", ask)


PEOPLE = ("am", "supervisor", "back_office", "hr", "admin", "gone am", "gone supervisor")


def scopes() -> list[Probe]:
    """Every scope of every model × person, some of whom have left."""
    return [
        _scope(model, method, name)
        for model in apps.get_models()
        for method in sorted(SCOPES)
        if hasattr(model._default_manager.all(), method)
        for name in PEOPLE
    ]


def _scope(model: Any, method: str, name: str) -> Probe:
    label = model._meta.label

    def ask(ground: Ground) -> Any:
        person = copy(ground.world.actors[name.removeprefix("gone ")])
        if name.startswith("gone "):
            vars(person).pop("sight", None)
            person.is_active = False
        with nothing_kept():
            seen = set(getattr(model._default_manager.all(), method)(person).values_list("pk", flat=True))
        laid = {relation: ids[label] for relation, ids in ground.laid.items() if ids[label]}
        return " ".join(f"{relation} {len(seen & ids)}/{len(ids)}" for relation, ids in laid.items())

    return Probe(f"scope: {label}.{method} {name}", ask)


def cases() -> list[Probe]:
    """The permission table."""
    return [
        _case(row, role, relation)
        for row in ROWS
        for role, relation, _status in row.cases()
    ]  # fmt: skip


def _case(row: Row, role: str, relation: str) -> Probe:
    def ask(ground: Ground) -> Any:
        with nothing_kept():
            response = ground.ask(row, role, relation)
            return astuple(judged(row, role, relation, response, ground.words))

    return Probe(f"{row.name} {role} {relation} {row.data.__name__ if row.data else ''}".strip(), ask)

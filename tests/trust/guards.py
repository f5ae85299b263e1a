"""The guards of the product, found in its source, and a switch that takes a single one out of the running code.

A guard is a call of a scope (``visible_to``, ``get_editable`` …), a filter inside one, a filter by the person who
asks, a role that a page requires, or an ``if`` that refuses a person. No guards are, by rule:
- an ``if`` that refuses without asking who: a page that does not exist, an act that its row's state does not allow;
- a filter by the own organisation right behind ``visible_to``: it lets the planner use an index and narrows nothing;
- the ``if`` inside ``role_required`` itself: it is taken out page by page;
- a slot's ``visible_to``: it chooses parts of a page, whose rows have scopes of their own.

Taking one out swaps the code object of the function that
holds it for one compiled from the changed source; nothing else of the process changes, and it is undone afterwards.
"""

import ast
import builtins
import gc
import itertools
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from types import CodeType, FunctionType
from typing import Any

from django.conf import settings
from django.http import Http404
from django.urls import get_resolver

from crm.lib.timeline import client_timeline

PACKAGES = ("people", "clients", "service", "visits", "journals", "retention", "kpi", "crm")
LEFT_OUT = ("migrations", "demo", "management")  # no page leads there
SCOPES = {"visible_to", "editable_by", "unread_by", "to_verify_by", "so_far", "reviewable_by", "own", "inbox_of"}
GETTERS = {"get_visible", "get_editable"}
REFUSALS = {"PermissionDenied", "Http404"}
WHO = re.compile(r"\b(user|by|person|giver|owner|observer|manager_id|token|secret)\b|may_")
SLOTS = {"client_panels", "client_tabs", "client_actions", "home_blocks"}
ASKING = ("user.pk", "user.unit", "user.organisation", "request.user", "user.sight")


@dataclass(frozen=True)
class Guard:
    """One guard: file, function (as ``Class.method``), what it is, and the how-manieth of its kind there."""

    file: str
    function: str
    kind: str
    number: int

    @property
    def key(self) -> str:
        """A name that does not change when lines move."""
        return f"{self.file}:{self.function}:{self.kind}:{self.number}"


# --- Finding -----------------------------------------------------------------------------------------------------


@cache
def guards() -> list[Guard]:
    """Every guard of the product."""
    files = (file for package in PACKAGES for file in sorted((settings.BASE_DIR / package).rglob("*.py")))
    return [
        guard
        for file in files
        if not set(file.parts) & set(LEFT_OUT)
        for guard in _Walk(file.relative_to(settings.BASE_DIR).as_posix()).of(_tree(file))
    ]


@cache
def _tree(file: Path) -> ast.Module:
    return ast.parse(file.read_text())


class _Walk(ast.NodeTransformer):
    """Visits a module; collects its guards, and replaces the one that it was asked to take out."""

    def __init__(self, file: str, out: Guard | None = None) -> None:
        self.file, self.out = file, out
        self.names: list[str] = []
        self.inside = 0  # functions deep: names below the first belong to it
        self.found: list[Guard] = []

    def of(self, tree: ast.Module) -> list[Guard]:
        """The guards of a module."""
        self.visit(tree)
        return self.found

    def _is_out(self, kind: str) -> bool:
        function = ".".join(self.names)
        number = sum(guard.function == function and guard.kind == kind for guard in self.found)
        self.found.append(Guard(self.file, function, kind, number))
        return self.found[-1] == self.out

    def visit_ClassDef(self, node: ast.ClassDef) -> ast.AST:
        if self.inside:
            return node
        self.names.append(node.name)
        self.generic_visit(node)
        self.names.pop()
        return node

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        if not self.inside:
            self.names.append(node.name)
        for decorator in node.decorator_list:
            if isinstance(decorator, ast.Call) and _name(decorator.func) == "role_required":
                self._is_out("role_required")  # taken out of the closure, not of the source
        self.inside += 1
        self.generic_visit(node)
        self.inside -= 1
        if not self.inside:
            self.names.pop()
        return node

    def visit_If(self, node: ast.If) -> ast.AST:
        refuses = any(isinstance(each, ast.Raise) and _raises(each) for each in node.body)
        refuses = refuses and bool(WHO.search(ast.unparse(node.test)))
        if self.inside and refuses and self.names[0] != "role_required" and self._is_out("refusal"):
            node.test = ast.copy_location(ast.Constant(value=False), node.test)
        self.generic_visit(node)
        return node

    def visit_Call(self, node: ast.Call) -> ast.AST:
        name = _name(node.func)
        if not self.inside:
            return self.generic_visit(node)
        if name in GETTERS:
            if self._is_out("sight"):
                node.func = ast.copy_location(ast.Name("zf_get_any", ast.Load()), node.func)
            if name == "get_editable" and self._is_out("right"):
                node.func = ast.copy_location(ast.Name("zf_get_visible", ast.Load()), node.func)
        elif isinstance(node.func, ast.Attribute):
            changed = self._method(node, node.func)
            if changed is not node:
                return changed
        return self.generic_visit(node)

    def _method(self, node: ast.Call, func: ast.Attribute) -> ast.AST:
        in_scope = self.names[-1] in SCOPES
        if _name(func.value) in SLOTS or (ast.unparse(func.value) == "self" and self.names[0] == "Slot"):
            return node
        if (func.attr in SCOPES and len(node.args) == 1) or (in_scope and func.attr in ("filter", "exclude", "none")):
            if self._is_out(func.attr):
                return _call("zf_open", func.value, node)
        elif func.attr in ("filter", "get"):
            asking = [each for each in node.keywords if each.arg and _asks(each)]
            if _is_scoped(func.value):
                asking = [each for each in asking if each.arg not in ("organisation", "organisation_id")]
            if asking and self._is_out("asking"):
                node.keywords = [each for each in node.keywords if each not in asking]
        return node


def _name(node: ast.expr) -> str:
    return node.id if isinstance(node, ast.Name) else node.attr if isinstance(node, ast.Attribute) else ""


def _raises(node: ast.Raise) -> bool:
    raised = node.exc.func if isinstance(node.exc, ast.Call) else node.exc
    return raised is not None and _name(raised) in REFUSALS


def _asks(keyword: ast.keyword) -> bool:
    value = ast.unparse(keyword.value)
    return value == "user" or any(sign in value for sign in ASKING)


def _is_scoped(value: ast.expr) -> bool:
    return isinstance(value, ast.Call) and _name(value.func) in SCOPES


def _call(name: str, value: ast.expr, at: ast.AST) -> ast.Call:
    return ast.copy_location(ast.Call(ast.Name(name, ast.Load()), [value], []), at)


# --- Taking one out ----------------------------------------------------------------------------------------------


def _open(rows: Any) -> Any:
    """All rows of a queryset, a manager or a slot."""
    return rows.all() if hasattr(rows, "all") else rows.entries


def _get_any(rows: Any, user: Any, **lookup: Any) -> Any:
    try:
        return rows.get(**lookup)
    except (rows.model.DoesNotExist, ValueError, OverflowError) as error:
        raise Http404 from error


def _get_visible(rows: Any, user: Any, **lookup: Any) -> Any:
    from crm.lib.scope import get_visible

    return get_visible(rows, user, **lookup)


class Anything:
    """A collection of roles that holds every role."""

    def __init__(self, heard: Callable[[], None] = lambda: None, real: Any = None) -> None:
        self.heard, self.real = heard, real

    def __contains__(self, role: str) -> bool:
        self.heard()
        return True if self.real is None else role in self.real


@contextmanager
def without(guard: Guard) -> Iterator[None]:
    """The product without one guard."""
    if guard.kind == "role_required":
        with _roles(guard, Anything()):
            yield
        return
    changed = _changed(guard)
    live = living()[guard.file, guard.function]
    before = [(function, function.__code__) for function in live]
    builtins.zf_open, builtins.zf_get_any, builtins.zf_get_visible = _open, _get_any, _get_visible  # type: ignore[attr-defined]
    for function in live:
        function.__code__ = changed
    client_timeline.forget()
    try:
        yield
    finally:
        for function, code in before:
            function.__code__ = code
        client_timeline.forget()


@lru_cache(maxsize=8)
def _changed(guard: Guard) -> CodeType:
    path = settings.BASE_DIR / guard.file
    tree = ast.fix_missing_locations(_Walk(guard.file, guard).visit(ast.parse(path.read_text())))
    (code,) = _codes(compile(tree, str(path), "exec"), guard.function)
    return code


def _codes(code: CodeType, function: str) -> list[CodeType]:
    found = []
    for inner in code.co_consts:
        if isinstance(inner, CodeType):
            found += [inner] if inner.co_qualname == function else _codes(inner, function)
    return found


@cache
def living() -> dict[tuple[str, str], list[FunctionType]]:
    """The functions of the running product that hold guards, by file and name."""
    get_resolver().url_patterns  # noqa: B018 (imports every view)
    wanted = {(guard.file, guard.function) for guard in guards()}
    found: dict[tuple[str, str], list[FunctionType]] = {key: [] for key in wanted}
    for each in gc.get_objects():
        if type(each) is FunctionType:  # isinstance would wake lazy objects
            key = _place(each)
            if key in wanted:
                found[key].append(each)
    return found


def _place(function: FunctionType) -> tuple[str, str]:
    file = function.__code__.co_filename.removeprefix(f"{settings.BASE_DIR}/")
    return file, function.__code__.co_qualname


@cache
def _gates() -> dict[tuple[str, str], FunctionType]:
    """Of each view with ``role_required``: the function that compares the role."""
    get_resolver().url_patterns  # noqa: B018 (imports every view)
    found = {}
    for each in gc.get_objects():
        if type(each) is FunctionType and each.__code__.co_qualname.startswith("role_required.<locals>"):
            inner = each
            while hasattr(inner, "__wrapped__"):
                inner = inner.__wrapped__
            if "roles" in each.__code__.co_freevars:
                found.setdefault(_place(inner), each)
    return found


@contextmanager
def _roles(guard: Guard, instead: Any) -> Iterator[None]:
    gate = _gates()[guard.file, guard.function]
    cell = (gate.__closure__ or ())[gate.__code__.co_freevars.index("roles")]
    before = cell.cell_contents
    if isinstance(instead, Anything) and instead.real is Ellipsis:
        instead.real = before
    cell.cell_contents = instead
    try:
        yield
    finally:
        cell.cell_contents = before


# --- Watching ----------------------------------------------------------------------------------------------------


@contextmanager
def watching() -> Iterator[set[tuple[str, str]]]:
    """The (file, function) of guards that run, added to the set as they do; the reader empties it."""
    seen: set[tuple[str, str]] = set()
    builtins.zf_seen = seen.add  # type: ignore[attr-defined]
    before, undo = [], []
    trees: dict[str, CodeType] = {}
    for (file, function), functions in living().items():
        if file not in trees:
            path = settings.BASE_DIR / file
            trees[file] = compile(_telling(file, ast.parse(path.read_text())), str(path), "exec")
        for live in functions:
            before.append((live, live.__code__))
            (live.__code__,) = _codes(trees[file], function)
    for guard in guards():
        if guard.kind == "role_required":
            place = (guard.file, guard.function)
            undo.append(_roles(guard, Anything(lambda place=place: seen.add(place), ...)))
            undo[-1].__enter__()
    try:
        yield seen
    finally:
        for live, code in before:
            live.__code__ = code
        for each in undo:
            each.__exit__(None, None, None)


def _telling(file: str, tree: ast.Module) -> ast.Module:
    """The module with each function telling that it runs."""
    bodies = itertools.chain(
        ((node, node.name) for node in tree.body if isinstance(node, ast.FunctionDef)),
        (
            (node, f"{holder.name}.{node.name}")
            for holder in tree.body
            if isinstance(holder, ast.ClassDef)
            for node in holder.body
            if isinstance(node, ast.FunctionDef)
        ),
    )
    for node, name in bodies:
        tell = ast.parse(f"zf_seen(({file!r}, {name!r}))").body[0]
        node.body.insert(0, tell)
    return ast.fix_missing_locations(tree)

"""Schemes as files: each package that has a kind of scheme says how one is loaded and exported."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from people.models import OrgUnit


class SchemeError(ValueError):
    """A file that is no usable scheme; the message says what is wrong with it."""


@dataclass(frozen=True)
class SchemeKind:
    """
    A kind of scheme under the name that its files carry in ``kind``.

    ``load(organisation, data)`` puts a file in force and tells in words what became of it, or raises SchemeError.
    ``export(organisation)`` gives such a file of the scheme in force, None when there is none.
    """

    name: str
    load: Callable[[OrgUnit, dict[str, Any]], str]
    export: Callable[[OrgUnit], dict[str, Any] | None]


kinds: dict[str, SchemeKind] = {}


def register(kind: SchemeKind) -> None:
    """Add a kind; the same name again is a programming error."""
    if kind.name in kinds:
        raise ValueError(f"scheme kind {kind.name} is registered twice")
    kinds[kind.name] = kind

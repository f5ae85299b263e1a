"""What notifications are about. A key such as ``review:12`` begins with a word that leads to its kind."""

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _

NOW, DIGEST, OFF = "now", "digest", "off"


@dataclass(frozen=True)
class NoticeKind:
    """One kind: the first words of its keys, and how it reaches people who have chosen nothing.

    ``email``: at once, in the daily digest, or not at all. ``robot``: whether it goes to the unit's group chat, where
    colleagues read it, too: so not what concerns one person alone. ``stays``: about what stays with the person in
    another post, as tasks and scores do; the others end with the post whose rows they name.
    """

    code: str
    label: Any
    words: tuple[str, ...]
    email: str = DIGEST
    robot: bool = False
    stays: bool = False
    order: int = 100


OTHER = NoticeKind("other", _("Other"), (), order=1000)
_kinds: dict[str, NoticeKind] = {OTHER.code: OTHER}
_by_word: dict[str, str] = {}


def register(kind: NoticeKind) -> None:
    """Add a kind; a word that leads to another kind already is a programming error."""
    taken = [word for word in kind.words if word in _by_word]
    if kind.code in _kinds or taken:
        raise ValueError(f"notice kind {kind.code}: taken already: {taken or kind.code}")
    _kinds[kind.code] = kind
    _by_word.update(dict.fromkeys(kind.words, kind.code))


def all_kinds() -> list[NoticeKind]:
    """All kinds in the order in which people see them."""
    return sorted(_kinds.values(), key=lambda kind: (kind.order, kind.code))


def get(code: str) -> NoticeKind:
    """The kind of a code; ``OTHER`` for one that no package knows any more."""
    return _kinds.get(code, OTHER)


def code_of(key: str) -> str:
    """The kind's code of a notification's key."""
    return _by_word.get(key.partition(":")[0], OTHER.code)


register(NoticeKind("task", _("Tasks"), ("task",), email=NOW, robot=True, stays=True, order=10))

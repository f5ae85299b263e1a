"""Slots: a lower page names a place, upper packages fill it. The lower one knows only the slot."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Entry:
    """What fills a slot. ``build`` gives ``template`` a context, None to stay away, or yields items (see the slot)."""

    name: str
    build: Callable[..., Any]
    template: str = ""
    label: Any = ""
    order: int = 100
    roles: tuple[str, ...] = ()
    related: tuple[str, ...] = ()  # rows beside the subject that the page fetches with it
    later: bool = False  # comes in a second request, once the page is there


@dataclass
class Slot:
    """A named place on a page, filled in ascending ``order``."""

    name: str
    entries: list[Entry] = field(default_factory=list)

    def register(self, entry: Entry) -> None:
        """Put an entry in; the same name again is a programming error."""
        if any(known.name == entry.name for known in self.entries):
            raise ValueError(f"slot {self.name} already has {entry.name}")
        self.entries.append(entry)
        self.entries.sort(key=lambda item: (item.order, item.name))

    def visible_to(self, user: Any) -> list[Entry]:
        """The entries for the person's role."""
        return [entry for entry in self.entries if not entry.roles or user.role in entry.roles]

    def fill(self, request: Any, subject: Any = None, *, later: bool = False) -> list[dict[str, Any]]:
        """Each entry's context with its ``entry`` beside it, for a template that includes ``entry.template``."""
        entries = (entry for entry in self.visible_to(request.user) if entry.later == later)
        built = ((entry, entry.build(request, subject)) for entry in entries)
        return [{"entry": entry, **context} for entry, context in built if context is not None]

    def collect(self, *args: Any) -> Iterable[Any]:
        """All items that the entries' ``build(*args)`` yield (for drafts)."""
        for entry in self.entries:
            yield from entry.build(*args) or ()


home_blocks = Slot("home")  # build(request, None): a block of the home page
client_tabs = Slot("client tabs")  # build(request, client): a tab of the client page
client_actions = Slot("client actions")  # build(request, client): a button in the head of the client page
client_panels = Slot("client panels")  # build(request, client): a panel of the client page's overview
journal_sections = Slot("journal sections")  # build(author, period): sections {title, lines} of a draft
unit_contents = Slot("unit contents")  # build(unit): lines that say what keeps a unit from being switched off
search_sources = Slot("search")  # build(user, text, limit): hits {title, text, url, icon}

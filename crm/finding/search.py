"""What a few typed characters mean: pages here, and what the packages register as sources."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest

from crm.lib.pinyin import keys
from crm.lib.slots import search_sources
from crm.navigation import SIDEBAR, links

LONGEST = 60
SHOWN_WHILE_TYPING, SHOWN_ON_THE_PAGE = 5, 20


@dataclass(frozen=True)
class Group:
    """Hits of one source: {title, text, url, icon}."""

    name: str
    label: Any
    hits: list[dict[str, Any]]


def search(request: HttpRequest, text: str, limit: int) -> list[Group]:
    """What the reader may see and the text means, at most ``limit`` hits of each source, empty groups left out."""
    text = text.replace("\0", "").strip()[:LONGEST]
    if not text:
        return []
    groups = [Group("pages", "", list(pages(request, text))[:limit])]
    for entry in search_sources.visible_to(request.user):
        groups.append(Group(entry.name, entry.label, list(entry.build(request.user, text, limit))))
    return [group for group in groups if group.hits]


def pages(request: HttpRequest, text: str) -> Iterator[dict[str, Any]]:
    """Pages of the navigation by their name, its pinyin or initials."""
    wanted = text.lower()
    for section in links(SIDEBAR, request, request.user.role):
        for link in section.children or [section]:
            label = str(link.label)
            initials, spelling = keys(label)
            if wanted in label.lower() or spelling.startswith(wanted) or initials.startswith(wanted):
                trail = str(section.label) if section.children else ""
                yield {"title": label, "text": trail, "url": link.url, "icon": section.icon}

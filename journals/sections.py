"""The sections that an author writes, by kind of journal."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

LONGEST = 4000  # characters of one section


@dataclass(frozen=True)
class Section:
    """One text of a journal: what is asked for, and what helps to write it."""

    code: str
    label: Any
    hint: Any
    required: bool = False


PLANS = {
    "day": (pgettext_lazy("journal", "Tomorrow"), _("Whom you will see and in which order")),
    "week": (pgettext_lazy("journal", "Next week"), _("Where you will go and what comes first")),
    "month": (pgettext_lazy("journal", "Next month"), _("The three things that matter most")),
}


def sections_of(kind: str) -> list[Section]:
    """The sections of a kind of journal, in the order of writing."""
    label, hint = PLANS[kind]
    return [
        Section("summary", _("Summary"), _("What was done and what came of it"), required=True),
        Section(
            "market", _("Market findings"), _("What sells, prices, competitors, what clients say: place and figures")
        ),
        Section("problems", _("Problems"), _("Which client, what, who should act")),
        Section("suggestions", _("Suggestions"), _("What the company could do better")),
        Section("plan", label, hint),
    ]


def filled(kind: str, texts: Mapping[str, str]) -> list[tuple[Section, str]]:
    """Each section with its text, empty ones too."""
    return [(section, texts.get(section.code, "")) for section in sections_of(kind)]

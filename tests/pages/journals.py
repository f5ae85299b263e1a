"""Pages of journals."""

import datetime as dt

from journals import services
from journals.models import Journal
from tests.journals.helpers import DAY, handed_in, visit
from tests.world import client_of


def first(world):
    return handed_in(world.am)


def returned(world):
    """A journal in its second version, so that everything a page can show is there."""
    journal = handed_in(world.am, DAY - dt.timedelta(days=1))
    if journal.versions.count() == 1:
        services.return_(journal, 1, world.supervisor, "补充市场动态")
        journal.refresh_from_db()
        handed_in(world.am, journal.day)
    return journal


PAGES = {
    "journal editor": ("am", lambda world: f"/journals/write/{DAY - dt.timedelta(days=2)}/"),
    "my journals": ("am", lambda world: f"/journals/mine/?month={DAY:%Y-%m}"),
    "journal": ("am", lambda world: f"/journals/{returned(world).pk}/"),
    "journal list": ("supervisor", lambda world: "/journals/all/"),
    "review desk": ("supervisor", lambda world: f"/journals/desk/{first(world).pk}/"),
    "requirements": ("supervisor", lambda world: "/journals/requirements/"),
}


def grow(world):
    for number in range(20):
        visit(world.am, client_of(world.am, f"J{number}", f"便利店{number}"), hour=8, minutes=5 + number)
        handed_in(world.managers["team"], DAY - dt.timedelta(days=number))
        services.return_(
            Journal.objects.get(author=world.managers["team"], day=DAY - dt.timedelta(days=number)),
            1,
            world.supervisor,
            "补",
        ) if number % 2 else None

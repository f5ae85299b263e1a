"""Pages of journals."""

import datetime as dt

from crm.lib import periods
from journals import sampling, services
from journals.models import Draw, Journal
from journals.rules import rules_of
from tests.journals.helpers import DAY, handed_in, visit
from tests.world import client_of
from visits.models import Visit


def first(world):
    """A journal of a day with a visit."""
    if not Visit.objects.filter(manager=world.am, day=DAY).exists():
        visit(world.am, world.clients["own"])
    return handed_in(world.am)


def returned(world):
    """A journal in its second version, so that everything a page can show is there."""
    journal = handed_in(world.am, DAY - dt.timedelta(days=1))
    if journal.versions.count() == 1:
        services.return_(journal, 1, world.supervisor, "补充市场动态")
        journal.refresh_from_db()
        handed_in(world.am, journal.day)
    return journal


def drawn(world):
    """A draw of one week, and after growing of the ones before."""
    first(world)
    week = services.span("week", DAY).start
    for back in range(4):
        sampling.draw_unit(
            world.units["north"], week - dt.timedelta(weeks=back), periods.now(), rules_of(world.organisation.pk)
        )
    return Draw.objects.get(unit=world.units["north"], week=week, level="first")


PAGES = {
    "journal editor": ("am", lambda world: f"/journals/write/{DAY - dt.timedelta(days=2)}/"),
    "my journals": ("am", lambda world: f"/journals/mine/?month={DAY:%Y-%m}"),
    "journal": ("am", lambda world: f"/journals/{returned(world).pk}/"),
    "journal list": ("supervisor", lambda world: "/journals/all/"),
    "review desk": ("supervisor", lambda world: f"/journals/desk/{first(world).pk}/"),
    "board of people": ("supervisor", lambda world: f"/journals/board/{world.units['own'].pk}/?month={DAY:%Y-%m}"),
    "board of units": ("hr", lambda world: f"/journals/board/{world.organisation.pk}/?month={DAY:%Y-%m}"),
    "samples": ("supervisor", lambda world: "/journals/samples/"),
    "sample": ("supervisor", lambda world: f"/journals/samples/{drawn(world).pk}/"),
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

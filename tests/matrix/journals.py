"""Rows of journals."""

from crm.lib import periods
from journals import sampling, services
from journals.models import Draw, SampledJournal
from journals.rules import rules_of
from people.models import User
from tests.journals.helpers import DAY, handed_in
from tests.matrix.table import EVERYBODY, SEEN, Row, only
from tests.world import person


def a_journal(world, relation):
    return {"pk": handed_in(world.managers[relation]).pk}


def a_draft(world, relation):
    journal = services.open_journal(world.managers[relation], "day", DAY)
    if journal.state == "draft":
        services.save_draft(journal, {"summary": "走访 8 户"})
    return {"pk": journal.pk}


def a_day(world, relation):
    return {"text": DAY.isoformat()}


def texts(world, relation):
    return {"summary": "走访 8 户"}


def a_review(world, relation):
    return {"version": 1, "decision": "accepted", "mark": 4}


def a_draw(world, relation):
    unit = {"own": "north", "team": "north", "other_team": "south", "other_org": "branch"}[relation]
    journal = handed_in(world.managers[relation])
    week = services.span("week", DAY).start
    found = sampling.draw_unit(world.units[unit], week, periods.now(), rules_of(journal.author.organisation_id))
    return {"pk": found[0].pk}


def a_unit(world, relation):
    return {"pk": world.units[relation].pk}


def a_second_reading(world, relation):
    """Drawn for the supervisor at the top of an organisation, above the one who reviewed it."""
    organisation = world.other_organisation if relation == "other_org" else world.organisation
    name = f"director{organisation.pk}"
    if not User.objects.filter(username=name).exists():
        person(organisation, name, "马总", "supervisor")
    journal = handed_in(world.managers[relation])
    if not journal.reviews.exists():
        supervisor = {"other_team": "supervisor_south", "other_org": "supervisor_beta"}.get(relation, "supervisor")
        services.review(journal, 1, world.actors[supervisor], mark=4)
    draw = Draw.objects.filter(unit=organisation, level="second").first() or sampling.draw_once(
        organisation,
        "second",
        services.span("week", DAY).start,
        periods.now(),
        [unit.pk for unit in world.units.values() if unit.organisation_id == organisation.pk],
        1,
        1,
    )
    item, _created = SampledJournal.objects.get_or_create(
        draw=draw, journal=journal, defaults={"stratum": world.supervisor.pk}
    )
    return {"pk": item.pk}


DESK = {"supervisor": (200, 200, 404, 404)}
UNIT_SEEN = {
    "supervisor": (200, 200, 404, 404),
    "hr": (200, 200, 200, 404),
    "admin": (200, 200, 200, 404),
}
TOP_SEEN = {
    "supervisor": (404, 404, 404, 404),  # of a unit below the one that reads
    "hr": (200, 200, 200, 404),
    "admin": (200, 200, 200, 404),
}
OWN = {"am": (200, 404, 404, 404)}

ROWS = [
    Row("journals:home", dict.fromkeys(EVERYBODY, 302)),
    Row("journals:list", EVERYBODY),
    Row("journals:today", only("am", status=302)),
    Row("journals:mine", only("am")),
    Row("journals:write", only("am"), kwargs=a_day),
    Row("journals:write", only("am", status=302), method="POST", kwargs=a_day, data=texts),
    Row("journals:autosave", only("am"), method="POST", kwargs=a_day, data=texts),
    Row("journals:detail", SEEN, kwargs=a_journal),
    Row("journals:preview", OWN, kwargs=a_draft),
    Row("journals:preview", {"am": (302, 404, 404, 404)}, method="POST", kwargs=a_draft),
    Row("journals:desk", only("supervisor", status=200)),
    Row("journals:desk-journal", DESK, kwargs=a_journal),
    Row("journals:desk-journal", {"supervisor": (302, 302, 404, 404)}, method="POST", kwargs=a_journal, data=a_review),
    Row("journals:requirements", only("supervisor", "hr")),
    Row("journals:boards", only("supervisor", "hr", "admin", status=302)),
    Row("journals:board", UNIT_SEEN, kwargs=a_unit),
    Row("journals:samples", only("supervisor", "hr", "admin")),
    Row("journals:sample", UNIT_SEEN, kwargs=a_draw),
    Row("journals:reading", TOP_SEEN, kwargs=a_second_reading),
    Row("journals:reading", TOP_SEEN, method="POST", kwargs=a_second_reading),
]

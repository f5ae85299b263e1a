"""Rows of journals."""

from journals import services
from tests.journals.helpers import DAY, handed_in
from tests.matrix.table import EVERYBODY, SEEN, Row, only


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


DESK = {"supervisor": (200, 200, 404, 404)}
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
]

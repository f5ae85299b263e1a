"""Rows of the assessment pages."""

from kpi import services
from kpi.models import Adjustment, Appeal, Honour, ImportedValue, Run, Scheme, Scorecard, ScoreLine
from tests.kpi.helpers import compute, leaf, scheme, soft
from tests.matrix.table import Row, only

OFFICERS = only("hr", "admin")
READERS = only("am", "supervisor", "hr", "admin")
SEEN = {
    "am": (200, 404, 404, 404),
    "supervisor": (200, 200, 404, 404),
    "hr": (200, 200, 200, 404),
    "admin": (200, 200, 200, 404),
}
OF_ORGANISATION = {"hr": (200, 200, 200, 404), "admin": (200, 200, 200, 404)}
MOVED = {role: tuple(302 if status == 200 else status for status in row) for role, row in OF_ORGANISATION.items()}
NEVER = (404, 404, 404, 404)
SEEN["back_office"] = NEVER  # of the scores only the own ones, and here all are account managers'
OWN_POST = {"am": (302, 404, 404, 404), "back_office": NEVER}
HR_SEES = {"hr": (200, 200, 200, 404)}
HR_MOVES = {"hr": (302, 302, 302, 404)}
OF_PEOPLE = {"supervisor": (200, 200, 404, 404), "hr": (200, 200, 200, 404), "admin": (200, 200, 200, 404)}
ASSESSED = only("am", "back_office")
LEADERS = only("supervisor", "hr", "admin")
ANSWERED = {"hr": (302, 302, 302, 404), "admin": (403, 403, 403, 404)}


def organisation_of(world, relation):
    return world.other_organisation if relation == "other_org" else world.organisation


def published(world, relation):
    """A published run of the relation's organisation, with a card for everybody."""
    organisation = organisation_of(world, relation)
    run = Run.objects.filter(organisation=organisation, period="2026-10").first()
    if run is None:
        scheme(organisation, [leaf("soft:attitude", high="100")])
        for manager in world.managers.values():
            if manager.organisation_id == organisation.pk:
                soft(manager, 80, world.supervisor)
        compute(organisation)
        beta = relation == "other_org"
        reviewer = world.actors["hr_beta" if beta else "hr"]
        run = Run.objects.get(organisation=organisation, period="2026-10")
        run = services.publish(services.review(run, reviewer), world.actors["supervisor_beta" if beta else "admin"])
    return run


def a_card(world, relation):
    published(world, relation)
    return Scorecard.objects.get(manager=world.managers[relation])


def a_line(world, relation):
    return ScoreLine.objects.get(card=a_card(world, relation))


def an_appeal(world, relation):
    line = a_line(world, relation)
    return Appeal.objects.filter(line=line).first() or services.appeal(line, line.card.manager, "少算一户")


def pk(make):
    return lambda world, relation: {"pk": make(world, relation).pk}


def a_scheme(world, relation):
    return published(world, relation).scheme


def a_draft(world, relation):
    """A scheme that is not in force yet."""
    return Scheme.objects.get_or_create(
        organisation=organisation_of(world, relation),
        name="草稿",
        defaults={"rules": {"tree": [leaf("visits_made", "0.5"), leaf("calls_made", "0.5")]}},
    )[0]


def an_honour(world, relation):
    run = published(world, relation)
    return Honour.objects.get_or_create(
        run=run, manager=world.managers[relation], kind="champion",
        defaults={"group": run.organisation, "given_by": world.hr},
    )[0]  # fmt: skip


def an_adjustment(world, relation):
    manager = world.managers[relation]
    return Adjustment.objects.get_or_create(
        manager=manager,
        period="2026-11",
        defaults={
            "organisation_id": manager.organisation_id,
            "points": 2,
            "reason": "抢修值班",
            "given_by": world.supervisor,
        },
    )[0]


COMMENTED = {
    "am": (302, 404, 404, 404),
    "supervisor": (302, 302, 404, 404),
    "hr": (302, 302, 302, 404),
    "admin": (302, 302, 302, 404),
    "back_office": NEVER,
}


def an_imported_value(world, relation):
    manager = world.managers[relation]
    return ImportedValue.objects.get_or_create(
        manager=manager, period="2026-11", metric="import:deposits",
        defaults={"organisation_id": manager.organisation_id, "value": 5},
    )[0]  # fmt: skip


WITHDRAWN = {
    "am": 403,
    "supervisor": (302, 302, 404, 404),
    "hr": (302, 302, 302, 404),
}

ROWS = [
    Row("kpi:runs", OFFICERS),
    Row("kpi:compute", only("hr", "admin", status=302), method="POST"),
    Row("kpi:settings", only("admin", status=302), method="POST"),
    Row("kpi:run", OF_ORGANISATION, kwargs=pk(published)),
    *(
        Row("kpi:run", OF_ORGANISATION, kwargs=pk(published), query=f"?step={step}")
        for step in ("data", "compute", "soft", "preview", "review", "publish", "archive")
    ),
    *(
        Row(f"kpi:{verb}", MOVED, method="POST", kwargs=pk(published))
        for verb in ("remind", "review", "back", "publish", "correct", "lock")
    ),
    Row("kpi:honour", {"hr": (302, 302, 302, 404)}, method="POST", kwargs=pk(published)),
    Row("kpi:run-export", OF_ORGANISATION, kwargs=pk(published)),
    Row("kpi:adjustments", only("supervisor", "hr")),
    Row("kpi:adjustments", only("supervisor", "hr", status=302), method="POST"),
    Row("kpi:withdraw", WITHDRAWN, method="POST", kwargs=pk(an_adjustment)),
    Row("kpi:imports", OFFICERS),
    Row("kpi:imports", OFFICERS, method="POST"),
    Row("kpi:import-template", OFFICERS),
    Row("kpi:import-remove", HR_MOVES, method="POST", kwargs=pk(an_imported_value)),
    Row("kpi:soft", only("supervisor")),
    Row("kpi:soft", only("supervisor", status=302), method="POST"),
    Row("kpi:mine", ASSESSED),
    Row("kpi:card-print", SEEN, kwargs=pk(a_card)),
    Row("kpi:comment", COMMENTED, method="POST", kwargs=pk(a_card)),
    Row("kpi:certificate", dict.fromkeys([*READERS, "back_office"], (200, 200, 200, 404)), kwargs=pk(an_honour)),
    Row("kpi:card", SEEN, kwargs=pk(a_card)),
    Row("kpi:seen", OWN_POST, method="POST", kwargs=pk(a_card)),
    Row("kpi:rows", SEEN, kwargs=pk(a_line)),
    Row("kpi:appeal", OWN_POST, method="POST", kwargs=pk(a_line)),
    Row("kpi:appeals", OFFICERS),
    Row("kpi:answer", ANSWERED, method="POST", kwargs=pk(an_appeal)),
    Row("kpi:board", READERS),
    Row("kpi:growth", READERS),
    Row("kpi:years", READERS),
    Row("kpi:heat", LEADERS),
    Row("kpi:schemes", OFFICERS),
    Row("kpi:shelf", OFFICERS),
    Row("kpi:scheme-take", only("hr", "admin", status=302), method="POST"),
    Row("kpi:scheme-edit", OF_ORGANISATION, kwargs=pk(a_draft)),
    Row("kpi:scheme-edit", MOVED, method="POST", kwargs=pk(a_draft)),
    Row("kpi:scheme-judge", OF_ORGANISATION, kwargs=pk(a_draft)),
    Row("kpi:scheme-judge", OF_ORGANISATION, method="POST", kwargs=pk(a_draft)),
    Row("kpi:scheme-spread", OF_ORGANISATION, kwargs=pk(a_draft), query="?node=visits_made"),
    Row("kpi:scheme-version", MOVED, method="POST", kwargs=pk(a_scheme)),
    Row("kpi:scheme-publish", MOVED, method="POST", kwargs=pk(a_draft)),
    Row("kpi:scheme-drop", MOVED, method="POST", kwargs=pk(a_draft)),
    Row("kpi:scheme-trial", OF_ORGANISATION, kwargs=pk(a_draft)),
    Row("kpi:scheme", OF_ORGANISATION, kwargs=pk(a_scheme)),
    Row("kpi:scheme-export", OF_ORGANISATION, kwargs=pk(a_scheme)),
]

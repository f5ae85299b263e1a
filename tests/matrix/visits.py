"""Rows of the pages of visits."""

import datetime as dt
import uuid

from django.core.files.base import ContentFile

from crm.lib import periods
from tests.matrix.table import EVERYBODY, SEEN, Row, only
from visits.models import MonthPlan, Photo, PlannedVisit, TraceFlag, Visit

NOT_FOUND = (404, 404, 404, 404)


def client(world, relation):
    return {"client": world.clients[relation].pk}


def a_visit(world, relation):
    made, _new = Visit.objects.get_or_create(
        organisation=world.clients[relation].organisation,
        client=world.clients[relation],
        manager=world.managers[relation],
        defaults={"day": periods.today(), "checked_in_at": periods.now()},
    )
    return {"pk": made.pk}


def a_flag(world, relation):
    flag, _new = TraceFlag.objects.get_or_create(visit_id=a_visit(world, relation)["pk"], kind="too_short")
    return {"pk": flag.pk}


def a_plan(world, relation):
    plan, _new = PlannedVisit.objects.get_or_create(
        manager=world.managers[relation],
        client=world.clients[relation],
        day=periods.today() + dt.timedelta(days=1),
        defaults={"at": periods.now() + dt.timedelta(days=1)},
    )
    return {"pk": plan.pk}


def visit_data(world, relation):
    return {
        "client": world.clients[relation].pk,
        "client_uuid": uuid.uuid4(),
        "checked_in_at": periods.now().isoformat(),
        "mode": "on_site",
        "purpose": "routine",
    }


def contact_data(world, relation):
    return {**visit_data(world, relation), "mode": "phone"}


def edit_data(_world, _relation):
    return {"purpose": "routine", "note": "补记"}


def by_relation(relation):
    """A row whose client is named in the query or in the form and not in the address."""

    def data(world, _relation):
        return visit_data(world, relation)

    return data


def named(relation):
    def data(world, _relation):
        return client(world, relation)

    return data


# Whoever logs must see the client: the own one always, a teammate's only the supervisor.
LOGGERS = {
    "own": only("am", "supervisor"),
    "team": {"am": 404, "supervisor": 200},
    "other_team": {"am": 404, "supervisor": 404},
    "other_org": {"am": 404, "supervisor": 404},
}


def posted(expect):
    return {role: 302 if status == 200 else status for role, status in expect.items()}


def a_line(world, relation):
    line, _new = PlannedVisit.objects.get_or_create(
        manager=world.managers[relation],
        client=world.clients[relation],
        day=periods.today() + dt.timedelta(days=2),
    )
    return {"pk": line.pk}


def a_month(world, relation):
    plan, _new = MonthPlan.objects.get_or_create(
        manager=world.managers[relation], month=periods.this_month(), defaults={"state": "submitted"}
    )
    return {"pk": plan.pk}


def a_day(_world, _relation):
    return {"day": (periods.today() + dt.timedelta(days=5)).isoformat()}


def a_client_and_day(world, relation):
    return {**client(world, "own"), **a_day(world, relation)}


def every_week(_world, _relation):
    return {"weeks": "1"}


def decision(_world, _relation):
    return {"decision": "approve"}


def a_photo(world, relation):
    """A photo whose file is small enough to live in the test's media folder."""
    number = a_visit(world, relation)["pk"]
    photo = Photo.objects.filter(visit=number).first() or Photo(visit_id=number, sha256=relation, width=1, height=1)
    if not photo.pk:
        photo.file.save(f"{relation}.jpg", ContentFile(b"photo"))
    return {"pk": photo.pk}


def an_inspection(world, relation):
    """One that the supervisor of the own team made; only that one may publish it."""
    supervisor = {"own": world.supervisor, "team": world.supervisor}.get(relation, world.actors["supervisor_south"])
    made, _new = Visit.objects.get_or_create(
        organisation=world.clients[relation].organisation,
        client=world.clients[relation],
        manager=world.actors["supervisor_beta"] if relation == "other_org" else supervisor,
        purpose="inspection",
        defaults={"day": periods.today(), "checked_in_at": periods.now(), "note": "陈列杂乱"},
    )
    return {"pk": made.pk}


def a_planned_inspection(world, relation):
    line, _new = PlannedVisit.objects.get_or_create(
        manager=world.supervisor if relation == "own" else world.actors["supervisor_south"],
        client=world.clients[relation],
        day=periods.today() + dt.timedelta(days=3),
    )
    return {"pk": line.pk}


def observed(_world, _relation):
    return {"text": "倾听到位", "item_listens": "yes"}


ROWS = [
    Row("visits:inspections", only("am", "supervisor", "hr", "admin")),
    Row("visits:inspection-plan", only("supervisor", status=302), data=a_client_and_day, method="POST"),
    Row(
        "visits:inspection-drop",
        {"supervisor": (302, 404, 404, 404)},
        kwargs=a_planned_inspection,
        method="POST",
    ),
    Row("visits:publish", {"supervisor": (302, 302, 404, 404)}, kwargs=an_inspection, method="POST"),
    Row("visits:observe", {"supervisor": (302, 302, 404, 404)}, kwargs=a_visit, method="POST", data=observed),
    Row("visits:plan-repeat", {"am": (302, 404, 404, 404)}, kwargs=a_line, method="POST", data=every_week),
    Row("visits:photo", SEEN, kwargs=a_photo),
    Row("visits:photo-upload", only("am", "supervisor", status=400), method="POST"),
    Row("visits:plan", only("am", "supervisor")),
    Row("visits:plan-propose", only("am", status=302), method="POST"),
    Row("visits:plan-add", only("am", status=404), method="POST"),
    Row("visits:plan-copy", only("am", status=302), method="POST"),
    Row("visits:plan-submit", only("am", status=302), method="POST"),
    Row("visits:plan-move", {"am": (302, 404, 404, 404)}, kwargs=a_line, method="POST", data=a_day),
    Row("visits:plan-remove", {"am": (302, 404, 404, 404)}, kwargs=a_line, method="POST"),
    Row("visits:plan-decide", {"supervisor": (302, 302, 404, 404)}, kwargs=a_month, method="POST", data=decision),
    Row("visits:list", EVERYBODY),
    Row("visits:places", only("am", "supervisor", "hr", "admin")),
    Row("visits:due", only("am")),
    Row("visits:detail", SEEN, kwargs=a_visit),
    Row(
        "visits:edit",
        {
            **dict.fromkeys(("supervisor", "back_office"), (403, 403, 404, 404)),
            **dict.fromkeys(("hr", "admin"), (403, 403, 403, 404)),
            "am": (200, 404, 404, 404),
        },
        kwargs=a_visit,
    ),
    Row(
        "visits:edit",
        {
            **dict.fromkeys(("supervisor", "back_office"), (403, 403, 404, 404)),
            **dict.fromkeys(("hr", "admin"), (403, 403, 403, 404)),
            "am": (302, 404, 404, 404),
        },
        kwargs=a_visit,
        method="POST",
        data=edit_data,
    ),
    *(Row("visits:new", expect, data=named(relation)) for relation, expect in LOGGERS.items()),
    *(
        Row("visits:new", posted(expect), data=by_relation(relation), method="POST")
        for relation, expect in LOGGERS.items()
    ),
    *(Row("visits:contact", expect, data=named(relation)) for relation, expect in LOGGERS.items()),
    Row("visits:next", only("am", "supervisor", status=302)),
    Row("visits:contact", only("am", "supervisor", status=302), data=contact_data, method="POST"),
    Row("visits:queue", only("am", "supervisor")),
    Row("visits:sync", only("am", "supervisor", status=400), method="POST"),
    Row("visits:confirm", {"am": (302, 404, 404, 404)}, kwargs=a_plan, method="POST"),
    Row("visits:verify", only("supervisor")),
    Row("visits:verify", only("supervisor", status=302), method="POST"),
    Row("visits:flags", EVERYBODY),
    Row("visits:judge", {"supervisor": (302, 302, 404, 404)}, kwargs=a_flag, method="POST"),
    Row("visits:checklists", only("hr", "admin")),
    Row("visits:checklist-edit", only("hr", "admin"), kwargs=lambda world, relation: {"kind": "shop"}),
    Row(
        "visits:checklist-edit",
        only("hr", "admin", status=302),
        method="POST",
        kwargs=lambda world, relation: {"kind": "shop"},
    ),
]

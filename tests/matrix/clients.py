"""Rows of the client pages."""

import datetime as dt
import io
import itertools
import uuid

from django.core import signing

from clients.duplicates import judging, merge
from clients.imports import engine
from clients.models import AttributeDefinition, BulkChange, Client, Contact, Handover, LeaveCover, TeamMember
from clients.tiering import schemes
from clients.views import personal
from crm.lib import periods
from people.models import User
from tests.matrix.table import EVERYBODY, SEEN, Row, only
from tests.world import person

LEADERS = only("supervisor", "hr", "admin")
RUNNERS = only("hr", "admin")
EDITED = {
    "am": (200, 404, 404, 404),
    "supervisor": (200, 200, 404, 404),
    "admin": (200, 200, 200, 404),
}
CHANGED = {role: tuple(302 if status == 200 else status for status in row) for role, row in EDITED.items()}
# An import belongs to the organisation, whoever's the row is.
UPLOADED = {"hr": (200, 200, 200, 404), "admin": (200, 200, 200, 404)}
OF_ORGANISATION = {"supervisor": (200, 200, 200, 404), **UPLOADED}
ACTED = dict.fromkeys(UPLOADED, (302, 302, 302, 404))


DAYS = itertools.count()


def a_client(world, relation):
    return {"pk": world.clients[relation].pk}


def an_export(world, relation):
    return {"format_of_file": "csv", "reason": "核对片区客户名单"}


def an_export_link(world, relation):
    owner = world.managers[relation]
    return {"token": signing.dumps([[owner.pk, owner.generation], "", "csv", False, 100], salt=personal.SALT)}


def a_reason(world, relation):
    return {"reason": "电话回访核实地址"}


# A link is its maker's; no role gets another's.
OWN_EXPORT = {"am": (200, 404, 404, 404)} | dict.fromkeys(("supervisor", "hr", "admin"), (404,) * 4)


def a_contact(world, relation):
    return {"pk": Contact.objects.get_or_create(client=world.clients[relation], name="张桂英")[0].pk}


def a_member(world, relation):
    client = world.clients[relation]
    return {"pk": TeamMember.objects.create(client=client, user=world.actors["hr"], valid_from=fresh_day()).pk}


def fresh_day():
    """Another day each time: a person is on a team once from a day."""
    return dt.date(2026, 1, 1) + dt.timedelta(days=next(DAYS))


def an_upload(world, relation):
    organisation = world.other_organisation if relation == "other_org" else world.organisation
    upload = engine.receive(organisation, "clients", io.BytesIO(b"code,name\n1,a\n"), "a.csv")
    return {"pk": upload.pk}


def a_scheme(world, relation, *, published=False):
    organisation = world.other_organisation if relation == "other_org" else world.organisation
    found = schemes.shipped("other")
    make = schemes.publish if published else schemes.draft
    return {"pk": make(organisation, found["name"], found["rules"], dt.date(2026, 1, 1)).pk}


def a_published_scheme(world, relation):
    return a_scheme(world, relation, published=True)


def changes(world, relation):
    client = Client.objects.get(pk=world.clients[relation].pk)  # an earlier case may have changed it
    return {
        "version": client.version,
        "code": client.code,
        "name": client.name,
        "kind": client.kind,
        "stage": client.stage,
        "org": client.org_id,
        "owner": client.owner_id,
        "phone": "13800000000",
    }


def a_new_one(world, relation):
    return {**changes(world, relation), "code": uuid.uuid4().hex}


def a_person(world, relation):
    return {"name": "李四"}


def standards(world, relation):
    return {"form-TOTAL_FORMS": "0", "form-INITIAL_FORMS": "0"}


def the_matching(world, relation):
    return {"code": "code", "name": "name"}


def an_attribute(world, relation):
    organisation = world.other_organisation if relation == "other_org" else world.organisation
    name = uuid.uuid4().hex
    return {"pk": AttributeDefinition.objects.create(organisation=organisation, name=name, label="字段").pk}


def a_double(world, relation):
    """Another client beside the world's one."""
    like = world.clients[relation]
    return Client.objects.create(
        organisation_id=like.organisation_id, org=like.org, owner=like.owner, code=uuid.uuid4().hex, name=like.name
    )


def a_pair(world, relation):
    first, second = Client.objects.get(pk=world.clients[relation].pk), a_double(world, relation)
    judge = world.actors["hr_beta" if relation == "other_org" else "hr"]
    return {"pk": judging.pair_by_code(first.code, second.code, judge).pk}


def a_merge(world, relation):
    kept, gone = a_double(world, relation), a_double(world, relation)
    return {"pk": merge.merge(kept, gone, world.actors["hr_beta" if relation == "other_org" else "hr"]).pk}


def judged(status):
    """Of rows under the own unit: the others of the organisation, and other organisations, are not there."""
    return {"supervisor": (status, status, 404, 404), "admin": (status, status, status, 404)}


def a_stage(world, relation):
    return {"stage": "loyal", "reason": "老客户", "until": periods.today().isoformat()}


def a_handover(world, relation):
    """From the relation's manager to a colleague, on a day to come."""
    giver = world.managers[relation]
    taker = User.objects.managers().filter(unit__organisation=giver.organisation_id).exclude(pk=giver.pk).first()
    taker = taker or person(giver.unit, "am.beta.2", "何平", "am")
    return {
        "pk": Handover.objects.create(
            organisation_id=giver.organisation_id, giver=giver, taker=taker, day=dt.date(2100, 1, 1), reason="调岗",
            made_by=giver,
        ).pk
    }  # fmt: skip


def a_cover(world, relation):
    covered, day = world.managers[relation], fresh_day()
    return {
        "pk": LeaveCover.objects.create(
            organisation_id=covered.organisation_id, person=covered, deputy=world.actors["hr"], valid_from=day,
            valid_to=day, made_by=world.actors["hr"],
        ).pk
    }  # fmt: skip


# The taker sees it as well: the first manager of the organisation, who is the table's own.
HANDED = {"am": (200, 200, 200, 404), "supervisor": (200, 200, 200, 404), "hr": (200, 200, 200, 404),
          "admin": (200, 200, 200, 404)}  # fmt: skip
PLANNED = {"supervisor": (302, 302, 302, 404), "admin": (302, 302, 302, 404)}

NOT_ONES_OWN = {"supervisor": 404, "admin": 404}


def somebody_elses_bulk(world, relation):
    maker = world.actors["supervisor_south"]
    return {
        "pk": BulkChange.objects.create(organisation=world.organisation, field="stage", value="lost", made_by=maker).pk
    }


def a_bulk_change(world, relation):
    return {"ids": [], "field": "stage", "value-stage": "active"}


ROWS = [
    Row("clients:bulk", only("supervisor", "admin", status=302), data=a_bulk_change, method="POST"),
    Row("clients:bulk-done", NOT_ONES_OWN, kwargs=somebody_elses_bulk),
    Row("clients:bulk-undo", NOT_ONES_OWN, kwargs=somebody_elses_bulk, method="POST"),
    Row("clients:export", only("am", "supervisor", "hr", "admin")),
    Row("clients:export", only("am", "supervisor", "hr", "admin"), method="POST", data=an_export),
    Row("clients:export-file", OWN_EXPORT, kwargs=an_export_link),
    Row("clients:reveal", SEEN, method="POST", kwargs=a_client, data=a_reason),
    Row("clients:view-save", dict.fromkeys(EVERYBODY, 302), method="POST"),
    Row("clients:view-delete", dict.fromkeys(EVERYBODY, 302), method="POST"),
    Row("clients:columns", EVERYBODY),
    Row("clients:columns", dict.fromkeys(EVERYBODY, 302), method="POST"),
    Row("clients:attributes", RUNNERS),
    Row("clients:attribute-new", RUNNERS),
    Row("clients:attribute-new", RUNNERS, method="POST"),
    Row("clients:attribute", UPLOADED, kwargs=an_attribute),
    Row("clients:attribute", UPLOADED, kwargs=an_attribute, method="POST"),
    Row("clients:similar", only("am", "supervisor", "admin"), query="?code=530100000001"),
    Row("clients:duplicates", only("supervisor", "admin")),
    Row("clients:duplicates-scan", only("supervisor", "admin", status=302), method="POST"),
    Row("clients:duplicate-pair", only("supervisor", "admin", status=302), method="POST"),
    Row("clients:duplicate", judged(200), kwargs=a_pair),
    Row("clients:duplicate", judged(302), kwargs=a_pair, method="POST"),
    Row("clients:duplicate-different", judged(302), kwargs=a_pair, method="POST"),
    Row("clients:merges", only("supervisor", "admin")),
    Row("clients:merge-undo", judged(302), kwargs=a_merge, method="POST"),
    Row("clients:representatives", LEADERS),
    Row("clients:representative-appoint", judged(302), kwargs=a_client, method="POST"),
    Row("clients:portfolio", only("am", "supervisor", "hr", "admin")),
    Row("clients:portfolio", only("am", "supervisor", "hr", "admin"), query="?owner=am&unit=ALPHA-N1"),
    Row("clients:stage-rules", RUNNERS),
    Row("clients:stage-rules", RUNNERS, method="POST"),
    Row("clients:stage", EDITED, kwargs=a_client),
    Row("clients:stage", CHANGED, kwargs=a_client, data=a_stage, method="POST"),
    Row("clients:stage-release", CHANGED, kwargs=a_client, method="POST"),
    Row("clients:handovers", only("am", "supervisor", "hr", "admin")),
    Row("clients:handover-new", only("supervisor", "admin")),
    Row("clients:handover-new", only("supervisor", "admin"), method="POST"),
    Row("clients:handover", HANDED, kwargs=a_handover),
    Row("clients:handover-print", HANDED, kwargs=a_handover),
    Row("clients:handover-tick", {"am": (302, 302, 302, 404), **PLANNED}, kwargs=a_handover, method="POST"),
    Row("clients:handover-sign", {"am": (302, 302, 302, 404)}, kwargs=a_handover, method="POST"),
    Row("clients:handover-cancel", PLANNED, kwargs=a_handover, method="POST"),
    Row("clients:cover-new", only("supervisor", "admin")),
    Row("clients:cover-new", only("supervisor", "admin"), method="POST"),
    Row("clients:cover-end", judged(302), kwargs=a_cover, method="POST"),
    Row("clients:list", EVERYBODY),
    Row("clients:list", EVERYBODY, query="?q=xlbld&tier=B&stage=active&unit=ALPHA-N1&owner=am&only=no_place&sort=name"),
    Row("clients:detail", SEEN, kwargs=a_client),
    Row("clients:edit", EDITED, kwargs=a_client),
    Row("clients:edit", CHANGED, kwargs=a_client, data=changes, method="POST"),
    Row("clients:new", only("am", "supervisor", "admin")),
    Row("clients:new", only("am", "supervisor", "admin", status=302), data=a_new_one, method="POST"),
    Row("clients:contact-new", EDITED, kwargs=a_client),
    Row("clients:contact-new", CHANGED, kwargs=a_client, data=a_person, method="POST"),
    Row("clients:contact", EDITED, kwargs=a_contact),
    Row("clients:contact", CHANGED, kwargs=a_contact, data=a_person, method="POST"),
    Row("clients:contact-delete", CHANGED, kwargs=a_contact, method="POST"),
    Row("clients:team-new", {role: row for role, row in EDITED.items() if role != "am"}, kwargs=a_client),
    Row(
        "clients:team-new", {role: row for role, row in EDITED.items() if role != "am"}, kwargs=a_client, method="POST"
    ),
    Row(
        "clients:team-end", {role: row for role, row in CHANGED.items() if role != "am"}, kwargs=a_member, method="POST"
    ),
    Row("clients:uploads", RUNNERS),
    Row("clients:uploads", RUNNERS, data=lambda world, relation: {"target": "clients"}, method="POST"),
    Row("clients:upload", UPLOADED, kwargs=an_upload),
    Row(
        "clients:upload",
        dict.fromkeys(UPLOADED, (302, 302, 302, 404)),
        kwargs=an_upload,
        data=the_matching,
        method="POST",
    ),
    Row("clients:upload-start", dict.fromkeys(UPLOADED, (302, 302, 302, 404)), kwargs=an_upload, method="POST"),
    Row("clients:upload-refused", UPLOADED, kwargs=an_upload),
    Row("clients:tiers", LEADERS),
    Row(
        "clients:tiers-run",
        only("hr", "admin", status=302),
        data=lambda world, relation: {"month": "2026-09"},
        method="POST",
    ),
    Row("clients:schemes", LEADERS),
    Row(
        "clients:scheme-new",
        only("hr", "admin", status=302),
        data=lambda world, relation: {"source": "telecom"},
        method="POST",
    ),
    Row("clients:scheme", OF_ORGANISATION, kwargs=a_scheme),
    Row(
        "clients:scheme",
        {"supervisor": (403, 403, 403, 404), "hr": (403, 403, 403, 404), "admin": (403, 403, 403, 404)},
        kwargs=a_published_scheme,
        method="POST",
    ),
    Row("clients:scheme-weights", UPLOADED, kwargs=a_scheme),
    Row("clients:scheme-weights", UPLOADED, kwargs=a_scheme, method="POST"),
    Row("clients:scheme-try", ACTED, kwargs=a_scheme, data=lambda world, relation: {"month": "2026-09"}, method="POST"),
    Row("clients:scheme-publish", ACTED, kwargs=a_scheme, method="POST"),
    Row("clients:scheme-delete", ACTED, kwargs=a_scheme, method="POST"),
    Row("clients:staffing", LEADERS),
    Row("clients:standards", RUNNERS),
    Row("clients:standards", only("hr", "admin", status=302), data=standards, method="POST"),
]

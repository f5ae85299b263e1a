"""Rows beyond those of the permission table: in other states, of other people, due soon. Filters show on them."""

import datetime as dt
import uuid
from typing import Any

from django.apps import apps

from clients.models import LeaveCover, SavedView
from crm.lib import periods
from kpi.models import CardComment
from people.models import Disclosure
from tests.clients import deals
from tests.matrix.kpi import a_card
from tests.matrix.visits import a_visit
from tests.world import World
from visits.models import Observation, Visit

BOSSES = {"other_team": "supervisor_south", "other_org": "supervisor_beta"}
# Copies of the relation's first row with something else in it: model → changes by name; texts name a person (below).
VARIANTS: tuple[tuple[str, dict[str, Any]], ...] = (
    ("journals.Article", {"author": "boss"}),
    ("journals.Article", {"withdrawn_at": "now"}),
    ("journals.Article", {"title": "新品 1 号"}),
    ("journals.Idea", {"answered_at": "now", "answered_by": "boss", "answer": "adopted", "answer_text": "采纳"}),
    ("journals.Idea", {"author": "boss"}),
    ("journals.Meeting", {"begins_at": "now"}),
    ("journals.Meeting", {"closed_at": "now", "minutes": "布置走访"}),
    ("journals.Journal", {"author": "boss", "state": "submitted", "submitted_at": "now"}),
    ("journals.Journal", {"state": "draft", "submitted_at": None, "day": "today", "kind": "week"}),
    ("kpi.CoachingCase", {"manager": "boss", "period": "2026-09"}),
    ("service.ServiceRequest", {"uuid": "new", "handler": "manager", "state": "handling"}),
    ("service.ServiceRequest", {"uuid": "new", "callback_on": "today", "state": "resolved", "resolved_at": "now"}),
    ("visits.Visit", {"client_uuid": "new", "verified_at": "now", "verified_by": "boss"}),
    ("visits.Visit", {"client_uuid": "new", "manager": "boss", "purpose": "inspection"}),
)


def more(world: World, relation: str) -> None:
    """Lay them for one relation."""
    manager, client = world.managers[relation], world.clients[relation]
    organisation, today = client.organisation, periods.today()
    Disclosure.objects.create(
        organisation=organisation, user=manager, kind="reveal", subject=client.code, reason="核实地址", rows=1
    )
    for name, shared in (("我的", False), ("大家的", True)):
        SavedView.objects.create(
            user=manager, organisation=organisation, name=name + relation, query="tier=A", is_shared=shared
        )
    CardComment.objects.create(card=a_card(world, relation), author=manager, text="谢谢")
    soon = today + dt.timedelta(days=5)
    deals.contract(client, ends_on=soon)
    deals.has(client, deals.product(organisation, nature="deposit"), ends_on=soon)
    deals.opportunity(client, next_step="报价", next_step_on=today)
    visit = Visit.objects.get(pk=a_visit(world, relation)["pk"])
    boss = world.actors[BOSSES.get(relation, "supervisor")]
    for observer in (boss, manager):
        Observation.objects.create(visit=visit, observer=observer, text="陈列整齐")
    if relation == "other_team":  # somebody else's absence: only the deputy sees more
        LeaveCover.objects.create(
            organisation=organisation, person=manager, deputy=world.managers["team"], valid_from=today, valid_to=soon,
            reason="leave", made_by=world.actors["supervisor"],
        )  # fmt: skip


def vary(world: World, relation: str, laid: dict[str, set[Any]]) -> None:
    """The copies, of the rows that were laid."""
    words = {
        "boss": world.actors[BOSSES.get(relation, "supervisor")],
        "manager": world.managers[relation],
        "now": periods.now(),
        "today": periods.today(),
    }
    for label, changes in VARIANTS:
        rows = apps.get_model(label)._base_manager
        row = rows.filter(pk__in=laid[label]).order_by("pk").first()
        if row is None or (relation == "team" and "boss" in changes.values()):  # the same boss as that of the own
            continue
        row.pk = None
        for name, value in changes.items():
            setattr(row, name, uuid.uuid4() if value == "new" else words.get(value, value))
        row._state.adding = True
        row.save(force_insert=True)

"""Joint visits and market inspections."""

import datetime as dt

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import DatabaseError, transaction
from django.test import Client as Browser

from people.models import Notification, Task
from tests.visits.make import TODAY, at, visit
from tests.world import client_of
from visits import checklists, due, services
from visits.forms import VisitForm
from visits.models import ClientTrace, Observation, PlannedVisit, Visit

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("wednesday")]


@pytest.fixture
def supervisor(world):
    browser = Browser()
    browser.force_login(world.supervisor)
    return browser


@pytest.fixture
def am(world):
    browser = Browser()
    browser.force_login(world.am)
    return browser


# --- Joint visits ------------------------------------------------------------------------------------------------


def test_who_came_along_is_asked_and_the_observation_ends_the_task(world, am, supervisor):
    made = visit(world.am, world.clients["own"], companion_id=world.supervisor.pk)
    task = Task.objects.get(owner=world.supervisor)
    assert (task.due_on, task.url) == (TODAY + dt.timedelta(days=2), f"/visits/{made.pk}/#observe")
    answer = supervisor.post(
        f"/visits/{made.pk}/observe/",
        {"text": "讲解清楚，忘了约下次", "item_thanks": "yes", "item_asks_date": "no", "item_x": "no"},
    )
    assert answer.status_code == 302
    seen = Observation.objects.get()
    assert (seen.observer, seen.behaviour) == (world.supervisor, {"thanks": "yes", "asks_date": "no"})
    task.refresh_from_db()
    assert task.done_at
    assert "陪访意见" in Notification.objects.get(user=world.am).text
    page = am.get(f"/visits/{made.pk}/").content.decode()
    assert "周建国的陪访意见" in page
    assert "讲解清楚，忘了约下次" in page
    assert "约定下次走访时间" in page


def test_an_observation_is_corrected_not_doubled_and_ends_with_the_verification(world):
    made = visit(world.am, world.clients["own"])
    services.observe(made, world.supervisor, "第一遍", {})
    services.observe(made, world.supervisor, "第二遍", {"listens": "yes"})
    assert Observation.objects.get().text == "第二遍"
    services.verify([made.pk], world.supervisor, "属实")
    with pytest.raises(PermissionDenied):
        services.observe(made, world.supervisor, "第三遍", {})
    for attack in (lambda: Observation.objects.update(text="改"), lambda: Observation.objects.all().delete()):
        with pytest.raises(DatabaseError, match="sealed"), transaction.atomic():
            attack()


def test_nobody_observes_oneself_and_an_observation_has_words(world):
    own = visit(world.supervisor, world.clients["own"])
    with pytest.raises(PermissionDenied):
        services.observe(own, world.supervisor, "我自己", {})
    with pytest.raises(ValidationError):
        services.observe(visit(world.am, world.clients["own"], at(11)), world.supervisor, "  ", {})


def test_only_a_supervisor_of_the_organisation_comes_along(world):
    client = world.clients["own"]
    data = {
        "client_uuid": "6f1c9f5e-0000-4000-8000-000000000001",
        "checked_in_at": at(9).isoformat(),
        "mode": "on_site",
    }
    for person, is_right in (
        (world.supervisor, True),
        (world.managers["team"], False),
        (world.actors["supervisor_beta"], False),
    ):
        template = checklists.current(client.organisation, client.kind)
        form = VisitForm(
            {**data, "purpose": "routine", "companion": str(person.pk)},
            client=client,
            template=template,
            maker=world.am,
        )
        assert form.is_valid() is is_right, form.errors
        assert ("companion" in form.errors) is not is_right


def test_the_manners_are_a_checklist_of_their_own(world):
    checklists.revise(world.organisation, "", [("", "店面整洁")])
    labels = [checklists.label_of(item) for item in checklists.current(world.organisation, checklists.BEHAVIOUR).items]
    assert "店面整洁" not in labels
    assert len(labels) == 5
    hr = Browser()
    hr.force_login(world.hr)
    assert "服务行为" in hr.get("/visits/checklists/").content.decode()
    answer = hr.post("/visits/checklists/behaviour/", {"code": ["thanks", ""], "label": ["向客户致谢", "双手递名片"]})
    assert answer.status_code == 302
    labels = [checklists.label_of(item) for item in checklists.current(world.organisation, checklists.BEHAVIOUR).items]
    assert labels == ["向客户致谢", "双手递名片"]


# --- Inspections -------------------------------------------------------------------------------------------------


def inspect(world, client=None, **fields) -> Visit:
    values = {"purpose": "inspection", "note": "陈列杂乱", **fields}
    return visit(world.supervisor, client or world.clients["own"], **values)


def test_an_inspection_is_the_supervisors_until_it_is_published(world, am, supervisor):
    made = inspect(world, requirement="两天内恢复陈列", requirement_on=TODAY + dt.timedelta(days=2))
    assert am.get(f"/visits/{made.pk}/").status_code == 404
    assert supervisor.post(f"/visits/{made.pk}/publish/").status_code == 302
    assert am.get(f"/visits/{made.pk}/").status_code == 200
    assert "两天内恢复陈列" in am.get("/visits/inspections/").content.decode()
    task = Task.objects.get(owner=world.am)
    assert (task.title, task.due_on) == ("兴隆便利店：两天内恢复陈列", TODAY + dt.timedelta(days=2))
    assert "周建国检查了兴隆便利店" in Notification.objects.filter(user=world.am).order_by("pk").first().text
    services.publish(made, world.supervisor)  # a second tap
    assert Task.objects.count() == 1


@pytest.mark.parametrize("address", ["/clients/{0}/?tab=visits", "/visits/new/?client={0}"])
def test_what_an_inspection_saw_is_nowhere_told_before_it_is_published(world, am, address):
    made = inspect(world, note="柜台下有外地烟")
    page = address.format(world.clients["own"].pk)
    assert "柜台下有外地烟" not in am.get(page).content.decode()
    services.publish(made, world.supervisor)
    assert "柜台下有外地烟" in am.get(page).content.decode()


def test_published_at_once_with_the_visit(world):
    made = inspect(world, publish=True)
    made.refresh_from_db()
    assert made.published_at
    with pytest.raises(DatabaseError, match="sealed"), transaction.atomic():
        Visit.objects.filter(pk=made.pk).update(note="改")
    with pytest.raises(DatabaseError, match="sealed"), transaction.atomic():
        made.delete()


def test_an_empty_inspection_is_not_published(world, supervisor):
    made = inspect(world, note="")
    with pytest.raises(ValidationError):
        services.publish(made, world.supervisor)
    page = supervisor.post(f"/visits/{made.pk}/publish/", follow=True).content.decode()
    assert "还没有可发布的内容" in page


def test_an_inspection_moves_neither_the_interval_nor_the_numbers_of_the_manager(world):
    client = world.clients["own"]
    before = due.standing_of(client, TODAY).due_on
    made = inspect(world, minutes=0)
    assert due.standing_of(client, TODAY).due_on == before
    assert not ClientTrace.objects.filter(client=client).exists()
    assert not made.flags.exists()
    assert not Visit.objects.to_verify_by(world.supervisor).exists()
    assert services.verify([made.pk], world.actors["supervisor_south"], "").done == 0


def test_a_manager_makes_no_inspection(world):
    made = visit(world.am, world.clients["own"], purpose="inspection", requirement="自己定", publish=True)
    assert (made.purpose, made.requirement, made.published_at) == ("routine", "", None)
    with pytest.raises(DatabaseError, match="visit_published_is_inspection"), transaction.atomic():
        Visit.objects.filter(pk=made.pk).update(requirement="自己定")


@pytest.mark.parametrize(
    ("who", "before", "after"), [("supervisor", "inspection", "routine"), ("am", "care", "inspection")]
)
def test_a_correction_makes_no_inspection_and_unmakes_none(world, supervisor, am, who, before, after):
    maker, browser = (world.supervisor, supervisor) if who == "supervisor" else (world.am, am)
    made = visit(maker, world.clients["own"], purpose=before, requirement="两天内恢复陈列", note="缺价签", minutes=0)
    flags = made.flags.count()
    answer = browser.post(f"/visits/{made.pk}/edit/", {"purpose": after, "note": "改过"})
    assert "检查" in answer.content.decode()
    made.refresh_from_db()
    assert (made.purpose, made.note) == (before, "缺价签")
    assert browser.post(f"/visits/{made.pk}/edit/", {"purpose": before, "note": "缺两个价签"}).status_code == 302
    made.refresh_from_db()
    assert (made.note, made.flags.count()) == ("缺两个价签", flags), "an inspection raises no doubt either"


def test_planned_inspections_are_told_from_others(world, supervisor):
    client, day = world.clients["own"], TODAY.isoformat()
    assert supervisor.post("/visits/inspections/plan/", {"client": client.pk, "day": day}).status_code == 302
    supervisor.post("/visits/inspections/plan/", {"client": client.pk, "day": day})
    line = PlannedVisit.objects.get()
    assert "兴隆便利店" in supervisor.get("/visits/inspections/").content.decode()
    made = inspect(world)
    line.refresh_from_db()
    assert made.is_planned
    assert line.visit == made
    services.drop_inspection(line)
    assert PlannedVisit.objects.exists(), "what was made stays"
    assert not inspect(world, client_of(world.am, "x1", "路过的店")).is_planned


@pytest.mark.parametrize("day", ["", "2026-13-01", "2026-11-17"])
def test_an_inspection_is_planned_for_a_day_to_come(world, supervisor, day):
    answer = supervisor.post("/visits/inspections/plan/", {"client": world.clients["own"].pk, "day": day}, follow=True)
    assert answer.status_code == 200
    assert not PlannedVisit.objects.exists()


def test_the_supervisors_form_begins_as_an_inspection_and_takes_its_requirement(world, supervisor):
    client = world.clients["own"]
    page = supervisor.get(f"/visits/new/?client={client.pk}").content.decode()
    assert "市场检查" in page
    data = {
        "client": client.pk,
        "client_uuid": "6f1c9f5e-0000-4000-8000-000000000002",
        "checked_in_at": at(9).isoformat(),
        "mode": "on_site",
        "purpose": "inspection",
        "requirement": "补齐价签",
        "publish": "on",
    }
    assert supervisor.post("/visits/new/", {**data, "requirement_on": "2020-01-01"}).status_code == 200
    assert supervisor.post("/visits/new/", data).status_code == 302
    made = Visit.objects.get()
    assert made.published_at
    assert made.requirement_on == TODAY + dt.timedelta(days=7)

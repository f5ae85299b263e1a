"""Tasks: one per source, told once, done by owner or giver."""

import datetime as dt

import pytest
from django.test import Client as Browser

from crm.lib import periods
from people.models import Notification, Task
from people.services import give_task

pytestmark = pytest.mark.django_db


def test_one_task_per_source(world):
    first = give_task(world.am, "回访", periods.today(), by=world.supervisor, source="review:1")
    again = give_task(world.am, "又回访", periods.today(), by=world.supervisor, source="review:1")
    assert (again.pk, again.title) == (first.pk, "回访")
    assert Notification.objects.count() == 1


def test_done_keeps_the_first_result(world):
    browser = Browser()
    browser.force_login(world.am)
    task = give_task(world.am, "回访", periods.today())
    browser.post(f"/tasks/{task.pk}/done/", {"note": "已补货"})
    browser.post(f"/tasks/{task.pk}/done/", {"note": "再次"})
    task.refresh_from_db()
    assert task.done_note == "已补货"


def test_done_leads_to_no_foreign_site(world):
    browser = Browser()
    browser.force_login(world.am)
    task = give_task(world.am, "回访", periods.today())
    answer = browser.post(f"/tasks/{task.pk}/done/", {"next": "//example.com/"})
    assert answer.headers["Location"] == "/tasks/"


@pytest.mark.parametrize(
    ("view", "first", "last"), [("mine", "任务0", "任务60"), ("done", "任务60", "任务0"), ("team", "任务0", "任务60")]
)
def test_a_long_list_of_tasks_goes_on_behind_the_first_page(world, view, first, last):
    reader, owner = (world.supervisor, world.am) if view == "team" else (world.am, world.am)
    day = periods.today()
    for number in range(61):
        done_at = periods.now() + dt.timedelta(seconds=number) if view == "done" else None
        Task.objects.create(
            owner=owner, org=owner.unit, title=f"任务{number}", due_on=day + dt.timedelta(days=number), done_at=done_at
        )
    browser = Browser()
    browser.force_login(reader)
    page = browser.get(f"/tasks/?view={view}").context["page"]
    assert (page.items[0].title, len(page.items)) == (first, 50)
    assert browser.get(f"/tasks/{page.next_url}").context["page"].items[-1].title == last
    assert "view=" in page.next_url


def test_a_task_goes_only_to_people_one_sees(world):
    browser = Browser()
    browser.force_login(world.supervisor)
    values = {"title": "查价签", "due_on": str(periods.today())}
    browser.post("/tasks/new/", values | {"owner": world.am.pk})
    page = browser.post("/tasks/new/", values | {"owner": world.managers["other_team"].pk})
    assert page.context["form"].errors["owner"]
    assert Task.objects.get().owner == world.am


def test_opening_a_notification_marks_it_read_and_follows(world):
    give_task(world.am, "回访", periods.today(), by=world.supervisor, url="/alerts/")
    browser = Browser()
    browser.force_login(world.am)
    note = Notification.objects.get()
    assert browser.post(f"/notifications/{note.pk}/").headers["Location"] == "/alerts/"
    note.refresh_from_db()
    assert note.read_at


def test_home_shows_what_is_late_or_soon_due(world):
    today = periods.today()
    for days in (-3, 0, 3, 4):
        give_task(world.am, f"任务{days}", today + dt.timedelta(days=days))
    done = give_task(world.am, "做完的", today)
    browser = Browser()
    browser.force_login(world.am)
    browser.post(f"/tasks/{done.pk}/done/", {"note": "好"})
    page = browser.get("/later/").content.decode()
    assert "到期任务" in page
    assert page.index("任务-3") < page.index("任务0") < page.index("任务3")
    assert "任务4" not in page
    assert "做完的" not in page
    browser.force_login(world.supervisor)
    assert "到期任务" not in browser.get("/later/").content.decode()

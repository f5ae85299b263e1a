"""Pages of people, and the first page of each role."""

import datetime as dt

from django.test import Client as Browser

from people.models import Delivery, Notification, Robot
from people.services import give_task
from tests.world import person

PAGES = {
    **{f"home of {role}": (role, lambda world: "/") for role in ("am", "supervisor", "hr", "back_office", "admin")},
    **{f"home of {role}, the rest": (role, lambda world: "/later/") for role in ("am", "supervisor", "back_office")},
    "search": ("supervisor", lambda world: "/search/?q=张三"),
    "logins": ("am", lambda world: "/me/logins/"),
    "tokens": ("am", lambda world: "/me/tokens/"),
    "tasks": ("am", lambda world: "/tasks/"),
    "notifications": ("am", lambda world: "/notifications/"),
    "notification settings": ("am", lambda world: "/notifications/settings/"),
    "robots": ("admin", lambda world: "/robots/"),
    "staff": ("hr", lambda world: "/staff/"),
    "person": ("admin", lambda world: f"/staff/{world.am.pk}/"),
    "units": ("admin", lambda world: "/units/"),
}


def begin(world):
    """A robot, so that settings and lists ask for it from the start."""
    Robot.objects.create(unit=world.units["north"], name="部门群", url="https://robot.invalid/send")


def grow(world):
    for _number in range(5):
        Browser().force_login(world.am)
    for number in range(20):
        person(world.units["own"], f"more{number}", f"张三{number}", "am")
        give_task(world.am, f"任务{number}", dt.date(2026, 10, 1), by=world.supervisor)
        note = Notification.objects.create(user=world.am, text="有新批阅", key=f"note{number}")
        Delivery.objects.create(notification=note, channel="email", state="failed")
    Robot.objects.create(unit=world.units["own"], name="工作群", url="https://robot.invalid/send")

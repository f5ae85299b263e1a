"""Rows of login, tasks, notifications, staff and units."""

import datetime as dt

from people.models import Delivery, Notification, Robot
from people.services import give_task
from tests.matrix.table import EVERYBODY, SEEN, Row, only

READERS = {"supervisor": 200, "hr": 200, "admin": 200}
SEEN_STAFF = {role: SEEN[role] for role in READERS}
ADMIN_ROW = {"admin": SEEN["admin"]}
ADMIN_POST = {"admin": (302, 302, 302, 404)}


def a_task(world, relation):
    owner = world.managers[relation]
    return {"pk": give_task(owner, "回访", dt.date(2026, 10, 1), by=owner).pk}


def a_notification(world, relation):
    found = Notification.objects.get_or_create(user=world.managers[relation], key="x", defaults={"text": "有新批阅"})
    return {"pk": found[0].pk}


def a_robot(world, relation):
    values = {"name": "工作群", "url": "https://robot.invalid/send"}
    return {"pk": Robot.objects.get_or_create(unit=world.managers[relation].unit, defaults=values)[0].pk}


def a_delivery(world, relation):
    note = Notification.objects.get(pk=a_notification(world, relation)["pk"])
    return {"pk": Delivery.objects.get_or_create(notification=note, channel="email", state="failed")[0].pk}


def a_person(world, relation):
    return {"pk": world.managers[relation].pk}


def a_unit(world, relation):
    return {"pk": world.units[relation].pk}


OWN_ONLY = {
    "am": (302, 404, 404, 404),
    "supervisor": (404, 404, 404, 404),
    "hr": (404, 404, 404, 404),
    "back_office": (404, 404, 404, 404),
    "admin": (404, 404, 404, 404),
}
TASK_DONE = {
    "am": (302, 404, 404, 404),
    "supervisor": (403, 403, 404, 404),
    "hr": (403, 403, 403, 404),
    "back_office": (403, 403, 404, 404),
    "admin": (403, 403, 403, 404),
}

ROWS = [
    Row("people:logout", dict.fromkeys(EVERYBODY, 302), method="POST"),
    Row("people:me", EVERYBODY),
    Row("people:display", EVERYBODY),
    Row(
        "people:display",
        dict.fromkeys(EVERYBODY, 302),
        method="POST",
        data=lambda world, relation: {"week_start": "sunday"},
    ),
    Row("people:password_change", EVERYBODY),
    Row("people:password_change", EVERYBODY, method="POST"),
    Row("people:logins", EVERYBODY),
    Row("people:logins-end", dict.fromkeys(EVERYBODY, 302), method="POST"),
    Row("people:second-factor", EVERYBODY),
    Row("people:second-factor", EVERYBODY, method="POST"),
    Row("people:recovery", dict.fromkeys(EVERYBODY, 302), method="POST"),
    Row("people:second-factor-remove", dict.fromkeys(EVERYBODY, 302), method="POST"),
    Row("people:confirm", EVERYBODY),
    Row("people:confirm", EVERYBODY, method="POST"),
    Row("people:confirmed", dict.fromkeys(EVERYBODY, 302)),
    Row("people:tasks", EVERYBODY),
    Row("people:task-new", EVERYBODY),
    Row("people:task-new", EVERYBODY, method="POST"),
    Row("people:task-done", TASK_DONE, method="POST", kwargs=a_task),
    Row("people:notifications", EVERYBODY),
    Row("people:notifications-read", dict.fromkeys(EVERYBODY, 302), method="POST"),
    Row("people:notification-open", OWN_ONLY, method="POST", kwargs=a_notification),
    Row("people:notice-settings", EVERYBODY),
    Row("people:notice-settings", EVERYBODY, method="POST"),
    Row("people:robots", only("admin")),
    Row("people:robot-new", only("admin")),
    Row("people:robot-new", only("admin"), method="POST"),
    Row("people:robot-edit", ADMIN_ROW, kwargs=a_robot),
    Row("people:robot-edit", ADMIN_ROW, method="POST", kwargs=a_robot),
    Row("people:robot-test", ADMIN_POST, method="POST", kwargs=a_robot),
    Row("people:delivery-again", ADMIN_POST, method="POST", kwargs=a_delivery),
    Row("people:staff", READERS),
    Row("people:person", SEEN_STAFF, kwargs=a_person),
    Row("people:person-new", only("admin")),
    Row("people:person-new", only("admin"), method="POST"),
    Row("people:person-edit", ADMIN_ROW, kwargs=a_person),
    Row("people:person-edit", ADMIN_ROW, method="POST", kwargs=a_person),
    Row("people:person-transfer", ADMIN_ROW, kwargs=a_person),
    Row("people:person-transfer", ADMIN_ROW, method="POST", kwargs=a_person),
    Row("people:person-switch", ADMIN_POST, method="POST", kwargs=a_person),
    Row("people:person-password", {"admin": SEEN["admin"]}, method="POST", kwargs=a_person),
    Row("people:person-logins", ADMIN_POST, method="POST", kwargs=a_person),
    Row("people:person-factor", ADMIN_POST, method="POST", kwargs=a_person),
    Row("people:units", READERS),
    Row("people:unit-new", only("admin")),
    Row("people:unit-new", only("admin"), method="POST"),
    Row("people:unit-edit", ADMIN_ROW, kwargs=a_unit),
    Row("people:unit-edit", ADMIN_ROW, method="POST", kwargs=a_unit),
]

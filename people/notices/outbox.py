"""Puts notifications into the outbox: one delivery for each channel that the person wants."""

import logging
from collections.abc import Iterable, Sequence
from typing import Any

from celery import current_app
from django.conf import settings
from django.db import transaction
from kombu.exceptions import OperationalError as BrokerError

from crm.lib import sql
from people.notices.choices import choices_of
from people.notices.kinds import DIGEST, OFF
from people.notices.models import Delivery

TASK = "people.deliver"
logger = logging.getLogger(__name__)


def put_in(notifications: Sequence[Any], people: Iterable[Any], *, with_robots: bool) -> int:
    """Deliveries of new notifications, and a ring after commit; the number of deliveries."""
    by_id = {person.pk: person for person in people}
    robots = robots_of({person.unit_id for person in by_id.values()}) if with_robots else {}
    found = [
        delivery
        for notification in notifications
        for delivery in deliveries_of(notification, by_id[notification.user_id], robots)
    ]
    Delivery.objects.bulk_create(found, ignore_conflicts=True)
    if found:
        transaction.on_commit(ring)
    return len(found)


def deliveries_of(notification: Any, person: Any, robots: dict[int, int]) -> Iterable[Delivery]:
    """What goes out of one notification, and when: quiet hours and digests wait."""
    choices = choices_of(person.preferences)
    now = notification.created_at
    mode = choices.email_of(notification.kind)
    if settings.EMAIL_ENABLED and person.email and mode != OFF:
        in_digest = mode == DIGEST
        due_at = choices.next_digest(now) if in_digest else choices.after_quiet(now)
        yield Delivery(notification=notification, channel=Delivery.Channel.EMAIL, in_digest=in_digest, due_at=due_at)
    robot_id = robots.get(person.unit_id)
    if robot_id and choices.robot_of(notification.kind):
        yield Delivery(
            notification=notification,
            channel=Delivery.Channel.ROBOT,
            robot_id=robot_id,
            due_at=choices.after_quiet(now),
        )


SPEAKING = """
    SELECT DISTINCT ON (unit.id) unit.id AS listener, robot.id AS robot
    FROM people_robot robot
    JOIN people_orgunit own ON own.id = robot.unit_id
    JOIN people_orgunit unit ON unit.path LIKE own.path || '%%' AND unit.id = ANY(%s)
    WHERE robot.is_active
    ORDER BY unit.id, length(own.path) DESC
"""


def robots_of(units: set[int]) -> dict[int, int]:
    """Unit id → id of the robot that speaks there: the unit's own, else that of the nearest unit above."""
    return {row["listener"]: row["robot"] for row in sql.rows(SPEAKING, [list(units)])}


def ring() -> None:
    """Tell a worker. A broker that is down loses nothing: the clock asks again."""
    try:
        current_app.send_task(TASK, retry=False, expires=60)
    except (BrokerError, OSError) as error:
        logger.warning("broker unreachable, notifications wait for the clock: %s", error)

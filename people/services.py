"""Verbs on the org tree, people, tasks and notifications."""

import datetime as dt
from collections.abc import Iterable, Sequence
from typing import Any

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import F, Value
from django.db.models.functions import Concat, Substr
from django.dispatch import Signal
from django.utils.translation import gettext as _

from crm.lib import periods, sql
from people.models import Level, Notification, OrgUnit, Posting, Profile, Role, Task, User, closed_unit
from people.notices import kinds, outbox

# Sent with ``organisation=`` after a new organisation is in: each package adds the defaults of its industry.
organisation_created = Signal()


def create_unit(parent: OrgUnit | None, code: str, name: str, level: str = Level.GRID, **fields: Any) -> OrgUnit:
    """A new unit; without a parent, a new organisation."""
    unit = OrgUnit(parent=parent, code=code, name=name, level=level, **fields)
    unit.full_clean(exclude=["organisation"])
    unit.save()
    return unit


@transaction.atomic
def create_organisation(code: str, name: str, profile: str = Profile.TOBACCO) -> OrgUnit:
    """A new organisation with its industry's defaults of every package."""
    organisation = create_unit(None, code, name, Level.ORGANISATION, profile=profile)
    organisation_created.send(OrgUnit, organisation=organisation)
    return organisation


@transaction.atomic
def move_unit(unit: OrgUnit, parent: OrgUnit) -> None:
    """Hang a unit with all below it under another parent of the same organisation."""
    list(OrgUnit.objects.filter(organisation=unit.organisation_id).select_for_update())
    unit.refresh_from_db()
    parent.refresh_from_db()
    if unit.contains(parent):
        raise ValidationError({"parent": _("A unit cannot hang under itself. Choose a unit outside of it.")})
    if parent.organisation_id != unit.organisation_id:
        raise ValidationError({"parent": _("A unit stays in its organisation. Choose a unit of the same one.")})
    old, new = unit.path, parent.path + unit.path[-6:]
    OrgUnit.objects.filter(path__startswith=old).update(path=Concat(Value(new), Substr(F("path"), len(old) + 1)))
    OrgUnit.objects.filter(pk=unit.pk).update(parent=parent)
    unit.refresh_from_db()


@transaction.atomic
def add_person(
    unit: OrgUnit, username: str, name: str, role: str, *, password: str | None = None, **fields: Any
) -> User:
    """A new member of staff with the first posting."""
    user = User(username=username, name=name, role=role, unit=unit, **fields)
    user.set_password(password)
    user.full_clean(exclude=["password"])
    save_person(user)
    Posting.objects.create(user=user, unit=unit, role=role, valid_from=user.joined_on)
    return user


def save_person(user: User) -> None:
    """Save a person who was checked; ValidationError where a name or number was given to somebody else meanwhile."""
    try:
        with transaction.atomic():
            user.save()
    except IntegrityError:
        user.full_clean(exclude=["password"])  # says what is taken, and by whom
        raise


def drop_first_password(user: User) -> None:
    """The company vouches for a person: the one-time password that nobody has used opens nothing any more."""
    if user.must_change_password:
        user.set_unusable_password()
        user.must_change_password = False
        user.save(update_fields=["password", "must_change_password"])


@transaction.atomic
def transfer(user: User, unit: OrgUnit, role: str, day: dt.date) -> Posting:
    """Give a person another post from a day on; the former posting ends the day before."""
    if not unit.is_active:
        raise ValidationError(closed_unit(unit))
    current = Posting.objects.select_for_update().filter(user=user, valid_to=None).first()
    if current and current.valid_from >= day:
        raise ValidationError(_("The present post began on %(day)s. Choose a later day.") % {"day": current.valid_from})
    if current:
        current.valid_to = day - dt.timedelta(days=1)
        current.save(update_fields=["valid_to"])
    posting = Posting.objects.create(user=user, unit=unit, role=role, valid_from=day)
    if (user.unit_id, user.role) != (unit.pk, role):
        leave_notices(user)
    user.unit, user.role = unit, role
    user.save(update_fields=["unit", "role"])
    user.refresh_from_db(fields=["generation"])
    return posting


def leave_notices(user: User) -> None:
    """Take away what names rows of a post that the person leaves, also where it still waits to be sent."""
    staying = [kind.code for kind in kinds.all_kinds() if kind.stays]
    Notification.objects.filter(user=user).exclude(kind__in=staying).delete()


def give_task(
    owner: User,
    title: str,
    due_on: dt.date,
    *,
    by: User | None = None,
    source: str = "",
    about: str = "",
    url: str = "",
    note: str = "",
    fresh: bool = False,
) -> Task:
    """A task for a person; the same ``source`` again returns the task that is there.

    ``fresh``: the source has just been made, so that there can be no task of it yet.
    """
    values = {
        "owner": owner,
        "org_id": owner.unit_id,
        "title": title[:200],
        "due_on": due_on,
        "created_by": by,
        "about": about,
        "url": url,
        "note": note,
    }
    if not source or fresh:
        task = Task.objects.create(source=source, **values)
    else:
        task, created = Task.objects.get_or_create(source=source, defaults=values)
        if not created:
            return task
    if by and by.pk != owner.pk:
        notify([owner], _("New task: %(title)s") % {"title": title}, url=url or "/tasks/", key=f"task:{task.pk}")
    return task


def finish_task(task: Task, note: str = "") -> None:
    """Mark a task done; doing it twice keeps the first time."""
    Task.objects.filter(pk=task.pk, done_at=None).update(done_at=periods.now(), done_note=note[:300])
    task.refresh_from_db()


NOTIFIED = """
    INSERT INTO people_notification (user_id, text, url, key, kind, created_at)
    SELECT person, text, url, %(key)s, %(kind)s, %(now)s
    FROM unnest(%(people)s::bigint[], %(texts)s::text[], %(urls)s::text[]) AS line (person, text, url)
    ON CONFLICT DO NOTHING
    RETURNING id, user_id, text, url, EXISTS (SELECT FROM people_robot WHERE is_active) AS has_robots
"""


def notify(people: Iterable[User], text: str, *, url: str = "", key: str) -> None:
    """Tell people once per key; within the caller's transaction, so it appears, and goes out, only if that commits.

    The key's first word, as in ``review:12``, says of which kind it is: see ``people.notices.kinds``.
    """
    notify_each([(person, text, url) for person in people], key=key)


def notify_each(lines: Sequence[tuple[User, str, str]], *, key: str) -> None:
    """``notify`` with a text and an address for each person, in one statement."""
    if not lines:
        return
    values = {"key": key, "kind": kinds.code_of(key)}
    now = periods.now()
    people, texts, urls = zip(*((person.pk, text[:300], url) for person, text, url in lines), strict=True)
    with transaction.atomic():
        rows = sql.rows(
            NOTIFIED, {**values, "now": now, "people": list(people), "texts": list(texts), "urls": list(urls)}
        )
        robots = [row.pop("has_robots") for row in rows]  # of every row: what is left would be no field
        new = [Notification(created_at=now, **row, **values) for row in rows]
        outbox.put_in(new, [person for person, _text, _url in lines], with_robots=any(robots))


def supervisors_of(person: User) -> list[User]:
    """The supervisors of a person: those at the nearest unit upwards that has one."""
    steps = range(len(person.unit.path), 0, -6)
    above = User.objects.active().filter(
        role=Role.SUPERVISOR, unit__path__in=[person.unit.path[:length] for length in steps]
    )
    found = sorted(above.exclude(pk=person.pk).select_related("unit"), key=lambda user: -len(user.unit.path))
    return [user for user in found if user.unit.path == found[0].unit.path]

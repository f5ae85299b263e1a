"""What people offer to places on every page."""

import datetime as dt
from collections.abc import Iterator
from typing import Any

from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from crm.lib import periods
from crm.lib.slots import Entry, home_blocks, search_sources, unit_contents
from people import search
from people.models import OrgUnit, Role, Task, User

READERS = (Role.SUPERVISOR, Role.HR, Role.ADMIN)
AHEAD = dt.timedelta(days=3)
ON_HOME = 5


def home_tasks(request: Any, _subject: Any) -> dict[str, Any] | None:
    """One's own tasks that are late or due within three days, the next due first."""
    found = Task.objects.open().filter(owner=request.user.pk, due_on__lte=periods.today() + AHEAD)
    tasks = list(found[: ON_HOME + 1])
    return {"tasks": tasks[:ON_HOME], "more": len(tasks) > ON_HOME} if tasks else None


def contents(unit: OrgUnit) -> Iterator[str]:
    """People at work and units in use under a unit, the unit itself included."""
    if n := User.objects.active().under(unit).count():
        text = ngettext(
            "%(n)d person works here. Transfer or switch off everybody under Staff first.",
            "%(n)d people work here. Transfer or switch off everybody under Staff first.",
            n,
        )
        yield text % {"n": n}
    if n := OrgUnit.objects.under(unit).open().exclude(pk=unit.pk).count():
        text = ngettext(
            "%(n)d unit in use hangs under it. Move it or switch it off first.",
            "%(n)d units in use hang under it. Move them or switch them off first.",
            n,
        )
        yield text % {"n": n}


search_sources.register(Entry("people", search.hits, label=_("People"), order=20, roles=READERS))
unit_contents.register(Entry("people", contents, order=10))
home_blocks.register(Entry("tasks", home_tasks, "people/home_tasks.html", _("Tasks due"), order=10, later=True))

"""What people offer to places on every page."""

import datetime as dt
from typing import Any

from django.utils.translation import gettext_lazy as _

from crm.lib import periods
from crm.lib.slots import Entry, home_blocks, search_sources
from people import search
from people.models import Role, Task

READERS = (Role.SUPERVISOR, Role.HR, Role.ADMIN)
AHEAD = dt.timedelta(days=3)
ON_HOME = 5


def home_tasks(request: Any, _subject: Any) -> dict[str, Any] | None:
    """One's own tasks that are late or due within three days, the next due first."""
    found = Task.objects.open().filter(owner=request.user.pk, due_on__lte=periods.today() + AHEAD)
    tasks = list(found[: ON_HOME + 1])
    return {"tasks": tasks[:ON_HOME], "more": len(tasks) > ON_HOME} if tasks else None


home_blocks.register(Entry("tasks", home_tasks, "people/home_tasks.html", _("Tasks due"), order=10, later=True))

search_sources.register(Entry("people", search.hits, label=_("People"), order=20, roles=READERS))

"""What the system knows of a span: the facts beside a journal, and the texts that it can begin."""

import datetime as dt
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from crm.lib import periods
from crm.lib.periods import Period
from crm.lib.slots import journal_sections
from crm.lib.templatetags.zoufang import duration
from journals import summing
from journals.rules import Rules
from people.models import Task, User
from visits.models import Mode, PlannedVisit, Visit

LONG_GAP = dt.timedelta(minutes=90)
LATEST = 5  # lines of a section in a journal of a week or month
NAMED = 12  # clients that a plan names before it says "and so on"

Fact = dict[str, Any]  # {"title": …, "lines": [{"text", "when", "url", "tone"}]}


def facts(author: User, period: Period) -> list[Fact]:
    """The sections that the packages fill, the tasks done, and for a day its time line; in the active language."""
    found = [normal(section, period) for section in journal_sections.collect(author, period)]
    if period.kind != periods.DAY:
        found = [*summing.facts(author, period), *found]
    if done := tasks_done(author, period):
        found.append(done)
    if period.kind == periods.DAY and (line := time_line(author, period.start)):
        found.append(line)
    return found


def normal(section: Fact, period: Period) -> Fact:
    """A section with every line as a dictionary, fit for JSON; a longer span names only the last ones."""
    lines = [line if isinstance(line, dict) else {"text": str(line)} for line in section["lines"]]
    if period.kind != periods.DAY:
        lines = lines[-LATEST:]
    return {
        "title": str(section["title"]),
        "lines": [{key: str(value) for key, value in line.items() if value} for line in lines],
    }


def tasks_done(author: User, period: Period) -> Fact | None:
    """The tasks that the author finished in a span."""
    start, end = periods.start_of(period.start), periods.start_of(period.end + dt.timedelta(days=1))
    done = Task.objects.filter(owner=author, done_at__gte=start, done_at__lt=end).order_by("done_at")
    return tasks_section(list(done), period)


def tasks_section(done: Sequence[Task], period: Period) -> Fact | None:
    """Finished tasks at hand, in order of time; a longer span names only the last ones."""
    if not done:
        return None
    one_day = period.kind == periods.DAY
    lines = [
        {
            "text": f"{task.title} · {task.done_note}" if task.done_note else task.title,
            "when": date_format(periods.local(task.done_at), "H:i" if one_day else "m-d H:i"),
        }
        for task in (done if one_day else done[-LATEST:])
        if task.done_at
    ]
    title = ngettext("%(n)d task done", "%(n)d tasks done", len(done)) % {"n": len(done)}
    return {"title": title, "lines": lines}


def time_line(author: User, day: dt.date) -> Fact | None:
    """From when to when the author was out, how much of it with clients, and the long gaps."""
    return time_line_section(list(Visit.objects.filter(manager=author, day=day).order_by("checked_in_at")))


def time_line_section(visits: Sequence[Visit]) -> Fact | None:
    """The same of visits at hand, in order of time."""
    if not visits:
        return None
    first, last = visits[0].checked_in_at, max(ended(visit) for visit in visits)
    minutes = sum(visit.minutes for visit in visits if visit.mode == Mode.ON_SITE)
    lines = [
        {
            "when": f"{clock(first)}–{clock(last)}",
            "text": _("first to last visit, %(time)s with clients") % {"time": duration(minutes * 60)},
        }
    ]
    for before, after in pairwise(visits):
        gap = after.checked_in_at - ended(before)
        if gap >= LONG_GAP:
            lines.append(
                {
                    "when": f"{clock(ended(before))}–{clock(after.checked_in_at)}",
                    "text": _("no visit for %(time)s") % {"time": duration(gap.total_seconds())},
                }
            )
    return {"title": _("Time line of the day"), "lines": lines}


def ended(visit: Visit) -> dt.datetime:
    """When a visit was over; without a check-out, when it began."""
    return visit.checked_out_at or visit.checked_in_at


def clock(moment: dt.datetime) -> str:
    """The time of day as 14:05."""
    return date_format(periods.local(moment), "H:i")


def prefill(author: User, period: Period, rules: Rules) -> dict[str, str]:
    """Texts that a new journal begins with: the next work day's plan, and the tasks due until then."""
    if period.kind != periods.DAY:
        return summing.prefill(author, period)
    day = rules.next_work_day(period.start)
    lines = [line for line in (planned(author, day), due_tasks(author, day)) if line]
    return {"plan": "\n".join(lines)} if lines else {}


def planned(author: User, day: dt.date) -> str:
    """The visits planned for a day in one sentence, or nothing."""
    plans = PlannedVisit.objects.filter(manager=author, day=day).exclude(state=PlannedVisit.State.RETURNED)
    names = list(plans.order_by("pk").values_list("client__name", flat=True))
    if not names:
        return ""
    named = _(", ").join(names[:NAMED])
    if len(names) > NAMED:
        named = _("%(names)s and others") % {"names": named}
    count = ngettext("%(n)d client", "%(n)d clients", len(names)) % {"n": len(names)}
    return _("%(day)s: visit %(count)s: %(names)s.") % {
        "day": date_format(day, "SHORT_DATE_FORMAT"),
        "count": count,
        "names": named,
    }


def due_tasks(author: User, day: dt.date) -> str:
    """The open tasks due until a day in one sentence, or nothing."""
    titles = list(Task.objects.filter(owner=author, due_on__lte=day).open().values_list("title", flat=True)[:5])
    return _("To do: %(tasks)s.") % {"tasks": _("; ").join(title.rstrip("。.") for title in titles)} if titles else ""

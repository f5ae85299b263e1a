"""What journals put on lower pages: blocks of the home page, mentions on the client page."""

import datetime as dt
from typing import Any

from django.db.models import Exists, OuterRef, Q
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from clients.models import LeaveCover
from crm.lib import periods
from crm.lib.periods import Period
from crm.lib.slots import Entry, home_blocks, journal_sections, search_sources
from crm.lib.templatetags.zoufang import moment
from crm.lib.timeline import Source, client_timeline
from journals import calendar, joint, search
from journals.desk import counts_of
from journals.models import Idea, JointWork, Journal, JournalKind, Meeting
from journals.querysets import units_in_charge
from journals.rules import Rules, rules_for
from journals.sharing import new_articles
from people.models import User
from people.notices.kinds import NOW, NoticeKind, register
from visits.models import Visit

LOOKED_BACK = 14  # days in which the home page looks for missing journals
NAMED = 4
LINE = ("author", "kind", "day", "state", "due_at", "submitted_at")


def author_block(request: HttpRequest, _subject: None) -> dict[str, Any] | None:
    """The author's journal of today, what came back, and what is missing."""
    rules = rules_for(request.user)
    today = periods.today()
    start = today - dt.timedelta(days=LOOKED_BACK)
    recent = Q(day__gte=start) | ~Q(kind=JournalKind.DAY) | Q(state=Journal.State.RETURNED)
    rows = Journal.objects.filter(recent, author=request.user.pk, day__gte=Period.month(start).previous.start)
    # Asked along with the journals, as hardly anybody has been away.
    leave = LeaveCover.objects.filter(person=request.user.pk, valid_to__gte=start, valid_from__lte=today)
    found = {(row.kind, row.day): row for row in rows.only(*LINE).annotate(was_away=Exists(leave))}
    lines = [
        line_of(row, _("Returned"), "danger", _("Read the requirement and revise it"))
        for row in found.values()
        if row.state == Journal.State.RETURNED
    ]
    expected = rules.expected_days(max(start, request.user.joined_on), today)
    if not found or any(row.was_away for row in found.values()):
        away = LeaveCover.objects.days_of(request.user.pk, start, today)
        expected = [day for day in expected if day not in away]
    for day in reversed(expected):
        journal = found.get((JournalKind.DAY, day)) or unsaved(request.user, JournalKind.DAY, day, rules)
        state = calendar.state_of(journal, journal.due_at, expected=True, start=day)
        if state == "missing":
            lines.append(line_of(journal, _("Missing"), "danger", _("Can still be submitted, counted as late")))
        elif state == "open":
            lines.append(line_of(journal, _("To write"), "brand", due_text(journal)))
        elif day == today:
            lines.append(line_of(journal, journal.get_state_display(), "success", ""))
    for period in (Period.week(today), Period.week(today).previous, Period.month(today).previous):
        journal = found.get((period.kind, period.start)) or unsaved(request.user, period.kind, period.start, rules)
        ended = period.end <= today + dt.timedelta(days=2)
        if ended and period.start >= request.user.joined_on and journal.submitted_at is None:
            word, tone = (_("Missing"), "danger") if journal.is_late else (_("To write"), "brand")
            lines.append(line_of(journal, word, tone, due_text(journal)))
    return {"lines": lines[:6]} if lines else None


def due_text(journal: Journal) -> str:
    """Until when it is asked for."""
    return _("Submit by %(when)s") % {"when": moment(journal.due_at, "inline")}


def unsaved(author: User, kind: str, day: dt.date, rules: Rules) -> Journal:
    """A journal that nobody has begun."""
    journal = Journal(author=author, kind=kind, day=day)
    journal.due_at = rules.due_at(journal.period)
    return journal


def line_of(journal: Journal, word: str, tone: str, text: str) -> dict[str, str]:
    """A line of the block."""
    if journal.submitted_at and journal.state != Journal.State.RETURNED:
        url = reverse("journals:detail", args=[journal.pk])
    else:
        url = reverse("journals:write", args=[str(journal.period)])
    return {"title": journal.title, "word": word, "tone": tone, "text": text, "url": url}


def supervisor_block(request: HttpRequest, _subject: None) -> dict[str, Any]:
    """What waits for review, and who has not handed in the last journal that was due."""
    rules = rules_for(request.user)
    counts = counts_of(request.user, rules)
    missing = missing_from_last_day(request.user, rules)
    names = _(", ").join(missing[:NAMED])
    if len(missing) > NAMED:
        names = _("%(names)s and others") % {"names": names}
    return {"counts": counts, "missing": missing, "missing_names": names}


def missing_from_last_day(user: User, rules: Rules) -> list[str]:
    """Names of the managers in charge without a journal of the last day whose deadline has passed."""
    day = last_due_day(rules)
    if day is None:
        return []
    handed_in = Journal.objects.handed_in().filter(author=OuterRef("pk"), kind=JournalKind.DAY, day=day)
    managers = User.objects.managers().filter(unit__in=units_in_charge(user.unit), joined_on__lte=day)
    away = LeaveCover.objects.on(day).filter(person=OuterRef("pk"))
    return list(
        managers.exclude(Exists(handed_in)).exclude(Exists(away)).order_by("name").values_list("name", flat=True)
    )


def last_due_day(rules: Rules) -> dt.date | None:
    """The latest work day whose deadline has passed."""
    today = periods.today()
    days = rules.expected_days(today - dt.timedelta(days=LOOKED_BACK), today)
    passed = [day for day in days if rules.due_at(Period(periods.DAY, day, day)) < periods.now()]
    return passed[-1] if passed else None


def reading_block(request: HttpRequest, _subject: None) -> dict[str, Any] | None:
    """What is to be read this morning, today's meetings, and for those above the ideas that wait."""
    user, today = request.user, periods.today()
    start = periods.start_of(today)
    articles = list(new_articles(user)[:3])
    meetings = list(
        Meeting.objects.visible_to(user)
        .filter(begins_at__gte=start, begins_at__lt=start + dt.timedelta(days=1))
        .order_by("begins_at")[:3]
    )
    ideas = Idea.objects.editable_by(user).count()
    if not (articles or meetings or ideas):
        return None
    return {"articles": articles, "meetings": meetings, "ideas": ideas}


def _mentions(clients: Any, user: User) -> Any:
    """Day journals of whoever visited a client on their day."""
    visits = Visit.objects.filter(client__in=clients)
    return (
        Journal.objects.visible_to(user)
        .handed_in()
        .filter(Exists(visits.filter(manager=OuterRef("author"), day=OuterRef("day"))), kind=JournalKind.DAY)
        .filter(author__in=visits.values("manager"))
    )


def _mention(row: dict[str, Any]) -> dict[str, Any]:
    journal = Journal(kind=JournalKind.DAY, day=dt.date.fromisoformat(row["day"]))
    return {
        "icon": "notebook",
        "title": _("%(title)s of %(name)s") % {"title": journal.title, "name": row["name"]},
        "url": reverse("journals:detail", args=[row["pk"]]),
        "tone": "neutral",
    }


home_blocks.register(Entry("journal", author_block, "journals/blocks/author.html", order=40, roles=("am",)))
home_blocks.register(
    Entry("journals-to-review", supervisor_block, "journals/blocks/supervisor.html", order=20, roles=("supervisor",))
)
home_blocks.register(Entry("reading", reading_block, "journals/blocks/reading.html", order=60, later=True))
client_timeline.register(
    Source(
        "journals",
        _mentions,
        "submitted_at",
        {"pk": "pk", "day": "day", "name": "author__name"},
        _mention,
        is_day=False,
    ),
    Source(
        "joint work",
        lambda clients, user: JointWork.objects.visible_to(user).filter(client__in=clients),
        "day",
        {"pk": "pk", "name": "author__name", "other": "partner__name", "text": "text"},
        joint.client_event,
    ),
)
journal_sections.register(Entry("joint work", joint.section, order=30))

register(NoticeKind("review", gettext_lazy("Reviews of journals"), ("review", "reading"), email=NOW, order=30))
register(NoticeKind("journal", gettext_lazy("Journals and samples"), ("journal", "draw"), order=31))
register(
    NoticeKind(
        "team", gettext_lazy("Meetings, plans, ideas"), ("meeting", "planitem", "idea", "joint"), robot=True, order=40
    )
)
search_sources.register(Entry("journals", search.hits, label=gettext_lazy("Journals"), order=30))

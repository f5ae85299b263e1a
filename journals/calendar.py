"""One person's journals over a month, day by day: handed in, late, missing, still to come."""

import datetime as dt
from dataclasses import dataclass, field

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from clients.models import LeaveCover
from crm.lib import periods
from crm.lib.periods import Period
from journals.models import Journal, JournalKind
from journals.rules import Rules
from people import zones
from people.models import User

# State of a day → word and tone.
WORDS = {
    "reviewed": (_("Reviewed"), "success"),
    "submitted": (_("Submitted"), "info"),
    "late": (_("Late"), "warning"),
    "returned": (_("Returned"), "danger"),
    "missing": (_("Missing"), "danger"),
    "open": (_("To write"), "brand"),
    "rest": (pgettext_lazy("calendar", "Rest"), "neutral"),
    "ahead": ("", "neutral"),
}


@dataclass
class Cell:
    """A day and how its journal stands."""

    day: dt.date
    state: str
    journal: Journal | None = None
    inside: bool = True  # of the month shown
    is_today: bool = False

    @property
    def word(self) -> object:
        """The state in a word."""
        return WORDS[self.state][0]

    @property
    def tone(self) -> str:
        """The colour of the state."""
        return WORDS[self.state][1]

    @property
    def is_late(self) -> bool:
        """Handed in late, whatever came of it."""
        return bool(self.journal and self.journal.submitted_at and self.journal.is_late)


@dataclass
class MonthBoard:
    """A month in weeks as its reader begins them, with the journals of weeks and of the month itself."""

    month: Period
    weeks: list[list[Cell]] = field(default_factory=list)
    weekdays: list[object] = field(default_factory=list)  # short names, in their order
    longer: list[Cell] = field(default_factory=list)  # week summaries and the month report
    expected: int = 0  # days whose deadline has passed
    handed_in: int = 0  # of those
    on_time: int = 0  # of those

    @property
    def missing(self) -> list[Cell]:
        """Days whose journal is missing, the latest first."""
        return [
            cell for week in reversed(self.weeks) for cell in reversed(week) if cell.inside and cell.state == "missing"
        ]

    @property
    def journals(self) -> list[Cell]:
        """Days with a journal, the latest first."""
        return [cell for week in reversed(self.weeks) for cell in reversed(week) if cell.inside and cell.journal]


def state_of(journal: Journal | None, due_at: dt.datetime, *, expected: bool, start: dt.date) -> str:
    """How a span stands: a key of WORDS."""
    if start > periods.today():
        return "ahead"
    if journal and journal.submitted_at:
        if journal.state == Journal.State.SUBMITTED and journal.is_late:
            return "late"
        return str(journal.state)
    if not expected:
        return "open" if journal else "rest"  # begun on a day of rest: it may be handed in, and nobody misses it
    return "missing" if due_at < periods.now() else "open"


def month_of(author: User, month: Period, rules: Rules) -> MonthBoard:
    """The author's month; four queries at most. Week summaries are those of weeks from Monday to Sunday."""
    weekday = zones.first_weekday(author)
    first, last = zones.week_around(month.start, weekday).start, zones.week_around(month.end, weekday).end
    monday = month.start - dt.timedelta(days=month.start.weekday())
    rows = Journal.objects.filter(author=author, day__gte=min(first, monday), day__lte=last)
    found = {(row.kind, row.day): row for row in rows}
    expected = set(rules.expected_days(max(first, author.joined_on), last))
    expected -= LeaveCover.objects.days_of(author.pk, first, last)
    board = MonthBoard(month, weekdays=zones.weekday_names(weekday))
    today = periods.today()
    for start in (first + dt.timedelta(days=step) for step in range(0, (last - first).days + 1, 7)):
        week = []
        for day in (start + dt.timedelta(days=step) for step in range(7)):
            journal = found.get((JournalKind.DAY, day))
            due_at = journal.due_at if journal else rules.due_at(Period(periods.DAY, day, day))
            state = state_of(journal, due_at, expected=day in expected, start=day)
            inside = month.start <= day <= month.end
            week.append(Cell(day, state, journal, inside, day == today))
            if inside and day in expected and due_at < periods.now():
                board.expected += 1
                board.handed_in += bool(journal and journal.submitted_at)
                board.on_time += bool(journal and journal.submitted_at and not journal.is_late)
        board.weeks.append(week)
    while monday <= month.end:
        board.longer.append(longer_cell(found.get((JournalKind.WEEK, monday)), Period.week(monday), rules, author))
        monday += dt.timedelta(days=7)
    board.longer.append(longer_cell(found.get((JournalKind.MONTH, month.start)), month, rules, author))
    board.longer = [cell for cell in board.longer if cell.state != "ahead"]
    return board


def longer_cell(journal: Journal | None, period: Period, rules: Rules, author: User) -> Cell:
    """How a week summary or month report stands."""
    due_at = journal.due_at if journal else rules.due_at(period)
    cell = Cell(
        period.start, state_of(journal, due_at, expected=period.end >= author.joined_on, start=period.start), journal
    )
    if journal is None:
        cell.journal = Journal(author=author, kind=period.kind, day=period.start, due_at=due_at)
    return cell

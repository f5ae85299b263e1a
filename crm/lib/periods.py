"""Days, months and other periods. The only place that knows what "today" and "this month" are.

A month is the date of its first day. A period is written ``2026-10-31`` (day), ``2026-W44`` (ISO week), ``2026-10``
(month), ``2026-Q4``, ``2026-H2`` or ``2026``.
"""

import datetime as dt
import re
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

from django.utils import timezone
from django.utils.translation import gettext as _

MONTH, DAY, WEEK, QUARTER, HALF, YEAR = "month", "day", "week", "quarter", "half", "year"


class PeriodError(ValueError):
    """The text names no period of the kind that is needed."""


_set_clock: ContextVar[dt.datetime | None] = ContextVar("set_clock", default=None)


def now() -> dt.datetime:
    """The aware present."""
    return _set_clock.get() or timezone.now()


@contextmanager
def clock_at(moment: dt.datetime) -> Iterator[None]:
    """Inside, the present is ``moment``: to replay in this process what happened on an earlier day."""
    token = _set_clock.set(moment)
    try:
        yield
    finally:
        _set_clock.reset(token)


def local(moment: dt.datetime) -> dt.datetime:
    """The moment in the time zone of the site."""
    return timezone.localtime(moment, timezone.get_default_timezone())


def shown(moment: dt.datetime) -> dt.datetime:
    """The moment in the time zone of whoever reads the page; only for showing it."""
    return timezone.localtime(moment)


def today() -> dt.date:
    """The calendar day in the time zone of the site."""
    return timezone.localdate(now(), timezone.get_default_timezone())


def start_of(day: dt.date) -> dt.datetime:
    """The aware first moment of a day."""
    return timezone.make_aware(dt.datetime.combine(day, dt.time.min), timezone.get_default_timezone())


def at(day: dt.date, hour: int, minute: int = 0) -> dt.datetime:
    """The aware moment of a wall-clock time on a day."""
    return timezone.make_aware(dt.datetime.combine(day, dt.time(hour, minute)), timezone.get_default_timezone())


def month_of(day: dt.date) -> dt.date:
    """The month that a day is in."""
    return day.replace(day=1)


def add_months(month: dt.date, count: int) -> dt.date:
    """The month ``count`` months later (or earlier, below 0)."""
    index = month.year * 12 + month.month - 1 + count
    return dt.date(index // 12, index % 12 + 1, 1)


def last_day(month: dt.date) -> dt.date:
    """The last day of a month."""
    return add_months(month_of(month), 1) - dt.timedelta(days=1)


def this_month() -> dt.date:
    """The current month."""
    return month_of(today())


def last_whole_month(day: dt.date) -> dt.date:
    """The latest month that is over at the end of ``day``; a month is over on its last day."""
    month = month_of(day)
    return month if day == last_day(month) else add_months(month, -1)


@dataclass(frozen=True)
class Period:
    """A span of whole days, ``start`` to ``end`` inclusive."""

    kind: str
    start: dt.date
    end: dt.date

    @classmethod
    def parse(cls, text: str, *kinds: str) -> "Period":
        """The period that a text names; PeriodError when it names none, or none of ``kinds``."""
        period = cls._parse(str(text).strip())
        if period is None or (kinds and period.kind not in kinds):
            raise PeriodError(
                _("“%(text)s” is not a period. Write a day as 2026-10-31, a month as 2026-10, a quarter as 2026-Q4.")
                % {"text": text}
            )
        return period

    @classmethod
    def _parse(cls, text: str) -> "Period | None":
        try:
            if re.fullmatch(r"\d{4}-\d{2}-\d{2}", text):
                day = dt.date.fromisoformat(text)
                return cls(DAY, day, day)
            if re.fullmatch(r"\d{4}-\d{2}", text):
                month = dt.date.fromisoformat(f"{text}-01")
                return cls(MONTH, month, last_day(month))
            if match := re.fullmatch(r"(\d{4})-W(\d{2})", text):
                monday = dt.date.fromisocalendar(int(match[1]), int(match[2]), 1)
                return cls(WEEK, monday, monday + dt.timedelta(days=6))
            if match := re.fullmatch(r"(\d{4})-Q([1-4])", text):
                return cls._months(QUARTER, int(match[1]), (int(match[2]) - 1) * 3, 3)
            if match := re.fullmatch(r"(\d{4})-H([12])", text):
                return cls._months(HALF, int(match[1]), (int(match[2]) - 1) * 6, 6)
            if re.fullmatch(r"\d{4}", text):
                return cls._months(YEAR, int(text), 0, 12)
        except ValueError:
            return None
        return None

    @classmethod
    def _months(cls, kind: str, year: int, offset: int, count: int) -> "Period":
        start = add_months(dt.date(year, 1, 1), offset)
        return cls(kind, start, last_day(add_months(start, count - 1)))

    @classmethod
    def month(cls, day: dt.date) -> "Period":
        """The month around a day."""
        return cls(MONTH, month_of(day), last_day(day))

    @classmethod
    def week(cls, day: dt.date) -> "Period":
        """The ISO week around a day, Monday to Sunday."""
        monday = day - dt.timedelta(days=day.weekday())
        return cls(WEEK, monday, monday + dt.timedelta(days=6))

    @property
    def months(self) -> list[dt.date]:
        """The months that the period touches, in order."""
        month, months = month_of(self.start), []
        while month <= self.end:
            months.append(month)
            month = add_months(month, 1)
        return months

    @property
    def previous(self) -> "Period":
        """The period of the same kind just before."""
        before = self.start - dt.timedelta(days=1)
        if self.kind in (DAY, WEEK):
            return Period(self.kind, self.start - (self.end - self.start) - dt.timedelta(days=1), before)
        return Period(self.kind, add_months(self.start, -len(self.months)), before)

    def __str__(self) -> str:
        match self.kind:
            case "day":
                return self.start.isoformat()
            case "week":
                year, week, _day = self.start.isocalendar()
                return f"{year}-W{week:02}"
            case "month":
                return f"{self.start:%Y-%m}"
            case "quarter":
                return f"{self.start.year}-Q{(self.start.month + 2) // 3}"
            case "half":
                return f"{self.start.year}-H{1 if self.start.month == 1 else 2}"
        return str(self.start.year)

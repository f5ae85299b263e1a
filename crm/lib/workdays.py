"""Work days: public holidays and make-up work days of China, weekends elsewhere, and an organisation's own changes.

An organisation's changes are its setting ``work_days``: ``{"rest": ["2026-11-20"], "work": ["2026-11-21"]}``.
"""

import datetime as dt
from collections.abc import Mapping, Sequence
from functools import lru_cache

import chinese_calendar

Changes = Mapping[str, Sequence[str]]


def is_work_day(day: dt.date, changes: Changes | None = None) -> bool:
    """Whether people work on a day."""
    text = day.isoformat()
    if changes and text in changes.get("rest", ()):
        return False
    return bool(changes and text in changes.get("work", ())) or _is_usual_work_day(day)


@lru_cache(maxsize=4096)
def _is_usual_work_day(day: dt.date) -> bool:
    try:
        return bool(chinese_calendar.is_workday(day))
    except NotImplementedError:
        # The government publishes a year's make-up days late in the year before: until then weekends and holidays.
        return day.weekday() < 5 and day not in _holidays(day.year)


@lru_cache(maxsize=64)
def _holidays(year: int) -> frozenset[dt.date]:
    import holidays  # slow to load, and asked only for years that the government has not published

    return frozenset(holidays.country_holidays("CN", years=year))


def work_days(start: dt.date, end: dt.date, changes: Changes | None = None) -> list[dt.date]:
    """The work days of a span, both ends inclusive."""
    days = (start + dt.timedelta(days=step) for step in range((end - start).days + 1))
    return [day for day in days if is_work_day(day, changes)]


def next_work_day(day: dt.date, changes: Changes | None = None) -> dt.date:
    """The first work day after a day."""
    return same_or_next_work_day(day + dt.timedelta(days=1), changes)


def same_or_next_work_day(day: dt.date, changes: Changes | None = None) -> dt.date:
    """The day itself if people work then, else the first work day after it."""
    while not is_work_day(day, changes):
        day += dt.timedelta(days=1)
    return day


def add_work_days(day: dt.date, count: int, changes: Changes | None = None) -> dt.date:
    """The count-th work day after a day, before it if count is negative; the day itself for 0."""
    step = dt.timedelta(days=1 if count > 0 else -1)
    left = abs(count)
    while left:
        day += step
        left -= is_work_day(day, changes)
    return day


def work_days_between(start: dt.date, end: dt.date, changes: Changes | None = None) -> int:
    """How many work days lie after start, up to and with end; negative when end comes first."""
    if end < start:
        return -work_days_between(end, start, changes)
    return len(work_days(start + dt.timedelta(days=1), end, changes))

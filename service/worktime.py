"""Working hours: deadlines that run only while people are at work."""

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from crm.lib import periods
from crm.lib.workdays import Changes, is_work_day

Span = tuple[dt.datetime, dt.datetime]
USUAL = (("08:30", "12:00"), ("13:30", "18:00"))  # eight hours


@dataclass(frozen=True)
class WorkTime:
    """The working hours of an organisation: clock spans of a work day, and the days that differ from the calendar."""

    clock: Sequence[Sequence[str]] = USUAL
    changes: Changes = field(default_factory=dict)

    def spans_of(self, day: dt.date) -> list[Span]:
        """The working spans of a day, in order; none on a rest day."""
        if not is_work_day(day, self.changes):
            return []
        return [(_at(day, start), _at(day, end)) for start, end in self.clock]

    def add(self, start: dt.datetime, minutes: int) -> dt.datetime:
        """The moment at which so many working minutes have passed since start."""
        left = dt.timedelta(minutes=minutes)
        for begin, end in self._forward(start):
            length = end - begin
            if left <= length:
                return begin + left
            left -= length
        raise AssertionError("work time never ends")

    def back(self, end: dt.datetime, minutes: int) -> dt.datetime:
        """The moment from which to end so many working minutes pass."""
        left = dt.timedelta(minutes=minutes)
        day = periods.local(end).date()
        while True:
            for begin, finish in reversed(self.spans_of(day)):
                finish = min(finish, end)
                if finish > begin:
                    if left <= finish - begin:
                        return finish - left
                    left -= finish - begin
            day -= dt.timedelta(days=1)

    def between(self, start: dt.datetime, end: dt.datetime) -> int:
        """Whole working minutes from start to end; negative when end comes first."""
        if end < start:
            return -self.between(end, start)
        total = dt.timedelta(0)
        for begin, finish in self._forward(start):
            if begin >= end:
                break
            total += min(finish, end) - begin
        return int(total.total_seconds() // 60)

    def _forward(self, start: dt.datetime) -> Iterator[Span]:
        day = periods.local(start).date()
        while True:
            for begin, end in self.spans_of(day):
                if end > start:
                    yield max(begin, start), end
            day += dt.timedelta(days=1)


def _at(day: dt.date, clock: str) -> dt.datetime:
    time = dt.time.fromisoformat(clock)
    return periods.at(day, time.hour, time.minute)

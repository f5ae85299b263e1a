"""Birthdays and festivals by the solar and the lunar calendar."""

import datetime as dt
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _
from lunardate import LunarDate


@dataclass(frozen=True)
class Festival:
    """A day on which one greets: (month, day) of the solar or the lunar calendar."""

    name: str
    label: Any
    month: int
    day: int
    is_lunar: bool


FESTIVALS = (
    Festival("new_year", _("New Year"), 1, 1, False),
    Festival("spring", _("Spring Festival"), 1, 1, True),
    Festival("dragon_boat", _("Dragon Boat Festival"), 5, 5, True),
    Festival("mid_autumn", _("Mid-Autumn Festival"), 8, 15, True),
    Festival("national_day", _("National Day"), 10, 1, False),
)
BY_NAME = {festival.name: festival for festival in FESTIVALS}


def solar_marks(day: dt.date) -> list[tuple[int, int]]:
    """(month, day) of the birthdays that fall on a day; those of 29 February come a day early in a common year."""
    marks = [(day.month, day.day)]
    if (day.month, day.day) == (2, 28) and (day + dt.timedelta(days=1)).day == 1:
        marks.append((2, 29))
    return marks


def lunar_marks(day: dt.date) -> list[tuple[int, int]]:
    """(month, day) of the lunar birthdays that fall on a day.

    One of the thirtieth is kept on the twenty-ninth where the month has no thirtieth; in a leap month, which repeats
    the one before, nobody has a birthday again.
    """
    lunar = LunarDate.from_solar_date(day.year, day.month, day.day)
    if lunar.is_leap_month:
        return []
    marks = [(lunar.month, lunar.day)]
    following = day + dt.timedelta(days=1)
    if lunar.day == 29 and LunarDate.from_solar_date(following.year, following.month, following.day).day == 1:
        marks.append((lunar.month, 30))
    return marks


def birthdays(first: dt.date, last: dt.date) -> list[tuple[dt.date, bool, int, int]]:
    """(day, lunar?, month, day of month) of all birthdays that fall into a span of days."""
    found = []
    for step in range((last - first).days + 1):
        day = first + dt.timedelta(days=step)
        found += [(day, False, *mark) for mark in solar_marks(day)]
        found += [(day, True, *mark) for mark in lunar_marks(day)]
    return found


def festivals(first: dt.date, last: dt.date) -> list[tuple[dt.date, Festival]]:
    """The festivals of a span of days, in order."""
    found = []
    for step in range((last - first).days + 1):
        day = first + dt.timedelta(days=step)
        solar, lunar = (day.month, day.day), lunar_marks(day)[:1]
        found += [
            (day, festival)
            for festival in FESTIVALS
            if (festival.month, festival.day) in (lunar if festival.is_lunar else [solar])
        ]
    return found

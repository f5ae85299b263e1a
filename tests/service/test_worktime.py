"""Working hours: nights, lunch, weekends and holidays do not count."""

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm.lib import periods
from service.worktime import WorkTime

WORK = WorkTime()
FRIDAY, MONDAY = dt.date(2026, 11, 20), dt.date(2026, 11, 23)


def at(day, clock):
    hour, minute = map(int, clock.split(":"))
    return periods.at(day, hour, minute)


@pytest.mark.parametrize(
    ("start", "minutes", "end"),
    [
        ((FRIDAY, "09:00"), 60, (FRIDAY, "10:00")),
        ((FRIDAY, "11:30"), 60, (FRIDAY, "14:00")),  # over lunch
        ((FRIDAY, "17:30"), 60, (MONDAY, "09:00")),  # over the weekend
        ((FRIDAY, "20:00"), 30, (MONDAY, "09:00")),  # begun after work
        ((FRIDAY, "08:30"), 480, (FRIDAY, "18:00")),  # a whole day ends that day
        ((dt.date(2026, 9, 30), "17:00"), 120, (dt.date(2026, 10, 8), "09:30")),  # over the National Day holidays
    ],
)
def test_adding(start, minutes, end):
    assert WORK.add(at(*start), minutes) == at(*end)
    assert WORK.between(at(*start), at(*end)) == minutes
    assert WORK.between(at(*end), at(*start)) == -minutes


def test_back_is_the_way_to_the_same_point():
    assert WORK.back(at(MONDAY, "09:00"), 60) == at(FRIDAY, "17:30")
    assert WORK.back(at(MONDAY, "03:00"), 60) == at(FRIDAY, "17:00")


def test_an_organisation_has_own_hours_and_days():
    work = WorkTime([("09:00", "17:00")], {"work": ["2026-11-21"]})
    assert work.add(at(FRIDAY, "16:00"), 120) == at(dt.date(2026, 11, 21), "10:00")


@given(st.integers(0, 60 * 24 * 20), st.integers(0, 3000))
def test_adding_and_measuring_agree(offset, minutes):
    start = periods.at(dt.date(2026, 9, 20), 0) + dt.timedelta(minutes=offset)
    end = WORK.add(start, minutes)
    assert WORK.between(start, end) == minutes
    assert WORK.between(WORK.back(end, minutes), end) == minutes

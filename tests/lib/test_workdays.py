"""Work days, with holidays, make-up days and an organisation's own changes."""

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm.lib import workdays


@pytest.mark.parametrize(
    ("day", "works"),
    [
        ("2026-11-20", True),  # a Friday
        ("2026-11-21", False),  # a Saturday
        ("2026-10-01", False),  # National Day
        ("2026-10-10", True),  # a Saturday made up for the holiday
        ("2027-10-01", False),  # a year without a published calendar still knows the holidays
        ("2031-03-03", True),
    ],
)
def test_usual_days(day, works):
    assert workdays.is_work_day(dt.date.fromisoformat(day)) is works


def test_changes_of_the_organisation_win():
    changes = {"rest": ["2026-11-20"], "work": ["2026-11-21"]}
    assert not workdays.is_work_day(dt.date(2026, 11, 20), changes)
    assert workdays.is_work_day(dt.date(2026, 11, 21), changes)
    assert workdays.next_work_day(dt.date(2026, 11, 19), changes) == dt.date(2026, 11, 21)


def test_spans():
    assert len(workdays.work_days(dt.date(2026, 11, 1), dt.date(2026, 11, 30))) == 21
    assert workdays.next_work_day(dt.date(2026, 11, 20)) == dt.date(2026, 11, 23)
    assert workdays.same_or_next_work_day(dt.date(2026, 11, 20)) == dt.date(2026, 11, 20)


def test_the_holidays_of_2026():
    """The State Council's calendar for 2026: days off, and the weekend days that make up for them."""
    off = {"01": "1 2 3", "02": "15 16 17 18 19 20 21 22 23", "04": "4 5 6", "05": "1 2 3 4 5", "06": "19 20 21"}
    off |= {"09": "25 26 27", "10": "1 2 3 4 5 6 7"}
    for month, days in off.items():
        for day in days.split():
            assert not workdays.is_work_day(dt.date(2026, int(month), int(day)))
    for day in ("01-04", "02-14", "02-28", "05-09", "09-20", "10-10"):
        weekend = dt.date.fromisoformat(f"2026-{day}")
        assert weekend.weekday() >= 5
        assert workdays.is_work_day(weekend)


def test_adding_and_counting_over_national_day():
    wednesday, saturday = dt.date(2026, 9, 30), dt.date(2026, 10, 10)
    assert workdays.add_work_days(wednesday, 1) == dt.date(2026, 10, 8)
    assert workdays.add_work_days(wednesday, 3) == saturday
    assert workdays.add_work_days(saturday, -3) == wednesday
    assert workdays.work_days_between(wednesday, saturday) == 3
    changes = {"rest": ["2026-10-10"]}
    assert workdays.add_work_days(wednesday, 3, changes) == dt.date(2026, 10, 12)
    assert workdays.work_days_between(wednesday, saturday, changes) == 2


@given(st.dates(dt.date(2024, 1, 1), dt.date(2029, 12, 31)), st.integers(-60, 60))
def test_counting_undoes_adding(day, count):
    there = workdays.add_work_days(day, count)
    if count:
        assert workdays.is_work_day(there)
        assert (there > day) == (count > 0)
    if count >= 0 or workdays.is_work_day(day):  # going back from a day of rest passes one work day more
        assert workdays.work_days_between(day, there) == count

"""Work days, with holidays, make-up days and an organisation's own changes."""

import datetime as dt

import pytest

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

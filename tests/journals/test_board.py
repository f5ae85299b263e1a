"""Rates of the board against journals that were counted by hand."""

import datetime as dt
from decimal import Decimal

import pytest
from django.test import Client as Browser

from clients.models import LeaveCover
from crm.lib import periods
from crm.lib.periods import Period
from journals import board, calendar, services
from journals.rules import rules_of
from people.models import Role
from tests.journals.helpers import DAY, handed_in, visit
from tests.world import person
from visits.models import TraceFlag

pytestmark = pytest.mark.django_db
NOVEMBER = Period.parse("2026-11")


@pytest.fixture
def month(world, monkeypatch):
    """Friday noon: 14 work days of November are due. One on time, one late, one with a confirmed doubt."""
    monkeypatch.setattr(periods, "now", lambda: periods.at(dt.date(2026, 11, 20), 12))
    first = handed_in(world.am, dt.date(2026, 11, 2))
    services.review(first, 1, world.supervisor, mark=4, at=first.due_at + dt.timedelta(hours=10))
    late = services.open_journal(world.am, "day", dt.date(2026, 11, 3))
    services.submit(late, {"summary": "正常。"}, at=late.due_at + dt.timedelta(hours=1))
    services.review(late, 1, world.supervisor, mark=2, at=late.due_at + dt.timedelta(hours=50))
    handed_in(world.am, DAY)
    TraceFlag.objects.create(visit=visit(world.am, world.clients["own"]), kind="too_short", state="justified")
    return world


def test_rates_of_a_person(month):
    found = board.board_of(month.units["own"], NOVEMBER, rules_of(month.organisation.pk))
    (row,) = found.people
    assert (row["expected"], row["handed_in"], row["on_time"], row["late"], row["missing"]) == (14, 3, 2, 1, 11)
    assert row["submission"] == Decimal(3) / 14
    # The review of the late one came 49 hours after it; the one of the 19th is not due yet.
    assert (row["reviewed_in_time"], row["reviews_due"]) == (1, 2)
    assert row["mark"] == 3
    assert (row["complete"], row["correct"]) == (2, 2)
    expected = (Decimal(2) / 3 + Decimal(2) / 3 + Decimal(2) / 14 + Decimal(1) / 2) / 4
    assert round(row["quality"], 8) == round(expected, 8)


def test_units_add_up_their_people(month):
    found = board.board_of(month.organisation, NOVEMBER, rules_of(month.organisation.pk))
    rows = {row["name"]: row for row in found.units}
    assert (rows["城北市场部"]["people"], rows["城北市场部"]["expected"], rows["城北市场部"]["handed_in"]) == (2, 28, 3)
    assert rows["城南市场部"]["handed_in"] == 0
    assert found.total["expected"] == 42


def test_who_is_in_the_unit_itself_is_added_up_too(month):
    for number in range(2):
        person(month.units["north"], f"am.north{number}", f"直属{number}", Role.AM)
    found = board.board_of(month.units["north"], NOVEMBER, rules_of(month.organisation.pk))
    assert [(row["name"], row["people"]) for row in found.units] == [
        ("城北市场部", 2),
        ("东街网格", 1),
        ("西街网格", 1),
    ]
    assert (found.total["expected"], len(found.people)) == (56, 4)
    browser = Browser()
    browser.force_login(month.supervisor)
    assert (
        "城北市场部（直属）"
        in browser.get(f"/journals/board/{month.units['north'].pk}/?month=2026-11").content.decode()
    )


def test_the_mean_mark_of_a_unit_is_that_of_its_marks(month):
    other = handed_in(month.managers["team"], DAY)
    services.review(other, 1, month.supervisor, mark=5)
    without = handed_in(month.managers["team"], dt.date(2026, 11, 18))
    services.review(without, 1, month.supervisor, evaluation="详实")
    found = board.board_of(month.organisation, NOVEMBER, rules_of(month.organisation.pk))
    assert round(found.units[0]["mark"], 6) == round(Decimal(4 + 2 + 5) / 3, 6)


def test_the_heat_map_shows_each_day(month):
    found = board.board_of(month.units["own"], NOVEMBER, rules_of(month.organisation.pk))
    (row,) = found.heat
    states = {cell["day"].day: cell["state"] for cell in row.cells}
    assert (states[2], states[3], states[4], states[19], states[20]) == (
        "reviewed",
        "late",
        "missing",
        "submitted",
        "open",
    )
    assert 1 not in states  # a Sunday
    marks = {cell["day"].day: cell.get("mark") for cell in row.cells}
    assert marks[2] == 4


def test_nothing_is_expected_before_joining(month):
    month.am.joined_on = dt.date(2026, 11, 19)
    month.am.save()
    found = board.board_of(month.units["own"], NOVEMBER, rules_of(month.organisation.pk))
    assert (found.people[0]["expected"], found.people[0]["handed_in"]) == (1, 1)


def test_days_of_leave_are_not_asked_for(month):
    """As in the scores: away with a deputy in charge from the 4th to the 18th, eleven work days of the fourteen."""
    LeaveCover.objects.create(
        organisation=month.organisation, person=month.am, deputy=month.managers["team"],
        valid_from=dt.date(2026, 11, 4), valid_to=dt.date(2026, 11, 18), made_by=month.supervisor,
    )  # fmt: skip
    rules = rules_of(month.organisation.pk)
    found = board.board_of(month.units["own"], NOVEMBER, rules)
    (row,) = found.people
    assert (row["expected"], row["handed_in"], row["missing"]) == (3, 3, 0)
    states = {cell["day"].day: cell["state"] for cell in found.heat[0].cells}
    assert {states[day] for day in range(4, 19) if day in states} == {"rest"}
    own = calendar.month_of(month.am, NOVEMBER, rules)
    assert (own.expected, own.handed_in, own.missing) == (3, 3, [])


def test_a_draft_of_a_day_of_rest_is_not_missed(month):
    sunday = dt.date(2026, 11, 15)
    services.open_journal(month.am, "day", sunday)
    found = calendar.month_of(month.am, NOVEMBER, rules_of(month.organisation.pk))
    states = {cell.day: cell.state for week in found.weeks for cell in week}
    assert (states[sunday], states[dt.date(2026, 11, 8)]) == ("open", "rest")
    assert sunday not in {cell.day for cell in found.missing}

"""Boards: who hands in, who is on time, how quickly reviews come, how good the records are."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from crm.lib import periods, sql
from crm.lib.periods import Period
from journals.calendar import WORDS
from journals.rules import Rules
from people.models import OrgUnit

PEOPLE_SHOWN = 60  # in a heat map; larger units are entered one by one

AWAY = """EXISTS (
        SELECT FROM clients_leavecover l WHERE l.person_id = p.id AND d.day BETWEEN l.valid_from AND l.valid_to
    )"""

# A day counts for a person once its deadline has passed, the person had joined, and was not away with a deputy in
# charge, as in the scores. Journals are those of days.
PEOPLE = f"""
    SELECT p.id, p.name, u.name AS unit, u.id AS unit_id, u.path,
           count(d.day) AS expected,
           count(j.submitted_at) AS handed_in,
           count(j.id) FILTER (WHERE j.submitted_at <= j.due_at) AS on_time,
           count(r.id) AS reviewed,
           count(r.id) FILTER (
               WHERE r.created_at <= v.submitted_at + %(review)s * interval '1 hour'
           ) AS reviewed_in_time,
           count(j.submitted_at) FILTER (
               WHERE r.id IS NOT NULL OR v.submitted_at + %(review)s * interval '1 hour' < %(now)s
           ) AS reviews_due,
           avg(r.mark) AS mark,
           count(r.mark) AS marked,
           count(v.id) FILTER (WHERE q.complete) AS complete,
           count(v.id) FILTER (WHERE q.correct) AS correct
    FROM people_user p
    JOIN people_orgunit u ON u.id = p.unit_id
    LEFT JOIN unnest(%(days)s::date[]) AS d(day) ON d.day >= p.joined_on AND NOT {AWAY}
    LEFT JOIN journals_journal j
        ON j.author_id = p.id AND j.kind = 'day' AND j.day = d.day AND j.submitted_at IS NOT NULL
    LEFT JOIN LATERAL (
        SELECT * FROM journals_journalversion x WHERE x.journal_id = j.id ORDER BY x.number LIMIT 1
    ) v ON true
    LEFT JOIN journals_review r ON r.version_id = v.id
    LEFT JOIN LATERAL (
        SELECT (SELECT count(*) FROM jsonb_each_text(v.sections) s
                WHERE char_length(s.value) >= %(least_characters)s) >= %(least_sections)s AS complete,
               NOT EXISTS (
                   SELECT 1 FROM visits_visit w JOIN visits_traceflag f ON f.visit_id = w.id
                   WHERE w.manager_id = j.author_id AND w.day = j.day AND f.state = 'justified'
               ) AS correct
    ) q ON v.id IS NOT NULL
    WHERE p.role = 'am' AND p.is_active AND u.path LIKE %(path)s
    GROUP BY p.id, p.name, u.name, u.id, u.path
"""

# One level down: each child of the unit as one line, and as one more who is in the unit itself.
UNITS = f"""
    SELECT c.id, c.name, c.path, count(q.id) AS people,
           sum(q.expected) AS expected, sum(q.handed_in) AS handed_in, sum(q.on_time) AS on_time,
           sum(q.reviewed) AS reviewed, sum(q.reviewed_in_time) AS reviewed_in_time, sum(q.reviews_due) AS reviews_due,
           sum(q.mark * q.marked) / nullif(sum(q.marked), 0) AS mark,
           sum(q.complete) AS complete, sum(q.correct) AS correct
    FROM people_orgunit c
    JOIN ({PEOPLE}) q ON q.path = c.path OR c.id <> %(unit)s AND q.path LIKE c.path || '%%'
    WHERE c.parent_id = %(unit)s OR c.id = %(unit)s
    GROUP BY c.id, c.name, c.path
    ORDER BY c.path
"""

CELLS = f"""
    SELECT p.id AS person, d.day, j.id AS journal, j.submitted_at, j.due_at, j.state, r.mark,
           (SELECT count(*) FROM visits_visit w WHERE w.manager_id = p.id AND w.day = d.day) AS visits,
           {AWAY} AS away
    FROM people_user p
    CROSS JOIN unnest(%(days)s::date[]) AS d(day)
    LEFT JOIN journals_journal j
        ON j.author_id = p.id AND j.kind = 'day' AND j.day = d.day AND j.submitted_at IS NOT NULL
    LEFT JOIN LATERAL (
        SELECT mark FROM journals_review x WHERE x.journal_id = j.id ORDER BY x.created_at DESC LIMIT 1
    ) r ON true
    WHERE p.id = ANY(%(people)s) AND d.day >= p.joined_on
"""

LEAST_CHARACTERS = 4  # of a section that counts as written: “None.” and “As usual.” in Chinese are shorter
LEAST_SECTIONS = 4  # of the five

RATES = {  # rate → numerator and denominator
    "submission": ("handed_in", "expected"),
    "punctuality": ("on_time", "expected"),
    "review": ("reviewed_in_time", "reviews_due"),
    "completeness": ("complete", "handed_in"),
    "correctness": ("correct", "handed_in"),
}


def rates(row: dict[str, Any]) -> dict[str, Any]:
    """The row with its rates; None where there is nothing to divide by."""
    for name, (part, whole) in RATES.items():
        row[name] = Decimal(row[part]) / Decimal(row[whole]) if row[whole] else None
    row["missing"] = row["expected"] - row["handed_in"]
    row["late"] = row["handed_in"] - row["on_time"]
    parts = [row[name] for name in ("completeness", "correctness", "punctuality", "review") if row[name] is not None]
    row["quality"] = sum(parts) / len(parts) if parts else None
    return row


@dataclass
class HeatRow:
    """A person's days."""

    person: dict[str, Any]
    cells: list[dict[str, Any]] = field(default_factory=list)


@dataclass
class Board:
    """A unit's month: its children and its people, and the heat map of the people."""

    unit: OrgUnit
    month: Period
    days: list[dt.date]
    units: list[dict[str, Any]]
    people: list[dict[str, Any]]
    heat: list[HeatRow]
    total: dict[str, Any]


def due_days(month: Period, rules: Rules) -> list[dt.date]:
    """The work days of a month whose deadline has passed."""
    now = periods.now()
    days = rules.expected_days(month.start, month.end)
    return [day for day in days if rules.due_at(Period(periods.DAY, day, day)) < now]


def parameters(unit: OrgUnit, days: Sequence[dt.date], rules: Rules) -> dict[str, Any]:
    """What the statements need."""
    return {
        "unit": unit.pk,
        "path": f"{unit.path}%",
        "days": list(days),
        "review": rules.review_hours,
        "now": periods.now(),
        "least_characters": LEAST_CHARACTERS,
        "least_sections": LEAST_SECTIONS,
    }


def board_of(unit: OrgUnit, month: Period, rules: Rules) -> Board:
    """The board of a unit and month: three statements whatever the number of people."""
    days = due_days(month, rules)
    values = parameters(unit, days, rules)
    units = [rates(row) for row in sql.rows(UNITS, values)]
    query = f"{PEOPLE} ORDER BY u.path, p.name, p.id LIMIT {PEOPLE_SHOWN + 1}"
    people = [rates(row) for row in sql.rows(query, values)]
    shown = people[:PEOPLE_SHOWN] if len(people) <= PEOPLE_SHOWN else []
    heat = heat_of(shown, month, rules)
    keys = ("expected", "handed_in", "on_time", "reviewed", "reviewed_in_time", "reviews_due", "complete", "correct")
    total = rates({key: sum(row[key] or 0 for row in units) for key in keys})
    if shown and all(row["people"] <= 1 for row in units):
        units = []  # each line would be said again by its one person's
    if all(row["id"] == unit.pk for row in units):
        units = []  # nothing hangs under it
    return Board(unit, month, heat_days(month, rules), units, shown, heat, total)


def heat_days(month: Period, rules: Rules) -> list[dt.date]:
    """The work days of a month up to today."""
    return [day for day in rules.expected_days(month.start, month.end) if day <= periods.today()]


def heat_of(people: list[dict[str, Any]], month: Period, rules: Rules) -> list[HeatRow]:
    """A row of days for each person: the state of the journal, the mark, and the visits."""
    days = heat_days(month, rules)
    found = sql.rows(CELLS, {"days": days, "people": [person["id"] for person in people]})
    by_place = {(row["person"], row["day"]): row for row in found}
    deadlines = {day: rules.due_at(Period(periods.DAY, day, day)) for day in days}
    now = periods.now()
    heat = []
    for person in people:
        row = HeatRow(person)
        for day in days:
            cell = by_place.get((person["id"], day))
            row.cells.append({"day": day, **(cell or {}), "state": cell_state(cell, deadlines[day], now)})
        for cell in row.cells:
            cell["word"] = WORDS[cell["state"]][0]
        heat.append(row)
    return heat


def cell_state(cell: dict[str, Any] | None, due_at: dt.datetime, now: dt.datetime) -> str:
    """How a person's day stands: a key of WORDS; lateness outweighs what came of it."""
    if cell is None:
        return "rest"  # not with us yet
    if cell["submitted_at"] is None:
        if cell["away"]:
            return "rest"
        return "missing" if due_at < now else "open"
    if cell["submitted_at"] > cell["due_at"]:
        return "late"
    return str(cell["state"])

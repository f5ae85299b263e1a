"""The account managers' days: whom they saw, called and planned, by whose turn it was and what lay on the way."""

import datetime as dt
import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from math import ceil, cos, hypot, sin, tau

from crm.demo.cards import Card
from crm.demo.styles import STYLES, Style, at
from crm.lib import periods
from crm.lib.workdays import is_work_day, work_days

MINUTES = {"A": 24, "B": 18, "C": 13, "D": 10}  # usual minutes on site by tier
CALLS_BETWEEN = (dt.time(14, 40), dt.time(17, 50))
LUNCH = (dt.time(11, 55), dt.time(13, 50))
LAST_START = dt.time(17, 25)
SPEED_KM_A_MINUTE = 0.5
DETOUR = 1.3
PLAN_AHEAD = 5  # work days from today that have a plan
USUAL_WORK_DAYS = 21
OFFICE_SHARE = 0.05  # work days with meetings and papers only


@dataclass
class Meeting:
    """A visit or call as it happened; times are of the local clock."""

    card: Card
    manager: str
    style: Style
    share: float  # of the manager's days in the demo that had passed
    mode: str
    start: dt.datetime
    seconds: int
    tier: str
    is_planned: bool
    x: float | None = None
    y: float | None = None
    accuracy: int | None = None
    no_place_reason: str = ""
    is_complaint: bool = False

    @property
    def day(self) -> dt.date:
        """The calendar day."""
        return self.start.date()

    @property
    def end(self) -> dt.datetime:
        """When it was over."""
        return self.start + dt.timedelta(seconds=self.seconds)


@dataclass
class Day:
    """One manager's day: what was planned and what happened, in order."""

    manager: str
    day: dt.date
    planned: list[Card] = field(default_factory=list)
    meetings: list[Meeting] = field(default_factory=list)


@dataclass(frozen=True)
class Shift:
    """A manager with the clients looked after from a day to a day."""

    username: str
    style: str
    cards: Sequence[Card]
    start: dt.date
    end: dt.date
    office: tuple[float, float]  # km east and north


Tiers = Callable[[dt.date], Mapping[str, str]]  # month → client code → tier
Standards = Mapping[str, tuple[int, int]]  # tier → days between visits, between calls


class Calendar:
    """Walks through the days of an organisation's managers."""

    def __init__(self, rng: random.Random, first: dt.date, today: dt.date, tiers: Tiers, standards: Standards):
        self.rng, self.first, self.today, self.tiers, self.standards = rng, first, today, tiers, standards
        self.seen: dict[str, dt.date] = {}
        self.called: dict[str, dt.date] = {}

    def walk(self, shifts: Sequence[Shift]) -> list[Day]:
        """Every day of every shift until today, and the plans of the days to come; earlier shifts come first."""
        days: list[Day] = []
        for shift in sorted(shifts, key=lambda shift: shift.start):
            self._begin(shift)
            for day in self._days(shift):
                days.append(self._day(shift, day))
            if shift.end >= self.today:
                days += self._plans(shift)
        return days

    def _begin(self, shift: Shift) -> None:
        """Give each client that has no history a last visit somewhere within its interval before the first day."""
        tiers = self.tiers(periods.month_of(shift.start))
        for card in shift.cards:
            visit, call = self.standards[tiers.get(card.code, "C")]
            self.seen.setdefault(card.code, shift.start - dt.timedelta(days=self.rng.randint(1, visit)))
            self.called.setdefault(card.code, shift.start - dt.timedelta(days=self.rng.randint(1, call)))

    def _days(self, shift: Shift) -> list[dt.date]:
        found = work_days(max(self.first, shift.start), min(self.today, shift.end))
        day = max(self.first, shift.start)
        while day <= min(self.today, shift.end):
            # Now and then somebody looks after an urgent matter on a day of rest.
            if not is_work_day(day) and self.rng.random() < 0.025:
                found.append(day)
            day += dt.timedelta(days=1)
        return sorted(found)

    def _day(self, shift: Shift, day: dt.date) -> Day:
        rng, style = self.rng, STYLES[shift.style]
        share = (day - shift.start).days / max(1, (shift.end - shift.start).days)
        rest = not is_work_day(day)
        tiers = self.tiers(periods.month_of(day))
        visits, calls = at(style.visits, share) * _pace(day), at(style.calls, share)
        if rest:
            visits, calls = 1.0, 0.0
        elif rng.random() < OFFICE_SHARE:
            visits, calls = 0.0, calls + 3
        elif day.weekday() == 4:
            visits, calls = visits * 0.75, calls + 1.5
        number = max(1 if visits else 0, round(rng.gauss(visits, 0.9))) if visits else 0
        found = Day(shift.username, day)
        due = self._due(shift, day, tiers, number + 2, style) if number else []
        self._meet(shift, found, self._route(shift.office, due[:number]), tiers, share, rest)
        if not rest:
            # Some clients were on the plan and yet not seen.
            missed = [card for card in due[number:] if rng.random() < 0.3]
            found.planned += [card for card in missed if card not in found.planned]
            self._call(shift, found, tiers, share, max(0, round(rng.gauss(calls, 1.0))))
        found.meetings.sort(key=lambda meeting: meeting.start)
        return found

    def lateness(self, card: Card, day: dt.date, tier: str) -> float:
        """Days since the last visit over the days that the tier allows."""
        allowed = self.standards[tier][0]
        if card.is_representative:
            allowed = min(allowed, 30)
        return (day - self.seen[card.code]).days / allowed

    def _due(self, shift: Shift, day: dt.date, tiers: Mapping[str, str], number: int, style: Style) -> list[Card]:
        """The clients of a day: the one whose turn it is most, and others that are nearly due and lie near it."""
        if not number:
            return []
        rng = self.rng
        urgency: list[tuple[float, Card]] = []
        for card in shift.cards:
            if card.opened_on > day:
                continue
            tier = tiers.get(card.code, "C")
            late = self.lateness(card, day, tier)
            weight = {"A": 1.25, "B": 1.1}.get(tier, 1.0)
            if style.avoids_large and (tier == "A" or card.is_difficult):
                weight = 0.45
            if late > 0.7:
                urgency.append((late * weight * rng.uniform(0.93, 1.07), card))
        if not urgency:
            return []
        first = max(urgency, key=lambda pair: pair[0])[1]
        scored = [
            (late**2 / (1 + hypot(card.x - first.x, card.y - first.y) / 1.5), number, card)
            for number, (late, card) in enumerate(urgency)
            if card is not first
        ]
        scored.sort(key=lambda entry: (-entry[0], entry[1]))
        return [first, *(card for _score, _number, card in scored[: number - 1])]

    def _route(self, office: tuple[float, float], cards: list[Card]) -> list[Card]:
        """The cards in the order of the next nearest, from the office."""
        here, left, route = office, list(cards), []
        while left:
            nearest = min(left, key=lambda card: hypot(card.x - here[0], card.y - here[1]))
            left.remove(nearest)
            route.append(nearest)
            here = nearest.x, nearest.y
        return route

    def _meet(
        self, shift: Shift, found: Day, route: list[Card], tiers: Mapping[str, str], share: float, rest: bool
    ) -> None:
        rng, style = self.rng, STYLES[shift.style]
        clock = dt.datetime.combine(found.day, dt.time(8, 32 if not rest else 40)) + dt.timedelta(
            minutes=rng.randint(3, 24), seconds=rng.randint(0, 59)
        )
        here = shift.office
        afternoon = ceil(len(route) * 0.6) if len(route) > 3 else len(route)
        for index, card in enumerate(route):
            is_planned = not rest and rng.random() < style.planned
            if is_planned:
                found.planned.append(card)
            travel = hypot(card.x - here[0], card.y - here[1]) * DETOUR / SPEED_KM_A_MINUTE + rng.uniform(3, 15)
            clock += dt.timedelta(minutes=travel)
            if clock.time() < LUNCH[1] and (index == afternoon or clock.time() > LUNCH[0]):
                clock = dt.datetime.combine(found.day, LUNCH[1]) + dt.timedelta(
                    minutes=rng.randint(0, 25), seconds=rng.randint(0, 59)
                )
            if clock.time() > LAST_START:
                break  # the day is over: the rest waits
            tier = tiers.get(card.code, "C")
            minutes = MINUTES.get(tier, 13) * style.minutes * rng.lognormvariate(0, 0.35)
            meeting = Meeting(
                card, shift.username, style, share, "on_site", clock, max(130, int(minutes * 60)), tier, is_planned
            )
            self._place(meeting)
            meeting.is_complaint = rng.random() < style.complaints
            found.meetings.append(meeting)
            self.seen[card.code] = self.called[card.code] = found.day
            clock, here = meeting.end, (card.x, card.y)

    def _place(self, meeting: Meeting) -> None:
        """Where the phone says that the manager was: some metres off, seldom nowhere, for some managers elsewhere."""
        rng, card = self.rng, meeting.card
        if rng.random() < (0.03 if card.market == "rural" else 0.008):
            meeting.no_place_reason = rng.choice(("no_signal", "no_signal", "denied"))
            return
        off = min(rng.expovariate(1 / 28), 210) / 1000
        if rng.random() < meeting.style.doubtful:
            if rng.random() < 0.5:
                off = rng.uniform(0.65, 3.2)
            else:
                meeting.seconds = rng.randint(35, 110)
        angle = rng.uniform(0, tau)
        meeting.x, meeting.y = card.x + off * cos(angle), card.y + off * sin(angle)
        meeting.accuracy = rng.choices((5, 8, 12, 15, 22, 35, 60), (2, 5, 6, 5, 3, 2, 1))[0]

    def _call(self, shift: Shift, found: Day, tiers: Mapping[str, str], share: float, number: int) -> None:
        rng, style = self.rng, STYLES[shift.style]
        late = [
            ((found.day - self.called[card.code]).days / self.standards[tiers.get(card.code, "C")][1], index, card)
            for index, card in enumerate(shift.cards)
            if card.opened_on <= found.day
        ]
        late.sort(key=lambda entry: (-entry[0], entry[1]))
        start, end = (dt.datetime.combine(found.day, time) for time in CALLS_BETWEEN)
        last = max((meeting.end for meeting in found.meetings), default=start)
        start = max(start, last + dt.timedelta(minutes=12))
        for _late, _index, card in late[:number]:
            clock = start + dt.timedelta(minutes=rng.uniform(1, 14))
            if clock > end:
                break
            seconds = rng.randint(125, 420)
            tier = tiers.get(card.code, "C")
            mode = "online" if rng.random() < 0.12 else "phone"
            found.meetings.append(Meeting(card, shift.username, style, share, mode, clock, seconds, tier, False))
            self.called[card.code] = found.day
            start = clock + dt.timedelta(seconds=seconds)

    def _plans(self, shift: Shift) -> list[Day]:
        """Plans of the next work days after today; nobody is planned twice."""
        style = STYLES[shift.style]
        plans: list[Day] = []
        taken: set[str] = set()
        day = self.today
        tiers = self.tiers(periods.month_of(self.today))
        while len(plans) < PLAN_AHEAD:
            day += dt.timedelta(days=1)
            if not is_work_day(day):
                continue
            number = round(at(style.visits, 1.0))
            due = [card for card in self._due(shift, day, tiers, number * 4, style) if card.code not in taken][:number]
            taken |= {card.code for card in due}
            plans.append(Day(shift.username, day, self._route(shift.office, due)))
        return plans


@lru_cache
def _month_pace(month: dt.date) -> float:
    return min(1.15, USUAL_WORK_DAYS / len(work_days(month, periods.last_day(month))))


def _pace(day: dt.date) -> float:
    """How much more a day has to bring in a month with many holidays."""
    return _month_pace(periods.month_of(day))

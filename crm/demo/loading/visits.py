"""Visits with what follows from each: the client's trace, the plan, the task, the doubts, the verification."""

import datetime as dt
import random
import uuid
from collections import defaultdict
from collections.abc import Mapping, Sequence
from functools import cache
from itertools import pairwise
from math import cos, radians
from typing import Any

from django.urls import reverse

from clients.models import ServiceStandard, TierResult
from crm.demo.cards import KM_PER_DEGREE
from crm.demo.days import Calendar, Day, Meeting, Shift
from crm.demo.loading.base import Loading, aware, copy_in, next_ids, supervisor_of
from crm.demo.loading.people import hand_over_day
from crm.demo.loading.together import choose_companions
from crm.demo.notes import Note, Writer
from crm.demo.styles import STYLES
from crm.demo.telling import words
from crm.lib import periods, sql
from crm.lib.geo import distance_m
from crm.lib.workdays import same_or_next_work_day
from people.models import Role, Task
from visits import checklists, flags
from visits.limits import Limits, limits_of
from visits.models import Mode, PlannedVisit, TraceFlag, Visit
from visits.services.log import follow_up_title
from visits.similarity import NEARLY_EQUAL, marks, normalised, similarity

Held = list[tuple[Day, list[tuple[Meeting, Note]]]]  # the days in order, each with what was written


def load_visits(loading: Loading) -> tuple[Held, list[Visit]]:
    """All days of the demo: simulated, written down, and put in with what the product makes of a visit."""
    days = _walk(loading)
    templates = {
        kind: checklists.ensure(loading.organisation, kind) for kind in checklists.kinds_of(loading.organisation)
    }
    ticks = {kind: [item["code"] for item in template.items] for kind, template in templates.items()}
    last_month = periods.last_whole_month(loading.today)
    writer = Writer(loading.stream("notes"), loading.profile, last_month, ticks)
    held: Held = []
    visits: list[Visit] = []
    rng = loading.stream("visits")
    for day in days:
        written = [(meeting, writer.write(meeting)) for meeting in day.meetings if meeting.end < loading.now]
        held.append((day, written))
        visits += [_visit(loading, rng, meeting, note, templates) for meeting, note in written]
    marks_of = cache(marks)
    for visit, number in zip(visits, next_ids(Visit, len(visits)), strict=True):
        visit.pk = number
        visit.note_marks = marks_of(visit.manager_id, flags.words_of(visit))
    choose_companions(loading, visits)
    doubts = _doubts(loading, visits)
    _verify(loading, visits, doubts)
    copy_in(visits)
    copy_in(doubts)
    _trace(loading)
    _plans(loading, days, visits)
    _tasks(loading, visits)
    return held, visits


def _walk(loading: Loading) -> list[Day]:
    results: dict[Any, dict[str, str]] = defaultdict(dict)
    found = TierResult.objects.filter(organisation=loading.organisation).values_list("month", "client__code", "tier")
    for month, code, tier in found:
        results[month][code] = tier

    def tiers(month: dt.date) -> Mapping[str, str]:
        """Those of the month before are in force."""
        return results[periods.add_months(month, -1)]

    standards = {
        standard.tier: (standard.visit_days, standard.call_days)
        for standard in ServiceStandard.objects.filter(organisation=loading.organisation)
    }
    calendar = Calendar(loading.stream("days"), loading.first_day, loading.today, tiers, standards)
    return calendar.walk(_shifts(loading))


def _shifts(loading: Loading) -> list[Shift]:
    shifts = []
    hand_over = hand_over_day(loading)
    for person in loading.staff(Role.AM):
        cards = [card for card in loading.cards if card.grid in person["grids"]]
        start = hand_over if person.get("joins") else loading.first_day
        end = hand_over - dt.timedelta(days=1) if person.get("leaves") else loading.today
        # Rural managers set out from the town of their grid, where the station is.
        x = sum(card.x for card in cards) / len(cards)
        y = sum(card.y for card in cards) / len(cards)
        shifts.append(Shift(person["username"], person["style"], cards, start, end, (x, y)))
    return shifts


def _visit(loading: Loading, rng: random.Random, meeting: Meeting, note: Note, templates: Mapping[str, Any]) -> Visit:
    card = meeting.card
    visit = Visit(
        organisation=loading.organisation,
        client=loading.clients[card.pk],
        manager=loading.users[meeting.manager],
        client_uuid=uuid.UUID(int=rng.getrandbits(128), version=4),
        day=meeting.day,
        mode=meeting.mode,
        purpose=note.purpose,
        is_planned=meeting.is_planned,
        checked_in_at=aware(meeting.start),
        checked_out_at=aware(meeting.end),
        minutes=meeting.seconds // 60,
        no_place_reason=meeting.no_place_reason,
        people_met=note.people_met,
        checklist=note.checklist,
        checklist_template=templates[card.kind] if note.checklist else None,
        demand=note.demand,
        note=note.note,
        result=note.result,
        next_step=note.next_step,
        next_step_on=note.next_step_on,
        saved_at=aware(min(meeting.end + dt.timedelta(seconds=rng.randint(5, 90)), loading.now)),
    )
    if meeting.x is not None and meeting.y is not None:
        # The same plane as the client's own coordinates: the difference in km, turned into degrees.
        visit.longitude = round(
            card.longitude + (meeting.x - card.x) / (KM_PER_DEGREE * cos(radians(card.latitude))), 6
        )
        visit.latitude = round(card.latitude + (meeting.y - card.y) / KM_PER_DEGREE, 6)
        visit.accuracy_m = meeting.accuracy
        if card.has_place:
            visit.distance_m = round(distance_m(visit.longitude, visit.latitude, card.longitude, card.latitude))
    return visit


def _doubts(loading: Loading, visits: Sequence[Visit]) -> list[TraceFlag]:
    """The flags that the product's own checks raise; same notes are looked for by fingerprint instead of one by one."""
    limits = limits_of(loading.organisation)
    found: list[TraceFlag] = []
    by_manager: dict[int, list[Visit]] = defaultdict(list)
    for visit in visits:
        by_manager[visit.manager_id].append(visit)
    for own in by_manager.values():
        own.sort(key=lambda visit: visit.checked_in_at)
        on_site = [visit for visit in own if visit.mode == Mode.ON_SITE]
        for visit in on_site:
            found += _flag(visit, TraceFlag.Kind.TOO_SHORT, flags.too_short(visit, limits))
            found += _flag(visit, TraceFlag.Kind.TOO_FAR, flags.too_far(visit, limits))
        for (before, after), visit in zip(pairwise(map(flags.Seen.of, on_site)), on_site[1:], strict=True):
            if before.day == after.day:
                found += _flag(visit, TraceFlag.Kind.TOO_FAST, flags.too_fast(before, after, limits))
        found += _copies(own, limits)
    _judge(loading, found)
    return found


def _flag(visit: Visit, kind: str, figures: dict[str, Any] | None) -> list[TraceFlag]:
    return [TraceFlag(visit=visit, kind=kind, figures=figures)] if figures else []


def _copies(own: Sequence[Visit], limits: Limits) -> list[TraceFlag]:
    """Notes of one manager, in order of time, that nearly repeat an earlier one."""
    found: list[TraceFlag] = []
    seen: dict[int, list[Visit]] = defaultdict(list)
    for visit in own:
        text = flags.words_of(visit)
        if not visit.note_marks or len(normalised(text)) < limits.same_text_least:
            continue
        # The latest of each mark will do: who copies, copies often.
        candidates = {before.pk: before for mark in visit.note_marks for before in seen[mark][-3:]}
        share, _day, earlier = max(
            (
                (similarity(text, flags.words_of(before)), before.checked_in_at, before)
                for before in candidates.values()
            ),
            key=lambda entry: entry[:2],
            default=(0.0, None, None),
        )
        if earlier is not None and share >= NEARLY_EQUAL:
            figures = {"percent": int(share * 100), "visit": earlier.pk, "client": earlier.client.name}
            found += _flag(visit, TraceFlag.Kind.SAME_TEXT, {**figures, "day": earlier.day.isoformat()})
        for mark in visit.note_marks:
            seen[mark].append(visit)
    return found


def _judge(loading: Loading, doubts: Sequence[TraceFlag]) -> None:
    """Supervisors who answer in time have judged the doubts of the days before last week."""
    rng = loading.stream("judge")
    texts = words(f"{loading.profile}_reviews")["judged"]
    for flag in doubts:
        supervisor = supervisor_of(loading, flag.visit.manager.username)
        age = (loading.today - flag.visit.day).days
        if age < 6 or rng.random() > (0.96 if supervisor["reviewer"] == "prompt" else 0.4):
            continue
        real = 0.75 if _style(loading, flag.visit.manager.username) == "copier" else 0.25
        flag.state = TraceFlag.State.JUSTIFIED if rng.random() < real else TraceFlag.State.EXPLAINED
        flag.judge_note = rng.choice(texts[flag.state])
        flag.judged_by = loading.users[supervisor["username"]]
        day = same_or_next_work_day(flag.visit.day + dt.timedelta(days=rng.randint(1, 5)))
        flag.judged_at = aware(dt.datetime.combine(day, dt.time(9, 10)) + dt.timedelta(minutes=rng.randint(0, 470)))


def _style(loading: Loading, username: str) -> str:
    return next(str(person["style"]) for person in loading.staff(Role.AM) if person["username"] == username)


def _verify(loading: Loading, visits: Sequence[Visit], doubts: Sequence[TraceFlag]) -> None:
    """Visits of past months are verified at the month's end, but for those with a doubt that nobody has judged."""
    rng = loading.stream("verify")
    opinions = words(f"{loading.profile}_reviews")["verify"]
    doubtful = {flag.visit.pk for flag in doubts if flag.state == TraceFlag.State.OPEN}
    this_month = periods.month_of(loading.today)
    for visit in visits:
        month = periods.month_of(visit.day)
        if month >= this_month or visit.pk in doubtful:
            continue
        supervisor = supervisor_of(loading, visit.manager.username)
        late = supervisor["reviewer"] != "prompt"
        day = same_or_next_work_day(periods.last_day(month) + dt.timedelta(days=6 if late else 1))
        if day >= loading.today:
            continue
        visit.verified_at = aware(dt.datetime.combine(day, dt.time(9)) + dt.timedelta(seconds=rng.randint(0, 27_000)))
        visit.verified_by = loading.users[supervisor["username"]]
        visit.verification_opinion = rng.choice(opinions).replace("{shop}", visit.client.name)


def _trace(loading: Loading) -> None:
    """The rolling row of each client, from the visits that are in."""
    sql.execute(
        """
        INSERT INTO visits_clienttrace (client_id, last_visit_on, last_call_on, visits_total)
        SELECT client_id, max(day) FILTER (WHERE mode = 'on_site'), max(day) FILTER (WHERE mode <> 'on_site'), count(*)
        FROM visits_visit WHERE organisation_id = %s AND purpose <> 'inspection' GROUP BY client_id
        """,
        [loading.organisation.pk],
    )


def _plans(loading: Loading, days: Sequence[Day], visits: Sequence[Visit]) -> None:
    """The plan of each day; prompt supervisors have approved the days to come, the others' plans wait."""
    kept = {
        (visit.manager.username, visit.client_id, visit.day): visit
        for visit in visits
        if visit.is_planned and visit.mode == Mode.ON_SITE
    }
    copy_in(
        [
            PlannedVisit(
                manager=loading.users[day.manager],
                client_id=card.pk,
                day=day.day,
                state=_plan_state(loading, day),
                visit=kept.get((day.manager, card.pk, day.day)),
            )
            for day in days
            for card in day.planned
        ]
    )


def _plan_state(loading: Loading, day: Day) -> str:
    prompt = supervisor_of(loading, day.manager)["reviewer"] == "prompt"
    return PlannedVisit.State.APPROVED if prompt or day.day <= loading.today else PlannedVisit.State.SUBMITTED


def _tasks(loading: Loading, visits: Sequence[Visit]) -> None:
    """The task of every next step, done, late or open as the manager is."""
    rng = loading.stream("tasks")
    notes = words(f"{loading.profile}_reviews")["task_done"]
    styles = {person["username"]: STYLES[person["style"]] for person in loading.staff(Role.AM)}
    tasks = []
    for visit in visits:
        if not visit.next_step or visit.next_step_on is None:
            continue
        task = Task(
            owner=visit.manager,
            org_id=visit.manager.unit_id,
            title=follow_up_title(visit)[:200],
            due_on=visit.next_step_on,
            created_by=visit.manager,
            created_at=visit.saved_at,
            note=visit.demand,
            source=f"visit:{visit.pk}",
            about=f"client:{visit.client_id}",
            url=reverse("visits:detail", args=[visit.pk]),
        )
        done = done_on(rng, visit.day, visit.next_step_on, styles[visit.manager.username].follow_up)
        if done and done < loading.now:
            task.done_at, task.done_note = aware(done), rng.choice(notes)
        tasks.append(task)
    copy_in(tasks)


def done_on(rng: random.Random, given: dt.date, due: dt.date, punctual: float) -> dt.datetime | None:
    """When a task was done: mostly by its day, sometimes days late, seldom never."""
    if rng.random() < punctual:
        day = given + dt.timedelta(days=rng.randint(1, max(1, (due - given).days)))
    elif rng.random() < 0.85:
        day = due + dt.timedelta(days=rng.randint(1, 9))
    else:
        return None
    return dt.datetime.combine(same_or_next_work_day(day), dt.time(9, 5)) + dt.timedelta(minutes=rng.randint(0, 520))

"""Grades, terms, exams, honours, pay and coaching of the demo, made by the product's own verbs at their times."""

import datetime as dt
from decimal import Decimal
from typing import Any

from crm.demo.loading.base import Loading, aware, supervisor_of
from crm.demo.styles import STYLES
from crm.demo.telling import words
from crm.lib import jobs, periods
from crm.lib.workdays import same_or_next_work_day
from kpi import adjusting, honouring
from kpi import services as assessment
from kpi.careers import ladder, learning, terms
from kpi.coaching import rules as coaching_rules
from kpi.coaching import services as coaching
from kpi.models import CoachingCase, Exam, ExamResult, GradeMove, PaySheet, PostGrade, Rotation, Run, Scorecard
from kpi.models.coaching import CoachingAction
from kpi.pay import services as pay
from people.models import Role, User
from people.services import finish_task

TERM_YEARS = 2


def texts(loading: Loading) -> dict[str, Any]:
    """The organisation's words."""
    found: dict[str, Any] = words("careers")[loading.profile]
    return found


def officer_of(loading: Loading) -> User:
    """The first HR officer."""
    return loading.users[loading.staff(Role.HR)[0]["username"]]


def managers(loading: Loading) -> list[tuple[User, str]]:
    """The account managers who are still there, with their styles."""
    found = [(loading.users[person["username"]], person["style"]) for person in loading.staff(Role.AM)]
    active = set(User.objects.active().filter(pk__in=[user.pk for user, _style in found]).values_list("pk", flat=True))
    return [(user, style) for user, style in found if user.pk in active]


def begin(loading: Loading) -> None:
    """The ladder, everybody's grade and term, and the year's exams."""
    rng, said = loading.stream("careers"), texts(loading)
    officer = officer_of(loading)
    rungs = {rung.position: rung for rung in ladder.install(loading.organisation)}
    new_year = dt.date(loading.today.year, 1, 1)
    _exams(loading, new_year)
    for user, style in managers(loading):
        day = max(new_year, user.joined_on)
        rung = rungs[min(said["grades"][style], max(rungs))]
        with periods.clock_at(aware(dt.datetime.combine(day, dt.time(10)))):
            ladder.set_grade(user, rung, day, said["first"], None)
            ends = loading.today + dt.timedelta(days=rng.choice((25, 70, 160, 290, 400, 520)))
            terms.begin(user, min(day, ends - dt.timedelta(days=365 * TERM_YEARS)), ends)
    highest = max(rungs)
    PostGrade.objects.filter(pk=rungs[highest].pk).update(exam_mark=80)
    if loading.profile == "bank":
        PostGrade.objects.filter(pk=rungs[1].pk).update(exam_mark=60, metric="deposits", metric_least=3_000_000)
    _plan(loading, officer)


def _exams(loading: Loading, new_year: dt.date) -> None:
    rng, said = loading.stream("exams"), texts(loading)
    held = [
        (Exam.Kind.GRADE, said["grade_exam"], new_year.replace(month=3, day=18), Decimal("0.4")),
        (Exam.Kind.SKILLS, said["skills"].format(half=f"{new_year.year} 年上半年"), new_year.replace(month=6, day=24),
         Decimal(0)),
    ]  # fmt: skip
    for kind, name, day, share in held:
        if day > loading.today:
            continue
        exam = Exam.objects.create(
            organisation=loading.organisation, kind=kind, name=f"{new_year.year} 年{name}" if share else name,
            held_on=day, interview_share=share,
        )  # fmt: skip
        results = []
        for user, style in managers(loading):
            if user.joined_on > day:
                continue
            low, high = STYLES[style].soft
            written = Decimal(min(99, max(45, rng.randint(low - 8, high + 2))))
            interview = Decimal(min(98, max(50, rng.randint(low - 5, high + 1)))) if share else None
            results.append(
                ExamResult(
                    exam=exam, manager=user, written=written, interview=interview,
                    mark=learning.mark_of(exam, written, interview), entered_by=officer_of(loading),
                    entered_at=aware(dt.datetime.combine(day, dt.time(16))),
                )
            )  # fmt: skip
        ExamResult.objects.bulk_create(results)


def _plan(loading: Loading, officer: User) -> None:
    """A rotation ahead."""
    person = managers(loading)[-1][0]
    starts = periods.add_months(periods.month_of(loading.today), 2)
    learning.plan_rotation(
        Rotation(
            person=person, unit=loading.organisation, role=Role.BACK_OFFICE, starts_on=starts,
            ends_on=periods.last_day(periods.add_months(starts, 2)), reason=texts(loading)["rotation"],
        ),
        officer,
    )  # fmt: skip


def points(loading: Loading, period: periods.Period, moment: dt.datetime) -> None:
    """A few bonus and penalty points before the month is checked."""
    rng, said = loading.stream(f"points {period}"), texts(loading)
    people = [(user, style) for user, style in managers(loading) if user.joined_on <= period.start]
    with periods.clock_at(aware(moment)):
        for user, style in rng.sample(people, min(3, len(people))):
            good = STYLES[style].follow_up > 0.8
            amount = Decimal(rng.choice((1, 2))) * (1 if good else -1)
            supervisor = loading.users[supervisor_of(loading, user.username)["username"]]
            adjusting.adjust(user, str(period), amount, rng.choice(said["bonus" if good else "penalty"]), supervisor)


def after(loading: Loading, period: periods.Period, published: dt.datetime) -> None:
    """What follows a publication: talk about cards, coaching, then archive, honours, pay."""
    _comments(loading, period, published)
    _coach(loading, period, published)
    closing = published + dt.timedelta(days=7)
    if closing < loading.now:
        officer = officer_of(loading)
        with periods.clock_at(aware(closing)):
            for run in Run.objects.filter(organisation=loading.organisation, period=str(period), state="published"):
                assessment.lock(run, officer)
                honouring.give(run, [one.key for one in honouring.proposals(run)], officer)
    _pay(loading, period, published + dt.timedelta(days=4))


def _comments(loading: Loading, period: periods.Period, published: dt.datetime) -> None:
    rng, said = loading.stream(f"comments {period}"), texts(loading)["comments"]
    moment = published + dt.timedelta(hours=30)
    cards = list(
        Scorecard.objects.filter(run__organisation=loading.organisation, run__period=str(period))
        .select_related("run", "manager__unit").order_by("manager__username")
    )  # fmt: skip
    for card in rng.sample(cards, min(4, len(cards))):
        supervisor = loading.users[supervisor_of(loading, card.manager.username)["username"]]
        for author, side, hours in ((supervisor, "supervisor", 0), (card.manager, "manager", 3)):
            at = moment + dt.timedelta(hours=hours)
            if at < loading.now:
                with periods.clock_at(aware(at)):
                    assessment.comment(card, author, rng.choice(said[side]))


def _coach(loading: Loading, period: periods.Period, published: dt.datetime) -> None:
    """Supervisors close what they took up a month ago, and take up most of what is proposed now."""
    rng, said = loading.stream(f"coaching {period}"), texts(loading)
    _close(loading, published + dt.timedelta(days=2), rng, said)
    moment = published + dt.timedelta(days=3)
    month_after = periods.add_months(periods.month_of(published.date()), 1)
    if month_after > periods.month_of(loading.today):
        return  # the latest cases wait for their supervisors
    cases = CoachingCase.objects.filter(organisation=loading.organisation, state="proposed").select_related("manager")
    for case in cases.order_by("manager__username"):
        supervisor = loading.users[supervisor_of(loading, case.manager.username)["username"]]
        with periods.clock_at(aware(moment)):
            if rng.random() < 0.12:
                coaching.dismiss(case, rng.choice(said["dismiss"]), supervisor)
                continue
            usual = coaching_rules.BY_TYPE[case.type].actions
            kinds = dict.fromkeys(rng.sample(usual, rng.choice((1, 2))), "")
            due = same_or_next_work_day(moment.date() + dt.timedelta(days=14))
            coaching.confirm(case, case.type, kinds, due, rng.choice(said["coaching_notes"]), supervisor)


def _close(loading: Loading, moment: dt.datetime, rng: Any, said: dict[str, Any]) -> None:
    if moment > loading.now:
        return
    taken_up = CoachingCase.objects.filter(organisation=loading.organisation, state="confirmed")
    for case in taken_up.select_related("manager").order_by("manager__username"):
        supervisor = loading.users[supervisor_of(loading, case.manager.username)["username"]]
        with periods.clock_at(aware(moment)):
            for action in CoachingAction.objects.filter(case=case, task__done_at=None).select_related("task"):
                finish_task(action.task, "")
            coaching.close(case, rng.choice(said["coaching_results"]), supervisor)


def _pay(loading: Loading, period: periods.Period, moment: dt.datetime) -> None:
    if moment > loading.now:
        return
    officer = officer_of(loading)
    with periods.clock_at(aware(moment)):
        sheet = pay.request(loading.organisation, period, officer)
        job = jobs.request("pay_sheet", loading.organisation.pk, period=str(period), user=officer)
        jobs.run(job.pk)
        sheet = PaySheet.objects.get(pk=sheet.pk)
        latest = period.start >= periods.add_months(periods.month_of(loading.today), -1)
        if not latest:  # the latest one still lies on HR's desk
            pay.finalise(sheet, officer)


def propose(loading: Loading) -> None:
    """Moves on the ladder by the months so far; some are decided, the rest waits."""
    officer, said = officer_of(loading), texts(loading)
    last = periods.Period.month(periods.add_months(periods.month_of(loading.today), -1))
    ladder.propose(loading.organisation, last)
    moves = list(GradeMove.objects.filter(organisation=loading.organisation).order_by("kind", "manager__username"))
    if len(moves) > 2:
        ladder.decide(moves[-1], False, loading.today, said["decline"], officer)

"""What the product itself makes of the demo: tiers and scores, by its own jobs and services."""

import datetime as dt
from decimal import Decimal

from crm.demo.loading import careers
from crm.demo.loading.base import Loading, aware, supervisor_of
from crm.demo.styles import STYLES
from crm.demo.telling import words
from crm.lib import jobs, periods
from crm.lib.models import Job
from crm.lib.workdays import same_or_next_work_day
from kpi import services as assessment
from kpi.models import Run, Scorecard, ScoreLine
from kpi.running import schemes_for
from kpi.schemes import parse
from people.models import Role, User

SOFT_LIMITS = (72, 88)  # below: a word of blame, above: one of praise


class LoadError(Exception):
    """A job of the product did not come to its end."""


def run_job(loading: Loading, kind: str, period: object) -> Job:
    """A job of the organisation, done in this process."""
    job = jobs.request(kind, loading.organisation.pk, period=str(period))
    jobs.run(job.pk)
    job.refresh_from_db()
    if job.state != Job.State.DONE:
        raise LoadError(f"{kind} {period}: {job.state} {job.error}")
    return job


def tier_months(loading: Loading) -> None:
    """The tiers of the month before the first visits, and of every whole month since."""
    month = periods.add_months(loading.first_day, -1)
    while month < periods.month_of(loading.today):
        run_job(loading, "tier_clients", periods.Period.month(month))
        month = periods.add_months(month, 1)


def score_months(loading: Loading) -> None:
    """Soft scores, cards and their publication for every whole month with visits, and the running month so far."""
    supervisors = [loading.users[person["username"]] for person in loading.staff(Role.SUPERVISOR)]
    officer, second = (loading.users[loading.staff(role)[0]["username"]] for role in (Role.HR, Role.ADMIN))
    careers.begin(loading)
    month = loading.first_day
    while month < periods.month_of(loading.today):
        period = periods.Period.month(month)
        month = periods.add_months(month, 1)
        published = dt.datetime.combine(same_or_next_work_day(month + dt.timedelta(days=5)), dt.time(16, 20))
        for supervisor in supervisors:
            with periods.clock_at(aware(published - dt.timedelta(days=2, hours=6))):
                _soft_scores(loading, supervisor, period)
        if published > loading.now:
            continue  # the month is still in HR's hands
        careers.points(loading, period, published - dt.timedelta(days=1))
        with periods.clock_at(aware(published - dt.timedelta(hours=5))):
            run_job(loading, "score_managers", period)
            for run in Run.objects.filter(organisation=loading.organisation, period=str(period)):
                assessment.review(run, officer)
        with periods.clock_at(aware(published)):
            for run in Run.objects.filter(organisation=loading.organisation, period=str(period)):
                assessment.publish(run, second)
        _read_cards(loading, period, published)
        _appeal(loading, period, published, officer)
        careers.after(loading, period, published)
    careers.propose(loading)
    run_job(loading, "refresh_scores", loading.today)


def _soft_scores(loading: Loading, supervisor: User, period: periods.Period) -> None:
    rng = loading.stream(f"soft {supervisor.username} {period}")
    comments = words(f"{loading.profile}_reviews")["soft"]
    given: dict[tuple[int, str], tuple[Decimal | None, str]] = {}
    for person in loading.staff(Role.AM):
        manager = loading.users[person["username"]]
        if (
            supervisor_of(loading, person["username"])["username"] != supervisor.username
            or manager.joined_on > period.end
        ):
            continue
        low, high = STYLES[person["style"]].soft
        for metric in soft_metrics(loading, period):
            score = Decimal(rng.randint(low, high))
            tone = "low" if score < SOFT_LIMITS[0] else "high" if score > SOFT_LIMITS[1] else "middle"
            given[manager.pk, metric] = (score, rng.choice(comments[tone]) if rng.random() < 0.6 else "")
    assessment.give_soft_scores(supervisor, str(period), given)


def soft_metrics(loading: Loading, period: periods.Period) -> list[str]:
    """The soft indicators that the schemes in force ask for."""
    schemes = schemes_for(loading.organisation.pk, period)
    return list(dict.fromkeys(leaf.metric for scheme in schemes for leaf in parse(scheme.rules).soft))


def _read_cards(loading: Loading, period: periods.Period, published: dt.datetime) -> None:
    """Most managers look at their card within three days."""
    rng = loading.stream(f"cards {period}")
    cards = Scorecard.objects.filter(run__organisation=loading.organisation, run__period=str(period))
    for card in cards.order_by("manager__username"):
        moment = published + dt.timedelta(hours=rng.uniform(1, 70))
        if rng.random() < 0.85 and moment < loading.now:
            with periods.clock_at(aware(moment)):
                assessment.acknowledge(card)


def _appeal(loading: Loading, period: periods.Period, published: dt.datetime, officer: User) -> None:
    """One manager objects to the line that cost most; answered two days later, where two days have passed."""
    rng = loading.stream(f"appeal {period}")
    texts = words(f"{loading.profile}_reviews")["appeals"]
    lines = ScoreLine.objects.filter(card__run__organisation=loading.organisation, card__run__period=str(period))
    line = lines.filter(membership__lt=Decimal("0.5")).order_by("card__rank", "-weight", "leaf").last()
    asked, answered = published + dt.timedelta(hours=20), published + dt.timedelta(hours=66)
    if line is None or asked > loading.now:
        return
    with periods.clock_at(aware(asked)):
        appeal = assessment.appeal(line, line.card.manager, rng.choice(texts["text"]))
    if answered < loading.now:
        with periods.clock_at(aware(answered)):
            assessment.answer(appeal, officer, False, rng.choice(texts["answer"]))

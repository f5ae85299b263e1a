"""Alerts as the nights raised them, the forecasts that they rest on, and what people did about them."""

import datetime as dt
import random
from typing import Any

from django.urls import reverse

from crm.demo.loading.base import Loading, aware, copy_in, next_ids
from crm.demo.loading.results import run_job
from crm.demo.styles import STYLES
from crm.demo.telling import words
from crm.lib import periods
from crm.lib.workdays import next_work_day, same_or_next_work_day
from journals.models import Article
from people.models import Role, Task, User
from people.services import finish_task
from retention import services as retention
from retention.config import configs
from retention.models import Alert, AlertEvent, AlertStep
from retention.rules import Act, care_kinds, rules
from retention.services.settings import change_rule

CLOCK = dt.time(3, 40)
# Shares of their alerts that a diligent manager acts upon, by kind.
SHARES = {
    "overdue_visit": 0.22,
    "product_dropped": 0.55,
    "low_activity": 0.75,
    "low_mark": 0.85,
    "contract_ending": 0.9,
    "deposit_ending": 0.9,
    "complaint": 0.95,
    "loan_overdue": 0.95,
}
USUAL_SHARE = 0.85
GREETED_SHARE = 0.75
STOPPED_SHARE = 0.6  # who has shut the shop is given up sooner
PLAYED_DAYS = 12  # alerts of the last days are worked on by the play-book, with visits on the plan


def replay_alerts(loading: Loading) -> None:
    """Alerts at the end of each month, in the middle of this one, and of last night; some were acted upon since."""
    _own_rules(loading)
    foreseen: dt.date | None = None
    for day in _alert_days(loading):
        night = min(dt.datetime.combine(day + dt.timedelta(days=1), CLOCK), loading.now)
        month = periods.last_whole_month(day - dt.timedelta(days=3))
        with periods.clock_at(aware(night)):
            if month != foreseen:
                run_job(loading, "foresee_trade", periods.Period.month(month))
                foreseen = month
            run_job(loading, "raise_alerts", day)
        _work_on_alerts(loading, day)
    _of_today(loading)


def _alert_days(loading: Loading) -> list[dt.date]:
    yesterday = loading.today - dt.timedelta(days=1)
    days, month = [loading.today.replace(day=14)], periods.add_months(loading.first_day, 1)
    while month <= loading.today:
        days.append(periods.last_day(month))
        month = periods.add_months(month, 1)
    return [*sorted(day for day in days if day < yesterday), yesterday]


def _own_rules(loading: Loading) -> None:
    """Cases that a supervisor has written, beside the kinds that they help with, and one play-book of one's own."""
    texts: dict[str, Any] = words(f"{loading.profile}_retention")
    supervisor, officer = (loading.users[loading.staff(role)[0]["username"]] for role in (Role.SUPERVISOR, Role.HR))
    cases: dict[str, list[Article]] = {}
    for number, case in enumerate(texts["cases"]):
        written = dt.datetime.combine(loading.first_day + dt.timedelta(days=9 + 17 * number), dt.time(17, 5))
        article = Article.objects.create(
            unit=loading.organisation, author=supervisor, kind=Article.Kind.CASE, title=case["title"],
            text=case["text"], created_at=aware(written),
        )  # fmt: skip
        for kind in case["kinds"]:
            cases.setdefault(kind, []).append(article)
    own = texts["playbook"]
    with periods.clock_at(aware(dt.datetime.combine(loading.first_day, dt.time(10, 20)))):
        for kind in sorted({*cases, own["kind"]}):
            change_rule(
                loading.organisation,
                rules[kind],
                officer,
                cases=cases.get(kind, []),
                steps=own["steps"] if kind == own["kind"] else None,
            )


def _work_on_alerts(loading: Loading, day: dt.date) -> None:
    """What managers do about the alerts of a night, each by the own diligence."""
    rng = loading.stream(f"alerts {day}")
    texts = words(f"{loading.profile}_reviews")["alerts"] | words(f"{loading.profile}_retention")
    styles = {person["username"]: STYLES[person["style"]] for person in loading.staff(Role.AM)}
    stopped = {card.pk for card in loading.cards if card.story and card.story.kind == "stopped"}
    books = configs(loading.organisation)
    raised = Alert.objects.filter(organisation=loading.organisation, raised_on=day, closed_at=None)
    deeds = _Deeds(loading)
    for alert in raised.select_related("client__owner__unit").order_by("client__code", "kind"):
        owner = alert.client.owner
        if owner is None:
            continue
        style = styles[owner.username]
        if alert.kind in care_kinds():
            if rng.random() < style.follow_up * GREETED_SHARE:
                deeds.step(alert, owner, Alert.State.DONE, rng.choice(texts["greeted"]), _soon(rng, day, 1, 2))
            continue
        share = SHARES.get(alert.kind, USUAL_SHARE) * (STOPPED_SHARE if alert.client_id in stopped else 1)
        if rng.random() > style.follow_up * share:
            continue
        moment = _soon(rng, day, 1, 4)
        if rng.random() < 0.25:
            deeds.step(alert, owner, Alert.State.ACKNOWLEDGED, rng.choice(texts["acknowledged"]), moment)
            continue
        if (loading.today - day).days <= PLAYED_DAYS:
            _play(loading, alert, owner, books[alert.kind], moment)
            continue
        deeds.act(alert, owner, rng.choice(texts["acting"]), moment)
        end = rng.choice((Alert.State.KEPT, Alert.State.KEPT, Alert.State.DISMISSED, None))
        if alert.client_id in stopped and rng.random() < 0.6:
            end = Alert.State.LOST
        if end:
            deeds.step(alert, owner, end, rng.choice(texts[end]), _soon(rng, moment.date(), 12, 40))
    deeds.put_in()


def _soon(rng: random.Random, day: dt.date, least: int, most: int) -> dt.datetime:
    found = same_or_next_work_day(day + dt.timedelta(days=rng.randint(least, most)))
    return dt.datetime.combine(found, dt.time(8, 50)) + dt.timedelta(minutes=rng.randint(0, 500))


class _Deeds:
    """What the services of `retention` would write of a night's alerts, gathered and put in at once."""

    def __init__(self, loading: Loading):
        self.loading = loading
        self.alerts: dict[int, Alert] = {}
        self.events: list[AlertEvent] = []
        self.steps: dict[int, tuple[AlertStep, Task]] = {}  # by alert

    def step(self, alert: Alert, by: User, state: str, note: str, moment: dt.datetime) -> None:
        """Another state, unless that moment is still to come."""
        if moment >= self.loading.now:
            return
        at = aware(moment)
        alert.state = state
        alert.acknowledged_at = alert.acknowledged_at or at
        if state in (Alert.State.ACTING, Alert.State.DONE):
            alert.acted_at = at
        if state in retention.CLOSED:
            alert.closed_at, alert.closed_by, alert.closing_reason = at, by, note
            if alert.pk in self.steps:
                task = self.steps[alert.pk][1]
                task.done_at = at
                task.done_note = f"预警已关闭：{alert.get_state_display()}"
        self.alerts[alert.pk] = alert
        self.events.append(AlertEvent(alert=alert, state=state, by=by, at=at, note=note))

    def act(self, alert: Alert, by: User, step: str, moment: dt.datetime) -> None:
        """Start acting with one task."""
        if moment >= self.loading.now:
            return
        self.step(alert, by, Alert.State.ACTING, step, moment)
        due_on = next_work_day(moment.date() + dt.timedelta(days=2))
        url = reverse("retention:alert", args=[alert.pk])
        task = Task(
            owner=by, org_id=by.unit_id, title=f"{alert.client.name}：{step}"[:200], due_on=due_on, created_by=by,
            created_at=aware(moment), about=f"client:{alert.client_id}", url=url,
        )  # fmt: skip
        self.steps[alert.pk] = AlertStep(alert=alert, act=Act.TASK, text=step, due_on=due_on), task

    def put_in(self) -> None:
        """Write all of it."""
        steps = [step for step, _task in self.steps.values()]
        tasks = [task for _step, task in self.steps.values()]
        for step, number in zip(steps, next_ids(AlertStep, len(steps)), strict=True):
            step.pk = number
        for task, number in zip(tasks, next_ids(Task, len(tasks)), strict=True):
            task.pk = number
        for step, task in self.steps.values():
            task.source = f"alert:{step.alert_id}:{step.pk}"
            step.task = task
        Alert.objects.bulk_create(  # one statement; bulk_update writes a CASE for every row and column
            self.alerts.values(),
            update_conflicts=True,
            unique_fields=["id"],
            update_fields=["state", "acknowledged_at", "acted_at", "closed_at", "closed_by", "closing_reason"],
        )
        copy_in(self.events)
        copy_in(tasks)
        copy_in(steps)


def _play(loading: Loading, alert: Alert, by: User, book: Any, moment: dt.datetime) -> None:
    """The play-book's steps from that moment on; a call whose day is over is made."""
    if moment >= loading.now:
        return
    with periods.clock_at(aware(moment)):
        retention.start(alert, by, retention.proposed(book, loading.organisation.settings))
    for step in alert.steps.filter(act="call", due_on__lt=loading.today).select_related("task"):
        with periods.clock_at(aware(moment + dt.timedelta(hours=1))):
            if step.task:
                finish_task(step.task)


def _of_today(loading: Loading) -> None:
    """Some alerts rest until next week, and each supervisor has taken the largest one on."""
    rng = loading.stream("alerts put aside")
    notes = words(f"{loading.profile}_retention")["snoozed"]
    seen = Alert.objects.filter(organisation=loading.organisation).awake().dangers().exclude(kind="overdue_visit")
    moment = dt.datetime.combine(loading.today, dt.time(8, 20))
    with periods.clock_at(aware(min(moment, loading.now))):
        managers = [loading.users[person["username"]] for person in loading.staff(Role.AM)]
        for manager in managers:
            for alert in seen.filter(client__owner=manager, state="open").order_by("pk")[4:6]:
                until = loading.today + dt.timedelta(days=rng.randint(5, 9))
                retention.snooze(alert, manager, until, rng.choice(notes))
        for person in loading.staff(Role.SUPERVISOR):
            supervisor = loading.users[person["username"]]
            largest = seen.visible_to(supervisor).filter(state="open").order_by("-value_at_risk").first()
            if largest:
                retention.assign(largest, supervisor, supervisor)

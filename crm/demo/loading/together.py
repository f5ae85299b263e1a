"""What supervisors add to visits: joint visits with observations, market inspections, approved month plans."""

import datetime as dt
import random
import uuid
from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from django.urls import reverse

from clients.models import Product
from crm.demo.loading.base import Loading, aware, copy_in, next_ids, supervisor_of
from crm.demo.telling import words
from crm.lib import periods, sql
from crm.lib.workdays import is_work_day, same_or_next_work_day
from people.models import Role, Task, User
from visits import checklists
from visits.models import Mode, MonthPlan, Observation, PlannedVisit, Purpose, Visit

JOINT_SHARE = 0.015  # of an account manager's visits on site
OBSERVED_SHARE = 0.8
INSPECTIONS = 14  # a supervisor, over the months of the demo
TALKED = {Purpose.NEW_PRODUCT: 3, Purpose.MARKETING: 2, Purpose.ORDER: 2}  # at most so many products at a visit


def choose_companions(loading: Loading, visits: Sequence[Visit]) -> None:
    """Some visits become joint ones, before they are written: of prompt supervisors more than of others."""
    rng = loading.stream("joint")
    for visit in visits:
        supervisor = supervisor_of(loading, visit.manager.username)
        share = JOINT_SHARE if supervisor["reviewer"] == "prompt" else JOINT_SHARE / 3
        if visit.mode == Mode.ON_SITE and is_work_day(visit.day) and rng.random() < share:
            visit.companion = loading.users[supervisor["username"]]


def load_together(loading: Loading, visits: Sequence[Visit]) -> None:
    """Observations, inspections, products that were talked about, and the state of every month's plan."""
    told = words(f"{loading.profile}_together")
    _observe(loading, visits, told)
    _inspect(loading, told)
    _talk(loading, visits)
    _month_plans(loading)


def _observe(loading: Loading, visits: Sequence[Visit], told: dict[str, Any]) -> None:
    rng = loading.stream("observed")
    template = checklists.ensure(loading.organisation, checklists.BEHAVIOUR)
    joint = [visit for visit in visits if visit.companion_id]
    seen = []
    for visit in joint:
        if rng.random() > OBSERVED_SHARE and visit.verified_at is None:
            continue
        kind = "good" if rng.random() < 0.6 else "fair"
        written = _later(loading, visit, rng)
        text = rng.choice(told["observed"][kind]).replace("{client}", visit.client.name)
        manners = told["manners"][kind]
        seen.append(
            Observation(
                visit=visit,
                observer=visit.companion,
                behaviour=manners,
                template=template,
                text=text,
                written_at=written,
            )
        )
    copy_in(seen)
    observed = {observation.visit_id for observation in seen}
    copy_in([_task(visit) for visit in joint if visit.pk not in observed])


def _later(loading: Loading, visit: Visit, rng: random.Random) -> dt.datetime:
    """A moment within two hours after a visit, not in the future."""
    later = (visit.checked_out_at or visit.checked_in_at) + dt.timedelta(minutes=rng.randint(20, 120))
    return min(later, aware(loading.now))


def _task(visit: Visit) -> Task:
    """The observation that is still to be written."""
    companion: Any = visit.companion
    return Task(
        owner=companion,
        org_id=companion.unit_id,
        title=f"写陪访意见：与{visit.manager.name}走访 {visit.client.name}"[:200],
        due_on=visit.day + dt.timedelta(days=2),
        created_by=visit.manager,
        created_at=visit.saved_at,
        source=f"observe:{visit.pk}",
        about=f"client:{visit.client_id}",
        url=f"{reverse('visits:detail', args=[visit.pk])}#observe",
    )


def _inspect(loading: Loading, told: dict[str, Any]) -> None:
    rng = loading.stream("inspected")
    span = (loading.today - loading.first_day).days
    visits, lines, tasks = [], [], []
    for person in loading.staff(Role.SUPERVISOR):
        supervisor = loading.users[person["username"]]
        own = [card for card in loading.cards if _unit_of(loading, card.grid) == person["unit"]]
        for card in rng.sample(own, min(INSPECTIONS, len(own))):
            day = same_or_next_work_day(loading.first_day + dt.timedelta(days=rng.randint(0, span)))
            if day >= loading.today:
                continue
            is_planned = rng.random() < 0.5
            visit = _inspection(loading, supervisor, card, day, rng.choice(told["inspected"]), rng)
            visit.is_planned = is_planned
            visits.append(visit)
            if is_planned:
                lines.append(_line(supervisor, card, day, visit))
        for card in rng.sample(own, min(2, len(own))):
            lines.append(_line(supervisor, card, same_or_next_work_day(loading.today + dt.timedelta(days=2)), None))
    for visit, number in zip(visits, next_ids(Visit, len(visits)), strict=True):
        visit.pk = number
        if visit.requirement and visit.client.owner_id:
            tasks.append(_requirement(loading, visit, rng))
    for line in lines:
        line.visit_id = line.visit.pk if line.visit else None  # numbered only now
    copy_in(visits)
    copy_in(lines)
    copy_in(tasks)


def _unit_of(loading: Loading, grid: str) -> str:
    parent = loading.units[grid].parent
    return parent.code if parent else ""


def _line(supervisor: User, card: Any, day: dt.date, visit: Visit | None) -> PlannedVisit:
    state = PlannedVisit.State.APPROVED
    return PlannedVisit(manager=supervisor, client_id=card.pk, day=day, state=state, reason="市场检查", visit=visit)


def _inspection(
    loading: Loading, supervisor: User, card: Any, day: dt.date, told: dict[str, Any], rng: random.Random
) -> Visit:
    start = dt.datetime.combine(day, dt.time(9, 30)) + dt.timedelta(minutes=rng.randint(0, 400))
    end = start + dt.timedelta(minutes=rng.randint(8, 25))
    client = loading.clients[card.pk]
    return Visit(
        organisation=loading.organisation,
        client=client,
        manager=supervisor,
        client_uuid=uuid.UUID(int=rng.getrandbits(128), version=4),
        day=day,
        purpose=Purpose.INSPECTION,
        checked_in_at=aware(start),
        checked_out_at=aware(end),
        minutes=int((end - start).total_seconds() // 60),
        longitude=card.longitude if card.has_place else None,
        latitude=card.latitude if card.has_place else None,
        accuracy_m=rng.randint(8, 40) if card.has_place else None,
        distance_m=rng.randint(3, 60) if card.has_place else None,
        note=told["note"],
        demand=told["demand"],
        checklist=told["checklist"],
        checklist_template=checklists.ensure(loading.organisation, client.kind),
        requirement=told["requirement"],
        requirement_on=same_or_next_work_day(day + dt.timedelta(days=7)) if told["requirement"] else None,
        published_at=aware(end + dt.timedelta(minutes=15)),
        saved_at=aware(end + dt.timedelta(minutes=1)),
    )


def _requirement(loading: Loading, visit: Any, rng: random.Random) -> Task:
    owner: Any = visit.client.owner
    task = Task(
        owner=owner,
        org_id=owner.unit_id,
        title=f"{visit.client.name}：{visit.requirement}"[:200],
        due_on=visit.requirement_on,
        created_by=visit.manager,
        created_at=visit.published_at,
        source=f"inspection:{visit.pk}",
        about=f"client:{visit.client_id}",
        url=reverse("visits:detail", args=[visit.pk]),
    )
    done = dt.datetime.combine(same_or_next_work_day(visit.day + dt.timedelta(days=rng.randint(2, 8))), dt.time(16, 40))
    if done < loading.now:
        task.done_at, task.done_note = aware(done), "已按要求整改，照片已上传。"
    return task


def _talk(loading: Loading, visits: Sequence[Visit]) -> None:
    """Products that the visits about products spoke of: key ones first."""
    rng = loading.stream("talked")
    found = Product.objects.filter(organisation=loading.organisation).on_offer(loading.today)
    offered = list(found.order_by("-is_key", "pk").values_list("pk", flat=True)[:10])
    pairs = [
        (visit.pk, product)
        for visit in visits
        if visit.purpose in TALKED and offered
        for product in rng.sample(offered, min(len(offered), rng.randint(1, TALKED[Purpose(visit.purpose)])))
    ]
    sql.copy_rows("visits_visit_products", ["visit_id", "product_id"], pairs)


def _month_plans(loading: Loading) -> None:
    """A plan for each manager and month with lines: approved, or waiting with supervisors who take their time."""
    months: dict[tuple[int, dt.date], bool] = defaultdict(bool)
    lines = PlannedVisit.objects.filter(manager__in=[loading.users[p["username"]].pk for p in loading.staff(Role.AM)])
    for manager, day, state in lines.values_list("manager", "day", "state"):
        months[manager, periods.month_of(day)] |= state == PlannedVisit.State.SUBMITTED
    people = {user.pk: user for user in loading.users.values()}
    plans = []
    for (manager, month), waits in months.items():
        supervisor = loading.users[supervisor_of(loading, people[manager].username)["username"]]
        handed_in = aware(dt.datetime.combine(month - dt.timedelta(days=3), dt.time(16, 20)))
        plan = MonthPlan(manager_id=manager, month=month, state=MonthPlan.State.SUBMITTED, submitted_at=handed_in)
        if not waits:
            plan.state = MonthPlan.State.APPROVED
            plan.decided_by, plan.decided_at = supervisor, handed_in + dt.timedelta(hours=17)
        plans.append(plan)
    copy_in(plans)

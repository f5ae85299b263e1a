"""A small sample of an industry: forty clients, four account managers, two months of work, told from one word file.

Everything is done by the services that people's clicks end in, at the moment at which it happened, so whatever a page
says of it (deadlines, tasks, flags, tiers, scores) the product has made itself.
"""

import datetime as dt
import json
import random
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError

from clients.models import Client, Contact, Holding, Ownership, Product
from clients.names import spelling
from crm.demo import PASSWORD
from crm.demo.cards import Maker
from crm.demo.loading.base import aware, copy_in
from crm.demo.loading.people import hashed
from crm.demo.telling import Picks, words
from crm.lib import jobs, periods, sql
from crm.lib.models import Job
from crm.lib.workdays import work_days
from journals import services as journals
from journals.models import JournalKind
from kpi import services as assessment
from kpi.models import Run
from kpi.running import schemes_for
from kpi.schemes import parse
from people.models import Level, OrgUnit, Role, User
from people.services import add_person, create_organisation, create_unit
from service import services as service
from service.rules import rules_of
from visits import checklists
from visits.models import Visit
from visits.services import log_visit, verify

SEED = 20260301
CLIENTS, MONTHS, DAYS = 10, 26, 56  # of each manager; of facts; with visits and journals
VISITS_A_DAY = (2, 4)
REVIEWED, LATE = 0.6, 0.08  # shares of journals: of the last days read already, of all handed in late
COMMON = {"time": ["上午", "快中午", "下午两点", "傍晚"], "surname": list("李王张刘陈杨赵周吴孙")}


@dataclass
class Small:
    """One sample on its way into the database."""

    told: dict[str, Any]
    organisation: OrgUnit
    rng: random.Random
    now: dt.datetime  # the site's clock, without a zone
    users: dict[str, User] = field(default_factory=dict)
    units: dict[str, OrgUnit] = field(default_factory=dict)
    clients: dict[int, list[Client]] = field(default_factory=dict)  # by owner
    bosses: dict[int, str] = field(default_factory=dict)  # by client: how the manager calls the contact

    def staff(self, role: str) -> list[User]:
        """The people of a role."""
        return [self.users[each["username"]] for each in self.told["staff"] if each["role"] == role]

    def supervisor_of(self, manager: User) -> User:
        """Who leads the department that a manager's grid belongs to."""
        return next(each for each in self.staff(Role.SUPERVISOR) if each.unit_id == manager.unit.parent_id)

    def picks(self, client: Client, **facts: object) -> Picks:
        """What can be told of a client."""
        lists = {**COMMON, **self.told["lists"]}
        return Picks(self.rng, lists, {"client": client.name, "boss": self.bosses[client.pk], **facts})


def load(profile: str) -> OrgUnit:
    """The sample of an industry that has a word file; whoever calls keeps it in a transaction."""
    told = words(f"{profile}_story")
    organisation = create_organisation(told["code"], told["name"], told["profile"])
    now = periods.local(periods.now()).replace(tzinfo=None, microsecond=0)
    small = Small(told, organisation, random.Random(f"{SEED}:{profile}"), now)
    _people(small)
    _clients(small)
    _facts(small)
    _tiers(small)
    _work(small)
    _requests(small)
    _scores(small)
    return organisation


# --- Who and whom -----------------------------------------------------------------------------------------------------


def _people(small: Small) -> None:
    root, code = small.organisation, small.told["code"]
    small.units[""] = root
    for number, unit in enumerate(small.told["units"], start=1):
        made = create_unit(root, f"{code}-{number}", unit["name"], unit["level"])
        small.units[unit["name"]] = made
        for place, name in enumerate(unit["grids"], start=1):
            small.units[name] = create_unit(made, f"{code}-{number}{place}", name, Level.GRID)
    for number, each in enumerate(small.told["staff"], start=1):
        small.users[each["username"]] = add_person(
            small.units[each["unit"]],
            each["username"],
            each["name"],
            each["role"],
            employee_number=f"{code}{number:04}",
            post_title=each["title"],
            phone=f"{small.told['phone']}{number * 37:04}",
            joined_on=periods.add_months(periods.this_month(), -12 * (2 + number % 9)),
        )
    User.objects.filter(unit__path__startswith=root.path).update(password=hashed(PASSWORD), must_change_password=False)


def _clients(small: Small) -> None:
    told, rng = small.told, small.rng
    maker = Maker(rng, small.now.date(), {"name": told["place"], "centre": told["centre"]}, told["phone"][:-1] + "9")
    luck = words("bank_clients")["luck"]
    contacts, owned, holdings = [], [], []
    products = list(Product.objects.filter(organisation=small.organisation, is_key=True).order_by("code"))
    for place, manager in enumerate(small.staff(Role.AM)):
        x, y = (place % 2) * 5 - 2.5, (place // 2) * 4 - 2
        for number in range(CLIENTS):
            sort = maker.weighted(told["clients"])
            head = maker.person(sort["kind"], told["positions"][0] if sort["suffix"] else "本人", (27, 60))
            name = f"{told['place']}{rng.choice(luck)}{rng.choice(sort['suffix'])}" if sort["suffix"] else head.name
            longitude, latitude = maker.spot(x + rng.gauss(0, 0.9), y + rng.gauss(0, 0.9))
            opened = maker.opened()
            amount = round(rng.uniform(*sort["amount"]) ** 0.5 * sort["amount"][1] ** 0.5, 2)
            client = Client.objects.create(
                organisation=small.organisation,
                org=manager.unit,
                owner=manager,
                code=f"{told['code']}{(place + 1) * 1000 + number * 7:06}",
                name=maker.free_name(name, f"{name}分部"),
                pinyin=spelling(name),
                kind=sort["kind"],
                scale="large" if amount > sort["amount"][1] * 0.6 else "small",
                phone=head.phone,
                address=f"{told['place']}{manager.unit.name}{rng.randint(1, 180)}号",
                longitude=longitude,
                latitude=latitude,
                opened_on=opened,
                stage="new" if (small.now.date() - opened).days < 180 else "active",
                is_representative=number == 0,
                attributes={"products": rng.randint(1, 4), "行业": sort["trade"]},
            )
            client.monthly = amount  # type: ignore[attr-defined]
            small.clients.setdefault(manager.pk, []).append(client)
            small.bosses[client.pk] = head.name[0] + (head.position[-2:] if sort["suffix"] else "老师")
            contacts.append(_contact(client, head))
            owned.append(Ownership(client=client, owner=manager, valid_from=max(opened, manager.joined_on)))
            since = max(opened, small.now.date() - dt.timedelta(days=rng.randint(100, 900)))
            some = rng.sample(products, min(len(products), rng.randint(1, 4)))
            holdings += [
                Holding(organisation=small.organisation, client=client, product=each, since=since, changed_by=manager)
                for each in some
            ]
    copy_in(contacts)
    copy_in(owned)
    copy_in(holdings)


def _contact(client: Client, head: Any) -> Contact:
    kept = {
        name: getattr(head, name) for name in ("name", "position", "phone", "birthday", "family", "likes", "taboos")
    }
    return Contact(client=client, source=head.source, is_main=True, **kept)


def _facts(small: Small) -> None:
    """Each month of each client: its usual amount, a trend, a season, and chance; one in ten falls off lately."""
    last = periods.last_whole_month(small.now.date())
    months = [periods.add_months(last, step) for step in range(1 - MONTHS, 1)]
    for month in months:
        sql.execute("SELECT zf_ensure_month('clients_monthlyfact', %s)", [month])
    sql.copy_rows(
        "clients_monthlyfact",
        ["client_id", "month", "organisation_id", "amount", "quantity", "measures"],
        (row for clients in small.clients.values() for client in clients for row in _months_of(small, client, months)),
    )
    sql.analyze("clients_client", "clients_ownership", "clients_monthlyfact")


def _months_of(small: Small, client: Any, months: list[dt.date]) -> Iterator[tuple[Any, ...]]:
    rng = small.rng
    trend, falls = rng.gauss(0.004, 0.01), rng.random() < 0.1
    for back, month in enumerate(reversed(months)):
        if month < periods.month_of(client.opened_on):
            return
        season = 1.12 if month.month in (7, 8, 12) else 0.9 if month.month == 2 else 1.0
        left = 0.55 if falls and back < 3 else 1.0
        amount = round(client.monthly * season * left * (1 + trend) ** -back * rng.uniform(0.92, 1.08), 2)
        measures = {small.told["measure"]: amount, "products": client.attributes["products"]}
        yield client.pk, month, small.organisation.pk, f"{amount:.2f}", "1", json.dumps(measures)


# --- What the product makes of it -------------------------------------------------------------------------------------


def _run(small: Small, kind: str, period: object) -> None:
    job = jobs.request(kind, small.organisation.pk, period=str(period))
    jobs.run(job.pk)
    job.refresh_from_db()
    if job.state != Job.State.DONE:
        raise jobs.JobError(f"{kind} {period}: {job.error}")


def _tiers(small: Small) -> None:
    last = periods.last_whole_month(small.now.date())
    for back in (3, 2, 1, 0):
        _run(small, "tier_clients", periods.Period.month(periods.add_months(last, -back)))
    _run(small, "value_clients", periods.Period.month(last))


def _scores(small: Small) -> None:
    """The last whole month is published where its turn has come; soft scores and the rest are made for it."""
    month = periods.Period.month(periods.last_whole_month(small.now.date()))
    rng, (officer,), (second,) = small.rng, small.staff(Role.HR), small.staff(Role.ADMIN)
    metrics = {leaf.metric for scheme in schemes_for(small.organisation.pk, month) for leaf in parse(scheme.rules).soft}
    for supervisor in small.staff(Role.SUPERVISOR):
        given: dict[tuple[int, str], tuple[Decimal | None, str]] = {
            (manager.pk, metric): (Decimal(rng.randint(76, 95)), rng.choice(small.told["soft"]))
            for manager in small.staff(Role.AM)
            if small.supervisor_of(manager) == supervisor
            for metric in sorted(metrics)
        }
        assessment.give_soft_scores(supervisor, str(month), given)
    _run(small, "score_managers", month)
    for run in Run.objects.filter(organisation=small.organisation, period=str(month)):
        assessment.publish(assessment.review(run, officer), second)
    _run(small, "refresh_scores", small.now.date())
    _run(small, "raise_alerts", small.now.date())


# --- What people do ---------------------------------------------------------------------------------------------------


def _work(small: Small) -> None:
    """Day by day: visits, the journal of the day, and its review two days later; months that are over are verified."""
    today = small.now.date()
    first = today - dt.timedelta(days=DAYS)
    template = checklists.ensure(small.organisation, "")
    for day in work_days(first, today):
        for manager in small.staff(Role.AM):
            made = _visits(small, manager, day, template)
            if day < today and made:
                _journal(small, manager, day, made)
    for supervisor in small.staff(Role.SUPERVISOR):
        over = Visit.objects.to_verify_by(supervisor).filter(day__lt=periods.month_of(today))
        verify(over.values_list("pk", flat=True), supervisor, "属实。")


def _visits(small: Small, manager: User, day: dt.date, template: Any) -> list[Client]:
    rng, at, made = small.rng, dt.datetime.combine(day, dt.time(9, small.rng.randint(0, 40))), []
    asides = words("small_asides")  # no two visits of a manager read the same
    for client in rng.sample(small.clients[manager.pk], rng.randint(*VISITS_A_DAY)):
        story = rng.choice([each for each in small.told["visits"] if _fits(each, client)])
        minutes, by_phone = rng.randint(12, 45), rng.random() < 0.2
        end = at + dt.timedelta(minutes=minutes)
        if end > small.now:
            break
        picks = small.picks(client)
        with periods.clock_at(aware(end + dt.timedelta(minutes=3))):
            log_visit(
                manager,
                client,
                client_uuid=uuid.UUID(int=rng.getrandbits(128), version=4),
                checked_in_at=aware(at),
                checked_out_at=aware(end),
                template=template,
                mode="phone" if by_phone else "on_site",
                purpose=story["purpose"],
                people_met=small.bosses[client.pk],
                demand=picks.any_of(story["demand"]),
                note=picks.any_of(story["note"]) + "".join(map(picks.tell, rng.sample(asides, 3))),
                next_step=picks.tell(story["next"]) if rng.random() < 0.5 else "",
                next_step_on=day + dt.timedelta(days=rng.randint(2, 9)),
                checklist={item["code"]: rng.choice(("yes", "yes", "yes", "no", "na")) for item in template.items},
                **({} if by_phone else _near(small, client)),
            )
        made.append(client)
        at = end + dt.timedelta(minutes=rng.randint(25, 70))
    return made


def _fits(story: dict[str, Any], client: Client) -> bool:
    return story.get("kind", client.kind) == client.kind


def _near(small: Small, client: Any) -> dict[str, Any]:
    """Where the phone was: within sixty metres of the door."""
    step = small.rng.uniform(-0.0005, 0.0005)
    return {"longitude": client.longitude + step, "latitude": client.latitude + step / 2, "accuracy_m": 15}


def _journal(small: Small, manager: User, day: dt.date, seen: list[Client]) -> None:
    rng, picks = small.rng, small.picks(seen[0], n=len(seen))
    texts = {section: picks.any_of(choices) for section, choices in small.told["journal"].items()}
    handed = dt.datetime.combine(day, dt.time(18, rng.randint(2, 50)))
    if rng.random() < LATE:
        handed += dt.timedelta(hours=rng.randint(16, 30))
    read = dt.datetime.combine(day + dt.timedelta(days=1), dt.time(17, rng.randint(0, 50)))
    if handed > small.now:
        return
    with periods.clock_at(aware(handed)):
        journal = journals.open_journal(manager, JournalKind.DAY, day)
        version = journals.submit(journal, texts)
    is_old = small.now - read > dt.timedelta(days=2)
    if max(read, handed) < small.now and (is_old or rng.random() < REVIEWED):
        asks = rng.random() < 0.15
        with periods.clock_at(aware(max(read, handed + dt.timedelta(hours=2)))):
            journals.review(
                journal,
                version.number,
                small.supervisor_of(manager),
                mark=rng.choice((3, 4, 4, 5)),
                evaluation=picks.any_of(small.told["reviews"]),
                requirement=picks.any_of(small.told["requirements"]) if asks else "",
                requirement_due_on=day + dt.timedelta(days=5) if asks else None,
            )


def _requests(small: Small) -> None:
    """A dozen of them over the last weeks: most are settled and called back, serious ones are still in work."""
    rng, rules = small.rng, rules_of(small.organisation)
    clients = [client for each in small.clients.values() for client in each]
    for number, told in enumerate(small.told["requests"] * 3):
        client = rng.choice(clients)
        began = small.now - dt.timedelta(days=30 - number * 2, hours=rng.randint(0, 4))
        began = began.replace(hour=10, minute=rng.randint(0, 59))
        desk = small.staff(Role.BACK_OFFICE)[-1]
        with periods.clock_at(aware(min(began, small.now))):
            request = service.register(
                client=client,
                by=desk,
                uuid=uuid.UUID(int=rng.getrandbits(128), version=4),
                kind=told["kind"],
                category=told["category"],
                channel="phone",
                text=told["text"],
            )
        request.refresh_from_db()
        steps = [("start", {}), ("resolve", {"note": told["answer"]})]
        if rules.is_serious(told["kind"], told["category"]) or number > 11:
            steps = steps[:1]  # a report in eight steps comes first
        else:
            steps += [("call_back", {"satisfaction": rng.choice((4, 4, 5))}), ("close", {})]
        for hours, (name, given) in zip((2, 5, 28, 29), steps, strict=False):
            moment = began + dt.timedelta(hours=hours)
            if moment > small.now or request.handler is None:
                break
            by = request.handler
            if name in ("call_back", "close"):  # somebody else asks the client
                by = next(each for each in small.staff(Role.BACK_OFFICE) if each != request.handler)
            try:
                with periods.clock_at(aware(moment)):
                    request = service.act(request, name, by, **given)
            except ValidationError:
                break  # a call back before its day

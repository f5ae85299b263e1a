"""Opportunities, referrals, campaigns, a product survey and files, through the product's own services."""

import datetime as dt
import random
from collections import defaultdict
from io import BytesIO
from typing import Any

from clients.models import (
    Campaign,
    CampaignTarget,
    Client,
    Opportunity,
    OpportunityMove,
    Product,
    ProductSurvey,
    Referral,
    SavedView,
    SurveyReply,
)
from clients.models.offers import OpportunityStage
from clients.services import campaigns, files, surveys
from crm.demo.cards import Card
from crm.demo.loading.base import Loading, aware, copy_in
from crm.demo.telling import words
from crm.lib import periods
from people.models import Role, User

PER_MANAGER = {"tobacco": 9, "bank": 12}
STAGES = ("lead", "lead", "need", "need", "proposal", "proposal", "talks", "won", "won", "lost")
REFERRALS = 3
SURNAMES = "张王李赵杨马段周罗孙"


def load_offers(loading: Loading) -> None:
    """What clients were offered, and what came of it."""
    told = words(f"{loading.profile}_deals")
    rng = loading.stream("offers")
    products = {product.code: product for product in Product.objects.filter(organisation=loading.organisation)}
    by_owner: dict[int, list[Card]] = defaultdict(list)
    for card in loading.cards:
        owner = loading.clients[card.pk].owner_id
        if owner and not (card.story and card.story.kind == "stopped"):
            by_owner[owner].append(card)
    _opportunities(loading, rng, told, products, by_owner)
    _referrals(loading, rng, told, products, by_owner)
    _views(loading, told)
    for plan in told["campaigns"]:
        _campaign(loading, rng, told, plan, products)
    _survey(loading, rng, told["survey"], products[told["coming"]["code"]])
    _files(loading, rng, told["files"])


def _day(loading: Loading, rng: random.Random, nearest: int, furthest: int) -> dt.date:
    return loading.today - dt.timedelta(days=rng.randint(nearest, furthest))


def _opportunities(
    loading: Loading,
    rng: random.Random,
    told: dict[str, Any],
    products: dict[str, Product],
    by_owner: dict[int, list[Card]],
) -> None:
    goods = [product for product in products.values() if product.is_key and product.launched_on is None]
    rows, moves = [], []
    order = list(OpportunityStage.values)
    for owner, cards in sorted(by_owner.items()):
        for card in rng.sample(cards, min(PER_MANAGER[loading.profile], len(cards))):
            kind = rng.choice([one for one in told["opportunities"] if one.get("kind", card.kind) == card.kind])
            product = rng.choice(goods) if kind.get("goods") else products[kind["product"]]
            stage = rng.choice(STAGES)
            closed = stage in ("won", "lost")
            created = _day(loading, rng, 12, 95)
            end = _day(loading, rng, 1, 10) if closed else None
            due = None if closed or rng.random() < 0.08 else loading.today + dt.timedelta(days=rng.randint(-4, 14))
            reason = rng.choice(list(told["lost"])) if stage == "lost" else ""
            rows.append(
                Opportunity(
                    organisation=loading.organisation,
                    client_id=card.pk,
                    owner_id=owner,
                    product=product,
                    title=kind["title"].replace("{name}", product.name),
                    stage=stage,
                    amount=round(rng.uniform(*kind["amount"]), -2),
                    expected_on=None if closed else loading.today + dt.timedelta(days=rng.randint(10, 70)),
                    next_step=rng.choice(kind["steps"]) if due else "",
                    next_step_on=due,
                    lost_reason=reason,
                    outcome_note=told["lost"].get(reason, "") or (rng.choice(told["won"]) if stage == "won" else ""),
                    created_at=aware(dt.datetime.combine(created, dt.time(10, 20))),
                    closed_on=end,
                )
            )
    copy_in(rows)
    for row in rows:
        passed = order[: order.index(row.stage) + 1] if row.stage in order[:4] else ["lead", "proposal", row.stage]
        last = row.closed_on or loading.today - dt.timedelta(days=1)
        first = row.created_at.date()
        for number, stage in enumerate(passed):
            day = first + (last - first) * number // max(1, len(passed) - 1) if len(passed) > 1 else first
            moves.append(
                OpportunityMove(
                    opportunity=row,
                    before=passed[number - 1] if number else "",
                    after=stage,
                    at=aware(dt.datetime.combine(day, dt.time(10, 20))),
                    by_id=row.owner_id,
                )
            )
    copy_in(moves)


def _referrals(
    loading: Loading,
    rng: random.Random,
    told: dict[str, Any],
    products: dict[str, Product],
    by_owner: dict[int, list[Card]],
) -> None:
    """Some became clients: those who came lately are pointed at."""
    rows = []
    for owner, cards in sorted(by_owner.items()):
        fresh = [card for card in cards if (loading.today - card.opened_on).days < 200]
        for number, card in enumerate(rng.sample(cards, min(REFERRALS, len(cards)))):
            day = _day(loading, rng, 5, 100)
            outcome = ("open", "client", "declined")[number % 3] if rng.random() < 0.8 else "open"
            new = fresh.pop() if outcome == "client" and fresh and fresh[-1] is not card else None
            if new:
                day = new.opened_on - dt.timedelta(days=rng.randint(5, 30))
            code = rng.choice(told["referral_products"] or [""])
            rows.append(
                Referral(
                    organisation=loading.organisation,
                    client_id=card.pk,
                    name=new.name if new else rng.choice(told["referrals"]).format(surname=rng.choice(SURNAMES)),
                    product=products.get(code),
                    referred_on=day,
                    outcome=outcome,
                    new_client_id=new.pk if new else None,
                    decided_on=None if outcome == "open" else max(day, _day(loading, rng, 1, 4)),
                    thanks=rng.choice(told["thanks"]) if outcome == "client" else "",
                    recorded_by_id=owner,
                )
            )
    copy_in(rows)


def _views(loading: Loading, told: dict[str, Any]) -> None:
    officer = loading.users[loading.staff(Role.HR)[0]["username"]]
    for name, query in told["views"]:
        SavedView.objects.get_or_create(
            user=officer, name=name, defaults={"organisation": loading.organisation, "query": query, "is_shared": True}
        )


def _leader(loading: Loading, unit: str) -> User:
    """Who leads a unit: its supervisor, HR for the whole organisation."""
    found = [person for person in loading.staff(Role.SUPERVISOR) if person["unit"] == unit]
    return loading.users[(found or loading.staff(Role.HR))[0]["username"]]


def _campaign(
    loading: Loading, rng: random.Random, told: dict[str, Any], plan: dict[str, Any], products: dict[str, Product]
) -> None:
    leader = _leader(loading, plan["unit"])
    unit = loading.units.get(plan["unit"], loading.organisation)
    start = loading.today + dt.timedelta(days=plan["from"])
    with periods.clock_at(aware(dt.datetime.combine(min(start, loading.today), dt.time(9, 5)))):
        found = campaigns.save_undertaking(
            Campaign(
                unit=unit,
                name=plan["name"],
                kind=plan["kind"],
                product=products.get(plan["product"] or ""),
                starts_on=start,
                ends_on=loading.today + dt.timedelta(days=plan["to"]),
                goal=plan["goal"],
                goal_clients=plan["goal_clients"],
                plan=plan["plan"],
            ),
            leader,
        )
        for name, text, note in plan["materials"]:
            files.add_material(found, BytesIO(text.encode()), name, leader, note=note)
    fitting = Client.objects.filter(organisation=loading.organisation, **plan["filter"]).under(unit)
    chosen = rng.sample(sorted(fitting.values_list("pk", flat=True)), min(plan["size"], fitting.count()))
    results = loading.profile, tuple(told["results"])
    rows = []
    for pk in sorted(chosen):
        row = CampaignTarget(campaign=found, client_id=pk)
        if rng.random() < plan["done"]:
            result = rng.choices(results[1], (5, 3, 2, 1))[0]
            day = min(start + dt.timedelta(days=rng.randint(1, 20)), loading.today - dt.timedelta(days=1))
            row.result, row.note = result, rng.choice(told["results"][result])
            row.quantity = rng.randint(1, 5) if result == "won" and loading.profile == "tobacco" else None
            row.recorded_by = loading.clients[pk].owner
            row.recorded_at = aware(dt.datetime.combine(day, dt.time(rng.randint(9, 17), rng.randint(0, 59))))
        rows.append(row)
    copy_in(rows)
    if plan.get("summary"):
        ended = dt.datetime.combine(loading.today + dt.timedelta(days=plan["to"] + 3), dt.time(16, 30))
        with periods.clock_at(aware(ended)):
            campaigns.close(found, plan["summary"])


def _survey(loading: Loading, rng: random.Random, told: dict[str, Any], product: Product) -> None:
    unit = loading.units.get(told["unit"], loading.organisation)
    leader = _leader(loading, told["unit"])
    questions = surveys.questions_of(told["questions"])
    found = campaigns.save_undertaking(
        ProductSurvey(
            unit=unit,
            name=told["name"],
            product=product,
            starts_on=loading.today - dt.timedelta(days=9),
            ends_on=loading.today + dt.timedelta(days=12),
            introduction=told["introduction"],
            questions=questions,
        ),
        leader,
    )
    fitting = Client.objects.filter(organisation=loading.organisation).under(unit)
    chosen = rng.sample(sorted(fitting.values_list("pk", flat=True)), told["size"])
    rows = []
    for pk in sorted(chosen):
        row = SurveyReply(survey=found, client_id=pk)
        if rng.random() < 0.7:
            row.answers = {one["code"]: _answer(rng, one) for one in questions}
            row.opinion = rng.choice(told["opinions"]) if rng.random() < 0.6 else ""
            row.recorded_by = loading.clients[pk].owner
            moment = dt.datetime.combine(_day(loading, rng, 1, 8), dt.time(rng.randint(9, 17), rng.randint(0, 59)))
            row.recorded_at = aware(moment)
        rows.append(row)
    copy_in(rows)


def _answer(rng: random.Random, question: dict[str, Any]) -> Any:
    match question["type"]:
        case "scale":
            return rng.choices((1, 2, 3, 4, 5), (1, 2, 6, 9, 5))[0]
        case "yes_no":
            return rng.random() < 0.62
        case "choice":
            return rng.choice(question["choices"])
    return rng.randint(1, 10)


def _files(loading: Loading, rng: random.Random, told: list[list[str]]) -> None:
    clients = [loading.clients[card.pk] for card in rng.sample(loading.cards, 24)]
    for client in clients:
        name, text, note = rng.choice(told)
        if client.owner:
            files.attach(client, BytesIO(text.encode()), name, client.owner, note=note)

"""Client files, owners and monthly facts."""

import datetime as dt
import json
import random
from collections.abc import Callable
from typing import Any

from clients.models import Client, Contact, Ownership, Stage
from clients.names import spelling
from crm.demo import curves
from crm.demo.cards import Card, Maker, Person
from crm.demo.customers import make_customers
from crm.demo.loading.base import MONTHS_OF_FACTS, Loading, copy_in
from crm.demo.loading.people import hand_over_day
from crm.demo.shops import make_shops
from crm.demo.styles import STYLES
from crm.lib import periods, sql
from people.models import Role

MAKERS: dict[str, Callable[[Maker], list[Card]]] = {"tobacco": make_shops, "bank": make_customers}
FACTS = {"tobacco": curves.tobacco_facts, "bank": curves.bank_facts}
MOVED_SHARE = 0.1  # clients that another manager had before the grids were drawn anew
PHONES = {"tobacco": "1390000", "bank": "1380000"}


def load_clients(loading: Loading, region: dict[str, Any]) -> None:
    """Clients with contacts and the history of their owners."""
    loading.cards = MAKERS[loading.profile](
        Maker(loading.stream("clients"), loading.today, region, PHONES[loading.profile])
    )
    styles = {grid: STYLES[person["style"]] for person in loading.staff(Role.AM) for grid in person["grids"]}
    for card in loading.cards:
        card.growth += styles[card.grid].growth
    clients = [_client(loading, card) for card in loading.cards]
    copy_in(clients)
    for card, client in zip(loading.cards, clients, strict=True):
        card.pk = client.pk
        loading.clients[client.pk] = client
    copy_in([_contact(card, person, number) for card in loading.cards for number, person in enumerate(card.people)])
    rng = loading.stream("owners")
    copy_in([row for card in loading.cards for row in _ownerships(loading, card, rng)])


def load_facts(loading: Loading) -> int:
    """The months of every client; the number of rows."""
    for month in curves.months_until(loading.today, MONTHS_OF_FACTS):
        sql.execute("SELECT zf_ensure_month('clients_monthlyfact', %s)", [month])
    facts = FACTS[loading.profile](loading.cards, loading.today, MONTHS_OF_FACTS, loading.seed)
    return sql.copy_rows(
        "clients_monthlyfact",
        ["client_id", "month", "organisation_id", "amount", "quantity", "measures"],
        (
            (card.pk, month, loading.organisation.pk, amount, quantity, json.dumps(measures))
            for card, (month, amount, quantity, measures) in facts
        ),
    )


def owner_on(loading: Loading, card: Card, day: dt.date) -> str:
    """The user name of the manager whose grid the client lies in on a day."""
    return next(
        person["username"]
        for person in loading.staff(Role.AM)
        if card.grid in person["grids"]
        and not (person.get("leaves") and day >= hand_over_day(loading))
        and not (person.get("joins") and day < hand_over_day(loading))
    )


def _client(loading: Loading, card: Card) -> Client:
    return Client(
        organisation=loading.organisation,
        org=loading.units[card.grid],
        owner=loading.users[owner_on(loading, card, loading.today)],
        code=card.code,
        name=card.name,
        pinyin=spelling(card.name),
        kind=card.kind,
        business_format=card.business_format,
        market=card.market,
        scale=card.scale,
        stage=_stage(loading, card),
        credit_rating=card.credit_rating,
        phone=card.people[0].phone,
        address=card.address,
        longitude=card.longitude if card.has_place else None,
        latitude=card.latitude if card.has_place else None,
        opened_on=card.opened_on,
        is_difficult=card.is_difficult,
        is_representative=card.is_representative,
        attributes=_attributes(card),
        tags=card.tags,
    )


def _attributes(card: Card) -> dict[str, Any]:
    """What the default tier schemes ask beside sales and holdings, and what the trade writes into its own fields."""
    if card.kind == "shop":
        return {
            "compliance": card.about["compliance"],
            "送货日": card.about["delivery_day"],
            "经营面积": f"{card.about['area']}平方米",
        }
    return {"行业" if card.kind == "company" else "职业": card.about["trade"]}


def _stage(loading: Loading, card: Card) -> str:
    if card.story and card.story.kind == "stopped":
        return Stage.DORMANT
    age = (loading.today - card.opened_on).days
    if age < 180:
        return Stage.NEW
    return Stage.LOYAL if age > 8 * 365 and card.growth > -0.05 and card.story is None else Stage.ACTIVE


def _contact(card: Card, person: Person, number: int) -> Contact:
    return Contact(
        client_id=card.pk,
        name=person.name,
        position=person.position,
        phone=person.phone,
        birthday=person.birthday,
        is_lunar_birthday=person.is_lunar,
        family=person.family,
        likes=person.likes,
        taboos=person.taboos,
        source=person.source,
        is_main=number == 0,
    )


def _ownerships(loading: Loading, card: Card, rng: random.Random) -> list[Ownership]:
    """Who looked after the client: some before the grids were drawn anew, then the grid's manager, then a successor."""
    drawn, hand_over = periods.add_months(loading.first_day, -1), hand_over_day(loading)
    manager, now = owner_on(loading, card, drawn), owner_on(loading, card, loading.today)
    spans: list[tuple[str, dt.date, str]] = []
    if card.opened_on < drawn:
        colleagues = [person["username"] for person in loading.staff(Role.AM) if not person.get("joins")]
        before = rng.choice(colleagues) if rng.random() < MOVED_SHARE else manager
        spans.append((before, max(card.opened_on, loading.users[before].joined_on), "片区划分"))
    if card.opened_on < hand_over or manager == now:
        spans.append((manager, max(card.opened_on, drawn), "网格重新划分" if spans else "新客户分配"))
    if manager != now:
        names = loading.users[manager].name, loading.users[now].name
        reason = f"{names[0]}退休，工作交接给{names[1]}" if spans else "新客户分配"
        spans.append((now, max(card.opened_on, hand_over), reason))
    ends = [start - dt.timedelta(days=1) for _owner, start, _reason in spans[1:]] + [None]
    officer = loading.users[loading.staff(Role.HR)[0]["username"]]
    return [
        Ownership(
            client_id=card.pk,
            owner=loading.users[owner],
            valid_from=start,
            valid_to=end,
            reason=reason,
            changed_by=officer,
        )
        for (owner, start, reason), end in zip(spans, ends, strict=True)
        if end is None or end >= start
    ]

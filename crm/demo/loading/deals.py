"""What clients stock, hold, sign and owe, with the duty of post-loan visits as the visits of the demo fulfilled it."""

import datetime as dt
import random
from collections import defaultdict
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from clients.models import Contract, ContractStep, Holding, Loan, LoanCheck, Product, ProductClass
from clients.models.deals import Guarantee, Risk
from clients.models.products import Nature
from clients.services import catalogue, loans
from crm.demo.cards import Card
from crm.demo.loading.base import Loading, aware, copy_in
from crm.demo.telling import words
from crm.lib import sql
from visits.models import Purpose, Visit

PURPOSES = ("备料周转", "设备更新", "店面装修", "进货")
DROPPED_SHARE = 0.035  # of running goods and holdings, another one that was given up lately
TERMS = {"D-TERM1": 365, "D-TERM3": 1095, "D-CD": 1095, "W-CLOSED": 180}  # days
COMPANY_ONLY = ("S-PAYROLL", "S-NET", "S-CASH", "S-QR", "L-WORKING", "L-CHAIN", "L-TAX")
PERSON_ONLY = ("C-DEBIT", "C-CREDIT", "S-MOBILE", "W-FUND", "W-INSURANCE", "L-HOUSE", "L-CONSUMER", "L-DECOR")
FINDINGS = (
    "经营正常，流水与申报一致，抵押物完好。",
    "看了现场和存货，应收略升，按月关注。",
    "用途与合同一致，资料齐。",
)


def load_holdings(loading: Loading) -> None:
    """The catalogue, and what each client stocks or holds: tiers ask for it."""
    told = words(f"{loading.profile}_deals")
    catalogue.load(loading.organisation, told["catalogue"])
    _coming(loading, told["coming"])
    rng = loading.stream("holdings")
    stocked = _stocked(loading)
    if loading.profile == "tobacco":
        copy_in([row for card in loading.cards for row in _shelf(loading, card, rng, stocked, told["dropped"])])
    else:
        copy_in([row for card in loading.cards for row in _account(loading, card, rng, stocked, told["dropped"])])
    sql.analyze("clients_holding")


def load_deals(loading: Loading, visits: Sequence[Visit]) -> None:
    """Contracts, loans and their checks."""
    if loading.profile != "tobacco":
        _lend(loading, loading.stream("loans"), _stocked(loading), visits)
    _sign(loading, loading.stream("contracts"), words(f"{loading.profile}_deals"))
    sql.analyze("clients_loan", "clients_loancheck", "clients_contract")


def _stocked(loading: Loading) -> list[Product]:
    found = Product.objects.filter(organisation=loading.organisation).on_offer(loading.today)
    return list(found.select_related("product_class"))


def _coming(loading: Loading, told: dict[str, Any]) -> None:
    """The product that is to be launched soon."""
    Product.objects.create(
        organisation=loading.organisation,
        product_class=ProductClass.objects.get(organisation=loading.organisation, code=told["class"]),
        code=told["code"],
        name=told["name"],
        brand=told["brand"],
        unit=told["unit"],
        price=told["price"],
        launched_on=loading.today + dt.timedelta(days=told["days"]),
    )


def _holding(loading: Loading, card: Card, product: Product, since: dt.date, **values: Any) -> Holding:
    return Holding(
        organisation=loading.organisation,
        client_id=card.pk,
        product=product,
        since=max(since, card.opened_on),
        changed_by=loading.clients[card.pk].owner,
        **values,
    )


def _some_day(loading: Loading, rng: random.Random, nearest: int, furthest: int) -> dt.date:
    return loading.today - dt.timedelta(days=rng.randint(nearest, furthest))


def _shelf(
    loading: Loading, card: Card, rng: random.Random, products: list[Product], dropped: list[str]
) -> list[Holding]:
    """Brands on a shop's shelf: about as many key brands as its listing rate says; the rest by its custom."""
    rows = []
    for product in products:
        goods = product.product_class.nature == Nature.GOODS
        chance = card.about["listing_rate"] if product.is_key else 0.3 + 0.4 * card.about["wealth"]
        if not goods:
            chance = 0.25 if card.market == "urban" else 0.1
        new = product.note.startswith("新品")
        if new:
            chance = 0.3 if card.market == "urban" else 0.05
        gone = card.story is not None and card.story.kind == "decline" and rng.random() < 0.35
        if rng.random() < chance and not gone:
            rows.append(_holding(loading, card, product, _some_day(loading, rng, 4, 45 if new else 1500)))
        elif goods and not new and rng.random() < DROPPED_SHARE and (loading.today - card.opened_on).days > 400:
            until = _some_day(loading, rng, 2, 85)
            since = until - dt.timedelta(days=rng.randint(90, 900))
            rows.append(_holding(loading, card, product, since, until=until, ended_reason=rng.choice(dropped)))
    return rows


def _account(
    loading: Loading, card: Card, rng: random.Random, products: list[Product], dropped: list[str]
) -> list[Holding]:
    """As many products as the client's file says; terms end all through the year, some soon."""
    wrong = COMPANY_ONLY if card.kind == "person" else PERSON_ONLY
    fitting = [
        product
        for product in products
        if product.code not in wrong and product.product_class.nature != Nature.LOAN and product.code != "D-DEMAND"
    ]
    demand = next(product for product in products if product.code == "D-DEMAND")
    count = max(1, card.about["products"] - bool(card.about["loan"]))
    chosen = [demand, *rng.sample(fitting, min(count - 1, len(fitting)))]
    rows = []
    for number, product in enumerate(chosen):
        values: dict[str, Any] = {}
        since = _some_day(loading, rng, 20, 900)
        if product.product_class.nature in (Nature.DEPOSIT, Nature.INVESTMENT):
            share = 0.45 if number == 0 else 0.2
            values["amount"] = Decimal(str(round(card.base * share * rng.uniform(0.6, 1.3), -2)))
        if term := TERMS.get(product.code):
            since = max(loading.today - dt.timedelta(days=rng.randint(0, term - 1)), card.opened_on)
            values |= {"ends_on": since + dt.timedelta(days=term), "reference": f"{7_300_000 + card.pk * 10 + number}"}
        rows.append(_holding(loading, card, product, since, **values))
    if rng.random() < DROPPED_SHARE * 2 and len(fitting) > count:
        product = rng.choice([one for one in fitting if one not in chosen])
        until = _some_day(loading, rng, 2, 80)
        since = until - dt.timedelta(days=rng.randint(100, 700))
        rows.append(_holding(loading, card, product, since, until=until, ended_reason=rng.choice(dropped)))
    return [row for row in rows if row.until is None or row.until >= row.since]


def _lend(loading: Loading, rng: random.Random, products: list[Product], visits: Sequence[Visit]) -> None:
    """A loan for each client that has one in the monthly figures, with its checks so far and the one to come."""
    codes = {"company": ("L-WORKING", "L-TAX", "L-CHAIN", "L-SHOP"), "person": ("L-HOUSE", "L-CONSUMER", "L-SHOP")}
    by_code = {product.code: product for product in products}
    rows = []
    for serial, card in enumerate(one for one in loading.cards if one.about["loan"]):
        product = by_code[rng.choice(codes[card.kind])]
        granted = max(card.opened_on, _some_day(loading, rng, 20, 700))
        granted = min(granted, loading.today - dt.timedelta(days=3))
        years = 20 if product.code == "L-HOUSE" else rng.choice((1, 1, 3))
        while granted + dt.timedelta(days=365 * years) <= loading.today:
            years += 1
        principal = Decimal(str(round(card.about["loan"], 2)))
        balance = (principal * Decimal(str(round(rng.uniform(0.45, 0.95), 2)))).quantize(Decimal("0.01"))
        late = bool(card.about["overdue"])
        watched = not late and rng.random() < 0.06
        rows.append(
            Loan(
                organisation=loading.organisation,
                client_id=card.pk,
                product=product,
                number=f"LC{granted:%Y%m}{serial + 1:05}",
                principal=principal,
                balance=balance,
                rate=Decimal(str(round(rng.uniform(3.1, 5.6), 2))),
                granted_on=granted,
                due_on=granted + dt.timedelta(days=365 * years),
                purpose="购房" if product.code == "L-HOUSE" else rng.choice(PURPOSES),
                guarantee=rng.choice(Guarantee.values),
                risk=rng.choice((Risk.WATCH, Risk.SUBSTANDARD)) if late else Risk.WATCH if watched else Risk.NORMAL,
                overdue_amount=(balance * Decimal("0.08")).quantize(Decimal("0.01")) if late else 0,
                overdue_since=_some_day(loading, rng, 6, 80) if late else None,
                changed_by=loading.clients[card.pk].owner,
            )
        )
    for row in rows:
        if row.overdue_since and row.overdue_since <= row.granted_on:
            row.overdue_since = row.granted_on + dt.timedelta(days=1)
    copy_in(rows)
    made: dict[int, list[Visit]] = defaultdict(list)
    for visit in visits:
        if visit.purpose == Purpose.POST_LOAN:
            made[visit.client_id].append(visit)
    which = "SELECT id FROM clients_loan WHERE organisation_id = %(organisation)s"
    loans.keep_holdings(which, {"organisation": loading.organisation.pk})
    copy_in([check for row in rows for check in _checks(loading, rng, row, made[row.client_id])])


def _checks(loading: Loading, rng: random.Random, loan: Loan, made: list[Visit]) -> list[LoanCheck]:
    """Duties since the loan began: those before the demo done in time, then by the visits; the last one is open."""
    every = loans.CHECK_DAYS[Risk(loan.risk)]
    due = loan.granted_on + dt.timedelta(days=loans.FIRST_CHECK_DAYS)
    visits = sorted((visit for visit in made if visit.day >= loan.granted_on), key=lambda visit: visit.day)
    rows: list[LoanCheck] = []

    def done(day: dt.date, **values: Any) -> dt.date:
        rows.append(
            LoanCheck(
                loan=loan,
                client_id=loan.client_id,
                due_on=due,
                done_on=day,
                finding="watch" if loan.risk != Risk.NORMAL else "fine",
                note=rng.choice(FINDINGS),
                **values,
            )
        )
        return day + dt.timedelta(days=every)

    owner = loading.clients[loan.client_id].owner
    while due < loading.today:
        fitting = [visit for visit in visits if visit.day >= due - dt.timedelta(days=loans.EARLY_DAYS)]
        if fitting and fitting[0].day <= due + dt.timedelta(days=20):
            visits = visits[visits.index(fitting[0]) + 1 :]
            due = done(fitting[0].day, done_by_id=fitting[0].manager_id, visit_id=fitting[0].pk)
        elif due < loading.today - dt.timedelta(days=25) or rng.random() < 0.75:
            day = min(due + dt.timedelta(days=rng.randint(-6, 3)), loading.today)
            due = done(max(day, loan.granted_on), done_by=owner)
        else:
            break
    rows.append(LoanCheck(loan=loan, client_id=loan.client_id, due_on=due))
    return rows


def _sign(loading: Loading, rng: random.Random, told: dict[str, Any]) -> None:
    """Contracts of a year or two, some in their notice time, some renewed, a few still to be signed."""
    products = {product.code: product for product in Product.objects.filter(organisation=loading.organisation)}
    contracts, steps = [], []
    cards = [card for card in loading.cards if card.kind != "person" and rng.random() < told["contract_share"]]
    for serial, card in enumerate(cards):
        kind = rng.choice(told["contracts"])
        length = rng.choice((365, 365, 730))
        start = loading.today - dt.timedelta(days=rng.randint(-10, length + 20))
        unsigned = start > loading.today - dt.timedelta(days=12)
        contracts.append(
            Contract(
                organisation=loading.organisation,
                client_id=card.pk,
                product=products.get(kind.get("product", "")),
                number=f"{loading.organisation.code}-HT{start:%Y}-{serial + 1:04}",
                title=kind["title"],
                amount=round(rng.uniform(*kind["amount"]), -2) if kind["amount"] else None,
                signed_on=None if unsigned else start - dt.timedelta(days=rng.randint(0, 9)),
                starts_on=start,
                ends_on=start + dt.timedelta(days=length - 1),
                made_by=loading.clients[card.pk].owner,
                made_at=aware(dt.datetime.combine(min(start, loading.today), dt.time(9, 40))),
            )
        )
    copy_in(contracts)
    titles = {kind["title"]: kind["steps"] for kind in told["contracts"]}
    for contract in contracts:
        names = titles[contract.title]
        span = (contract.ends_on - contract.starts_on).days
        for number, name in enumerate(names, start=1):
            due = contract.starts_on + dt.timedelta(days=span * number // (len(names) + 1))
            done = due < loading.today and bool(contract.signed_on) and rng.random() < 0.92
            steps.append(
                ContractStep(
                    contract=contract,
                    title=name,
                    due_on=due,
                    done_on=due + dt.timedelta(days=rng.randint(-3, 0)) if done else None,
                    done_by=contract.made_by if done else None,
                )
            )
    copy_in(steps)

"""The 260 companies and 640 people of the bank branch."""

import math
from typing import Any

from crm.demo.cards import Card, Maker, Person
from crm.demo.shops import grids
from crm.demo.telling import words

STORIES = {"decline": 0.045, "stopped": 0.012, "growth": 0.035}
MEAN_COMPANY, SPREAD_COMPANY = 620_000.0, 1.05  # yuan of average deposits; standard deviation of the logarithm
MEAN_PERSON, SPREAD_PERSON = 105_000.0, 1.0
CREDIT_CHARACTERS = "0123456789ABCDEFGHJKLMNPQRTUWXY"


def make_customers(maker: Maker) -> list[Card]:
    """All clients of the branch, grid by grid, companies first."""
    data = words("bank_clients")
    cards: list[Card] = []
    for town, grid in grids(maker.region):
        companies, people = grid["clients"]
        cards += [_company(maker, data, town, grid, len(cards) + n) for n in range(companies)]
        cards += [_person(maker, data, town, grid, len(cards) + n) for n in range(people)]
    return cards


def credit_code(number: int) -> str:
    """A unified social credit code of a made-up registry office."""
    body = f"91999901MA{number:07}"
    return body + check_character(body)


def check_character(body: str) -> str:
    """The 18th character of a unified social credit code. Source: GB 32100-2015, 5.5."""
    weights = [pow(3, place, 31) for place in range(17)]
    total = sum(CREDIT_CHARACTERS.index(sign) * weight for sign, weight in zip(body, weights, strict=True))
    return CREDIT_CHARACTERS[-total % 31]


def _company(maker: Maker, data: dict[str, Any], town: dict[str, Any], grid: dict[str, Any], serial: int) -> Card:
    rng = maker.rng
    trade = maker.weighted(data["trades"])
    place, address, x, y = maker.place(town, grid)
    longitude, latitude = maker.spot(x, y)
    head = maker.person("company", data["positions"][0], (32, 64))
    proposals = [f"云州{rng.choice(data['luck'])}{rng.choice(trade['suffix'])}" for _attempt in range(4)]
    base = math.exp(rng.gauss(math.log(MEAN_COMPANY * trade["rich"] * town["rich"]), SPREAD_COMPANY))
    card = Card(
        code=credit_code(serial * 7919 % 9_999_991),
        name=maker.free_name(*proposals, f"{proposals[0]}{place}分公司"),
        kind="company",
        grid=grid["code"],
        town=town["name"],
        place=place,
        address=address,
        x=x,
        y=y,
        longitude=longitude,
        latitude=latitude,
        market="urban",
        scale="large" if base > 4e6 else "medium" if base > 6e5 else "small",
        opened_on=maker.opened(),
        base=base,
        growth=town["growth"] + trade.get("growth", 0.0) + rng.gauss(0, 0.05),
        boss=f"{head.name[0]}总",
        people=[head],
        credit_rating=rng.choices(("AA", "A", "BBB", "BB", "C"), (8, 30, 42, 15, 5))[0],
        has_place=rng.random() > 0.01,
    )
    for position in rng.sample(data["positions"][1:], rng.choice((1, 1, 2))):
        card.people.append(maker.person("company", position, (24, 58)))
    borrows = rng.random() < 0.46
    card.about = {
        "trade": trade["name"],
        "wealth": 0.0,
        "fee_rate": rng.uniform(0.0004, 0.0016),
        "loan": round(base * rng.uniform(0.6, 2.6), -4) if borrows else 0.0,
        "overdue": borrows and rng.random() < 0.05,
        "products": rng.randint(1, 4) + borrows,
    }
    _finish(maker, data, card)
    return card


def _person(maker: Maker, data: dict[str, Any], town: dict[str, Any], grid: dict[str, Any], serial: int) -> Card:
    rng = maker.rng
    job = maker.weighted(data["occupations"])
    place, address, x, y = maker.place(town, grid)
    longitude, latitude = maker.spot(x, y)
    own = maker.person("person", "本人", tuple(job["age"]))
    while own.name in maker.taken:
        own.name = own.name[0] + rng.choice(maker.names["given"][own.sex])
    maker.taken.add(own.name)
    base = math.exp(rng.gauss(math.log(MEAN_PERSON * job["rich"] * town["rich"]), SPREAD_PERSON))
    card = Card(
        code=f"LC{8_600_000 + serial * 37:08}",
        name=own.name,
        kind="person",
        grid=grid["code"],
        town=town["name"],
        place=place,
        address=address,
        x=x,
        y=y,
        longitude=longitude,
        latitude=latitude,
        market="urban",
        scale="large" if base > 5e5 else "medium" if base > 5e4 else "small",
        opened_on=maker.opened(),
        base=base,
        growth=town["growth"] * 0.7 + rng.gauss(0.01, 0.06),
        boss=_called(maker, own, job["name"]),
        people=[own],
        has_place=rng.random() > 0.03,
        credit_rating=rng.choices(("AA", "A", "BBB", "C"), (15, 50, 30, 5))[0],
    )
    loan = rng.random() < 0.24
    card.about = {
        "trade": job["name"],
        "wealth": rng.choice((0.0, 0.0, 0.2, 0.4, 0.6)),
        "fee_rate": rng.uniform(0.0, 0.0005),
        "loan": float(rng.choice((50_000, 80_000, 150_000, 280_000, 420_000, 650_000))) if loan else 0.0,
        "overdue": loan and rng.random() < 0.04,
        "products": rng.randint(1, 4) + loan,
    }
    _finish(maker, data, card)
    return card


def _finish(maker: Maker, data: dict[str, Any], card: Card) -> None:
    card.story = maker.story(data["stories"], STORIES, lambda story: story.get("kind", card.kind) == card.kind)
    card.is_difficult = maker.rng.random() < 0.02
    card.tags = maker.tags(data["tags"][card.kind])


def _called(maker: Maker, own: Person, job: str) -> str:
    """How a client adviser addresses somebody."""
    surname = own.name[0]
    if job == "教师":
        return f"{surname}老师"
    if job == "医务人员":
        return f"{surname}医生"
    if job == "企业主":
        return f"{surname}总"
    if job == "个体工商户":
        return f"{surname}老板"
    if job == "退休人员":
        return f"{surname}{'阿姨' if own.sex == 'f' else '叔'}"
    return f"{surname}{'女士' if own.sex == 'f' else '先生'}"

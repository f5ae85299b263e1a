"""The 1,800 shops of the tobacco county."""

import math
from collections.abc import Iterator
from functools import partial
from typing import Any

from crm.demo.cards import Card, Maker, Person
from crm.demo.telling import Picks, words

STORIES = {"decline": 0.042, "stopped": 0.011, "growth": 0.03}
MEAN_AMOUNT = 17_000.0  # yuan a month of a shop of the usual kind
SPREAD = 0.72  # standard deviation of its logarithm
DELIVERY_DAYS = ("周一", "周二", "周三", "周四", "周五")


def make_shops(maker: Maker) -> list[Card]:
    """All shops, town by town, grid by grid."""
    data = words("tobacco_shops")
    return [shop for town, grid in grids(maker.region) for shop in _grid_shops(maker, data, town, grid)]


def grids(region: dict[str, Any]) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    """Each grid of a region with the town that it lies in."""
    for town in region["towns"]:
        for grid in town["grids"]:
            yield town, grid


def _grid_shops(maker: Maker, data: dict[str, Any], town: dict[str, Any], grid: dict[str, Any]) -> list[Card]:
    rng = maker.rng
    cards = []
    delivery = rng.choice(DELIVERY_DAYS)
    number = int(grid["code"][-1]) + {"C": 0, "E": 5, "W": 10}[grid["code"][-2]]
    for serial in range(grid["shops"]):
        form = maker.weighted(data["formats"], "urban" if town["urban"] else "rural")
        owner = maker.person("shop", "店主")
        place, address, x, y = maker.place(town, grid)
        longitude, latitude = maker.spot(x, y)
        # A shop on a town's road earns more than one in a village.
        rich = form["rich"] * town["rich"] * (1.0 if place in grid["roads"] else 0.72)
        space = rng.uniform(*form["scale"])
        card = Card(
            code=f"{maker.region['licence_prefix']}{number:02}{serial * 13 % 9973:04}",
            name=_name(maker, data, form, owner, place),
            kind="shop",
            grid=grid["code"],
            town=town["name"],
            place=place,
            address=address,
            x=x,
            y=y,
            longitude=longitude,
            latitude=latitude,
            market="urban" if town["urban"] else "rural",
            scale="large" if space > 200 else "medium" if space > 40 else "small",
            opened_on=maker.opened(),
            business_format=form["key"],
            base=max(1500.0, math.exp(rng.gauss(math.log(MEAN_AMOUNT * rich), SPREAD))),
            growth=town["growth"] + rng.gauss(0, 0.045),
            boss=_called(maker, owner),
            people=[owner],
            credit_rating=rng.choices("ABCD", (30, 52, 15, 3))[0],
            has_place=rng.random() > 0.008,
        )
        if rng.random() < 0.3:
            relation = rng.choice(maker.names["relations"][owner.sex])
            card.people.append(maker.person("shop", f"店主{relation}", (20, 70)))
        card.story = maker.story(data["stories"], STORIES, partial(_fits, card))
        card.is_difficult = rng.random() < 0.02 or bool(card.story and "意见" in card.story.brief)
        card.about = {
            "delivery_day": delivery,
            "area": round(space),
            "wealth": min(1.0, max(0.0, rng.gauss(0.42, 0.16) + 0.16 * math.log(max(rich, 0.3)))),
            "listing_rate": round(min(1.0, max(0.1, rng.gauss(0.62, 0.14) + 0.1 * math.log(max(rich, 0.3)))), 2),
            "compliance": rng.choices((100, 95, 90, 80, 60), (40, 30, 18, 9, 3))[0],
        }
        card.tags = maker.tags(data["tags"])
        cards.append(card)
    # The spokesman of a grid is one of its larger shops with an ordinary life.
    steady = [card for card in cards if card.story is None and not card.is_difficult]
    max(steady, key=lambda card: card.base * rng.uniform(0.3, 1)).is_representative = True
    return cards


def _fits(card: Card, story: dict[str, Any]) -> bool:
    return (
        card.town in story.get("towns", [card.town])
        and not (story.get("rural") and card.market != "rural")
        and not (story.get("urban") and card.market != "urban")
    )


def _name(maker: Maker, data: dict[str, Any], form: dict[str, Any], owner: Person, place: str) -> str:
    facts = {"given": owner.name[1:], "surname": owner.name[0], "place": place, "road": place}
    tries = []
    for _attempt in range(4):
        picks = Picks(maker.rng, {"luck": data["luck"], "chain": data["chains"]}, facts)
        tries.append(picks.any_of(form["names"]))
    return maker.free_name(*tries, place + tries[0] if not tries[0].startswith(place) else tries[0])


def _called(maker: Maker, owner: Person) -> str:
    """How people address a shopkeeper."""
    age = maker.today.year - owner.birthday.year
    forms = ["{}老板", "{}老板"]
    if owner.sex == "f":
        forms += ["{}姐", "{}大姐"] if age < 60 else ["{}大妈", "{}孃孃"]
    else:
        forms += ["{}哥", "{}师傅"] if age < 45 else ["老{}", "{}叔"]
    return maker.rng.choice(forms).format(owner.name[0])

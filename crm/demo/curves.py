"""Monthly facts of the demo: trend of the town, season, chance, and the client's own story."""

import datetime as dt
import math
from collections.abc import Iterator
from operator import mul
from typing import Any

import numpy as np

from crm.demo.cards import Card, Story
from crm.demo.seasons import tobacco_season
from crm.lib import periods

PRICES = (296.0, 168.0, 112.0, 66.0, 38.0)  # yuan a carton of classes 1 to 5, as shops pay it
CLASSES = ("class_1", "class_2", "class_3", "class_4", "class_5")
# Shares of money by class for the poorest and the richest custom; a shop lies between by its `wealth`.
POOR = (0.06, 0.14, 0.34, 0.30, 0.16)
RICH = (0.46, 0.27, 0.19, 0.06, 0.02)

Fact = tuple[dt.date, str, str, dict[str, Any]]  # month, amount, quantity, further measures


def months_until(today: dt.date, count: int) -> list[dt.date]:
    """The last ``count`` months that are over on a day."""
    last = periods.last_whole_month(today)
    return [periods.add_months(last, step) for step in range(1 - count, 1)]


def story_factor(story: Story | None, back: int) -> float:
    """What a story leaves of a month's business, ``back`` months before the last one."""
    if story is None or back >= story.months:
        return 1.0
    if story.kind == "stopped":
        return 0.0
    # The turn takes a month: its first one lies half-way (of a fall of exactly three months, none does).
    half = back == story.months - 1 and story.months > 3
    return (1 + story.rate) / 2 if half else story.rate


def _factors(card: Card, months: list[dt.date], rng: np.random.Generator, season: list[float]) -> list[float]:
    """The share of its usual business that a client did in each month; -1 before it opened."""
    noise = np.exp(rng.normal(0, 0.055, len(months))).tolist()
    trend, last = math.log1p(card.growth) / 12, len(months) - 1
    opened = card.opened_on.year * 12 + card.opened_on.month
    factors = []
    for index, month in enumerate(months):
        age = month.year * 12 + month.month - opened
        if age < 0:
            factors.append(-1.0)
            continue
        start = min(1.0, 0.35 + 0.16 * age)  # a new client needs months to find its level
        back = last - index
        factors.append(math.exp(trend * -back) * season[index] * start * noise[index] * story_factor(card.story, back))
    return factors


def tobacco_facts(cards: list[Card], today: dt.date, count: int, seed: int) -> Iterator[tuple[Card, Fact]]:
    """Cartons by class and money of every shop and month since it opened."""
    rng = np.random.default_rng(seed)
    months = months_until(today, count)
    season = [tobacco_season(month) for month in months]
    for card in cards:
        wealth = card.about["wealth"]
        by_class = [
            card.base * (poor + (rich - poor) * wealth) / price
            for poor, rich, price in zip(POOR, RICH, PRICES, strict=True)
        ]
        for month, factor in zip(months, _factors(card, months, rng, season), strict=True):
            if factor < 0:
                continue
            cartons = [round(factor * usual) for usual in by_class]
            amount = sum(map(mul, cartons, PRICES))
            card.amounts.append(sum(cartons))
            yield card, (month, f"{amount:.2f}", str(sum(cartons)), dict(zip(CLASSES, cartons, strict=True)))


def bank_facts(cards: list[Card], today: dt.date, count: int, seed: int) -> Iterator[tuple[Card, Fact]]:
    """Average deposits and investments, loans, arrears and fees of every client and month since it came."""
    rng = np.random.default_rng(seed)
    months = months_until(today, count)
    quarter_end = [1.04 if month.month in (3, 6, 9, 12) else 1.0 for month in months]
    for card in cards:
        about = card.about
        for index, factor in enumerate(_factors(card, months, rng, quarter_end)):
            if factor < 0:
                continue
            back = len(months) - 1 - index
            assets = round(card.base * factor, 2)
            invested = round(assets * about["wealth"], 2)
            loan = max(0.0, about["loan"] * (0.62 + 0.38 * back / len(months))) if about["loan"] else 0.0
            card.amounts.append(assets)
            measures = {
                "assets": assets,
                "deposits": round(assets - invested, 2),
                "wealth": invested,
                "loans": round(loan, 2),
                "overdue": round(loan * 0.08, 2) if about["overdue"] and back < 3 else 0,
                "fees": round(assets * about["fee_rate"], 2),
                "products": about["products"] if factor else 1,
            }
            yield card, (months[index], f"{assets:.2f}", str(measures["products"]), measures)

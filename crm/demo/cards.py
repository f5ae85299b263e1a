"""Client files of the demo: who they are, where they are, and what happens to their business."""

import datetime as dt
import math
import random
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from crm.demo.telling import Picks, words

KM_PER_DEGREE = 111.32


@dataclass
class Person:
    """A contact."""

    name: str
    sex: str
    phone: str
    birthday: dt.date
    position: str = ""
    is_lunar: bool = False
    family: str = ""
    likes: str = ""
    taboos: str = ""
    source: str = ""


@dataclass
class Story:
    """Why a client's business changes: ``kind`` decline, stopped or growth, from so many months before the end."""

    kind: str
    months: int
    rate: float
    told: list[str]
    brief: str


@dataclass
class Card:
    """A client with everything that the other parts of the demo need to know of it."""

    code: str
    name: str
    kind: str
    grid: str
    town: str
    place: str
    address: str
    x: float
    y: float
    longitude: float
    latitude: float
    market: str
    scale: str
    opened_on: dt.date
    base: float
    growth: float
    boss: str
    people: list[Person]
    business_format: str = ""
    credit_rating: str = ""
    story: Story | None = None
    has_place: bool = True
    is_difficult: bool = False
    is_representative: bool = False
    tags: list[str] = field(default_factory=list)
    about: dict[str, Any] = field(default_factory=dict)
    pk: int = 0
    amounts: list[float] = field(default_factory=list)


class Maker:
    """What tobacco shops and bank clients have in common: names, phones, places on the plane."""

    def __init__(self, rng: random.Random, today: dt.date, region: dict[str, Any], phones: str):
        self.rng, self.today, self.region, self.phones = rng, today, region, phones
        self.names = words("people")
        self.taken: set[str] = set()
        self.phone_count = 0

    def weighted(self, options: Iterable[dict[str, Any]], key: str = "weight") -> dict[str, Any]:
        """One of the options, by its weight."""
        found = list(options)
        return self.rng.choices(found, [option[key] for option in found])[0]

    def phone(self) -> str:
        """The next number of a range that nobody is given."""
        self.phone_count += 1
        return f"{self.phones}{self.phone_count * 7 % 10000:04}"

    def birthday(self, youngest: int, oldest: int) -> dt.date:
        """A day of birth for an age between the two."""
        return self.today - dt.timedelta(days=self.rng.randint(youngest * 365, oldest * 365 + 364))

    def person(self, kind: str, position: str, ages: tuple[int, int] = (27, 68)) -> Person:
        """A person at a client of a kind, with a phone and, for some, what the account manager has learned."""
        rng = self.rng
        sex = rng.choice("mf")
        surname = rng.choices(list(self.names["surnames"]), list(self.names["surnames"].values()))[0]
        birthday = self.birthday(*ages)
        found = Person(surname + rng.choice(self.names["given"][sex]), sex, self.phone(), birthday, position)
        found.is_lunar = birthday.year < self.today.year - 45 and rng.random() < 0.4
        picks = Picks(rng, {"neighbour": self.names["neighbours"], "faraway": self.names["faraway"]}, {})
        for name, share, pool in (("family", 0.4, "families"), ("likes", 0.35, "likes"), ("taboos", 0.2, "taboos")):
            fitting = [entry["text"] for entry in self.names[pool] if self._suits(entry, found, kind)]
            if rng.random() < share and fitting:
                setattr(found, name, picks.any_of(fitting))
        found.source = rng.choices(list(self.names["sources"]), list(self.names["sources"].values()))[0]
        return found

    def _suits(self, entry: dict[str, Any], person: Person, kind: str) -> bool:
        low, high = entry.get("age", (0, 120))
        age = self.today.year - person.birthday.year
        return low <= age <= high and entry.get("sex", person.sex) == person.sex and entry.get("kind", kind) == kind

    def spot(self, x: float, y: float) -> tuple[float, float]:
        """Longitude and latitude of a point in km east and north of the region's centre."""
        longitude, latitude = self.region["centre"]
        return (
            round(longitude + x / (KM_PER_DEGREE * math.cos(math.radians(latitude))), 6),
            round(latitude + y / KM_PER_DEGREE, 6),
        )

    def place(self, town: dict[str, Any], grid: dict[str, Any]) -> tuple[str, str, float, float]:
        """Name, address, east and north km of a door: along a road of the grid, or in a village around the town."""
        rng = self.rng
        villages = town.get("villages")
        if villages and rng.random() < 0.5:
            number = rng.randrange(len(villages))
            # Villages lie around the town, each at its own distance, always at the same point.
            angle = 2 * math.pi * (number + 0.3) / len(villages)
            distance = 1.6 + (number * 37 % 10) / 10 * 3.2
            x = town["x"] + distance * math.cos(angle) + rng.gauss(0, 0.18)
            y = town["y"] + distance * math.sin(angle) + rng.gauss(0, 0.18)
            text = f"{self.region['name']}{town['name']}{villages[number]}{rng.randint(1, 9)}组{rng.randint(1, 86)}号"
            return villages[number], text, x, y
        number = rng.randrange(len(grid["roads"]))
        angle = math.pi * number / len(grid["roads"]) + 0.35
        along, reach = rng.uniform(-1, 1), town["radius"] * (0.55 if town["urban"] else 1)
        across = rng.choice((-0.012, 0.012)) + (number % 3 - 1) * 0.15 * town["radius"]
        x = town["x"] + grid["dx"] + along * reach * math.cos(angle) - across * math.sin(angle)
        y = town["y"] + grid["dy"] + along * reach * math.sin(angle) + across * math.cos(angle)
        house = int((along + 1) * 150) + 1
        road = grid["roads"][number]
        return road, f"{self.region['name']}{town['name']}{road}{house}号", x, y

    def opened(self) -> dt.date:
        """When the client came: mostly years ago, a few within the last year."""
        rng = self.rng
        if rng.random() < 0.05:
            return self.today - dt.timedelta(days=rng.randint(40, 360))
        return self.today - dt.timedelta(days=rng.randint(420, 365 * 16))

    def tags(self, known: list[str]) -> list[str]:
        """None for most, one or two for some."""
        return self.rng.sample(known, self.rng.choices((0, 1, 2), (62, 28, 10))[0])

    def free_name(self, *proposals: str) -> str:
        """The first proposal that nobody has, else the last with a number."""
        for name in proposals:
            if name not in self.taken:
                break
        else:
            name = next(
                f"{proposals[-1]}{n}店"
                for n in ("二", "三", "四", "五", "六", "七", "八", "九", "十")
                if f"{proposals[-1]}{n}店" not in self.taken
            )
        self.taken.add(name)
        return name

    def story(
        self, stories: dict[str, Any], shares: dict[str, float], fits: Callable[[dict[str, Any]], bool]
    ) -> Story | None:
        """A turn in the client's business, for a few; ``fits``: whether one of the stories suits the client."""
        kind = self.rng.choices([*shares, ""], [*shares.values(), 1 - sum(shares.values())])[0]
        if not kind:
            return None
        options = [story for story in stories[kind] if fits(story)]
        if not options:
            return None
        chosen = self.weighted(options)
        rate = self.rng.uniform(*chosen["rate"]) if "rate" in chosen else self.rng.uniform(1.3, 1.7)
        months = self.rng.randint(2, 5) if kind == "stopped" else self.rng.choice((3, 4, 4, 5, 6))
        return Story(kind, months, rate, chosen["told"], chosen["brief"])

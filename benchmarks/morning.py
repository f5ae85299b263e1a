"""Who asks what on a working morning: people with their sessions, and the mix of their requests."""

import datetime as dt
import itertools
import json
import random
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

CSRF = "z" * 32  # any secret will do, as long as cookie and header say the same
MANAGERS = 300  # who log in that morning, at most
DOUBLED = 0.03  # share of visits that a phone sends again, as after a lost answer


@dataclass(frozen=True)
class Request:
    """One request on its way."""

    name: str
    path: str
    cookie: str
    body: bytes = b""
    uuid: str = ""  # of the visit that it carries


@dataclass
class Person:
    """Somebody signed in, with the clients and search words at hand."""

    pk: int
    cookie: str
    clients: list[int] = field(default_factory=list)
    words: list[str] = field(default_factory=list)
    logged: Any = None  # counts the visits sent, each a minute after the one before


Maker = Callable[[random.Random], Request]


class Morning:
    """The people of one provincial company, and the next request of the mix."""

    def __init__(self, seed: int) -> None:
        from people.models import Role, User

        self.rng = random.Random(seed)
        organisation = User.objects.filter(role=Role.AM).order_by("pk")[0].unit.organisation_id
        inside = User.objects.filter(unit__organisation=organisation, is_active=True).order_by("pk")
        self.organisation: int = organisation
        self.managers = [self._manager(user) for user in inside.filter(role=Role.AM)[:MANAGERS]]
        leaders = inside.filter(role=Role.SUPERVISOR)
        self.supervisors = [self._person(user) for user in leaders.filter(unit__level="department")[:40]]
        self.heads = [self._person(user) for user in leaders.exclude(unit__level="department")[:10]]
        self.officers = [self._person(user) for user in inside.filter(role=Role.HR)[:3]]
        self.began = dt.datetime.now(dt.UTC) - dt.timedelta(hours=7)
        self.sent: list[Request] = []
        self.acknowledged: set[str] = set()  # visits that the server says it has
        self.mix: list[tuple[int, Maker]] = [
            (20, lambda rng: self._get("AM home", rng.choice(self.managers), "/")),
            (8, lambda rng: self._get("due list", rng.choice(self.managers), "/visits/due/")),
            (12, lambda rng: self._get("client list", rng.choice(self.managers), "/clients/")),
            (18, lambda rng: self._of_client("client page", rng, "/clients/{}/")),
            (14, lambda rng: self._of_client("visit form", rng, "/visits/new/?client={}")),
            (15, self._visit),
            (5, self._search),
            (4, lambda rng: self._get("review desk", rng.choice(self.supervisors or self.heads), "/journals/desk/")),
            (2, lambda rng: self._get("supervisor home", rng.choice(self.supervisors or self.heads), "/")),
            (1, lambda rng: self._get("province home", rng.choice(self.heads or self.officers), "/")),
            (1, lambda rng: self._get("leaderboard", rng.choice(self.managers), "/kpi/board/")),
        ]

    def next(self) -> Request:
        """What comes next, by the shares of the mix."""
        weights, makers = zip(*self.mix, strict=True)
        return self.rng.choices(makers, weights)[0](self.rng)

    def _person(self, user: Any) -> Person:
        from django.test import Client

        browser = Client()
        browser.force_login(user)
        return Person(user.pk, f"sessionid={browser.cookies['sessionid'].value}; csrftoken={CSRF}")

    def _manager(self, user: Any) -> Person:
        from clients.models import Client

        found = self._person(user)
        own = Client.objects.filter(owner=user, is_active=True).order_by("pk").values_list("pk", "name")
        for pk, name in own[:200]:
            found.clients.append(pk)
            found.words.append(name[-4:-2])
        found.logged = itertools.count()
        return found

    def _get(self, name: str, person: Person, path: str) -> Request:
        return Request(name, path, person.cookie)

    def _of_client(self, name: str, rng: random.Random, path: str) -> Request:
        person = rng.choice(self.managers)
        return self._get(name, person, path.format(rng.choice(person.clients)))

    def _search(self, rng: random.Random) -> Request:
        person = rng.choice(self.managers)
        return self._get("search by two characters", person, f"/clients/?q={quote(rng.choice(person.words))}")

    def _visit(self, rng: random.Random) -> Request:
        if self.sent and rng.random() < DOUBLED:
            return rng.choice(self.sent)
        person = rng.choice(self.managers)
        start = self.began + dt.timedelta(seconds=62 * next(person.logged))
        number = str(uuid.UUID(int=rng.getrandbits(128), version=4))
        item = {
            "client": str(rng.choice(person.clients)), "client_uuid": number, "mode": "phone", "purpose": "routine",
            "checked_in_at": start.isoformat(), "checked_out_at": (start + dt.timedelta(seconds=60)).isoformat(),
            "people_met": "店主", "note": "问库存，核对订单",
        }  # fmt: skip
        body = {"user": str(person.pk), "items": [item], "sent_at": dt.datetime.now(dt.UTC).isoformat()}
        self.sent.append(Request("visit POST", "/visits/sync/", person.cookie, json.dumps(body).encode(), number))
        return self.sent[-1]

"""People at work while things break: phones that send visits, and two who review the same journals."""

import datetime as dt
import http.client
import json
import random
import re
import threading
import time
import uuid
from collections.abc import Sequence
from typing import Any
from urllib.parse import urlencode

from benchmarks.generate import PASSWORD
from tests.faults.plant import Plant

FAILED = 0  # as a status: no answer came


class Session:
    """A browser that remembers cookies and signs in again when it is asked to."""

    def __init__(self, plant: Plant, username: str) -> None:
        self.plant, self.username = plant, username
        self.cookies: dict[str, str] = {}

    def ask(self, method: str, path: str, body: str = "", kind: str = "") -> tuple[int, str, str]:
        """(status, Location, text); status 0 when no whole answer came."""
        connection = http.client.HTTPConnection("127.0.0.1", self.plant.port, timeout=20)
        headers = {"Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items()), "Content-Type": kind}
        headers["X-CSRFToken"] = self.cookies.get("csrftoken", "")
        try:
            connection.request(method, path, body.encode(), headers)
            answer = connection.getresponse()
            text = answer.read().decode(errors="replace")
        except (OSError, http.client.HTTPException):
            return FAILED, "", ""
        finally:
            connection.close()
        for cookie in answer.headers.get_all("Set-Cookie") or ():
            name, value = re.match(r"([^=]+)=([^;]*)", cookie).groups()  # type: ignore[union-attr]
            self.cookies[name] = value
        return answer.status, answer.headers.get("Location", ""), text

    def sign_in(self) -> bool:
        """Whether it worked."""
        self.ask("GET", "/login/")
        form = urlencode({"username": self.username, "password": PASSWORD})
        status, location, _text = self.ask("POST", "/login/", form, "application/x-www-form-urlencoded")
        return status == 302 and "login" not in location


class Person(threading.Thread):
    """Works until told to stop; goes on after any failure."""

    def __init__(self, plant: Plant, username: str, stop: threading.Event) -> None:
        super().__init__(daemon=True)
        self.session, self.stopped = Session(plant, username), stop
        self.problems: list[str] = []

    def run(self) -> None:
        signed_in = False
        while not self.stopped.is_set():
            signed_in = (signed_in and self.work()) or self.session.sign_in()
            if not signed_in:
                time.sleep(0.5)

    def work(self) -> bool:
        """One act; whether the session still holds."""
        raise NotImplementedError


class Phone(Person):
    """Keeps what it has logged until the server says that it has it; sends some twice, some together."""

    def __init__(
        self, plant: Plant, username: str, user: int, clients: Sequence[int], stop: threading.Event, seed: str
    ):
        super().__init__(plant, username, stop)
        self.user, self.clients, self.rng = user, clients, random.Random(seed)
        self.kept: list[dict[str, Any]] = []
        self.sent: set[str] = set()
        self.acknowledged: set[str] = set()
        self.start_at = dt.datetime.now(dt.UTC) - dt.timedelta(hours=6)

    def work(self) -> bool:
        self.kept += [self.visit() for _new in range(self.rng.randint(0, 2))]
        batch = self.rng.sample(self.kept, min(3, len(self.kept)))
        batch += batch[: self.rng.randint(0, 1)]
        body = json.dumps({"user": str(self.user), "items": batch, "sent_at": dt.datetime.now(dt.UTC).isoformat()})
        self.sent |= {item["client_uuid"] for item in batch}
        twin = threading.Thread(target=self.session.ask, args=("POST", "/visits/sync/", body, "application/json"))
        doubled = self.rng.random() < 0.3
        if doubled:  # a double tap: both on their way at once
            twin.start()
        status, location, text = self.session.ask("POST", "/visits/sync/", body, "application/json")
        if doubled:
            twin.join()
        if status == 200:
            for result in json.loads(text)["results"]:
                if result["state"] in ("saved", "known"):
                    self.acknowledged.add(result["client_uuid"])
                else:
                    self.problems.append(f"refused: {result}")
            self.kept = [item for item in self.kept if item["client_uuid"] not in self.acknowledged]
        time.sleep(0.1)
        return status not in (302, 403) and "login" not in location

    def visit(self) -> dict[str, Any]:
        """A call of one minute, each after the one before."""
        self.start_at += dt.timedelta(seconds=61)
        return {
            "client": str(self.rng.choice(self.clients)), "client_uuid": str(uuid.UUID(int=self.rng.getrandbits(128))),
            "mode": "phone", "purpose": "routine", "checked_in_at": self.start_at.isoformat(),
            "checked_out_at": (self.start_at + dt.timedelta(seconds=60)).isoformat(),
        }  # fmt: skip


class Reviewer(Person):
    """Reviews the journals of a list one after the other, each with words of its own."""

    def __init__(self, plant: Plant, username: str, journals: Sequence[int], stop: threading.Event) -> None:
        super().__init__(plant, username, stop)
        self.open, self.reviewed = list(journals), dict[int, str]()

    def work(self) -> bool:
        if not self.open:
            time.sleep(0.2)
            return True
        pk, words = self.open[0], str(uuid.uuid4())
        form = urlencode({"version": 1, "decision": "accepted", "mark": 4, "evaluation": words})
        address = f"/journals/desk/{pk}/"
        status, location, _text = self.session.ask("POST", address, form, "application/x-www-form-urlencoded")
        if status == 302 and "login" in location:
            return False
        if status == 302:
            self.reviewed[pk] = words
        if status in (200, 302, 404):  # 200: somebody was first
            self.open.pop(0)
        elif status == 403:
            return False
        time.sleep(0.2)
        return True

"""A small typed client of the Zoufang API, to copy and extend. It needs Python 3.11 and nothing else.

    zoufang = Zoufang("https://crm.example.com", token)
    for client in zoufang.clients(tier="A"):
        print(client.code, client.name)
    zoufang.log_visit("530100000001", "phone", datetime.now(UTC), note="Asked about the stock")

``is_genuine`` checks the signature of a webhook call before its content is believed.
"""

import hashlib
import hmac
import json
import time
import urllib.error
import urllib.request
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any, TypeVar
from urllib.parse import urlencode

TIMEOUT_SECONDS = 30
TRUSTED_SECONDS = 300  # an older call may be one that was recorded and is played again
T = TypeVar("T")


class ZoufangError(Exception):
    """What the server refused: ``status`` and the problem (RFC 9457) with ``title`` and ``detail``."""

    def __init__(self, status: int, problem: Mapping[str, Any]) -> None:
        fields = "; ".join(f"{': '.join(map(str, one.values()))}" for one in problem.get("fields") or [])
        super().__init__(f"{status}: {problem.get('detail') or problem.get('title')} {fields}".strip())
        self.status, self.problem = status, problem


@dataclass(frozen=True)
class Client:
    """A client's file; fields that a later version adds are left out."""

    code: str
    name: str
    kind: str
    stage: str
    tier: str
    owner: str
    unit: str
    attributes: dict[str, Any]


@dataclass(frozen=True)
class Import:
    """A bulk import on its way: ask again until ``state`` is done or failed."""

    id: int
    target: str
    state: str
    report: dict[str, Any] | None
    problems: list[dict[str, Any]]


class Zoufang:
    """The API with a token's rights."""

    def __init__(self, site: str, token: str) -> None:
        self.site, self.token = site.rstrip("/"), token

    def me(self) -> dict[str, Any]:
        """Who the token acts for, with its scopes and its end."""
        return self._call("GET", "/me")

    def clients(self, **filters: str) -> Iterator[Client]:
        """All clients in sight, page after page."""
        for row in self._rows("/clients", filters):
            yield _made(Client, row)

    def client(self, code: str) -> Client:
        """One client."""
        return _made(Client, self._call("GET", f"/clients/{code}"))

    def log_visit(
        self, client: str, mode: str, checked_in_at: datetime, visit_id: uuid.UUID | None = None, **more: Any
    ) -> dict[str, Any]:
        """Log a visit (``on_site``, ``phone`` or ``online``); one sent twice under the same id is one visit."""
        body = {"client": client, "mode": mode, "checked_in_at": checked_in_at.isoformat(), **more}
        return self._call("POST", "/visits", body | {"client_uuid": str(visit_id or uuid.uuid4())})

    def import_facts(self, rows: list[Mapping[str, Any]], key: str = "") -> Import:
        """Put in monthly facts: ``{"code", "month", "amount", "quantity", …}``, at most 5,000 rows a call."""
        return _made(Import, self._call("POST", "/imports/facts", {"rows": rows}, key or str(uuid.uuid4())))

    def import_state(self, pk: int) -> Import:
        """How far an import is."""
        return _made(Import, self._call("GET", f"/imports/{pk}"))

    def _rows(self, path: str, filters: Mapping[str, str]) -> Iterator[dict[str, Any]]:
        address: str | None = path + (f"?{urlencode(filters)}" if filters else "")
        while address:
            page = self._call("GET", address)
            yield from page["items"]
            address = page["next"]

    def _call(self, method: str, address: str, body: Any = None, key: str = "") -> dict[str, Any]:
        url = address if address.startswith("http") else f"{self.site}/api/v1{address}"
        if not url.startswith(f"{self.site}/"):
            raise ValueError(f"the token is not for {url}")
        headers = {"Authorization": f"Bearer {self.token}", "Accept": "application/json"}
        data = None
        if body is not None:
            data, headers["Content-Type"] = json.dumps(body).encode(), "application/json"
        if key:
            headers["Idempotency-Key"] = key
        request = urllib.request.Request(url, data, headers, method=method)
        try:
            with urllib.request.urlopen(request, timeout=TIMEOUT_SECONDS) as answer:
                found: dict[str, Any] = json.load(answer)
                return found
        except urllib.error.HTTPError as error:
            text = error.read()
            try:
                problem = json.loads(text)
            except ValueError:
                problem = {"title": text.decode(errors="replace")[:200]}
            raise ZoufangError(error.code, problem) from error


def is_genuine(secret: str, header: str, body: bytes, now: float | None = None) -> bool:
    """Whether the header ``Zoufang-Signature`` proves that a call came from the site, whole and just now."""
    parts = dict(part.split("=", 1) for part in header.split(",") if "=" in part)
    moment, given = parts.get("t", ""), parts.get("v1", "")
    if not moment.isdigit() or abs((time.time() if now is None else now) - int(moment)) > TRUSTED_SECONDS:
        return False
    expected = hmac.new(secret.encode(), f"{moment}.".encode() + body, hashlib.sha256).hexdigest()
    return hmac.compare_digest(expected, given)


def _made(kind: type[T], row: Mapping[str, Any]) -> T:
    return kind(**{field.name: row[field.name] for field in fields(kind)})  # type: ignore[arg-type]

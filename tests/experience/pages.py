"""Every page of the site, out of the permission table, which names every address: what is new is there by itself."""

from collections.abc import Iterator
from contextlib import contextmanager
from copy import copy
from http.cookies import SimpleCookie
from urllib.parse import urlencode, urlsplit

from django.conf import settings
from django.db import transaction
from django.http import HttpResponseBase
from django.test import Client
from playwright.sync_api import Page, Route

from tests.matrix.ask import ROWS, address
from tests.matrix.table import Row
from tests.world import World

OF_EVERY_ROLE = {"home"}  # looks different to each


def rows_and_roles() -> Iterator[tuple[Row, str]]:
    """Each page with the first role that may see it."""
    for row in ROWS:
        if row.method == "GET":
            roles = [role for role, relation, status in row.cases() if relation == "own" and status == 200]
            yield from ((row, role) for role in (roles if row.url in OF_EVERY_ROLE else roles[:1]))


class Reader:
    """A browser's page whose document is made here, in the test's own transaction; the rest comes from outside of it.

    So each page can have rows of its own, which are gone again afterwards.
    """

    document: tuple[str, HttpResponseBase]

    def __init__(self, page: Page, cookies: SimpleCookie, language: str = "zh-hans") -> None:
        self.page, self.cookies = page, copy(cookies)
        self.cookies[settings.LANGUAGE_COOKIE_NAME] = language
        page.route(lambda url: "/static/" not in url, self._answer)

    def _answer(self, route: Route) -> None:
        parts = urlsplit(route.request.url)
        url, response = parts.path + (f"?{parts.query}" if parts.query else ""), self.document[1]
        part = {"hx-request": "true"} if "hx-request" in route.request.headers else {}
        if part or url != self.document[0]:  # fetched by it; Playwright asks in a context with another connection
            response = self._get(url, part)
        body = b"".join(response.streaming_content) if response.streaming else response.content
        kept = {name: value for name, value in response.items() if name != "Content-Length"}
        route.fulfill(status=response.status_code, headers=kept, body=body)

    def _get(self, url: str, headers: dict[str, str] | None = None) -> HttpResponseBase:
        client = Client()
        client.cookies = copy(self.cookies)
        return client.get(url, headers=headers)

    @contextmanager
    def at(self, row: Row, world: World) -> Iterator[str | None]:
        """The row's page is open inside; gives its address, or None where the answer is a part of a page or a file."""
        with transaction.atomic():
            url = address(row, world, "own")
            if row.data:
                url += f"?{urlencode(row.data(world, 'own'), doseq=True)}"
            answer = self._get(url)
            assert answer.status_code == 200, (url, answer.status_code)
            whole = not answer.streaming and answer.content.lstrip()[:15].lower() == b"<!doctype html>"
            if whole:
                self.document = url, answer
                self.page.goto(url)
            yield url if whole else None
            transaction.set_rollback(True)

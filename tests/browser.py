"""Chromium for tests: pages in Chinese, at a desk or on a phone, that may not break the page's own rules."""

import os
import shutil
from collections.abc import Callable, Iterator

import pytest
from django.conf import settings
from django.test import Client
from playwright.sync_api import Browser, Locator, Page, Playwright, sync_playwright

PROGRAMS = ("chromium", "chromium-browser", "google-chrome")
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
DESK = {"viewport": {"width": 1280, "height": 800}}
PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True, "device_scale_factor": 2}


@pytest.fixture(scope="session")
def playwright() -> Iterator[Playwright]:
    """Playwright; every test that uses it, however indirectly, carries the marker `browser`."""
    with sync_playwright() as started:
        yield started


@pytest.fixture(scope="session")
def browser(playwright: Playwright) -> Iterator[Browser]:
    """The system's Chromium."""
    program = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, PROGRAMS)), None)
    if program is None:
        reason = "no Chromium on this machine (Debian: apt-get install chromium fonts-noto-cjk)"
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)
    started = playwright.chromium.launch(executable_path=program, args=ARGUMENTS)
    yield started
    started.close()


@pytest.fixture
def page_of(browser: Browser, live_server) -> Iterator[Callable[..., Page]]:
    """``page_of(user=None, phone=False, **options)``: a page in a window of its own, signed in as the user.

    Addresses are relative: ``page.goto("/clients/")``. A script's error, or something that the Content-Security-Policy
    stops, fails the test.
    """
    contexts, problems = [], []

    def open_page(user=None, *, phone: bool = False, **options) -> Page:
        window = PHONE if phone else DESK
        known = {"base_url": live_server.url, "locale": "zh-CN", "timezone_id": "Asia/Shanghai", **window}
        context = browser.new_context(**known | options)
        contexts.append(context)
        if user is not None:
            context.add_cookies(
                [{"name": settings.SESSION_COOKIE_NAME, "value": _session(user), "url": live_server.url}]
            )
        opened = context.new_page()
        opened.set_default_timeout(15_000)
        opened.on("pageerror", lambda error: problems.append(f"{opened.url}: {error}"))
        opened.on("console", lambda line: "Content Security Policy" in line.text and problems.append(line.text))
        return opened

    yield open_page
    for context in contexts:
        context.close()
    assert not problems, "\n".join(problems)


def press(button: Locator) -> None:
    """Press what sends a form or leads on, say yes where it asks; back once the page that answers is there."""
    asks = button.evaluate("at => Boolean(at.closest('[data-confirm]') || at.form?.matches('[data-confirm]'))")
    with button.page.expect_navigation():
        button.click()
        if asks:
            button.page.locator("#zf-confirm[open] [data-confirm-yes]").click()


def _session(user) -> str:
    """The key of a new session in which the user is signed in."""
    client = Client()
    client.force_login(user)
    return client.session.session_key


@pytest.fixture
def page(page_of: Callable[..., Page]) -> Page:
    """A page at a desk, not signed in."""
    return page_of()


@pytest.fixture
def phone(page_of: Callable[..., Page]) -> Page:
    """A page on a phone, not signed in."""
    return page_of(phone=True)

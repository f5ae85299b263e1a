"""The list of journals: five thousand of them, filtered and paged by key."""

import datetime as dt
import time

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from crm.lib import periods
from journals import filters
from journals.models import Journal
from people.models import Role
from tests.world import person

pytestmark = pytest.mark.django_db
PAGE_BUDGET = 1.0  # seconds on a slow, shared machine; far below it on a server


@pytest.fixture
def five_thousand(world):
    authors = [person(world.units["own"], f"many{n}", f"客户经理{n}", Role.AM) for n in range(20)]
    rows = []
    for author in authors:
        for back in range(250):
            day = dt.date(2026, 11, 19) - dt.timedelta(days=back)
            due_at = periods.at(day + dt.timedelta(days=1), 9)
            late = dt.timedelta(hours=2 if back % 10 == 0 else -3)
            state = "reviewed" if back > 2 else "submitted"
            rows.append(
                Journal(author=author, org=author.unit, day=day, due_at=due_at, submitted_at=due_at + late, state=state)
            )
    Journal.objects.bulk_create(rows)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE journals_journal")
    return authors


@pytest.fixture
def browser(world):
    found = Client()
    found.force_login(world.supervisor)
    return found


@pytest.mark.parametrize(
    ("query", "shown"),
    [
        ("", "5,000"),
        ("?state=late", "500"),
        ("?state=submitted", "60"),
        ("?month=2026-10", "620"),
        ("?kind=week", None),
        ("?kind=nonsense&state=nonsense&author=x&month=2026-99", "5,000"),
    ],
)
def test_filters_within_the_budget(five_thousand, browser, query, shown):
    browser.get("/journals/all/")
    with CaptureQueriesContext(connection) as queries:
        started = time.perf_counter()
        answer = browser.get(f"/journals/all/{query}")
        seconds = time.perf_counter() - started
    assert answer.status_code == 200
    assert len(queries) <= 6
    assert seconds < PAGE_BUDGET
    page = answer.content.decode().replace(",", "").replace("\u202f", "")
    assert (f"{shown.replace(',', '')} 篇" in page) if shown else ("没有符合条件的日志" in page)


def test_an_author_by_filter(five_thousand, browser):
    page = browser.get(f"/journals/all/?author={five_thousand[3].pk}").content.decode()
    assert "250 篇" in page


def test_every_journal_is_on_exactly_one_page_and_back_again(five_thousand, world):
    journals = Journal.objects.visible_to(world.supervisor).filter(author__in=five_thousand[:3])
    forwards, after = [], ""
    while True:
        page = filters.page_of(journals, after, "")
        forwards.append([row.pk for row in page.rows])
        if not page.next:
            break
        after = page.next
    seen = [pk for rows in forwards for pk in rows]
    assert len(seen) == len(set(seen)) == 750
    before = page.previous
    for rows in reversed(forwards[:-1]):
        page = filters.page_of(journals, "", before)
        assert [row.pk for row in page.rows] == rows
        before = page.previous
    assert before == ""

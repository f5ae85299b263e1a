"""The list of journals: five thousand of them, filtered and paged by key."""

import json

import pytest
from django.db import connection
from django.http import QueryDict
from django.test import Client
from django.test.utils import CaptureQueriesContext

from crm.lib import sql
from crm.lib.sql import analyze
from journals import filters
from journals.models import Journal
from people.models import Role
from tests.world import person

pytestmark = pytest.mark.django_db
SHOWN = filters.PAGE + 1  # rows that a page asks for


@pytest.fixture
def five_thousand(world):
    """Twenty managers with 250 days each: every tenth handed in late, the last three days of each not reviewed yet."""
    authors = [person(world.units["own"], f"many{n}", f"客户经理{n}", Role.AM) for n in range(20)]
    sql.execute(FIVE_THOUSAND, {"authors": [author.pk for author in authors], "org": world.units["own"].pk})
    sql.execute(ELSEWHERE, {"author": world.managers["other_team"].pk, "org": world.units["other_team"].pk})
    analyze("journals_journal", "people_orgunit", "people_user")
    return authors


ROWS = """
    INSERT INTO journals_journal (author_id, org_id, kind, day, state, draft, due_at, submitted_at, updated_at)
    SELECT author, {org}, 'day', DATE '2026-11-19' - back, CASE WHEN back > 2 THEN 'reviewed' ELSE 'submitted' END,
           '{{}}', due_at, due_at + CASE WHEN back %% 10 = 0 THEN INTERVAL '2h' ELSE INTERVAL '-3h' END, due_at
    FROM {people}, generate_series(0, {days} - 1) AS back,
         LATERAL (SELECT (DATE '2026-11-20' - back + TIME '09:00') AT TIME ZONE 'Asia/Shanghai' AS due_at) AS due
"""
FIVE_THOUSAND = ROWS.format(org="%(org)s", people="unnest(%(authors)s::int[]) AS author", days=250)
ELSEWHERE = ROWS.format(org="%(org)s", people="(SELECT %(author)s::int AS author) AS one", days=2000)


@pytest.fixture
def browser(world):
    found = Client()
    found.force_login(world.supervisor)
    return found


FILTERS = {
    "": "5,000",
    "?state=late": "500",
    "?state=submitted": "60",
    "?month=2026-10": "620",
    "?kind=week": None,
    "?kind=nonsense&state=nonsense&author=x&month=2026-99": "5,000",
}


def test_every_filter_within_the_page_budget(five_thousand, browser):
    """As many statements as an empty list makes, with each filter; the figure above the list is the real one."""
    browser.get("/journals/all/")
    with CaptureQueriesContext(connection) as few:
        browser.get("/journals/all/?month=2020-01")
    for query, shown in FILTERS.items():
        with CaptureQueriesContext(connection) as queries:
            answer = browser.get(f"/journals/all/{query}")
        assert answer.status_code == 200
        assert len(queries) == len(few) <= 6, query
        page = answer.content.decode().replace(",", "").replace("\u202f", "")
        assert (f"{shown.replace(',', '')} 篇" in page) if shown else ("没有符合条件的日志" in page), query


def rows_read(journals):
    """How many rows of the table the database touches for a page, by its own count, and whether it went by an index."""
    text, params = journals.order_by("-day", "-pk")[:SHOWN].query.sql_with_params()
    (found,) = sql.rows(f"EXPLAIN (ANALYZE, FORMAT JSON) {text}", params)
    plan = found["QUERY PLAN"]
    nodes = list(_nodes((json.loads(plan) if isinstance(plan, str) else plan)[0]["Plan"]))
    scans = [node for node in nodes if node.get("Relation Name") == "journals_journal"]
    lines = ("Actual Rows", "Rows Removed by Filter")
    read = sum(sum(node.get(line, 0) for line in lines) * node["Actual Loops"] for node in scans)
    return read, {node["Node Type"] for node in scans}


def _nodes(plan):
    yield plan
    for below in plan.get("Plans", ()):
        yield from _nodes(below)


def test_a_page_reads_what_it_shows_and_little_more(five_thousand, world):
    """The rows come in order from the index, of seven thousand no more than it takes; an author's are 250 in all."""
    visible = Journal.objects.visible_to(world.supervisor)
    for query, most in {"": 4, "?state=late": 14, "?month=2026-05": 4, "?author={}": 5}.items():
        chosen = filters.Filters.read(QueryDict(query.format(five_thousand[3].pk).lstrip("?")))
        read, how = rows_read(chosen.apply(visible))
        assert "Seq Scan" not in how, query
        assert read <= most * SHOWN, (query, read, how)


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

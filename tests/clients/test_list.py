"""The client list finds what a person means, and turns its pages without losing a row."""

import pytest
from django.db import connection
from django.test import Client as Browser
from django.test.utils import CaptureQueriesContext
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from clients import columns
from clients.models import Client, ClientTier
from clients.names import spelling
from clients.search import matching
from people.models import User
from tests import world as worlds
from tests.clients.helpers import add_client

pytestmark = pytest.mark.django_db


def named(world, code, name, **values):
    return add_client(world, code, name=name, pinyin=spelling(name), **values)


CALLER = User(role="am")  # phones are found by those who call them


def found(text):
    return set(Client.objects.filter(matching(text, CALLER)).values_list("code", flat=True))


@pytest.fixture
def shops(world):
    Client.objects.all().update(is_active=False)
    named(world, "5301A1", "东风便利店", phone="13800001111")
    named(world, "5301A2", "东方红超市")
    named(world, "5301B1", "O'Neil \\ 100% 店_铺")
    return world


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("东", {"5301A1", "5301A2"}),
        ("风便", {"5301A1"}),
        ("便风", set()),
        ("东方红超市", {"5301A2"}),
        ("dfbld", {"5301A1"}),
        ("DFHCS", {"5301A2"}),
        ("bianli", {"5301A1"}),
        ("1A2", {"5301A2"}),
        ("0000111", {"5301A1"}),
        ("东 超", set()),
        ("东方 超市", {"5301A2"}),
        ("o'n", {"5301B1"}),
        ("0%", {"5301B1"}),
        ("店_铺", {"5301B1"}),
        ("% ", set()),
        ("\\ 1", set()),
        ("没有", set()),
        ("东\0风", {"5301A1"}),
    ],
)
def test_search(shops, text, codes):
    assert found(text) & {"5301A1", "5301A2", "5301B1"} == codes


class AnyPart(TestCase):
    """Every part of a name of two characters or more finds it."""

    @classmethod
    def setUpTestData(cls):
        cls.world = worlds.build()

    @settings(max_examples=60)
    @given(st.text(st.characters(codec="utf-8", exclude_categories=("Cs", "Cc")), min_size=2, max_size=12), st.data())
    def test_any_part(self, name, data):
        client = named(self.world, "X1", name)
        start = data.draw(st.integers(0, len(name) - 2))
        part = name[start : data.draw(st.integers(start + 2, len(name)))]
        if part == "".join(part.split()) and part.isalnum() and part.isascii():
            assert Client.objects.filter(matching(part, CALLER), pk=client.pk).exists()
        else:
            list(Client.objects.filter(matching(part, CALLER)))  # whatever the signs, no error


def browser(world, role="am"):
    made = Browser()
    made.force_login(world.actors[role])
    return made


def codes(answer):
    return [client.code for client in answer.context["page"].items]


def test_filters(world):
    client = add_client(world, "K1", stage="dormant", business_format="hotel", market="rural", is_difficult=True)
    ClientTier.objects.create(client=client, tier="A", month="2026-09-01", since="2026-09-01")
    ask = browser(world, "supervisor").get
    for query in (
        "tier=A",
        "tier=A&since:from=2026-09-01",
        "tier=A&since:to=2026-09-30",
        "stage=dormant",
        "format=hotel",
        "market=rural",
        "only=difficult",
        "unit=ALPHA-N1&tier=A",
    ):
        assert codes(ask(f"/clients/?{query}")) == ["K1"], query
    assert codes(ask("/clients/?owner=am&tier=B")) == ["530100000001"]
    assert codes(ask("/clients/?unit=ALPHA-S1")) == []
    assert codes(ask("/clients/?tier=Z")) == []
    assert codes(ask("/clients/?tier=A&since:to=2026-08-31")) == []
    assert codes(ask("/clients/?kind=company")) == []
    assert codes(ask("/clients/?only=no_place")) == ["K1"]


def test_pages_by_key_cover_all_rows_once_and_go_back(world):
    for number in range(120):
        add_client(world, f"K{number:03}", name=f"店{number % 7}")
    ask = browser(world).get
    for sort in ("code", "name", "new"):
        seen, url = [], f"?sort={sort}"
        pages = []
        while url:
            page = ask(f"/clients/{url}").context["page"]
            pages.append([client.pk for client in page.items])
            seen += pages[-1]
            url = page.next_url
        assert len(pages) == 3
        assert len(seen) == len(set(seen)) == 121
        back = page.previous_url
        for expected in (pages[1], pages[0]):
            page = ask(f"/clients/{back}").context["page"]
            assert [client.pk for client in page.items] == expected
            back = page.previous_url
        assert back == ""


@pytest.mark.parametrize(
    "cursor", ["x", "W10", "WyJhIiwiYiJd", "WzEsMl0", "bnVsbA", "%00", "WyJhIiwiOTk5OTk5OTk5OTk5OTk5OTk5OTk5Il0"]
)
def test_a_cursor_that_somebody_typed_is_the_first_page(world, cursor):
    answer = browser(world).get(f"/clients/?after={cursor}")
    assert answer.status_code == 200


def test_inactive_clients_are_not_listed(world):
    Client.objects.filter(pk=world.clients["own"].pk).update(is_active=False)
    assert codes(browser(world).get("/clients/")) == []


def test_lines_are_text_and_nothing_else(client, world):
    """Whatever stands in a file is shown as it is, never taken for markup; a long address is cut."""
    worst = "<script>alert(1)</script>&\"'"
    add_client(world, "5301X1", name=worst, address=worst + "长" * 60, phone="13800001111", credit_rating="<b>A</b>")
    world.am.preferences = {"client_columns": ["address", "phone", "credit", "opened_on", "unit"]}
    world.am.save()
    client.force_login(world.am)
    page = client.get("/clients/?q=5301X1").content.decode()
    assert "<script>alert" not in page
    assert "<b>A" not in page
    assert page.count("&lt;script&gt;alert(1)&lt;/script&gt;&amp;&quot;&#x27;") >= 2
    assert "&lt;b&gt;A&lt;/b&gt;" in page
    assert "长..." in page
    assert "长" * 30 not in page
    assert 'href="tel:13800001111">13800001111</a>' in page
    client.force_login(world.supervisor)
    assert "长..." in client.get("/clients/?q=5301X1").content.decode()


def test_a_line_asks_for_nothing_more(client, world):
    """Columns fetch what they show: with all of them, twice the lines are as many statements."""
    world.am.preferences = {"client_columns": [column.name for column in columns.available(())]}
    world.am.save()
    client.force_login(world.am)
    counts = []
    for number in range(2):
        for code in range(3):
            add_client(world, f"5301Y{number}{code}", tags=["甲"], scale="small", opened_on="2020-01-05")
        client.get("/clients/")
        with CaptureQueriesContext(connection) as queries:
            client.get("/clients/")
        counts.append(len(queries))
    assert counts[0] == counts[1] <= 12

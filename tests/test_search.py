"""Finding things again: only what is in sight, by any usual way of typing it; recents and favourites."""

import pytest
from django.urls import reverse

from clients.models import Client
from clients.names import spelling
from crm.finding.favourites import MOST
from crm.models import Favourite
from journals.models import Journal, JournalKind
from tests.world import JOINED

pytestmark = pytest.mark.django_db
SEARCH = reverse("search")


@pytest.fixture
def ask(world, client):
    """``ask(role, text)`` → titles of the hits."""

    def titles(role: str, text: str = "") -> list[str]:
        client.force_login(world.actors[role])
        answer = client.get(SEARCH, {"q": text})
        return [hit["title"] for group in answer.context["groups"] for hit in group.hits]

    return titles


def rename(client: Client, name: str) -> None:
    client.name, client.pinyin = name, spelling(name)
    client.save()


def test_a_client_by_name_pinyin_initials_code_and_phone(world, ask):
    own = world.clients["own"]
    own.phone = "13987651234"
    rename(own, "云岭烟酒店")
    for text in ("云岭", "岭烟", "yunling", "ylyjd", own.code, "8765"):
        assert ask("am", text) == ["云岭烟酒店"], text


def test_only_what_is_in_sight(world, ask):
    for relation, found in world.clients.items():
        rename(found, f"云岭{relation}")
    assert ask("am", "云岭") == ["云岭own"]
    assert sorted(ask("supervisor", "云岭")) == ["云岭own", "云岭team"]
    assert sorted(ask("hr", "云岭")) == ["云岭other_team", "云岭own", "云岭team"]


def test_people_and_their_journals_for_those_above(world, ask):
    am = world.am
    Journal.objects.create(author=am, org=am.unit, kind=JournalKind.DAY, day=JOINED, due_at="2026-01-06T01:00Z")
    assert am.name in ask("hr", am.username)
    assert am.name not in ask("am", am.username)
    assert am.name not in ask("back_office", am.username)


def test_pages_by_name_and_initials(ask):
    assert "走访记录" in ask("am", "走访")
    assert "走访记录" in ask("am", "zfjl")
    assert "操作记录" not in " ".join(ask("am", "记录"))


@pytest.mark.parametrize("text", ["", "   ", "\0", "%", "'", "<script>", "长" * 500, "a & b | c"])
def test_any_text_is_answered(world, client, text):
    client.force_login(world.hr)
    answer = client.get(SEARCH, {"q": text})
    assert answer.status_code == 200
    assert "<script>" not in answer.content.decode().split('id="zf-hits"')[1].split("</main>")[0]


def test_opened_lately_the_latest_first_and_only_while_in_sight(world, client, ask):
    own, team = world.clients["own"], world.clients["team"]
    client.force_login(world.supervisor)
    for shown in (own, team, own):
        client.get(reverse("clients:detail", args=[shown.pk]))
    client.get(reverse("clients:detail", args=[world.clients["other_org"].pk]))
    assert ask("supervisor") == [own.name, team.name]
    other = world.clients["other_team"]
    Client.objects.filter(pk=team.pk).update(org=other.org, owner=other.owner)
    assert ask("supervisor") == [own.name]


def test_a_page_is_kept_at_hand_and_put_away(world, client, ask):
    client.force_login(world.am)
    page = {"url": "/clients/?tier=A", "title": "A 级客户"}
    assert 'aria-pressed="true"' in client.post(reverse("favourite"), page).content.decode()
    assert ask("am") == ["A 级客户"]
    assert 'aria-pressed="true"' in client.get(page["url"]).content.decode()
    assert ask("supervisor") == []
    client.force_login(world.am)
    client.post(reverse("favourite"), page)
    assert ask("am") == []


def test_the_oldest_favourite_makes_room(world, client):
    client.force_login(world.am)
    for number in range(MOST + 2):
        client.post(reverse("favourite"), {"url": f"/clients/?q={number}", "title": f"第 {number} 页"})
    kept = Favourite.objects.filter(user=world.am).values_list("title", flat=True)
    assert len(kept) == MOST
    assert "第 0 页" not in kept


@pytest.mark.parametrize("url", ["https://example.com/", "//example.com/", "javascript:alert(1)", "/nowhere/", ""])
def test_only_pages_of_this_site_are_kept(world, client, url):
    client.force_login(world.am)
    assert client.post(reverse("favourite"), {"url": url, "title": "x"}).status_code == 400
    assert not Favourite.objects.exists()

"""Redis is away: pages go on without what it kept for them."""

import pytest
from django.core.cache import cache
from django.test import Client as Browser
from django.urls import reverse

from tests.world import PASSWORD


@pytest.fixture
def away(settings):
    settings.REDIS_URL = "unix:///nowhere"
    settings.CACHES = settings.CACHES | {"default": settings.CACHES["default"] | {"LOCATION": settings.REDIS_URL}}


def test_nothing_is_known_and_nothing_is_kept(away):
    assert cache.set("a", 1) is None
    assert cache.get("a", "unknown") == "unknown"
    assert cache.get_many(["a"]) == {}
    assert cache.set_many({"a": 1}) == ["a"]  # those that were not kept
    assert cache.add("a", 1) is False
    assert cache.incr("a", 3) == 3
    assert cache.has_key("a") is False
    assert cache.touch("a") is False
    assert cache.delete("a") is False
    assert cache.delete_many(["a"]) is None


@pytest.mark.django_db
def test_people_log_in_and_work(world, away, client):
    answer = client.post(reverse("people:login"), {"username": world.am.username, "password": PASSWORD})
    assert answer.status_code == 302
    for page in ("home", "clients:list", "search"):
        assert client.get(reverse(page)).status_code == 200, page
    # A record page is noted among those opened lately; without Redis none is.
    assert client.get(reverse("clients:detail", args=[world.clients["own"].pk])).status_code == 200
    wrong = Browser().post(reverse("people:login"), {"username": world.am.username, "password": "no"})
    assert wrong.status_code == 200


def test_forgetting_leaves_what_others_keep_on_the_server(redis_client):
    redis_client.set("another-site:key", "kept", ex=60)
    cache.set("a", 1)
    cache.clear()
    assert cache.get("a") is None
    assert redis_client.get("another-site:key") == b"kept"
    redis_client.delete("another-site:key")

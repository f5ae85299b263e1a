"""Two clicks at once: the second waits for the first, and nobody sees an error page."""

import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection
from django.test import Client as Browser
from django.urls import reverse

from clients.models import Holding
from kpi.models import Scheme
from tests import world as worlds
from tests.clients.deals import product
from tests.kpi.helpers import leaf, scheme

pytestmark = pytest.mark.django_db(transaction=True)


def twice(person, address, data=None):
    """The statuses of two posts at once."""

    def post(_number):
        browser = Browser(raise_request_exception=False)
        browser.force_login(person)
        try:
            return browser.post(address, data or {}).status_code
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        return list(pool.map(post, range(2)))


def slow(monkeypatch, model):
    """Saving takes a moment, so that both are at it."""
    save = model.save

    def later(self, *args, **kwargs):
        time.sleep(0.3)
        save(self, *args, **kwargs)

    monkeypatch.setattr(model, "save", later)


def test_a_shelf_that_is_sent_twice(monkeypatch):
    world = worlds.build()
    brand = product(world.organisation)
    slow(monkeypatch, Holding)
    client = world.clients["own"]
    assert twice(world.am, reverse("clients:listing", args=[client.pk]), {"products": brand.pk}) == [302, 302]
    assert Holding.objects.filter(client=client, product=brand).count() == 1


def test_a_new_version_of_a_scheme_that_is_asked_for_twice(monkeypatch):
    world = worlds.build()
    published = scheme(world.organisation, [leaf("visits_made")])
    slow(monkeypatch, Scheme)
    assert twice(world.hr, reverse("kpi:scheme-version", args=[published.pk])) == [302, 302]
    assert list(Scheme.objects.filter(published_at=None).values_list("version", flat=True)) == [2]

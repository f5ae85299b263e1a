"""Every grid has a client representative, or is listed."""

import pytest
from django.test import Client as Browser

from clients.models import Client
from clients.representatives import grids_without
from tests.clients.helpers import add_client

pytestmark = pytest.mark.django_db


def names(user):
    return [unit.code for unit in grids_without(user).order_by("code")]


def test_grids_without_one_are_listed_until_one_is_appointed(world):
    add_client(world, "K1", is_difficult=True)
    assert names(world.supervisor) == ["ALPHA-N1", "ALPHA-N2"]  # units without clients of their own lack nobody
    assert names(world.hr) == ["ALPHA-N1", "ALPHA-N2", "ALPHA-S1"]
    ask = Browser()
    ask.force_login(world.supervisor)
    page = ask.get("/clients/representatives/")
    proposed = {unit.code: [client.code for client in clients] for unit, clients in page.context["rows"]}
    assert proposed["ALPHA-N1"] == ["530100000001"]
    own = world.clients["own"]
    ask.post(f"/clients/representatives/{own.pk}/appoint/")
    own.refresh_from_db()
    assert (own.is_representative, own.version) == (True, 2)
    assert names(world.supervisor) == ["ALPHA-N2"]
    Client.objects.filter(pk=own.pk).update(is_active=False)
    assert names(world.supervisor) == ["ALPHA-N1", "ALPHA-N2"]  # K1 is there and speaks for nobody
    page = ask.post(f"/clients/representatives/{own.pk}/appoint/", follow=True)
    assert "请另选一户" in page.content.decode()

"""A client registers through the own link: no login, no data, no flood, no forgery."""

import uuid

import pytest
from django.test import Client as Browser

from service.links import PER_LINK, token_of
from service.models import ServiceRequest

pytestmark = pytest.mark.django_db


def said(**fields):
    return {"uuid": uuid.uuid4(), "kind": "complaint", "category": "delivery", "text": "又少送一条", **fields}


def test_a_client_says_something_and_nothing_of_the_file_shows(world):
    client = world.clients["own"]
    url = f"/service/c/{token_of(client)}/"
    browser = Browser(enforce_csrf_checks=True)
    page = browser.get(url)
    for secret in (client.name, client.code, world.am.name):
        assert secret not in page.content.decode()
    form = said(phone="13900001111")
    assert browser.post(url, form).status_code == 403  # no token of the form: another site cannot send it
    assert not ServiceRequest.objects.exists()
    form["csrfmiddlewaretoken"] = browser.cookies["csrftoken"].value
    for _twice in range(2):
        answer = browser.post(url, form, follow=True)
        assert answer.status_code == 200
    made = ServiceRequest.objects.get()
    assert (made.client, made.channel, made.registered_by) == (client, "link", None)
    assert made.handler == world.actors["back_office"]
    assert world.am.notifications.count() == 1


@pytest.mark.parametrize(
    "change", [lambda t: t[:-1] + ("A" if t[-1] != "A" else "B"), lambda t: "9" + t, lambda t: "x"]
)
def test_forged_links_open_nothing(world, change):
    url = f"/service/c/{change(token_of(world.clients['own']))}/"
    assert Browser().get(url).status_code == 404
    assert Browser().post(url, said()).status_code == 404
    assert not ServiceRequest.objects.exists()


def test_a_renewed_link_ends_the_one_before(world):
    client = world.clients["own"]
    old = token_of(client)
    am = Browser()
    am.force_login(world.am)
    assert am.post(f"/service/clients/{client.pk}/link/").status_code == 302
    assert token_of(client) != old
    assert Browser().get(f"/service/c/{old}/").status_code == 404
    assert Browser().get(f"/service/c/{token_of(client)}/").status_code == 200
    page = am.get(f"/service/clients/{client.pk}/link/").content.decode()
    assert token_of(client) in page
    assert "<svg" in page


def test_a_closed_client_has_no_link(world):
    client = world.clients["own"]
    url = f"/service/c/{token_of(client)}/"
    type(client).objects.filter(pk=client.pk).update(is_active=False)
    assert Browser().get(url).status_code == 404


def test_a_flood_is_stopped(world):
    url = f"/service/c/{token_of(world.clients['own'])}/"
    statuses = [Browser().post(url, said()).status_code for _each in range(PER_LINK + 2)]
    assert statuses == [302] * PER_LINK + [429, 429]
    assert ServiceRequest.objects.count() == PER_LINK


def test_hostile_text_stays_text(world):
    url = f"/service/c/{token_of(world.clients['own'])}/"
    assert Browser().post(url, said(text="x" * 2001)).status_code == 200
    assert Browser().post(url, said(text="a\0b")).status_code == 200
    assert (
        Browser().post(url, said(channel="visit", is_serious="on", text="<img src=x onerror=alert(1)>")).status_code
        == 302
    )
    made = ServiceRequest.objects.get()
    assert (made.channel, made.is_serious) == ("link", False)
    office = Browser()
    office.force_login(world.actors["back_office"])
    assert "<img src=x" not in office.get(f"/service/{made.pk}/").content.decode()

"""What takes data out or cannot be taken back asks for password or code anew, and does nothing before."""

import pytest
from django.test import Client as Browser
from django.urls import reverse

from crm.models import ApiToken
from people.sessions import PROVED
from tests.matrix.ask import ROWS

ACTS = {
    "clients:export": "am",
    "clients:reveal": "hr",
    "service:wave-export": "hr",
    "kpi:scheme-publish": "hr",
    "clients:scheme-publish": "hr",
    "kpi:publish": "hr",
    "kpi:correct": "hr",
    "kpi:run-export": "hr",
    "kpi:pay-export": "hr",
    "kpi:pay-final": "hr",
    "people:person-password": "admin",
    "people:person-factor": "admin",
    "people:recovery": "am",
    "people:second-factor": "am",
    "people:logins-end": "am",
    "people:second-factor-remove": "am",
}


@pytest.mark.django_db
@pytest.mark.parametrize("url", ACTS)
def test_asks_first(world, url):
    row = next(row for row in ROWS if row.url == url and (row.method == "POST" or url.endswith("export")))
    kwargs = row.kwargs(world, "own") if row.kwargs else {}
    browser = Browser()
    browser.force_login(world.actors[ACTS[url]])
    session = browser.session
    session[PROVED] = 0
    session.save()
    send = browser.post if row.method == "POST" else browser.get
    answer = send(reverse(url, kwargs=kwargs), row.data(world, "own") if row.data else {})
    assert answer.status_code == 302
    assert answer.headers["Location"].startswith("/me/confirm/"), answer.headers["Location"]


@pytest.mark.django_db
def test_a_token_is_made_only_then(world):
    browser = Browser()
    browser.force_login(world.am)
    session = browser.session
    session[PROVED] = 0
    session.save()
    browser.post("/me/tokens/", {"name": "x", "scopes": ["read"], "days": "30"})
    assert not ApiToken.objects.exists()
    assert browser.get("/me/tokens/").status_code == 200

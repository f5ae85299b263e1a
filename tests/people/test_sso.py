"""Single sign-on: OpenID Connect against a small issuer, LDAP against ldap3's mock; nobody is made by logging in."""

import base64
import hashlib
import json
import threading
import time
from http.server import BaseHTTPRequestHandler, HTTPServer
from urllib.parse import parse_qs, urlsplit

import ldap3
import pytest
from django.core.cache import cache
from django.test import Client as Browser

from people import directory
from people.models import User
from tests.world import PASSWORD

pytestmark = pytest.mark.django_db


class Issuer(BaseHTTPRequestHandler):
    """Knows one code at a time; ``claims`` are what it says of the person."""

    def do_GET(self):
        base = f"http://127.0.0.1:{self.server.server_port}"
        self._say({"issuer": base, "authorization_endpoint": f"{base}/in", "token_endpoint": f"{base}/token"})

    def do_POST(self):
        form = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
        self.server.asked.append(form)
        digest = base64.urlsafe_b64encode(hashlib.sha256(form["code_verifier"][0].encode()).digest()).rstrip(b"=")
        right = form["code"] == ["good"] and digest.decode() == self.server.challenge
        parts = [b"{}", json.dumps(self.server.claims).encode(), b""]
        token = ".".join(base64.urlsafe_b64encode(part).rstrip(b"=").decode() for part in parts)
        self._say({"id_token": token} if right else {"error": "invalid_grant"})

    def _say(self, answer):
        body = json.dumps(answer).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args):
        pass


@pytest.fixture
def issuer(settings):
    server = HTTPServer(("127.0.0.1", 0), Issuer)
    server.asked = []
    threading.Thread(target=server.serve_forever, daemon=True).start()
    address = f"http://127.0.0.1:{server.server_port}"
    settings.OUTBOUND_PRIVATE = True
    settings.OIDC = {**settings.OIDC, "issuer": address, "client": "zoufang", "secret": "s"}
    cache.clear()
    yield server
    server.shutdown()
    server.server_close()


def leave(issuer, browser, goal="/tasks/", **claims):
    """The browser goes to the issuer; what it is sent there with."""
    answer = browser.get("/login/sso/", {"next": goal})
    query = {name: values[0] for name, values in parse_qs(urlsplit(answer.headers["Location"]).query).items()}
    issuer.challenge = query["code_challenge"]
    usual = {"iss": f"http://127.0.0.1:{issuer.server_port}", "aud": "zoufang", "exp": time.time() + 60}
    issuer.claims = {**usual, "nonce": query["nonce"], "preferred_username": "am", **claims}
    return query


def test_in_by_the_company_login(world, issuer):
    browser = Browser()
    assert "/login/sso/" in browser.get("/login/").content.decode()
    query = leave(issuer, browser)
    answer = browser.get("/login/sso/back/", {"code": "good", "state": query["state"]})
    assert answer.headers["Location"] == "/tasks/"
    assert browser.get("/tasks/").status_code == 200
    # The same answer a second time opens nothing: the state is used up.
    again = Browser().get("/login/sso/back/", {"code": "good", "state": query["state"]})
    assert again.headers["Location"] == "/login/"


WRONG = {
    "issuer": {"iss": "https://other.example"},
    "audience": {"aud": "another"},
    "party": {"aud": ["zoufang", "another"]},
    "expired": {"exp": 1},
    "nonce": {"nonce": "old"},
    "nobody": {"preferred_username": "unknown"},
    "empty": {"preferred_username": ""},
}


@pytest.mark.parametrize("claims", WRONG.values(), ids=list(WRONG))
def test_refused(world, issuer, claims):
    browser = Browser()
    query = leave(issuer, browser, **claims)
    count = User.objects.count()
    answer = browser.get("/login/sso/back/", {"code": "good", "state": query["state"]})
    assert answer.headers["Location"] == "/login/"
    assert browser.get("/tasks/").status_code == 302
    assert User.objects.count() == count


def test_a_planted_answer_is_refused(world, issuer):
    browser = Browser()
    leave(issuer, browser)
    assert browser.get("/login/sso/back/", {"code": "good", "state": "x"}).headers["Location"] == "/login/"
    assert issuer.asked == []
    query = leave(issuer, browser)
    issuer.challenge = "of-somebody-else"
    answer = browser.get("/login/sso/back/", {"code": "good", "state": query["state"]})
    assert answer.headers["Location"] == "/login/"


def test_the_goal_stays_here(world, issuer):
    browser = Browser()
    query = leave(issuer, browser, goal="https://evil.example/")
    answer = browser.get("/login/sso/back/", {"code": "good", "state": query["state"]})
    assert answer.headers["Location"] == "/"


def test_people_switched_off_stay_out(world, issuer):
    User.objects.filter(username="am").update(is_active=False)
    browser = Browser()
    query = leave(issuer, browser)
    answer = browser.get("/login/sso/back/", {"code": "good", "state": query["state"]})
    assert answer.headers["Location"] == "/login/"


def test_an_issuer_must_be_on_https(world, issuer, settings):
    settings.OUTBOUND_PRIVATE = False
    assert Browser().get("/login/sso/").headers["Location"] == "/login/"


def test_without_an_issuer_there_is_no_such_page(world):
    assert Browser().get("/login/sso/").status_code == 404
    assert "/login/sso/" not in Browser().get("/login/").content.decode()


# --- LDAP ----------------------------------------------------------------------------------------------------------


@pytest.fixture
def ldap(settings, monkeypatch):
    settings.LDAP = {"url": "ldaps://ldap.invalid", "person": "uid={username},ou=people,dc=example"}
    settings.AUTHENTICATION_BACKENDS = ["people.backends.Backend", "people.directory.Directory"]

    def mocked(user, password):
        server = ldap3.Server("ldaps://ldap.invalid", use_ssl=True)
        link = ldap3.Connection(server, user, password, client_strategy=ldap3.MOCK_SYNC)
        for name in ("am", "unknown", "hr"):
            entry = {"userPassword": "directory-word", "sn": name, "objectClass": "person"}
            link.strategy.add_entry(f"uid={name},ou=people,dc=example", entry)
        return link

    monkeypatch.setattr(directory, "connection", mocked)


def attempt(username, password):
    return Browser().post("/login/", {"username": username, "password": password}).status_code


def test_in_by_the_directory(world, ldap):
    assert attempt("am", "directory-word") == 302
    assert attempt("am", "wrong") == 200
    assert attempt("am", "") == 200
    assert attempt("unknown", "directory-word") == 200
    assert attempt("am", PASSWORD) == 302  # the own password goes on working where there is one
    assert not User.objects.filter(username="unknown").exists()


def test_no_name_leads_elsewhere_in_the_directory(world, ldap):
    User.objects.filter(username="hr").update(username="x,uid=am")
    assert attempt("x,uid=am", "directory-word") == 200


def test_a_directory_that_is_away_lets_nobody_in(world, settings):
    settings.LDAP = {"url": "ldap://127.0.0.1:1", "person": "uid={username},dc=example"}
    settings.AUTHENTICATION_BACKENDS = ["people.backends.Backend", "people.directory.Directory"]
    assert attempt("am", "directory-word") == 200
    assert attempt("am", PASSWORD) == 302

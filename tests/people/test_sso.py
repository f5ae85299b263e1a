"""Single sign-on: OpenID Connect against a small issuer, LDAP against ldap3's mock; nobody is made by logging in."""

import base64
import datetime as dt
import hashlib
import hmac
import ipaddress
import json
import socket
import ssl
import threading
import time
from http.server import BaseHTTPRequestHandler, HTTPServer
from urllib.parse import parse_qs, urlsplit

import jwt
import ldap3
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from django.core.cache import cache
from django.test import Client as Browser

from people import directory, oidc
from people.models import User
from tests.world import PASSWORD

pytestmark = pytest.mark.django_db


KEYS = {
    "RS256": rsa.generate_private_key(public_exponent=65537, key_size=2048),
    "ES256": ec.generate_private_key(ec.SECP256R1()),
    "other": rsa.generate_private_key(public_exponent=65537, key_size=2048),
}


def public(name):
    """A key as the issuer shows it."""
    maker = jwt.algorithms.ECAlgorithm if name == "ES256" else jwt.algorithms.RSAAlgorithm
    return {**maker.to_jwk(KEYS[name].public_key(), as_dict=True), "kid": name, "use": "sig"}


class Issuer(BaseHTTPRequestHandler):
    """Knows one code at a time; ``claims`` are what it says of the person, ``sign`` makes the token of them."""

    def do_GET(self):
        base = f"http://127.0.0.1:{self.server.server_port}"
        if self.path == "/keys":
            self.server.keys_asked += 1
            return self._say({"keys": [public(name) for name in self.server.keys]})
        found = {"issuer": base, "authorization_endpoint": f"{base}/in", "token_endpoint": f"{base}/token"}
        return self._say({**found, "jwks_uri": f"{base}/keys"})

    def do_POST(self):
        form = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
        self.server.asked.append(form)
        digest = base64.urlsafe_b64encode(hashlib.sha256(form["code_verifier"][0].encode()).digest()).rstrip(b"=")
        right = form["code"] == ["good"] and digest.decode() == self.server.challenge
        self._say({"id_token": self.server.sign(self.server.claims)} if right else {"error": "invalid_grant"})

    def _say(self, answer):
        body = json.dumps(answer).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args):
        pass


def signed_by(name, algorithm="", kid=None):
    """Makes tokens with one of the keys."""
    return lambda claims: jwt.encode(claims, KEYS[name], algorithm or name, {"kid": kid or name})


def unsigned(claims):
    parts = [b'{"alg":"none","kid":"RS256"}', json.dumps(claims).encode(), b""]
    return ".".join(base64.urlsafe_b64encode(part).rstrip(b"=").decode() for part in parts)


def signed_by_what_everybody_knows(claims):
    """HMAC, with the text of the public key as the secret."""
    pem = (
        KEYS["RS256"]
        .public_key()
        .public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    )
    head = base64.urlsafe_b64encode(b'{"alg":"HS256","typ":"JWT","kid":"RS256"}').rstrip(b"=")
    body = base64.urlsafe_b64encode(json.dumps(claims).encode()).rstrip(b"=")
    mac = hmac.new(pem, head + b"." + body, hashlib.sha256).digest()
    return b".".join([head, body, base64.urlsafe_b64encode(mac).rstrip(b"=")]).decode()


@pytest.fixture
def issuer(settings):
    server = HTTPServer(("127.0.0.1", 0), Issuer)
    server.asked, server.keys, server.keys_asked = [], ["RS256"], 0
    server.sign = signed_by("RS256")
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
    usual = {"iss": f"http://127.0.0.1:{issuer.server_port}", "aud": "zoufang", "exp": time.time() + 60, "sub": "4711"}
    found = {**usual, "nonce": query["nonce"], "preferred_username": "am", **claims}
    issuer.claims = {name: value for name, value in found.items() if value is not None}
    return query


def back(browser, query):
    """The browser returns from the issuer."""
    return browser.get("/login/sso/back/", {"code": "good", "state": query["state"]})


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


def test_who_comes_by_the_company_login_needs_no_password_that_an_administrator_gave(world, issuer):
    User.objects.filter(pk=world.am.pk).update(must_change_password=True)
    browser = Browser()
    back(browser, leave(issuer, browser))
    assert browser.get("/tasks/").status_code == 200
    assert attempt("am", PASSWORD) == 200, "and nobody else gets in by it"


WRONG = {
    "issuer": {"iss": "https://other.example"},
    "audience": {"aud": "another"},
    "party": {"aud": ["zoufang", "another"]},
    "expired": {"exp": 1},
    "no end": {"exp": None},
    "no subject": {"sub": None},
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


SIGNATURES = {
    "none": unsigned,
    "another key": signed_by("other", "RS256", kid="RS256"),
    "a key nobody shows": signed_by("other", "RS256"),
    "the public key as a secret": signed_by_what_everybody_knows,
    "cut": lambda claims: signed_by("RS256")(claims)[:-4],
    "changed": lambda claims: signed_by("RS256")(claims).replace(".", ".e", 1),
    "no token": lambda claims: "x",
}


@pytest.mark.parametrize("sign", SIGNATURES.values(), ids=list(SIGNATURES))
def test_forged_signatures(world, issuer, sign):
    browser = Browser()
    query = leave(issuer, browser)
    issuer.sign = sign
    assert back(browser, query).headers["Location"] == "/login/"
    assert browser.get("/tasks/").status_code == 302


def test_the_issuer_renews_its_keys(world, issuer):
    first, second = Browser(), Browser()
    assert back(first, leave(issuer, first)).headers["Location"] == "/tasks/"
    issuer.keys, issuer.sign = ["ES256"], signed_by("ES256")
    assert back(second, leave(issuer, second)).headers["Location"] == "/tasks/"
    assert issuer.keys_asked == 2
    third = Browser()
    assert back(third, leave(issuer, third)).headers["Location"] == "/tasks/"
    assert issuer.keys_asked == 2  # remembered


@pytest.mark.parametrize("state", ["", "é", "x" * 5000, "\0"])
def test_an_odd_state_is_a_wrong_one(world, issuer, state):
    browser = Browser()
    leave(issuer, browser)
    assert browser.get("/login/sso/back/", {"code": "good", "state": state}).headers["Location"] == "/login/"


@pytest.mark.parametrize(
    ("verified", "goal"), [(True, "/tasks/"), (False, "/login/"), (None, "/login/"), ("true", "/login/")]
)
def test_an_address_that_nobody_has_verified_names_nobody(world, issuer, settings, verified, goal):
    settings.OIDC = {**settings.OIDC, "claim": "email"}
    User.objects.filter(username="am").update(username="am@example.com")
    browser = Browser()
    query = leave(issuer, browser, email="am@example.com", email_verified=verified)
    assert back(browser, query).headers["Location"] == goal


def test_a_login_of_yesterday_at_the_issuer_is_no_proof_of_today(world, issuer):
    """Neither for what needs one, nor when the browser has left out the wish for a password on the way."""
    browser = Browser()
    back(browser, leave(issuer, browser, auth_time=int(time.time()) - 86400))
    assert browser.post("/me/tokens/", {"name": "x", "scopes": ["read"], "days": "30"}).status_code == 302
    for auth_time, goal in ((int(time.time()) - 86400, "/login/"), (None, "/login/"), (int(time.time()), "/tasks/")):
        query = leave(issuer, browser, auth_time=auth_time)
        assert (query["prompt"], query["max_age"]) == ("login", "0")
        assert back(browser, query).headers["Location"] == goal
    assert browser.post("/me/tokens/", {"name": "x", "scopes": ["read"], "days": "30"}).status_code == 200


@pytest.mark.parametrize("lacking", ["authorization_endpoint", "token_endpoint", "jwks_uri", "issuer"])
def test_an_issuer_that_says_too_little(world, issuer, monkeypatch, lacking):
    found = oidc.discovery()
    cache.clear()
    monkeypatch.setattr(oidc, "_json", lambda url: {name: each for name, each in found.items() if name != lacking})
    assert Browser().get("/login/sso/").headers["Location"] == "/login/"


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
    settings.LDAP = {"url": "ldaps://ldap.invalid", "person": "uid={username},ou=people,dc=example", "ca": ""}
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


def test_the_directory_vouches_for_who_has_no_password_here(world, ldap):
    User.objects.filter(pk=world.am.pk).update(must_change_password=True)
    browser = Browser()
    browser.post("/login/", {"username": "am", "password": "directory-word"})
    assert browser.get("/tasks/").status_code == 200
    assert attempt("am", PASSWORD) == 200
    assert browser.get("/me/confirm/").status_code == 200
    assert browser.post("/me/confirm/", {"password": "directory-word", "next": "/me/"}).headers["Location"] == "/me/"


def test_no_name_leads_elsewhere_in_the_directory(world, ldap):
    User.objects.filter(username="hr").update(username="x,uid=am")
    assert attempt("x,uid=am", "directory-word") == 200


def test_a_directory_that_is_away_lets_nobody_in(world, settings):
    settings.LDAP = {"url": "ldap://127.0.0.1:1", "person": "uid={username},dc=example", "ca": ""}
    settings.AUTHENTICATION_BACKENDS = ["people.backends.Backend", "people.directory.Directory"]
    assert attempt("am", "directory-word") == 200
    assert attempt("am", PASSWORD) == 302


@pytest.fixture
def impostor(tmp_path):
    """Answers on the directory's address with a certificate that nobody vouches for; what it is told."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    now = dt.datetime.now(dt.UTC)
    own = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
    made = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    made = made.serial_number(1).not_valid_before(now).not_valid_after(now + dt.timedelta(days=1))
    certificate = made.add_extension(own, critical=False).sign(key, hashes.SHA256())
    file = tmp_path / "impostor.pem"
    plain = serialization.NoEncryption()
    file.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain)
        + certificate.public_bytes(serialization.Encoding.PEM)
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file)
    told = []

    def answer(door):
        while True:
            try:
                line, _from = door.accept()
            except OSError:
                return
            try:
                with context.wrap_socket(line, server_side=True) as inside:
                    told.append(inside.recv(1000))
            except OSError:
                line.close()

    with socket.create_server(("127.0.0.1", 0)) as door:
        threading.Thread(target=answer, args=(door,), daemon=True).start()
        yield door.getsockname()[1], told, file


def test_no_password_for_whoever_answers_in_place_of_the_directory(world, settings, impostor):
    port, told, certificate = impostor
    settings.AUTHENTICATION_BACKENDS = ["people.directory.Directory"]
    known = {"url": f"ldaps://127.0.0.1:{port}", "person": "uid={username},dc=example"}
    settings.LDAP = {**known, "ca": ""}
    assert attempt("am", "directory-word") == 200
    assert told == []
    settings.LDAP = {**known, "ca": str(certificate)}  # once somebody vouches for it, it is told
    assert attempt("am", "directory-word") == 200
    assert b"directory-word" in told[0]


@pytest.mark.parametrize("name", ["*", "am)(uid=*", "am\0", "am,dc=example", "AM", "am+uid=hr", "#616d", "\\61m"])
def test_odd_names_are_nobody(world, ldap, name):
    assert attempt(name, "directory-word") == 200

"""The second factor: set up, asked for at login, each code once, recovery codes, required by role, confirm again."""

import re
import time

import pyotp
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client as Browser

from crm.lib.models import AuditEvent
from crm.models import ApiToken
from people import factors
from people.held import HELD
from people.models import SecondFactor, User
from people.sessions import BEGAN, PROVED, SEEN
from people.throttle import PER_ACCOUNT
from tests.world import PASSWORD

pytestmark = pytest.mark.django_db


def signed_in(person):
    browser = Browser()
    browser.force_login(person)
    return browser


def code_of(person, ahead=0):
    return pyotp.TOTP(SecondFactor.objects.get(user=person).secret).at(time.time() + ahead * factors.STEP)


def changed(browser, **values):
    session = browser.session
    session.update(values)
    session.save()


@pytest.fixture
def am(world):
    """An account manager with a second factor in use, and the recovery codes."""
    person = world.am
    factors.begin(person)
    person.codes = factors.confirm(person, code_of(person, -1))
    return person


def log_in(person, code, browser=None):
    browser = browser or Browser()
    first = browser.post("/login/", {"username": person.username, "password": PASSWORD})
    assert first.headers["Location"] == "/login/code/"
    assert "_auth_user_id" not in browser.session
    return browser.post("/login/code/", {"code": code})


def test_setting_it_up_shows_recovery_codes_once(world):
    browser = signed_in(world.am)
    page = browser.get("/me/second-factor/").content.decode()
    secret = SecondFactor.objects.get().secret
    assert "<svg" in page
    assert " ".join(secret[n : n + 4] for n in range(0, 32, 4)) in page
    wrong = browser.post("/me/second-factor/", {"code": "000000"}).content.decode()
    assert "动态码无效" in wrong
    assert SecondFactor.objects.get().confirmed_at is None
    done = browser.post("/me/second-factor/", {"code": code_of(world.am)}).content.decode()
    assert done.count("<li><code>") == factors.RECOVERY_CODES
    again = browser.get("/me/second-factor/").content.decode()
    assert secret[:4] not in again
    assert '<svg class="sv-qr' not in again


def test_login_takes_both_and_a_code_counts_once(am):
    assert log_in(am, "123456").status_code == 200
    code = code_of(am)
    assert log_in(am, code).headers["Location"] == "/"
    assert log_in(am, code).status_code == 200


def test_the_goal_survives_both_steps(am):
    browser = Browser()
    browser.post("/login/?next=/tasks/", {"username": am.username, "password": PASSWORD, "next": "/tasks/"})
    assert browser.post("/login/code/", {"code": code_of(am)}).headers["Location"] == "/tasks/"


def test_without_the_first_step_there_is_no_second(am):
    browser = Browser()
    assert browser.get("/login/code/").headers["Location"] == "/login/"
    browser.post("/login/", {"username": am.username, "password": PASSWORD})
    changed(browser, waiting_for_code=[am.pk, "", int(time.time()) - 601, am.get_session_auth_hash()])
    assert browser.post("/login/code/", {"code": code_of(am)}).headers["Location"] == "/login/"


def test_somebody_switched_off_meanwhile_does_not_get_in(am):
    browser = Browser()
    browser.post("/login/", {"username": am.username, "password": PASSWORD})
    User.objects.filter(pk=am.pk).update(is_active=False)
    assert browser.post("/login/code/", {"code": code_of(am)}).headers["Location"] == "/login/"


def test_codes_cannot_be_guessed(am):
    browser = Browser()
    for _number in range(PER_ACCOUNT):
        log_in(am, "000000", browser)
    assert "失败次数过多" in log_in(am, code_of(am), browser).content.decode()


def test_each_recovery_code_opens_once(am):
    code = am.codes[0]
    assert log_in(am, code.upper().replace("-", " ")).status_code == 302
    assert log_in(am, code).status_code == 200
    assert len(factors.of(am).recovery) == factors.RECOVERY_CODES - 1
    factors.renew_recovery(am)
    assert log_in(am, am.codes[1]).status_code == 200


def test_neither_secret_nor_codes_are_in_the_audit(am):
    text = str(list(AuditEvent.objects.filter(table="people_secondfactor").values()))
    assert "confirmed_at" in text
    assert SecondFactor.objects.get().secret not in text
    assert not any(digest in text for digest in SecondFactor.objects.get().recovery)


def test_a_role_may_have_to_have_one(world, settings):
    settings.SECOND_FACTOR_ROLES = ["hr"]
    browser = signed_in(world.hr)
    assert browser.get("/clients/").headers["Location"] == "/me/second-factor/"
    assert browser.post("/tasks/new/").headers["Location"] == "/me/second-factor/"
    browser.get("/me/second-factor/")
    browser.post("/me/second-factor/", {"code": code_of(world.hr)})
    assert browser.get("/clients/").status_code == 200
    assert signed_in(world.am).get("/clients/").status_code == 200
    # Another login that came in without the factor is asked for a code, not for a new app.
    other = signed_in(world.hr)
    assert "sv-qr" not in other.get("/me/second-factor/").content.decode()
    other.post("/me/second-factor/", {"code": code_of(world.hr, 1)})
    assert other.get("/clients/").status_code == 200


def test_an_administrator_takes_a_lost_one_away(am, world):
    admin = signed_in(world.actors["admin"])
    changed(admin, **{PROVED: 0})
    assert admin.post(f"/staff/{am.pk}/second-factor/").headers["Location"].startswith("/me/confirm/")
    changed(admin, **{PROVED: int(time.time())})
    assert admin.post(f"/staff/{am.pk}/second-factor/").headers["Location"] == f"/staff/{am.pk}/"
    assert factors.of(am) is None


# --- Confirm once more ---------------------------------------------------------------------------------------------


def test_confirming_by_password_leads_back(world):
    browser = signed_in(world.am)
    changed(browser, **{PROVED: 0})
    asked = browser.get("/clients/export/?a=1")
    assert asked.headers["Location"] == "/me/confirm/?next=%2Fclients%2Fexport%2F%3Fa%3D1"
    assert "密码不正确" in browser.post("/me/confirm/", {"password": "falsch"}).content.decode()
    done = browser.post("/me/confirm/", {"password": PASSWORD, "next": "/me/?a=1"})
    assert done.headers["Location"] == "/me/?a=1"
    assert browser.post("/me/second-factor/remove/").headers["Location"] == "/me/second-factor/"


def test_who_has_a_factor_confirms_by_code(am):
    browser = signed_in(am)
    changed(browser, **{PROVED: 0})
    assert 'name="code"' in browser.get("/me/confirm/").content.decode()
    assert browser.post("/me/confirm/", {"password": PASSWORD}).status_code == 200
    assert browser.post("/me/confirm/", {"code": code_of(am)}).status_code == 302


def test_what_was_sent_goes_on_after_the_confirmation(world):
    browser = signed_in(world.am)
    changed(browser, **{PROVED: 0})
    sent = {"name": "报表取数", "scopes": ["read", "calendar"], "days": "30"}
    asked = browser.post("/me/tokens/", sent, headers={"Referer": "http://testserver/me/tokens/?a=1"})
    assert asked.headers["Location"] == "/me/confirm/?next=%2Fme%2Fconfirmed%2F"
    assert browser.get("/me/confirmed/").headers["Location"] == asked.headers["Location"]
    done = browser.post("/me/confirm/", {"password": PASSWORD, "next": "/me/confirmed/"})
    page = browser.get(done.headers["Location"]).content.decode()
    assert "报表取数</blockquote>" in page
    assert 'action="/me/tokens/"' in page
    assert 'href="/me/tokens/?a=1"' in page
    hidden = re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', page.partition(" data-no-act>")[2])
    assert [field for field in hidden if field[0] != "csrfmiddlewaretoken"] == [
        ("name", "报表取数"), ("scopes", "read"), ("scopes", "calendar"), ("days", "30"),
    ]  # fmt: skip
    assert not ApiToken.objects.exists()
    assert browser.post("/me/tokens/", sent).status_code == 200
    assert ApiToken.objects.get().name == "报表取数"
    assert browser.get("/me/confirmed/").headers["Location"] == "/"


@pytest.mark.parametrize(
    "sent",
    [
        {"name": "x", "file": SimpleUploadedFile("a.csv", b"1")},
        {"name": "x" * 20_000},
        {"name": "x", "client_secret": "y"},
        {"code": "123456"},
    ],
)
def test_files_secrets_and_much_text_are_not_held(world, sent):
    browser = signed_in(world.am)
    changed(browser, **{PROVED: 0})
    browser.post("/me/tokens/", {"name": "before"})
    asked = browser.post("/me/tokens/", sent, headers={"Referer": "http://testserver/me/tokens/?a=1"})
    assert asked.headers["Location"] == "/me/confirm/?next=%2Fme%2Ftokens%2F%3Fa%3D1"
    assert HELD not in browser.session


def test_a_held_form_is_dropped_after_some_minutes(world, monkeypatch):
    browser = signed_in(world.am)
    changed(browser, **{PROVED: 0})
    browser.post("/me/tokens/", {"name": "x"})
    held = {**browser.session[HELD], "since": time.time() - 11 * 60}
    changed(browser, **{PROVED: time.time(), HELD: held})
    assert browser.get("/me/confirmed/").headers["Location"] == "/"
    assert HELD not in browser.session


@pytest.mark.parametrize("goal", ["https://evil.example/", "//evil.example/", "javascript:alert(1)", "/\\evil.example"])
def test_confirming_leads_nowhere_else(world, goal):
    browser = signed_in(world.am)
    assert browser.post("/me/confirm/", {"password": PASSWORD, "next": goal}).headers["Location"] == "/"


# --- How long a login lasts ----------------------------------------------------------------------------------------


def test_the_session_gets_a_new_key_at_login(world):
    browser = Browser()
    browser.get("/login/")
    changed(browser, planted="x")
    before = browser.session.session_key
    browser.post("/login/", {"username": "am", "password": PASSWORD})
    assert browser.session.session_key != before


def test_idle_and_absolute_limits(world, settings):
    now = int(time.time())
    for values in ({SEEN: now - settings.SESSION_IDLE - 1}, {BEGAN: now - settings.SESSION_ABSOLUTE - 1}):
        browser = signed_in(world.am)
        changed(browser, **values)
        assert browser.get("/tasks/").headers["Location"].startswith("/login/")
        assert browser.get("/tasks/").status_code == 302
    browser = signed_in(world.am)
    changed(browser, **{SEEN: now - settings.SESSION_IDLE // 2})
    assert browser.get("/tasks/").status_code == 200
    assert browser.session[SEEN] >= now


def test_a_new_password_ends_the_other_logins(world):
    here, there = signed_in(world.am), signed_in(world.am)
    fresh = "Dianchi-2026-autumn"
    here.post("/me/password/", {"old_password": PASSWORD, "new_password1": fresh, "new_password2": fresh})
    assert here.get("/tasks/").status_code == 200
    assert there.get("/tasks/").status_code == 302

"""Login: in Chinese, throttled by account and address, own password first, switched-off accounts at once."""

import pytest
from django.test import Client as Browser

from people.throttle import PER_ACCOUNT, PER_ADDRESS
from tests.world import PASSWORD

pytestmark = pytest.mark.django_db


def attempt(username, password, browser=None, **headers):
    return (browser or Browser()).post("/login/", {"username": username, "password": password}, **headers)


def test_login_is_in_chinese_whatever_the_browser_prefers(world):
    page = Browser().get("/login/", headers={"Accept-Language": "en"})
    assert "登录" in page.content.decode()
    assert page.headers["Content-Language"] == "zh-hans"


def test_english_by_choice(world):
    browser = Browser()
    browser.post("/language/", {"language": "en", "next": "/login/"})
    assert "Log in" in browser.get("/login/").content.decode()


def test_language_leads_nowhere_else(world):
    answer = Browser().post("/language/", {"language": "en", "next": "https://example.com/"})
    assert answer.headers["Location"] == "/"


def test_right_and_wrong_password(world):
    assert attempt("am", PASSWORD).status_code == 302
    wrong = attempt("am", "falsch")
    assert wrong.status_code == 200
    assert "工号或密码不正确" in wrong.content.decode()


def test_an_account_is_slowed_down_and_others_are_not(world):
    for _number in range(PER_ACCOUNT):
        attempt("am", "falsch")
    assert "失败次数过多" in attempt("am", PASSWORD).content.decode()
    assert attempt("hr", PASSWORD).status_code == 302


def test_a_colleague_elsewhere_is_not_locked_out(world):
    for _number in range(PER_ACCOUNT):
        attempt("am", "falsch", REMOTE_ADDR="10.0.0.9")
    assert attempt("am", PASSWORD, REMOTE_ADDR="10.0.0.1").status_code == 302


def test_no_header_evades_the_throttle(world):
    for number in range(PER_ACCOUNT):
        attempt("am", "falsch", headers={"X-Forwarded-For": f"1.2.3.{number}"})
    assert attempt("am", PASSWORD, headers={"X-Forwarded-For": "9.9.9.9"}).status_code == 200


def test_behind_own_proxy_the_client_counts(world, settings):
    settings.TRUSTED_PROXIES = 1
    for _number in range(PER_ACCOUNT):
        attempt("am", "falsch", headers={"X-Forwarded-For": "6.6.6.6, 1.1.1.1"})
    assert attempt("am", PASSWORD, headers={"X-Forwarded-For": "7.7.7.7, 1.1.1.1"}).status_code == 200
    assert attempt("am", PASSWORD, headers={"X-Forwarded-For": "6.6.6.6, 2.2.2.2"}).status_code == 302


def test_spraying_many_accounts_from_one_address_stops(world):
    for number in range(PER_ADDRESS):
        attempt(f"nobody{number}", "falsch")
    assert attempt("hr", PASSWORD).status_code == 200
    assert attempt("hr", PASSWORD, REMOTE_ADDR="10.1.1.1").status_code == 302


def test_a_success_forgets_the_failures_before(world):
    for _round in range(3):
        for _number in range(PER_ACCOUNT - 1):
            attempt("am", "falsch")
        assert attempt("am", PASSWORD).status_code == 302


def test_first_login_asks_for_an_own_password(world):
    world.am.must_change_password = True
    world.am.save()
    browser = Browser()
    browser.force_login(world.am)
    assert browser.get("/tasks/").headers["Location"] == "/me/password/"
    fresh = "Dianchi-2026-autumn"
    answer = browser.post("/me/password/", {"old_password": PASSWORD, "new_password1": fresh, "new_password2": fresh})
    assert answer.status_code == 302
    assert browser.get("/tasks/").status_code == 200
    assert attempt("am", fresh).status_code == 302


def test_switching_off_bites_on_the_next_request(world):
    browser, admin = Browser(), Browser()
    browser.force_login(world.am)
    admin.force_login(world.actors["admin"])
    assert browser.get("/").status_code == 200
    admin.post(f"/staff/{world.am.pk}/switch/")
    assert browser.get("/").status_code == 302
    assert "停用" in attempt("am", PASSWORD).content.decode() or attempt("am", PASSWORD).status_code == 200


def test_logout_is_by_post_and_clears_the_device(world):
    browser = Browser()
    browser.force_login(world.am)
    assert browser.get("/logout/").status_code == 405
    answer = browser.post("/logout/")
    assert "storage" in answer.headers["Clear-Site-Data"]
    assert browser.get("/").status_code == 302


def test_a_known_device_is_not_locked_out_from_anywhere(world, monkeypatch):
    monkeypatch.setattr("people.throttle.PER_ACCOUNT_ANYWHERE", 20)
    mine = Browser()
    assert attempt("am", PASSWORD, mine).status_code == 302
    mine.post("/logout/")
    for number in range(20):
        attempt("am", "falsch", REMOTE_ADDR=f"10.0.1.{number}")
    assert attempt("am", PASSWORD, REMOTE_ADDR="10.0.2.1").status_code == 200  # a botnet is stopped
    assert attempt("hr", PASSWORD, mine).status_code == 302  # the cookie is worth nothing for others …
    assert attempt("am", PASSWORD, mine, REMOTE_ADDR="10.0.1.1").status_code == 302  # … and opens the way for its own


def test_a_made_up_device_is_none(world):
    browser = Browser()
    browser.cookies["zoufang_device"] = "WyJhbSIsIngiXQ:1x:abc"
    for _number in range(PER_ACCOUNT):
        attempt("am", "falsch", browser)
    assert attempt("am", PASSWORD, browser).status_code == 200


def test_a_known_device_guesses_no_more_than_others(world):
    browser = Browser()
    attempt("am", PASSWORD, browser)
    browser.post("/logout/")
    for _number in range(PER_ACCOUNT):
        attempt("am", "falsch", browser)
    assert attempt("am", PASSWORD, browser).status_code == 200

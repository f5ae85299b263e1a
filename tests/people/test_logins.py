"""Where one is logged in: seen with device and address, ended one by one, all others, all by an administrator."""

import time

import pytest
from django.contrib.sessions.backends.base import UpdateError
from django.test import Client as Browser

from people import logins
from people.models import Session, User
from people.session_store import COPY_SECONDS
from people.sessions import PROVED, SEEN, SEEN_EVERY
from people.tasks import forget_logins
from tests.world import PASSWORD

pytestmark = pytest.mark.django_db
PHONE = (
    "Mozilla/5.0 (Linux; Android 14; HarmonyOS) AppleWebKit/537.36 Chrome/120 Mobile Safari/537.36 MicroMessenger/8.0"
)
DESK = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/140.0 Safari/537.36 Edg/140.0"


def signed_in(device, address="10.1.2.3", username="am"):
    browser = Browser(headers={"User-Agent": device}, REMOTE_ADDR=address)
    assert browser.post("/login/", {"username": username, "password": PASSWORD}).status_code == 302
    return browser


def page(browser):
    return browser.get("/me/logins/").content.decode()


def test_each_is_shown_with_device_and_address(world):
    desk, _phone = signed_in(DESK), signed_in(PHONE, "10.9.9.9")
    signed_in(DESK, "10.6.6.6", "am.team")
    text = page(desk)
    assert "Edge · Windows" in text
    assert "微信 · HarmonyOS" in text
    assert "10.9.9.9" in text
    assert "10.6.6.6" not in text  # somebody else's
    assert text.count("最近使用") == 1  # of this one it goes without saying
    assert not any(row.session_key in text for row in Session.objects.all())  # a key opens the login


@pytest.mark.parametrize(
    ("device", "words"),
    [
        ("", ("", "")),
        ("curl/8.0", ("", "")),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 17_0) AppleWebKit Version/17.0 Mobile Safari/604.1", ("Safari", "iPhone")),
        ("Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0", ("Firefox", "Linux")),
        ("Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) wxwork/4.1 MicroMessenger/7.0 Chrome", ("企业微信", "macOS")),
        ("<script>alert(1)</script>" * 50, ("", "")),
    ],
)
def test_devices_by_what_they_say(world, device, words):
    browser = signed_in(device)
    (login,) = logins.of(world.am, browser.session.session_key)
    assert (login.browser, login.system) == words
    assert "<script>alert" not in page(browser)


def test_one_is_ended_and_the_others_go_on(world):
    desk, phone, third = signed_in(DESK), signed_in(PHONE), signed_in(DESK)
    (mark,) = [login.mark for login in logins.of(world.am) if login.is_phone]
    assert desk.post("/me/logins/end/", {"mark": mark}).status_code == 302
    assert phone.get("/tasks/").status_code == 302
    assert desk.get("/tasks/").status_code == third.get("/tasks/").status_code == 200
    assert desk.post("/me/logins/end/", {"mark": mark}).status_code == 404


def test_all_others_are_ended(world):
    desk, phone, third = signed_in(DESK), signed_in(PHONE), signed_in(DESK)
    other = signed_in(DESK, username="am.team")
    desk.post("/me/logins/end/")
    assert [each.get("/tasks/").status_code for each in (desk, phone, third, other)] == [200, 302, 302, 200]
    assert len(logins.of(world.am)) == 1


def test_nobody_ends_those_of_others(world):
    desk, other = signed_in(DESK), signed_in(DESK, username="am.team")
    (mark,) = [login.mark for login in logins.of(world.managers["team"])]
    assert desk.post("/me/logins/end/", {"mark": mark}).status_code == 404
    assert other.get("/tasks/").status_code == 200


def test_it_asks_who_one_is(world):
    desk, phone = signed_in(DESK), signed_in(PHONE)
    session = desk.session
    session[PROVED] = 0
    session.save()
    assert desk.post("/me/logins/end/").headers["Location"].startswith("/me/confirm/")
    assert phone.get("/tasks/").status_code == 200


def test_what_is_over_is_not_shown(world, settings):
    desk, phone = signed_in(DESK), signed_in(PHONE)
    session = phone.session
    session[SEEN] = int(time.time()) - settings.SESSION_IDLE - 1
    session.save()
    assert [login.browser for login in logins.of(world.am)] == ["Edge"]
    desk.post("/logout/")
    assert logins.of(world.am) == []


def test_a_new_password_leaves_only_this_one(world):
    desk, _phone = signed_in(DESK), signed_in(PHONE)
    fresh = "Dianchi-2026-autumn"
    desk.post("/me/password/", {"old_password": PASSWORD, "new_password1": fresh, "new_password2": fresh})
    found = logins.of(User.objects.get(pk=world.am.pk), desk.session.session_key)
    assert [login.is_here for login in found] == [True]


def test_when_it_was_seen_and_where_from(world):
    phone = signed_in(PHONE, "10.1.1.1")
    session = phone.session
    session[SEEN] -= SEEN_EVERY + 1
    session.save()
    phone.get("/tasks/", REMOTE_ADDR="10.2.2.2")
    (login,) = logins.of(world.am)
    assert login.address == "10.2.2.2"
    assert time.time() - login.seen_at.timestamp() < 5


def test_a_request_under_way_does_not_revive_an_ended_one(world):
    phone = signed_in(PHONE)
    under_way = phone.session
    assert under_way[SEEN]
    logins.end(logins.of(world.am))
    under_way["x"] = 1
    with pytest.raises(UpdateError):
        under_way.save()
    assert phone.get("/tasks/").status_code == 302


def test_an_administrator_ends_everything_of_somebody(world):
    phone, admin = signed_in(PHONE), signed_in(DESK, username="admin")
    assert admin.post(f"/staff/{world.am.pk}/logins/end/").status_code == 302
    assert phone.get("/tasks/").status_code == 302
    assert admin.get("/tasks/").status_code == 200


def test_old_rows_are_forgotten(world):
    signed_in(DESK)
    signed_in(PHONE)
    old = Session.objects.first()
    Session.objects.filter(pk=old.pk).update(expire_date="2020-01-01T00:00Z")
    forget_logins()
    assert not Session.objects.filter(pk=old.pk).exists()
    assert len(logins.of(world.am)) == 1


def test_no_copy_in_redis_outlives_its_row_for_long(world, redis_client):
    """Whoever was logged out while Redis was away is out some minutes after it is back."""
    phone = signed_in(PHONE)
    for _time in ("as it was made", "as it was read from its row"):
        phone.get("/tasks/")
        (key,) = redis_client.scan_iter(f"*people.session:{phone.session.session_key}")
        assert 0 < redis_client.ttl(key) <= COPY_SECONDS
        redis_client.delete(key)

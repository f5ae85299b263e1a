"""The author's and the reader's pages of a journal, as answers of the server."""

import pytest
from django.test import Client as Browser

from journals import services
from tests.journals.helpers import DAY, TEXTS, handed_in, visit

pytestmark = pytest.mark.django_db


def browser_of(person):
    browser = Browser()
    browser.force_login(person)
    return browser


def test_the_desk_tells_clients_visited_from_calls(world):
    for hour, mode in ((9, "on_site"), (10, "on_site"), (11, "phone"), (14, "online")):
        visit(world.am, world.clients["own"], hour=hour, mode=mode)
    journal = handed_in(world.am)
    page = browser_of(world.supervisor).get(f"/journals/desk/{journal.pk}/").content.decode()
    assert "走访 1 户 · 联系 2 次" in page  # the line of the inbox
    assert "当天走访 1 户 · 联系 2 次" in page


def test_time_with_clients_is_that_on_site_to_the_minute(world):
    for hour, minutes, mode in ((9, 100, "on_site"), (14, 35, "on_site"), (16, 30, "phone")):
        visit(world.am, world.clients["own"], hour=hour, minutes=minutes, mode=mode)
    page = browser_of(world.am).get(f"/journals/write/{DAY}/").content.decode()
    assert "2 小时 15 分钟" in page  # with clients
    assert "3 小时 20 分钟" in page  # from 10:40 to 14:00


def test_back_after_handing_in_leads_to_the_journal(world):
    journal = handed_in(world.am)
    browser = browser_of(world.am)
    for answer in (browser.get(f"/journals/{journal.pk}/preview/"), browser.post(f"/journals/{journal.pk}/preview/")):
        assert answer.status_code == 302
        assert answer["Location"] == f"/journals/{journal.pk}/"
    assert browser_of(world.managers["team"]).get(f"/journals/{journal.pk}/preview/").status_code == 404


def test_what_was_typed_after_it_was_handed_in_elsewhere_stays_in_the_form(world):
    draft = services.open_journal(world.am, "day", DAY)
    seen = services.stamp(draft)
    handed_in(world.am)
    answer = browser_of(world.am).post(
        f"/journals/write/{DAY}/", {**TEXTS, "summary": "另一个窗口里写的", "seen": seen}
    )
    page = answer.content.decode()
    assert answer.status_code == 200
    assert "另一个窗口里写的" in page
    assert "已提交" in page


def test_a_return_that_was_refused_is_still_a_return(world):
    """Ctrl-Enter sends what the form is set to: after an error it must not accept what was to go back."""
    journal = handed_in(world.am)
    browser, address = browser_of(world.supervisor), f"/journals/desk/{journal.pk}/"
    assert " data-returning" not in browser.get(address).content.decode()
    words = {"version": 1, "mark": 4, "requirement": "补写客户名称", "requirement_due_on": "2020-01-01"}
    page = browser.post(address, {**words, "decision": "returned"}).content.decode()
    assert "补写客户名称" in page
    assert " data-returning" in page
    assert " data-returning" not in browser.post(address, {**words, "decision": "accepted"}).content.decode()

"""The bars of a page are made once for all who see the same; each page still marks its own place, for each role."""

import re

import pytest
from django.urls import reverse

pytestmark = pytest.mark.django_db

MARKED = re.compile(r'<a class="(zf-nav-item|zf-nav-child|zf-bottom-item)" href="([^"]+)"[^>]*aria-current="page"')


def marked(browser, address):
    """(bar, address) of what is marked as the place of the page, and the page's text."""
    text = browser.get(address).content.decode()
    return sorted({(kind.removeprefix("zf-"), url) for kind, url in MARKED.findall(text)}), text


@pytest.mark.parametrize("_again", [1, 2])
def test_each_page_marks_its_own_place(client, world, _again):
    for user, journal in ((world.am, "journals:today"), (world.supervisor, "journals:desk")):
        client.force_login(user)
        assert marked(client, "/")[0] == [("bottom-item", "/"), ("nav-item", "/")]
        places, text = marked(client, "/clients/")
        assert places == [("bottom-item", "/clients/"), ("nav-child", "/clients/")]
        assert f'<a class="zf-bottom-item" href="{reverse(journal)}"' in text
        assert "客户列表" in text
        assert marked(client, "/tasks/")[0] == [("nav-item", "/tasks/")]


def test_in_the_reader_s_language(client, world, settings):
    client.force_login(world.am)
    for language, words in (
        ("en", "Client list"),
        ("zh-hans", "客户列表"),
        ("zh-hant", "客戶列表"),
        ("en", "Client list"),
    ):
        client.cookies[settings.LANGUAGE_COOKIE_NAME] = language
        assert words in marked(client, "/clients/")[1]


def test_what_only_phones_of_the_field_need_is_for_them(client, world):
    for user, there in ((world.am, True), (world.hr, False), (world.supervisor, True)):
        client.force_login(user)
        assert ('name="zf-visits"' in client.get("/").content.decode()) is there
    client.logout()
    assert 'name="zf-visits"' not in client.get("/login/").content.decode()

"""The site in a real browser: Chinese, styled, from hashed static files, on a desk and on a phone."""

import pytest

WIDTHS = {"page": 1280, "phone": 390}


@pytest.mark.parametrize("window", WIDTHS)
def test_login_page(request, window):
    page = request.getfixturevalue(window)
    styles = []
    page.on("response", lambda answer: styles.append(answer) if answer.url.endswith(".css") else None)
    page.goto("/login/")
    assert page.locator("html").get_attribute("lang") == "zh-hans"
    assert page.get_by_role("button", name="登录").is_visible()
    assert styles
    assert all(answer.status == 200 and answer.url.count(".") >= 2 for answer in styles)  # name.hash.css
    assert page.evaluate("document.documentElement.scrollWidth") <= WIDTHS[window]


def test_signed_in_pages_of_two_people_stand_side_by_side(page_of, world):
    manager, supervisor = page_of(world.actors["am"]), page_of(world.actors["supervisor"], phone=True)
    for page in (manager, supervisor):
        answer = page.goto("/")
        assert answer.status == 200
        assert "/login/" not in page.url
    assert manager.context.cookies() != supervisor.context.cookies()

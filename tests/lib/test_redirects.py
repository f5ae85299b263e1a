"""After a change one returns to the page one came from, but only within this site."""

import pytest

from crm.lib.redirects import redirect_back


@pytest.mark.parametrize(
    ("back", "target"),
    [
        ("/tasks/?view=team", "/tasks/?view=team"),
        ("http://testserver/tasks/", "http://testserver/tasks/"),
        ("", "/me/"),
        ("https://elsewhere.example/tasks/", "/me/"),
        ("//elsewhere.example/", "/me/"),
        ("javascript:alert(1)", "/me/"),
    ],
)
def test_only_pages_of_this_site(rf, back, target):
    assert redirect_back(rf.post("/x/", {"next": back}), "people:me").url == target


def test_a_secure_page_never_leads_to_plain_http(rf):
    request = rf.post("/x/", {"next": "http://testserver/tasks/"}, secure=True)
    assert redirect_back(request, "people:me").url == "/me/"

"""The editor of a tier scheme in a browser: nothing typed is lost, and nothing unsaved is tried or put in force."""

import re

from playwright.sync_api import expect

from clients.models import TierScheme
from tests.browser import press
from tests.clients.test_schemes import a_draft


def shares(scheme):
    return [band["share"] for band in TierScheme.objects.get(pk=scheme.pk).rules["bands"]]


def test_what_is_typed_is_kept_and_saved_before_it_is_tried(transactional_db, world, page_of):
    scheme = a_draft(world)
    page = page_of(world.hr)
    page.goto(f"/clients/tiers/schemes/{scheme.pk}/")
    page.fill("[name=bands-0-value]", "40")
    page.fill("[name=bands-1-value]", "60")
    page.get_by_role("button", name="发布", exact=True).click()
    expect(page.locator(".zf-toast")).to_contain_text("请先保存草稿")
    expect(page.locator("#zf-confirm[open]")).to_have_count(0)

    page.goto("/clients/tiers/schemes/")
    page.goto(f"/clients/tiers/schemes/{scheme.pk}/")
    expect(page.locator("[name=bands-0-value]")).to_have_value("40")
    assert shares(scheme) == [0.5, 0.5]
    page.get_by_text("试算", exact=True).click()
    press(page.get_by_role("button", name="保存并试算", exact=True))
    expect(page).to_have_url(re.compile("/jobs/"))
    assert shares(scheme) == [0.4, 0.6]

    page.goto(f"/clients/tiers/schemes/{scheme.pk}/")
    expect(page.locator("[data-draft-state]")).to_be_empty()
    with page.expect_navigation():
        page.locator("[name=name]").press("Enter")
    expect(page).to_have_url(re.compile("/clients/tiers/schemes/"))  # Enter saves, and tries nothing
    page.get_by_role("button", name="发布", exact=True).click()
    expect(page.locator("#zf-confirm[open]")).to_be_visible()

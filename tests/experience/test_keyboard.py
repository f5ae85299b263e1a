"""The whole product by keyboard: the first Tab skips to the content, focus is always seen, and nothing holds it."""

import pytest

WHERE = """() => {
  const at = document.activeElement;
  if (!at || at === document.body) return null;
  const box = at.getBoundingClientRect();
  const style = getComputedStyle(at);
  const ring = style.outlineStyle !== "none" || style.boxShadow !== "none";
  at.dataset.walked = (Number(at.dataset.walked) || 0) + 1;
  const seen = box.width > 0 && box.height > 0;
  return { times: Number(at.dataset.walked), seen, ring, html: at.outerHTML.slice(0, 120) };
}"""
PAGES = {
    "am": ("/", "/clients/", "/visits/new/?client={client}"),
    "supervisor": ("/journals/desk/",),
    "hr": ("/kpi/runs/",),
}
MOST = 250


@pytest.mark.django_db(transaction=True)
def test_tab_walks_through_and_out(world, page_of):
    for role, urls in PAGES.items():
        page = page_of(world.actors[role], service_workers="block")
        for url in urls:
            page.goto(url.format(client=world.clients["own"].pk))
            page.evaluate("document.activeElement.blur()")
            page.evaluate("window.getSelection().removeAllRanges()")
            walked = []
            while len(walked) < MOST:
                page.keyboard.press("Tab")
                at = page.evaluate(WHERE)
                if at is None or at["times"] > 1:  # out of the page, or round again
                    break
                assert at["seen"], (url, at)
                assert at["ring"], (url, at)
                walked.append(at["html"])
            assert 10 < len(walked) < MOST, (url, len(walked))
            assert any("zf-skip" in html for html in walked), url
            assert any("main" in html or "btn" in html or "data-href" in html for html in walked), url


@pytest.mark.django_db(transaction=True)
def test_dialogs_and_folds_give_the_focus_back(world, page_of):
    page = page_of(world.am, service_workers="block")
    page.goto("/clients/")
    page.keyboard.press("Control+k")
    assert page.evaluate("document.activeElement.matches('[data-search]')")
    page.keyboard.press("Escape")
    help_button = page.locator(".zf-page-help summary")
    help_button.focus()
    page.keyboard.press("Enter")
    assert page.locator(".zf-page-help .zf-fold-body").is_visible()
    page.keyboard.press("Escape")
    assert not page.locator(".zf-page-help .zf-fold-body").is_visible()
    assert help_button.evaluate("element => element === document.activeElement")
    page.keyboard.press("j")
    assert page.evaluate("document.activeElement.hasAttribute('data-href')")
    page.keyboard.press("Enter")
    page.wait_for_url("**/clients/*/")

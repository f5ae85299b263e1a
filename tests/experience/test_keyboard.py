"""The whole product by keyboard: the first Tab skips to the content, focus is always seen, and nothing holds it."""

import pytest

from tests.experience.pages import Reader, rows_and_roles
from tests.matrix.ask import cookies_of
from tests.shares import some

WHERE = """() => {
  const at = document.activeElement;
  if (!at || at === document.body) return null;
  const box = at.getBoundingClientRect();
  const style = getComputedStyle(at);
  const ring = style.outlineStyle !== "none" || style.boxShadow !== "none";
  at.dataset.walked = (Number(at.dataset.walked) || 0) + 1;
  const seen = box.width > 0 && box.height > 0;
  // Tab stops at each part of a date, and the browser itself rings the part.
  const parts = ["date", "time", "month", "datetime-local"].includes(at.type) ? 8 : 1;
  return { times: Number(at.dataset.walked), parts, seen, ring: ring || parts > 1, html: at.outerHTML.slice(0, 120) };
}"""
PAGES = {
    "am": ("/", "/clients/", "/visits/new/?client={client}"),
    "supervisor": ("/journals/desk/",),
    "hr": ("/kpi/runs/",),
}
MOST = 250
LONGEST = 600  # of one page's content
# Into the content, as the skip link leads; then what a mouse could press there and Tab has not come to.
BEGIN = """() => {
  const main = document.querySelector("main");
  main.tabIndex = -1;
  main.focus();
}"""
INSIDE = "() => Boolean(document.activeElement?.closest('main'))"
LEFT = """() => {
  const groups = new Set([...document.querySelectorAll("main input[type=radio][data-walked]")].map((one) => one.name));
  const acts = "a[href], button, input:not([type=hidden]), select, textarea, summary, [data-href], [data-chart-csv]";
  return [...document.querySelectorAll("main")].flatMap((main) => [...main.querySelectorAll(acts)]).filter((one) => {
    const box = one.getBoundingClientRect();
    const closed = one.closest("details:not([open])");
    if (closed && !one.closest("summary")) return false;
    if (!box.width || !box.height || one.disabled || getComputedStyle(one).visibility === "hidden") return false;
    if (one.dataset.walked || (one.type === "radio" && groups.has(one.name))) return false;
    return !one.querySelector("[data-walked]") && !one.closest("[tabindex='-1']:not(main), [role=tablist]");
  }).map((one) => one.outerHTML.slice(0, 120));
}"""


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
                if at is None or at["times"] > at["parts"]:  # out of the page, or round again
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


@pytest.mark.django_db(transaction=True)
def test_every_act_of_a_page_is_reached(world, page_of):
    """Whatever a mouse can press in a page's content, Tab comes to, sees, and leaves again."""
    cookies, readers, found = cookies_of(world), {}, []
    for row, role in some(rows_and_roles(), 2, lambda page: f"{page[0].url} {page[1]}"):
        if role not in readers:
            readers[role] = Reader(page_of(service_workers="block", reduced_motion="reduce"), cookies[role])
        page = readers[role].page
        with readers[role].at(row, world) as url:
            if not url:
                continue
            page.evaluate(BEGIN)
            for _tab in range(LONGEST):
                page.keyboard.press("Tab")
                at = page.evaluate(WHERE)
                if at is None or at["times"] > at["parts"] or not page.evaluate(INSIDE):
                    break
                if not (at["seen"] and at["ring"]):
                    found.append(f"{role} {url}: focus is not seen: {at['html']}")
            else:
                found.append(f"{role} {url}: no end")
            found += [f"{role} {url}: not reached: {html}" for html in page.evaluate(LEFT)]
    assert not found, "\n".join(found)

"""No page has a barrier that axe finds: WCAG 2.2 AA, at a desk and on a phone, light and dark."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings
from playwright.sync_api import Page

from tests.experience.pages import Reader, rows_and_roles
from tests.matrix.ask import cookies_of
from tests.shares import some

AXE = Path(settings.BASE_DIR) / "node_modules" / "axe-core" / "axe.min.js"
PHONE = {"width": 390, "height": 844}
TABLET = {"width": 768, "height": 1024}
DESK = {"width": 1280, "height": 800}
# The preload would fetch and parse every style sheet anew for one rule about turned phones: a third of the time.
CHECK = """async ([where, rules]) => {
  const standards = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"];
  const runOnly = rules ? { type: "rule", values: rules } : { type: "tag", values: standards };
  const found = await axe.run(where, { runOnly, resultTypes: ["violations"], preload: false });
  return found.violations.flatMap((rule) => rule.nodes.map((node) =>
    `${rule.id}: ${node.target.join(" ")}  ${node.html.slice(0, 200)}  ${node.failureSummary.split("\\n")[1].trim()}`));
}"""
# Colours on their way to others would be judged in between.
THEME = """theme => {
  const still = new CSSStyleSheet();
  still.replaceSync("*, *::before, *::after { transition: none !important; animation: none !important; }");
  document.adoptedStyleSheets = [still];
  document.documentElement.dataset.bsTheme = theme;
}"""

# A bar that stays in sight covers what lies under it only until somebody scrolls.
LOOSE = """() => {
  for (const one of document.querySelectorAll("body *")) {
    if (["sticky", "fixed"].includes(getComputedStyle(one).position)) one.style.position = "static";
  }
}"""


def barriers(page: Page, where: str) -> Iterator[str]:
    """What axe finds: everything at a desk in the light; on a phone in the dark what may differ there."""
    yield from (f"desk, light: {line}" for line in page.evaluate(CHECK, [where, None]))
    page.set_viewport_size(PHONE)
    page.evaluate(THEME, "dark")
    page.evaluate(LOOSE)
    yield from (f"phone, dark: {line}" for line in page.evaluate(CHECK, [where, ["color-contrast", "target-size"]]))
    for size in (PHONE, TABLET):
        page.set_viewport_size(size)
        if page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth"):
            yield f"{size['width']} px: reflow: the page scrolls sideways"
    page.set_viewport_size(DESK)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("half", [0, 1])  # one for each core
def test_no_page_has_a_barrier(page_of, world, half):
    cookies, readers, found = cookies_of(world), {}, []
    for row, role in some(rows_and_roles(), 6, lambda page: f"{page[0].url} {page[1]}")[half::2]:
        first = role not in readers
        if first:
            readers[role] = Reader(page_of(service_workers="block", reduced_motion="reduce"), cookies[role])
            readers[role].page.add_init_script(path=AXE)
        with readers[role].at(row, world) as url:
            if url:  # the frame around a page is the same on all of a role's
                lines = barriers(readers[role].page, "html" if first else "main")
                found += [f"{role} {row.url} {line}" for line in lines]
    assert not found, "\n".join(found)

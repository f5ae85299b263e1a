"""Pictures for the guides and the minutes of a first walk, taken by tests while they work.

Only where PICTURES names a folder (`make docs`) is anything written; otherwise what stands in the guides is compared.
"""

import io
import os
import re
import time
from pathlib import Path

from django.conf import settings
from PIL import Image
from playwright.sync_api import Locator, Page

FOLDER = os.environ.get("PICTURES")
DESK, PHONE = 960, 440  # pixels in width: enough to read, small enough to keep
MINUTES = Path(settings.BASE_DIR) / "docs" / "first-hour.md"
NEAR = 0.3  # how far the page may part from what is measured before somebody has to run `make docs`

# Seconds of an average user: S. Card, T. Moran, A. Newell, The Keystroke-Level Model, Communications of the ACM 23
# (1980): a key of an average typist, pointing, moving a hand between mouse and keyboard, making up one's mind.
KEY, POINT, HOME, THINK, PRESS = 0.28, 1.1, 0.4, 1.35, 0.2
SIGN = 3  # keys of a Chinese character: its pinyin on average, and the choice
# Chinese is read at 255 characters a minute (S. Trauzettel-Klosinski, K. Dietz, IOVS 53, 2012); of what a page says
# people read 28 % at most (J. Nielsen, How Little Do Users Read?, 2008).
READING, READ = 255 / 60, 0.28


def snap(page: Page, name: str, *, most: int = 1400) -> None:
    """The page as it stands, as a small WebP picture of at most so many pixels in height."""
    if not FOLDER:
        return
    page.evaluate("window.scrollTo(0, 0)")
    page.wait_for_timeout(400)  # charts draw, toasts arrive
    picture = Image.open(io.BytesIO(page.screenshot(full_page=True))).convert("RGB")
    picture.thumbnail((PHONE if page.viewport_size["width"] < 600 else DESK, 100_000))
    picture = picture.crop((0, 0, picture.width, min(most, picture.height)))
    picture.save(Path(FOLDER) / f"{name}.webp", quality=60, method=6)


class Hand:
    """Somebody new at the product: acts on pages, and adds up the own seconds and those spent waiting."""

    def __init__(self) -> None:
        self.person = self.machine = 0.0
        self.read: set[str] = set()
        self.laps: list[tuple[str, float, float]] = []

    def look(self, page: Page) -> None:
        """Read what the page says, once for each address."""
        place = re.sub(r"\d+", "", page.url.partition("?")[0])
        if place not in self.read:
            self.read.add(place)
            signs = len(re.sub(r"\s", "", page.locator("main").inner_text()))
            self.person += signs * READ / READING

    def goto(self, page: Page, url: str) -> None:
        """Follow the navigation: one click there, one on the entry."""
        self.person += 2 * (THINK + POINT + PRESS)
        self._wait(lambda: page.goto(url))
        self.look(page)

    def click(self, at: Locator) -> None:
        """Make up one's mind, point, press; then wait and look at what came."""
        self.person += THINK + POINT + PRESS
        self._wait(lambda: (at.click(), at.page.wait_for_load_state()))
        self.look(at.page)

    def type(self, into: Locator, text: str, *, pasted: bool = False) -> None:
        """Point at a field and write; a pasted text costs two keys."""
        keys = 2 if pasted else sum(SIGN if sign > "\u2e80" else 1 for sign in text)
        self.person += THINK + POINT + PRESS + 2 * HOME + keys * KEY
        self._wait(lambda: into.fill(text))

    def lap(self, name: str) -> None:
        """Note a step by name, and begin the next."""
        self.laps.append((name, self.person, self.machine))
        self.person = self.machine = 0.0

    @property
    def seconds(self) -> float:
        """Of all steps, by hand; the machine's are written down and not judged."""
        return sum(person for _name, person, _machine in self.laps)

    def _wait(self, act) -> None:
        started = time.monotonic()
        act()
        self.machine += time.monotonic() - started


def note(who: str, laps: list[tuple[str, float, float]]) -> None:
    """The steps of one walk into the table of the minutes; without PICTURES compare: the guide must stay true."""
    text = MINUTES.read_text("utf-8")
    start, end = f"<!-- {who} -->\n", f"<!-- /{who} -->"
    before, rest = text.split(start)
    table, after = rest.split(end)
    if FOLDER:
        rows = [(name, person, machine) for name, person, machine in laps]
        rows.append(("合计 together", *(sum(lap[column] for lap in laps) for column in (1, 2))))
        lines = [f"| {name} | {person:.0f} s | {machine:.1f} s |\n" for name, person, machine in rows]
        head = "| 步骤 step | 人 by hand | 机器 machine |\n| --- | --- | --- |\n"
        MINUTES.write_text(f"{before}{start}\n{head}{''.join(lines)}\n{end}{after}", "utf-8")
        return
    written = {name: float(person) for name, person in re.findall(r"^\| (.+?) \| (\d+) s \|", table, re.MULTILINE)}
    for name, person, _machine in laps:
        assert name in written, name
        assert abs(written[name] - person) <= max(NEAR * person, 5), (name, written[name], person, "run make docs")

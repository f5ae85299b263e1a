"""All pages as contact sheets, to be looked at: ``SHEETS=folder pytest tests/experience/sheets.py``.

Every look at each page: width × theme × language; ``-k phone-dark-en`` takes one of them. What a program can tell by
itself (words of the other language, text cut off, pages wider than the screen) stands in a list beside the sheets.
"""

import io
import os
from pathlib import Path

import pytest
from PIL import Image

from tests.experience.pages import Reader, rows_and_roles
from tests.experience.test_axe import DESK, PHONE, TABLET, THEME
from tests.matrix.ask import cookies_of

FOLDER = Path(os.environ.get("SHEETS", "."))
SIZES = {"phone": PHONE, "tablet": TABLET, "desk": DESK}
LOOKS = [
    f"{size}-{theme}-{language}" for size in SIZES for theme in ("light", "dark") for language in ("zh-hans", "en")
]
COLUMNS, CELL = {"phone": 6, "tablet": 4, "desk": 3}, {"phone": (320, 700), "tablet": (460, 640), "desk": (640, 520)}
ROWS = 2
DOUBTS = """(language) => {
  const found = [];
  const root = document.documentElement;
  if (root.scrollWidth > root.clientWidth) found.push(`wider than the screen: ${root.scrollWidth}`);
  for (const one of document.querySelectorAll("body *")) {
    const text = [...one.childNodes].filter((node) => node.nodeType === 3).map((node) => node.data).join("").trim();
    const box = one.getBoundingClientRect();
    const left = "svg, script, option, .visually-hidden, [lang]:not(html), kbd, code";
    if (!text || !box.width || one.closest(left)) continue;
    const cut = getComputedStyle(one).overflowX === "hidden" && one.scrollWidth > one.clientWidth + 1;
    if (cut) found.push(`cut off: ${text.slice(0, 40)}`);
    const chinese = /[\\u4e00-\\u9fff]/.test(text);
    const other = language === "en" ? chinese : !chinese && /[A-Za-z]{4,}/.test(text);
    if (other) found.push(`language: ${text.slice(0, 60)}`);
  }
  return [...new Set(found)];
}"""


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("look", LOOKS)
def test_take(page_of, world, look):
    size, theme, language = look.split("-", 2)
    FOLDER.mkdir(parents=True, exist_ok=True)
    cookies, readers, pictures, doubts = cookies_of(world), {}, [], []
    for row, role in rows_and_roles():
        if role not in readers:
            readers[role] = Reader(page_of(service_workers="block", viewport=SIZES[size]), cookies[role], language)
        page = readers[role].page
        with readers[role].at(row, world) as url:
            if url:
                page.evaluate(THEME, theme)
                doubts += [f"{role} {url} {doubt}" for doubt in page.evaluate(DOUBTS, language)]
                picture = Image.open(io.BytesIO(page.screenshot(type="jpeg", quality=80, full_page=True))).convert(
                    "RGB"
                )
                width, height = CELL[size]
                picture.thumbnail((width, 100_000))
                pictures.append(picture.crop((0, 0, width, min(height, picture.height))))
                if len(pictures) == COLUMNS[size] * ROWS:
                    save(look, pictures)
    save(look, pictures)
    (FOLDER / f"{look}.txt").write_text("\n".join(doubts) + "\n", "utf-8")


def save(look: str, pictures: list[Image.Image]) -> None:
    """One sheet of what has been taken, and begin the next."""
    if not pictures:
        return
    size = look.partition("-")[0]
    columns, (width, height) = COLUMNS[size], CELL[size]
    sheet = Image.new("RGB", (width * columns, height * (-(-len(pictures) // columns))), "gray")
    for number, picture in enumerate(pictures):
        sheet.paste(picture, (number % columns * width, number // columns * height))
    sheet.save(FOLDER / f"{look}-{len(list(FOLDER.glob(f'{look}-*.jpg'))) + 1:02}.jpg", quality=80)
    pictures.clear()

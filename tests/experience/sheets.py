"""All pages as contact sheets, to be looked at: ``SHEETS=folder pytest tests/experience/sheets.py``.

Three looks at each page: a phone in the dark, a tablet in English, a desk in the light.
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
LOOKS = {"phone": (PHONE, "dark", "zh-hans"), "tablet": (TABLET, "light", "en"), "desk": (DESK, "light", "zh-hans")}
COLUMNS, CELL = 6, (320, 360)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("look", LOOKS)
def test_take(page_of, world, look):
    size, theme, language = LOOKS[look]
    cookies, readers, pictures = cookies_of(world), {}, []
    for row, role in rows_and_roles():
        if role not in readers:
            readers[role] = Reader(page_of(service_workers="block", viewport=size), cookies[role], language)
        page = readers[role].page
        with readers[role].at(row, world) as url:
            if url:
                page.evaluate(THEME, theme)
                picture = Image.open(io.BytesIO(page.screenshot(type="jpeg", quality=70))).convert("RGB")
                picture.thumbnail(CELL)
                pictures.append(picture)
                if len(pictures) == COLUMNS * 4:
                    save(look, pictures)
    save(look, pictures)


def save(look: str, pictures: list[Image.Image]) -> None:
    """One sheet of what has been taken, and begin the next."""
    if not pictures:
        return
    sheet = Image.new("RGB", (CELL[0] * COLUMNS, CELL[1] * (-(-len(pictures) // COLUMNS))), "gray")
    for number, picture in enumerate(pictures):
        sheet.paste(picture, (number % COLUMNS * CELL[0], number // COLUMNS * CELL[1]))
    sheet.save(FOLDER / f"{look}-{len(list(FOLDER.glob(f'{look}-*'))) + 1:02}.jpg", quality=70)
    pictures.clear()

"""Pictures for the guides, taken by tests while they work: only where PICTURES names a folder (`make docs`)."""

import io
import os
import time
from pathlib import Path

from PIL import Image
from playwright.sync_api import Page

FOLDER = os.environ.get("PICTURES")
DESK, PHONE = 960, 440  # pixels in width: enough to read, small enough to keep


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


class Watch:
    """Seconds since it was started, noted by name."""

    def __init__(self) -> None:
        self.started, self.laps = time.monotonic(), {}

    def lap(self, name: str) -> None:
        """Note how far one is."""
        self.laps[name] = round(time.monotonic() - self.started, 1)

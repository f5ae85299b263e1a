"""What is written about the product is true: links lead somewhere, pictures are small, both languages are there."""

import re
from pathlib import Path

import pytest
from django.conf import settings

from tools import model_picture

ROOT = Path(settings.BASE_DIR)
WRITTEN = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *(ROOT / "tests").rglob("*.md")])
MADE = {"data-model.md", *(f"img/model-{package}.svg" for package in model_picture.PACKAGES)}  # by `make docs`
LINK = re.compile(r"(?<!`)\[[^\]]*\]\(([^)\s]+)\)")
HEADING = re.compile(r"^#+ +(.+)$", re.MULTILINE)
PICTURE_BYTES, PICTURES_BYTES = 60_000, 1_000_000


def anchors(path: Path) -> set[str]:
    """How a page's headings are addressed."""
    found = HEADING.findall(path.read_text("utf-8"))
    return {re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-") for heading in found}


@pytest.mark.parametrize("path", WRITTEN, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_links_lead_somewhere(path):
    lost = []
    for link in LINK.findall(path.read_text("utf-8")):
        target, _hash, anchor = link.partition("#")
        if "://" in link or link.startswith("mailto:"):
            continue
        to = (path.parent / target).resolve() if target else path
        if to.is_relative_to(ROOT / "docs") and to.relative_to(ROOT / "docs").as_posix() in MADE:
            continue
        if not to.exists() or (anchor and to.suffix == ".md" and anchor not in anchors(to)):
            lost.append(link)
    assert not lost


def test_every_page_stands_in_the_navigation_of_the_site():
    named = set(re.findall(r": ([\w./-]+\.md)$", (ROOT / "mkdocs.yml").read_text("utf-8"), re.MULTILINE))
    there = {path.relative_to(ROOT / "docs").as_posix() for path in (ROOT / "docs").rglob("*.md")}
    assert named == there | {"data-model.md"}


def test_guides_stand_in_both_languages():
    chinese, english = (
        {path.name for path in (ROOT / "docs" / folder).glob("*.md")} for folder in ("guide", "en/guide")
    )
    assert chinese == english
    for name in chinese:
        assert len(re.findall("[\u4e00-\u9fff]", (ROOT / "docs/guide" / name).read_text("utf-8"))) > 100


def test_pictures_are_small():
    sizes = {path.name: path.stat().st_size for path in (ROOT / "docs" / "img").rglob("*.webp")}
    assert sizes
    assert max(sizes.values()) <= PICTURE_BYTES, sizes
    assert sum(sizes.values()) <= PICTURES_BYTES


def test_the_picture_of_the_model_shows_every_table_and_key():
    for package in model_picture.PACKAGES:
        drawn = model_picture.picture(package)
        for model in model_picture.models_of(package):
            assert f">{model.__name__}</text>" in drawn
            assert drawn.count(f"<title>{model.__name__}.") == len(list(model_picture.arrows(model)))


def test_make_help_explains_every_target():
    text = (ROOT / "Makefile").read_text("utf-8")
    phony = re.search(r"^\.PHONY: (.+)$", text, re.MULTILINE)[1].split()
    explained = set(re.findall(r"^(\w+):.*## \S", text, re.MULTILINE))
    assert set(phony) - explained <= {"vendor"}

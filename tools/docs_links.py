"""A hook of the documentation site: links to files outside docs/ lead to nowhere there, so they become their names."""

import re
from pathlib import Path
from typing import Any

LINK = re.compile(r"(!?)\[([^\]]*)\]\(([^)#\s]+)(#[^)]*)?\)")
DOCS = Path(__file__).resolve().parent.parent / "docs"


def on_page_markdown(markdown: str, page: Any, **_rest: Any) -> str:
    """The page's text; called by MkDocs."""
    here = (DOCS / page.file.src_uri).parent
    return LINK.sub(lambda match: _inside(match, here), markdown)


def _inside(match: re.Match[str], here: Path) -> str:
    target = match[3]
    if "://" in target or (here / target).resolve().is_relative_to(DOCS):
        return match[0]
    return f"`{match[2].strip('`')}`"

"""What changed between two texts, by words: a Chinese character is a word, a run of Latin letters or digits is one."""

import re
from difflib import SequenceMatcher
from typing import NamedTuple

WORD = re.compile(r"[A-Za-z]+|\d+(?:[.,]\d+)*%?|\s+|.", re.DOTALL)


class Piece(NamedTuple):
    """A stretch of text that was kept, added or removed."""

    kind: str  # "same", "added", "removed"
    text: str


def words(text: str) -> list[str]:
    """The text cut into words; joined together they are the text again."""
    return WORD.findall(text)


def pieces(before: str, after: str) -> list[Piece]:
    """The stretches that turn ``before`` into ``after``; what was removed stands before what replaced it."""
    old, new = words(before), words(after)
    found: list[Piece] = []
    for tag, i1, i2, j1, j2 in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if tag == "equal":
            found.append(Piece("same", "".join(old[i1:i2])))
            continue
        if i2 > i1:
            found.append(Piece("removed", "".join(old[i1:i2])))
        if j2 > j1:
            found.append(Piece("added", "".join(new[j1:j2])))
    return found

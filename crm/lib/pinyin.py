"""How a Chinese name is typed: its spelling and initials in pinyin, and the character pairs of a search."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Container, Iterator
from functools import cache, lru_cache

LONGEST_PHRASE = 4  # longer ones are sayings, not names

# What names of shops and branches mean where the dictionary has nothing or something else: 支行, 酒行, 五金行 …
READINGS = {
    "行": "hang",
    "总行": "zong hang",
    "朝阳": "chao yang",
    "重百": "chong bai",
    "单县": "shan xian",
    "厦大": "xia da",
}

# Characters that are read otherwise when they are a family name.
SURNAMES = {
    "单": "shan", "仇": "qiu", "曾": "zeng", "解": "xie", "区": "ou", "查": "zha", "盖": "ge", "朴": "piao",
    "乐": "yue", "翟": "zhai", "缪": "miao", "覃": "qin", "召": "shao", "种": "chong", "员": "yun", "秘": "bi",
    "卜": "bu", "都": "du", "隗": "wei", "乜": "nie", "繁": "po", "能": "nai", "阚": "kan", "佴": "nai", "祭": "zhai",
    "折": "she",
}  # fmt: skip


def spelled(name: str, *, person: bool = False) -> str:
    """The whole name in lower-case ASCII without blanks: 重庆ABC超市 → "chongqingabcchaoshi"; ü is typed v.

    Characters with several readings are read as in the longest known word that they stand in, or, for a person, as
    the family name that they begin with. Signs, and letters that have no ASCII form, are left out.
    """
    return keys(name, person=person)[1]


def initials(name: str, *, person: bool = False) -> str:
    """The first letter of each Chinese character, Latin letters and digits as they are: 重庆ABC超市 → "cqabccs"."""
    return keys(name, person=person)[0]


def keys(name: str, *, person: bool = False) -> tuple[str, str]:
    """Initials and spelling at once."""
    syllables = list(_syllables(name, person))
    return "".join([syllable[0] for syllable in syllables]), "".join(syllables)


def bigrams(text: str) -> list[str]:
    """Pairs of neighbouring characters in lower case, NFKC, each once: the lexemes of the SQL function zf_search."""
    plain = unicodedata.normalize("NFKC", text).lower()
    return list(dict.fromkeys(plain[at : at + 2] for at in range(len(plain) - 1)))


def _syllables(name: str, person: bool) -> Iterator[str]:
    """One item for each Chinese character, and one for each Latin letter or digit."""
    plain = unicodedata.normalize("NFKC", name).strip()
    at = 0
    if person and plain[:1] in SURNAMES:
        yield SURNAMES[plain[0]]
        at = 1
    while at < len(plain):
        piece = plain[at] if plain[at].isascii() else _longest_phrase(plain, at)
        yield from _read(piece)
        at += len(piece)


@cache
def _dictionary() -> tuple[Container[str], Callable[[str], list[str]]]:
    """Known phrases and the reader of one; loaded when first asked for: 40 MB that most processes never need."""
    from pypinyin import lazy_pinyin
    from pypinyin.constants import PHRASES_DICT

    return PHRASES_DICT, lazy_pinyin


def _longest_phrase(plain: str, at: int) -> str:
    phrases, _ = _dictionary()
    for length in range(LONGEST_PHRASE, 1, -1):
        piece = plain[at : at + length]
        if len(piece) == length and (piece in READINGS or piece in phrases):
            return piece
    return plain[at]


@lru_cache(maxsize=1 << 15)
def _read(piece: str) -> tuple[str, ...]:
    if piece.isascii():
        return (piece.lower(),) if piece.isalnum() else ()
    _, read = _dictionary()
    syllables = READINGS[piece].split() if piece in READINGS else map(_ascii, read(piece))
    return tuple(filter(None, syllables))


def _ascii(text: str) -> str:
    """Letters and digits without their accents."""
    bare = unicodedata.normalize("NFKD", text).casefold()
    return "".join(sign for sign in bare if sign.isascii() and sign.isalnum())

"""How a name can be typed: initials and full spelling of its Chinese characters."""

from functools import lru_cache

from pypinyin import Style, lazy_pinyin


@lru_cache(maxsize=20_000)
def _syllable(char: str) -> str:
    return lazy_pinyin(char, style=Style.NORMAL)[0] if not char.isascii() else char.lower()


def spelling(name: str) -> str:
    """Initials, a space, and the spelling: 兴隆超市 → "xlcs xinglongchaoshi"; empty for a name without characters."""
    if name.isascii():
        return ""
    syllables = [_syllable(char) for char in name if char.isalnum()]
    initials = "".join(syllable[0] for syllable in syllables)
    return f"{initials} {''.join(syllables)}"[:250]

"""How a client's name can be typed."""

from crm.lib.pinyin import initials, spelled


def spelling(name: str) -> str:
    """Initials, a space and the spelling: 兴隆超市 → "xlcs xinglongchaoshi"; empty for a name without characters."""
    return "" if name.isascii() else f"{initials(name)} {spelled(name)}"[:250]

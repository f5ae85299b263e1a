"""Text of a cell to the text that PostgreSQL takes for the field, or the reason why not."""

import datetime as dt
import re
import unicodedata
from collections.abc import Callable
from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache
from typing import Any

from django.utils import translation

from clients.models import client as client_models
from crm.lib import periods

Parser = Callable[[str], Any]

NUMBER = re.compile(r"-?(?:\d+|\d{1,3}(?:,\d{3})+)(?:\.\d*)?|-?\.\d+", re.ASCII)
PLAIN_NUMBER = re.compile(r"-?(\d{1,13})(?:\.\d{1,6})?", re.ASCII)
SCIENTIFIC = re.compile(r"\d(\.\d+)?e\+?\d+", re.IGNORECASE)
DATE = re.compile(r"(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*日?(?:[ T]\d{1,2}:\d{2}.*)?")
MONTH = re.compile(r"(\d{4})\s*[-/.年]\s*(\d{1,2})\s*月?(?:\s*[-/.]?\s*\d{1,2}\s*日?(?:[ T]\d{1,2}:\d{2}.*)?)?")
YES = {"1", "y", "yes", "true", "t", "是", "有", "√", "✓"}
NO = {"0", "n", "no", "false", "f", "否", "无", "×"}
FIRST_YEAR = 1990


class Bad(ValueError):
    """A value that cannot be taken: ``reason`` is a key of problems.TEXTS, ``params`` fill it."""

    def __init__(self, reason: str, **params: Any) -> None:
        super().__init__(reason)
        self.reason = reason
        self.params = params


def half_width(text: str) -> str:
    """Full-width digits, letters and punctuation as half-width."""
    return unicodedata.normalize("NFKC", text).strip()


def tidy(text: str) -> str:
    """One line without control characters and doubled spaces."""
    if text.isascii() and text.isprintable() and "  " not in text:
        return text.strip()
    return " ".join("".join(char if char.isprintable() else " " for char in text).split())


def text(longest: int) -> Parser:
    """A short text; too long a one is refused rather than cut."""

    def parse(value: str) -> str:
        value = tidy(value)
        if len(value) > longest:
            raise Bad("too_long", longest=longest)
        return value

    return parse


def code(value: str) -> str:
    """A client code: text without spaces, as typed; a number that a spreadsheet has shortened is refused."""
    if value.isascii() and value.isdigit() and len(value) <= 40:
        return value
    value = half_width(value).lstrip("'")
    if not value.isascii() or " " in value:
        value = "".join(value.split())
    if len(value) > 40:
        raise Bad("too_long", longest=40)
    if SCIENTIFIC.fullmatch(value):
        raise Bad("lost_digits", value=value)
    if not value.isprintable():
        raise Bad("bad_text")
    return value


def identifier(longest: int) -> Parser:
    """A short text that is often all digits, such as an account number; one that has lost digits is refused."""
    plain = text(longest)

    def parse(value: str) -> str:
        found: str = plain(value)
        if SCIENTIFIC.fullmatch(found):
            raise Bad("lost_digits", value=value)
        return found

    return parse


def phone(value: str) -> str:
    """A telephone number as typed."""
    value = tidy(half_width(value))
    if len(value) > 30:
        raise Bad("too_long", longest=30)
    if SCIENTIFIC.fullmatch(value):
        raise Bad("lost_digits", value=value)
    return value


def number(digits: int) -> Parser:
    """A decimal number with up to ``digits`` digits before the point, with or without separators and currency."""

    def parse(value: str) -> str:
        if (plain := PLAIN_NUMBER.fullmatch(value)) and len(plain[1]) < digits:
            return value
        cleaned = half_width(value).replace(" ", "").strip("¥￥$元").replace("−", "-")
        if cleaned.startswith("(") and cleaned.endswith(")"):  # how accountants write a negative
            cleaned = f"-{cleaned[1:-1]}"
        cleaned = cleaned.lstrip("+")
        if not NUMBER.fullmatch(cleaned):
            if SCIENTIFIC.fullmatch(cleaned.lstrip("-")):
                raise Bad("lost_digits", value=value)
            raise Bad("not_number", value=value)
        cleaned = cleaned.replace(",", "")
        if abs(Decimal(cleaned)).to_integral_value(ROUND_HALF_UP) >= 10**digits:  # as the column would round it
            raise Bad("number_too_big", value=value)
        return cleaned

    return parse


def not_negative(digits: int) -> Parser:
    """The same for what cannot be below zero."""
    plain = number(digits)

    def parse(value: str) -> str:
        found: str = plain(value)
        if found.startswith("-"):
            raise Bad("below_zero", value=value)
        return found

    return parse


def coordinate(value: str) -> float:
    """Decimal degrees; the range is judged together with the partner, so any number passes."""
    cleaned = half_width(value).rstrip("°")
    try:
        found = float(cleaned)
    except ValueError:
        raise Bad("not_coordinate", value=value) from None
    if not -1e6 < found < 1e6:  # also refuses nan
        raise Bad("not_coordinate", value=value)
    return found


@lru_cache(maxsize=4096)
def date(value: str) -> str:
    """A day: 2015-03-31, 2015/3/31, 2015.3.31, 20150331 or 2015年3月31日."""
    cleaned = half_width(value)
    if re.fullmatch(r"\d{8}", cleaned):
        parts: tuple[str, ...] = (cleaned[:4], cleaned[4:6], cleaned[6:])
    elif match := DATE.fullmatch(cleaned):
        parts = match.groups()
    else:
        raise Bad("not_date", value=value)
    try:
        return dt.date(*map(int, parts)).isoformat()
    except ValueError:
        raise Bad("no_such_date", value=value) from None


def past_date(value: str) -> str:
    """A day that is not in the future."""
    found = date(value)
    if not "1900-01-01" <= found <= periods.today().isoformat():
        raise Bad("date_out_of_range", value=value)
    return found


def near_date(value: str) -> str:
    """A day within the lives of those who read it: from 1900 to a hundred years ahead."""
    found = date(value)
    if not "1900-01-01" <= found <= f"{periods.today().year + 100}-12-31":
        raise Bad("date_impossible", value=value)
    return found


def month(value: str) -> str:
    """The first day of a month: 2015-03, 2015/3, 201503, 2015年3月, or any day in it."""
    return _month(value, periods.today())


@lru_cache(maxsize=4096)
def _month(value: str, today: dt.date) -> str:
    cleaned = half_width(value)
    if re.fullmatch(r"\d{4}\.1", cleaned):  # 2015.10 as a number in a spreadsheet loses its zero
        raise Bad("month_unclear", value=value, year=cleaned[:4])
    if re.fullmatch(r"\d{6}", cleaned):
        cleaned = f"{cleaned[:4]}-{cleaned[4:]}"
    elif re.fullmatch(r"\d{8}", cleaned):
        cleaned = f"{cleaned[:4]}-{cleaned[4:6]}-{cleaned[6:]}"
    match = MONTH.fullmatch(cleaned)
    if not match:
        raise Bad("not_month", value=value)
    if DATE.fullmatch(cleaned):
        date(cleaned)  # a day that does not exist is a slip in the file
    try:
        found = dt.date(int(match[1]), int(match[2]), 1)
    except ValueError:
        raise Bad("not_month", value=value) from None
    if not found.year >= FIRST_YEAR or found > today:
        raise Bad("month_out_of_range", value=value)
    return found.isoformat()


def yes_no(value: str) -> str:
    """A switch in words."""
    word = half_width(value).lower()
    if word in YES:
        return "true"
    if word in NO:
        return "false"
    raise Bad("not_yes_no", value=value)


def attribute(kind: str, choices: tuple[str, ...]) -> Parser:
    """The parser of an organisation's own attribute; its values are those that JSON keeps."""
    plain_number, plain_text = number(15), text(200)

    def parse(value: str) -> Any:
        match kind:
            case "number":
                found = float(plain_number(value))
                return int(found) if found.is_integer() else found
            case "date":
                return date(value)
            case "yes_no":
                return yes_no(value) == "true"
            case "choice":
                if (chosen := tidy(value)) not in choices:
                    raise Bad("not_choice", value=value, choices=", ".join(choices))
                return chosen
        return plain_text(value)

    return parse


class Choice:
    """One of a model's choices, by code or by its label in English or Chinese."""

    EXTRA = {
        "BusinessFormat": {
            "便利": "convenience", "便利店": "convenience", "超市": "supermarket", "食杂": "food", "食杂店": "food",
            "烟酒店": "specialist", "烟酒商店": "specialist", "商场": "mall", "娱乐": "entertainment",
            "娱乐服务": "entertainment", "宾馆": "hotel", "酒店": "hotel", "其他": "other", "其它": "other",
        },
        "Market": {"城镇": "urban", "城区": "urban", "城市": "urban", "乡村": "rural", "农村": "rural"},
        "Kind": {"零售户": "shop", "对公": "company", "对公客户": "company", "个人": "person", "个人客户": "person"},
        "Scale": {"大": "large", "中": "medium", "小": "small"},
    }  # fmt: skip

    def __init__(self, name: str, module: Any = client_models) -> None:
        self.name, self.module = name, module
        self.words: dict[str, str] = {}

    def _load(self) -> None:
        choices = getattr(self.module, self.name)
        words = dict(self.EXTRA.get(self.name, {}))
        for value in choices.values:
            words[value] = value
            for language in ("en", "zh-hans"):
                with translation.override(language):
                    words[str(choices(value).label).lower()] = value
        self.words = words

    def __call__(self, value: str) -> str:
        if not self.words:
            self._load()
        found = self.words.get(half_width(value).lower())
        if found is None:
            labels = ", ".join(str(label) for label in getattr(self.module, self.name).labels)
            raise Bad("not_choice", value=value, choices=labels)
        return found

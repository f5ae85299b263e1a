"""Template tags and filters of every page; a builtin, so no page loads them."""

import datetime as dt
from collections.abc import Iterable, Mapping
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from typing import Any

from django import template
from django.template.loader import render_to_string
from django.templatetags.static import static
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language, ngettext, pgettext, pgettext_lazy
from django.utils.translation import gettext as _

from crm.lib import masking, periods
from crm.lib.charts import table_of
from crm.lib.geo import distance_text

register = template.Library()

NOTHING = "—"
LONG_HOURS = 10  # from here on nobody asks for the minutes
MINUS = "\u2212"
TONES = {"neutral", "info", "success", "warning", "danger", "brand"}
CHART_SIZES = {"sm", "md", "lg", "xl"}


# --- Icons and badges -------------------------------------------------------------------------------------------


@register.simple_tag
def icon(name: str, css: str = "", label: str = "") -> SafeString:
    """A Tabler icon by name; decoration unless it has a label. A filled one is named ``star-filled``."""
    return _icon(name, css, str(label))


@lru_cache(1000)  # some sixty stand on a page
def _icon(name: str, css: str, label: str) -> SafeString:
    href = f"{static('vendor/icons.svg')}#{name}"
    classes = f"icon {css}".strip()
    if label:
        return format_html(
            '<svg class="{}" role="img" aria-label="{}"><use href="{}"></use></svg>', classes, label, href
        )
    return format_html('<svg class="{}" aria-hidden="true"><use href="{}"></use></svg>', classes, href)


@register.simple_tag
def tier_badge(tier: Any) -> SafeString:
    """Badge of a client's tier: its code, or an object with ``code`` and perhaps ``name``. Empty: not tiered yet."""
    code = str(getattr(tier, "code", tier) or "")
    if not code:
        return format_html('<span class="zf-tier" data-tier="">{}</span>', pgettext("tier", "Untiered"))
    return _tier_badge(code, getattr(tier, "name", "") or _("Tier %(code)s") % {"code": code})


@lru_cache(200)  # up to fifty stand on a page
def _tier_badge(code: str, title: str) -> SafeString:
    return format_html(
        '<span class="zf-tier" data-tier="{}" title="{}"><span class="visually-hidden">{}</span>'
        '<span aria-hidden="true">{}</span></span>',
        code.upper(),
        title,
        title,
        code,
    )


GRADES = {
    "excellent": pgettext_lazy("grade", "Excellent"),
    "good": pgettext_lazy("grade", "Good"),
    "fair": pgettext_lazy("grade", "Fair"),
    "fail": pgettext_lazy("grade", "Below standard"),
}


def grade_name(grade: str) -> str:
    """Name of a result's grade: 优 / 良 / 中 / 未达标."""
    return str(GRADES.get(grade, ""))


@register.simple_tag
def grade_badge(grade: str | None) -> SafeString:
    """Badge of a result's grade: excellent, good, fair or fail; empty while there is none."""
    return named_grade(str(grade or ""), grade_name(str(grade or "")))


@lru_cache(200)  # a board has hundreds
def named_grade(grade: str, name: str) -> SafeString:
    """Badge of a grade by the name that it has somewhere; without a name it is empty."""
    return format_html('<span class="zf-grade" data-grade="{}">{}</span>', grade if name else "", name or NOTHING)


@register.simple_tag
def state_badge(text: str, tone: str = "neutral") -> SafeString:
    """Badge of a state in words. Tones: neutral, info, success, warning, danger, brand."""
    if tone not in TONES:
        raise template.TemplateSyntaxError(f"state_badge: no tone {tone!r}, there are {', '.join(sorted(TONES))}")
    return format_html('<span class="zf-state" data-tone="{}">{}</span>', tone, text)


# --- Addresses --------------------------------------------------------------------------------------------------


@register.simple_tag(takes_context=True)
def qs(context: template.Context, **changes: Any) -> str:
    """The page's query string with changes; None, False or an empty text takes a key away."""
    query = context["request"].GET.copy()
    for key, value in changes.items():
        if value is None or value is False or value == "":
            query.pop(key, None)
        elif isinstance(value, (list, tuple, set)):
            query.setlist(key, [str(item) for item in value])
        else:
            query[key] = str(value)
    return f"?{query.urlencode()}"


# --- Numbers ----------------------------------------------------------------------------------------------------


def _decimal(value: Any) -> Decimal | None:
    if value is None or value == "":
        return None
    try:
        number = value if isinstance(value, Decimal) else Decimal(str(value))
    except InvalidOperation:
        return None
    return number if number.is_finite() else None


def _signed(number: Decimal, text: str) -> str:
    """Text of the absolute number with the sign in front, a true minus as wide as the plus."""
    return f"{MINUS}{text}" if number < 0 else text


def _rounded(number: Decimal, places: int) -> Decimal:
    """Rounded as shown, so that no "−0.0" appears."""
    return round(number, places) + 0


def _grouped(number: Decimal, places: int) -> str:
    """Digits in groups of three, as Chinese and English accounts both write them."""
    return f"{number:,.{places}f}"


@register.filter
def grouped(value: Any, places: int = 0) -> str:
    """A number with thousands separators: ``12,345``; a dash for nothing."""
    number = _decimal(value)
    if number is None:
        return NOTHING
    number = _rounded(number, int(places))
    return _signed(number, _grouped(abs(number), int(places)))


@register.filter
def money(value: Any, places: int = 2) -> str:
    """Yuan with thousands separators: ``¥1,234.50``; a dash for nothing."""
    number = _decimal(value)
    if number is None:
        return NOTHING
    number = _rounded(number, int(places))
    return _signed(number, f"¥{_grouped(abs(number), int(places))}")


@register.filter
def short_money(value: Any) -> str:
    """Yuan in the reader's large units: ``¥12.3万``, ``¥1.05亿``, in English ``¥123.0k``, ``¥1.05m``."""
    number = _decimal(value)
    if number is None:
        return NOTHING
    chinese = (get_language() or "").startswith("zh")
    steps = ((10**8, 2, "亿"), (10**4, 1, "万")) if chinese else ((10**6, 2, "m"), (10**3, 1, "k"))
    for size, places, unit in steps:
        if abs(number) >= size:
            return _signed(number, f"¥{_grouped(abs(number) / size, places)}{unit}")
    return money(number, 0)


@register.filter
def percent(value: Any, places: int = 1) -> str:
    """A share (0.123) as ``12.3%``; a dash for nothing."""
    number = _decimal(value)
    if number is None:
        return NOTHING
    number = _rounded(number * 100, int(places))
    return _signed(number, f"{_grouped(abs(number), int(places))}%")


@register.filter
def signed_percent(value: Any, places: int = 1) -> str:
    """A change (0.123) with its sign: ``+12.3%``, ``−4.0%``, ``0.0%``; a dash for nothing."""
    number = _decimal(value)
    if number is None:
        return NOTHING
    text = percent(number, places)
    return f"+{text}" if _rounded(number * 100, int(places)) > 0 else text


@register.filter
def signed(value: Any, places: int = 1) -> str:
    """A difference with its sign: ``+1.6``, ``−3.0``, ``0.0``; a dash for nothing."""
    number = _decimal(value)
    if number is None:
        return NOTHING
    number = _rounded(number, int(places))
    text = _signed(number, _grouped(abs(number), int(places)))
    return f"+{text}" if number > 0 else text


# --- Times ------------------------------------------------------------------------------------------------------


@register.filter
def moment(value: Any, place: str = "") -> str:
    """A time as people say it: ``Today 14:32``, ``Yesterday``, ``Oct 3 09:10``; with the year if not this one.

    Within a sentence, ``place`` is "inline": ``today 14:32``.
    """
    if not isinstance(value, dt.date):
        return NOTHING
    clock, day = "", value
    if isinstance(value, dt.datetime):
        local = periods.shown(value)
        clock, day = f" {date_format(local, 'H:i')}", local.date()
    today = periods.shown(periods.now()).date() if clock else periods.today()
    days = (today - day).days
    if place == "inline":
        names = {0: pgettext("day", "today"), 1: pgettext("day", "yesterday"), -1: pgettext("day", "tomorrow")}
    else:
        names = {0: pgettext("day", "Today"), 1: pgettext("day", "Yesterday"), -1: pgettext("day", "Tomorrow")}
    style = "MONTH_DAY_FORMAT" if day.year == today.year else "SHORT_DATE_FORMAT"
    return (names.get(days) or date_format(day, style)) + clock


@register.filter
def distance(metres: Any) -> str:
    """A distance as one says it: ``350 m``, ``1.2 km``; a dash for nothing."""
    number = _decimal(metres)
    return NOTHING if number is None else distance_text(float(number))


@register.filter
def duration(seconds: Any) -> str:
    """A length of time: ``40 seconds``, ``85 minutes``, ``2 h 25 min``, from ten hours on ``12 hours``; a dash."""
    number = _decimal(seconds)
    if number is None:
        return NOTHING
    whole = int(number)
    if whole < 60:
        return ngettext("%(n)d second", "%(n)d seconds", whole) % {"n": whole}
    if whole < 5400:
        minutes = round(whole / 60)
        return ngettext("%(n)d minute", "%(n)d minutes", minutes) % {"n": minutes}
    hours, minutes = divmod(round(whole / 60), 60)
    if minutes and hours < LONG_HOURS:
        return _("%(hours)d h %(minutes)d min") % {"hours": hours, "minutes": minutes}
    hours = round(whole / 3600)
    return ngettext("%(n)d hour", "%(n)d hours", hours) % {"n": hours}


# --- Blocks -----------------------------------------------------------------------------------------------------


@register.simple_tag
def empty_state(icon: str, title: str, text: str = "", url: str = "", label: str = "") -> SafeString:
    """What stands where a list is empty: why, and what to do next."""
    values = {"icon": icon, "title": title, "text": text, "url": url, "label": label}
    return render_to_string("parts/empty_state.html", values)


@register.simple_tag
def progress(done: Any, total: Any, label: str = "", unit: str = "") -> SafeString:
    """A bar with "done/total" in words beside it; without a total, the words alone."""
    shown = f"{done}/{total}{unit}"
    label = label or _("%(done)s of %(total)s done") % {"done": done, "total": total}
    amount = _decimal(total) or Decimal(0)
    if amount <= 0:
        return format_html('<span class="zf-meter"><span class="zf-num">{}</span></span>', shown)
    full = (_decimal(done) or Decimal(0)) >= amount
    return format_html(
        '<span class="zf-meter"{}><progress max="{}" value="{}" aria-label="{}"></progress>'
        '<span class="zf-num">{}</span></span>',
        SafeString(' data-full=""') if full else "",
        total,
        done,
        label,
        shown,
    )


@register.simple_tag
def chart(
    name: str,
    option: Mapping[str, Any],
    title: str,
    size: str = "md",
    head: Iterable[Any] | None = None,
    rows: Iterable[Iterable[Any]] | None = None,
    note: str = "",
) -> SafeString:
    """
    A chart with a question as its title, its numbers as a table, and downloads.

    ``option`` is an ECharts option; colours may be written ``var(--zf-…)``. The table comes from the option unless
    ``head`` and ``rows`` are given. Sizes: sm, md, lg, xl. The name is the element's id, unique on the page.
    """
    if size not in CHART_SIZES:
        raise template.TemplateSyntaxError(f"chart: no size {size!r}, there are {', '.join(sorted(CHART_SIZES))}")
    if rows is None:
        head, rows = table_of(option)
    values = {
        "name": name,
        "data_name": f"{name}-data",
        "option": option,
        "title": title,
        "size": size,
        "head": list(head or []),
        "rows": [list(row) for row in rows],
        "note": note,
    }
    return render_to_string("parts/chart.html", values)


# --- Personal numbers -------------------------------------------------------------------------------------------


@register.simple_tag(takes_context=True)
def phone(context: Mapping[str, Any], number: str) -> str:
    """A phone number as the reader may see it."""
    return masking.phone(number or "", context["request"].user)


@register.simple_tag(takes_context=True)
def tel(context: Mapping[str, Any], number: str) -> SafeString | str:
    """``href="tel:…"`` for those who call clients; nothing for the rest, so that the link is none."""
    return format_html('href="tel:{}"', number) if masking.needs_phones(context["request"].user) else ""


@register.filter
def numbers(value: Any) -> Any:
    """Text with the middle of identity and account numbers hidden."""
    return masking.numbers(value)


@register.filter
def hushed(value: Any, user: Any) -> Any:
    """Text that may be or hold any personal number, as the person may see it."""
    if not isinstance(value, str):
        return value
    return masking.numbers(value) if masking.needs_phones(user) else masking.everything(value)

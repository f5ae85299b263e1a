"""Which festival comes next, and how the months of the tobacco trade differ."""

import datetime as dt
from functools import lru_cache

import holidays

from crm.lib import periods

FESTIVALS = {
    "元旦": "元旦",
    "春节": "春节",
    "清明节": "清明",
    "劳动节": "五一",
    "端午节": "端午",
    "中秋节": "中秋",
    "国庆节": "国庆",
}

# Sales of an ordinary month against the year's mean, without the Spring Festival.
ORDINARY = (0.96, 0.92, 0.93, 0.96, 1.0, 0.97, 0.98, 1.03, 1.05, 1.02, 1.0, 1.06)
STOCKING_DAYS = 30  # shops stock up this long before the Spring Festival
PEAK = 0.62  # what a whole month of stocking adds


@lru_cache
def _festivals(year: int) -> dict[str, dt.date]:
    """The first day of each festival of a year."""
    first: dict[str, dt.date] = {}
    for day, text in sorted(holidays.country_holidays("CN", years=year, language="zh_CN").items()):
        for name in text.split("；"):
            if name in FESTIVALS:
                first.setdefault(FESTIVALS[name], day)
    return first


def next_festival(day: dt.date) -> str:
    """The name of the first festival after a day."""
    coming = [
        (date, name) for year in (day.year, day.year + 1) for name, date in _festivals(year).items() if date > day
    ]
    return min(coming)[1]


def tobacco_season(month: dt.date) -> float:
    """A month's sales against the year's mean; the stocking before the Spring Festival moves with the moon."""
    festival = _festivals(month.year)["春节"]
    start, end = festival - dt.timedelta(days=STOCKING_DAYS), festival - dt.timedelta(days=1)
    days = (min(end, periods.last_day(month)) - max(start, month)).days + 1
    peak = PEAK * max(0, days) / STOCKING_DAYS
    # Whoever is stocked for the feast orders little in the fortnight after it.
    after = (min(festival + dt.timedelta(days=15), periods.last_day(month)) - max(festival, month)).days + 1
    return ORDINARY[month.month - 1] + peak - 0.2 * max(0, after) / 16

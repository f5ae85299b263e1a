"""Week summaries and month reports begin with what the journals below them say, and with figures."""

import datetime as dt
import re
from collections.abc import Sequence
from typing import Any

from django.db.models import Avg, Count, F, Q, Sum
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from crm.lib import periods
from crm.lib.periods import Period
from journals.models import Journal, JournalKind, JournalVersion
from people.models import Task, User
from visits.models import Mode, Visit

SAYS_SOMETHING = 4  # characters; “None.” and “As usual.” in Chinese are shorter
TAKEN = 12  # lines of one section that are carried upwards
SENTENCE_END = re.compile(r"(?<=[。！？!?；;])|\n")


def below(author: User, period: Period) -> list[Journal]:
    """The journals that a longer one is made from: week summaries for a month where there are any, else days."""
    found = (
        Journal.objects.handed_in()
        .filter(author=author, day__gte=period.start, day__lte=period.end)
        .exclude(kind=JournalKind.MONTH)
        .order_by("day")
    )
    weeks = [journal for journal in found if journal.kind == JournalKind.WEEK]
    if period.kind == periods.MONTH and weeks:
        return weeks
    return [journal for journal in found if journal.kind == JournalKind.DAY]


def latest_texts(journals: Sequence[Journal]) -> dict[int, dict[str, str]]:
    """Journal id → the texts of its newest version."""
    versions = (
        JournalVersion.objects.filter(journal__in=journals).order_by("journal_id", "-number").distinct("journal_id")
    )
    return {version.journal_id: version.sections for version in versions}


def first_sentence(text: str) -> str:
    """The first sentence, at most 60 characters."""
    sentence = next((part.strip() for part in SENTENCE_END.split(text) if part and part.strip()), "")
    return sentence if len(sentence) <= 60 else f"{sentence[:59]}…"


def carried(texts: Sequence[str]) -> str:
    """Sections of several journals as one text: a line each, without repetitions and without empty words."""
    lines: list[str] = []
    for text in texts:
        for line in text.splitlines():
            line = line.strip()
            if len(line) >= SAYS_SOMETHING and line not in lines:
                lines.append(line)
    return "\n".join(lines[:TAKEN])


def prefill(author: User, period: Period) -> dict[str, str]:
    """The texts that a week summary or month report begins with."""
    journals = below(author, period)
    texts = latest_texts(journals)
    columns = {code: [texts.get(journal.pk, {}).get(code, "") for journal in journals] for code in COLUMNS}
    found = {code: carried(column) for code, column in columns.items()}
    sentences = [first_sentence(texts.get(journal.pk, {}).get("summary", "")) for journal in journals]
    found["summary"] = carried([summary_of(figures(author, period)), *sentences])
    return {code: text for code, text in found.items() if text}


COLUMNS = ("market", "problems", "suggestions")


def figures(author: User, period: Period) -> dict[str, int]:
    """What the span adds up to: visits, clients seen, calls, minutes with clients, tasks done, journals and marks."""
    visits = Visit.objects.filter(manager=author).between(period.start, period.end)
    on_site = Q(mode=Mode.ON_SITE)
    found = visits.order_by().aggregate(
        visits=Count("pk", filter=on_site),
        clients=Count("client", filter=on_site, distinct=True),
        calls=Count("pk", filter=~on_site),
        minutes=Sum("minutes", filter=on_site, default=0),
    )
    start, end = periods.start_of(period.start), periods.start_of(period.end + dt.timedelta(days=1))
    found["tasks"] = Task.objects.filter(owner=author, done_at__gte=start, done_at__lt=end).count()
    days = Journal.objects.handed_in().filter(
        author=author, kind=JournalKind.DAY, day__gte=period.start, day__lte=period.end
    )
    found |= days.order_by().aggregate(
        journals=Count("pk", distinct=True), on_time=Count("pk", filter=Q(submitted_at__lte=F("due_at")), distinct=True)
    )
    found |= days.order_by().aggregate(mark=Avg("reviews__mark"))
    return found


def summary_of(found: dict[str, Any]) -> str:
    """The figures in one sentence, empty when nothing was done."""
    if not (found["visits"] or found["calls"]):
        return ""
    return _("%(visits)d visits to %(clients)d clients, %(calls)d calls and messages, %(tasks)d tasks done.") % found


def facts(author: User, period: Period) -> list[dict[str, Any]]:
    """Figures against the span before, a chart of the days, and the journals below."""
    now, before = figures(author, period), figures(author, period.previous)
    found = [figures_fact(now, before, period), chart_fact(author, period), below_fact(author, period, now)]
    return [fact for fact in found if fact]


def figures_fact(now: dict[str, Any], before: dict[str, Any], period: Period) -> dict[str, Any] | None:
    """The figures, each with that of the span before."""
    labels = {
        "visits": _("Visits on site"),
        "clients": _("Clients seen"),
        "calls": _("Calls and messages"),
        "minutes": _("Minutes with clients"),
        "tasks": _("Tasks done"),
    }
    if not any(now[key] or before[key] for key in labels):
        return None
    earlier = _("last month %(n)d") if period.kind == periods.MONTH else _("last week %(n)d")
    lines = [{"text": f"{label} {now[key]} ({earlier % {'n': before[key]}})"} for key, label in labels.items()]
    return {"title": _("Figures"), "lines": lines}


def chart_fact(author: User, period: Period) -> dict[str, Any] | None:
    """Visits and calls by day, for a chart."""
    rows = (
        Visit.objects.filter(manager=author)
        .between(period.start, period.end)
        .order_by("day")
        .values("day")
        .annotate(visits=Count("pk", filter=Q(mode=Mode.ON_SITE)), calls=Count("pk", filter=~Q(mode=Mode.ON_SITE)))
    )
    days = [{"day": date_format(row["day"], "m-d"), "visits": row["visits"], "calls": row["calls"]} for row in rows]
    return {"title": _("How many visits on which day?"), "lines": [], "days": days} if days else None


def below_fact(author: User, period: Period, now: dict[str, Any]) -> dict[str, Any] | None:
    """The journals below, each with its first sentence."""
    journals = below(author, period)
    if not journals:
        return None
    texts = latest_texts(journals)
    title = ngettext("%(n)d day journal", "%(n)d day journals", now["journals"]) % {"n": now["journals"]}
    title += _(", %(n)d on time") % {"n": now["on_time"]}
    if now["mark"] is not None:
        title += _(", mean mark %(mark).1f") % {"mark": now["mark"]}
    lines = [
        {
            "when": journal.span_text,
            "text": first_sentence(texts.get(journal.pk, {}).get("summary", "")),
            "url": reverse("journals:detail", args=[journal.pk]),
        }
        for journal in journals
    ]
    return {"title": title, "lines": lines}


def with_charts(found: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Facts made ready for a page: those with days get a chart."""
    return [
        {**fact, "chart": {"name": f"fact-{number}", "option": bars(fact["days"])}} if fact.get("days") else fact
        for number, fact in enumerate(found)
    ]


def bars(days: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Stacked bars of visits and calls by day."""
    series = (("visits", _("Visits on site"), "1"), ("calls", _("Calls and messages"), "2"))
    return {
        "xAxis": {"type": "category", "data": [day["day"] for day in days]},
        "yAxis": {"type": "value", "minInterval": 1},
        "series": [
            {
                "type": "bar",
                "stack": "contacts",
                "name": name,
                "data": [day[key] for day in days],
                "itemStyle": {"color": f"var(--zf-chart-{colour})"},
            }
            for key, name, colour in series
        ],
    }

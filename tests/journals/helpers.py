"""Journals for tests: written by somebody on a day, handed in, reviewed."""

import datetime as dt

from crm.lib import periods
from journals import services
from journals.models import Journal
from visits.models import Visit

TEXTS = {
    "summary": "走访 8 户，东街两户缺货。",
    "market": "云烟软珍动销快，单包 23 元。",
    "problems": "兴隆便利店价签旧。",
    "suggestions": "统一发新价签。",
    "plan": "明天走西街。",
}
DAY = dt.date(2026, 11, 19)  # a Thursday


def handed_in(author, day=DAY, kind="day", texts=TEXTS, at=None) -> Journal:
    """A submitted journal, by default in time."""
    journal = services.open_journal(author, kind, day)
    if journal.state in ("draft", "returned"):
        services.submit(journal, texts, at=at or min(periods.now(), journal.due_at - dt.timedelta(hours=1)))
    journal.refresh_from_db()
    return journal


def visit(manager, client, day=DAY, hour=9, minutes=20, **fields) -> Visit:
    """A visit on site."""
    start = periods.at(day, hour)
    return Visit.objects.create(
        organisation_id=manager.organisation_id,
        client=client,
        manager=manager,
        day=day,
        checked_in_at=start,
        checked_out_at=start + dt.timedelta(minutes=minutes),
        minutes=minutes,
        **fields,
    )

"""The review desk: what waits for a supervisor, in boxes, and what stands beside a journal."""

import datetime as dt
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Exists, F, IntegerField, OuterRef, Q, QuerySet, Subquery
from django.utils.translation import gettext_lazy as _

from crm.lib import periods
from journals.models import Draw, Journal, JournalKind, Review, SampledJournal
from journals.rules import Rules
from people.models import User
from visits import flags
from visits.models import Mode, TraceFlag, Visit

SHOWN = 100  # journals of a box on one page
LINE = ("kind", "day", "submitted_at", "due_at", "author__name")  # what a line of the box shows
BOXES = {
    "unread": _("To review"),
    "sample": _("Sample"),
    "overdue": _("Overdue"),
    "again": _("Resubmitted"),
    "late": _("Submitted late"),
}


def counted(rows: Any, per: str, what: str = "pk") -> Subquery:
    """How many of the rows, or different ``what`` in them, there are for a journal; ``per`` is what they share."""
    found = rows.order_by().values(per).annotate(n=Count(what, distinct=what != "pk"))
    return Subquery(found.values("n")[:1], output_field=IntegerField())


def with_figures(journals: QuerySet[Journal]) -> QuerySet[Journal]:
    """Journals of days with figures of their author's day.

    ``visit_count`` clients visited on site, ``contact_count`` calls and messages, ``flag_count`` doubts to be judged.
    """
    visits = Visit.objects.filter(manager=OuterRef("author"), day=OuterRef("day"))
    on_site = visits.filter(mode=Mode.ON_SITE)
    doubts = TraceFlag.objects.filter(
        visit__manager=OuterRef("author"), visit__day=OuterRef("day"), state=TraceFlag.State.OPEN
    )
    return journals.annotate(
        visit_count=counted(on_site, "manager", "client"),
        contact_count=counted(visits.exclude(mode=Mode.ON_SITE), "manager"),
        flag_count=counted(doubts, "visit__manager"),
    )


@dataclass
class Desk:
    """One box of a supervisor's inbox with the counts of all."""

    box: str
    journals: list[Any]
    counts: dict[str, int]
    done_today: int
    soon: int  # wait and are not overdue yet
    sample: dict[str, Any] | None  # the latest draw with "drawn" and "read"
    current: int = -1  # position of the open journal in the box

    def neighbour(self, step: int) -> int | None:
        """The id of the journal ``step`` places on, if there is one."""
        place = self.current + step if self.current >= 0 else 0
        return self.journals[place].pk if 0 <= place < len(self.journals) else None


def overdue_before(rules: Rules) -> dt.datetime:
    """Journals handed in before this moment should have been reviewed by now."""
    return periods.now() - dt.timedelta(hours=rules.review_hours)


def conditions_of(rules: Rules) -> dict[str, Q]:
    """What puts a waiting journal into each box."""
    return {
        "unread": Q(),
        "sample": Q(in_sample=True),
        "overdue": Q(handed_in_at__lt=overdue_before(rules)),
        "again": Q(number__gt=1),
        "late": Q(submitted_at__gt=F("due_at")),
    }


def inbox_of(user: User) -> QuerySet[Journal]:
    """What waits for a supervisor, with ``in_sample``."""
    sampled = SampledJournal.objects.filter(journal=OuterRef("pk"), draw__level=Draw.Level.FIRST)
    return Journal.objects.inbox_of(user).annotate(in_sample=Exists(sampled))


def counts_of(user: User, rules: Rules) -> dict[str, int]:
    """How many journals wait in each box: one query."""
    columns = {
        name: Count("pk", filter=condition) if condition else Count("pk")
        for name, condition in conditions_of(rules).items()
    }
    return inbox_of(user).order_by().aggregate(**columns)


def desk_of(user: User, box: str, rules: Rules, current: int | None = None) -> Desk:
    """The supervisor's desk with a box open."""
    box = box if box in BOXES else "unread"
    inbox = inbox_of(user).filter(conditions_of(rules)[box])
    rows = list(with_figures(inbox.select_related("author").only(*LINE))[:SHOWN])
    done = Review.objects.filter(reviewer=user, created_at__gte=periods.start_of(periods.today())).count()
    ids = [row.pk for row in rows]
    counts = counts_of(user, rules)
    soon = counts["unread"] - counts["overdue"]
    return Desk(box, rows, counts, done, soon, latest_sample(user), ids.index(current) if current in ids else -1)


def latest_sample(user: User) -> dict[str, Any] | None:
    """The latest draw of the supervisor's own unit with how many journals were ``drawn`` and ``read``."""
    reviewed = Review.objects.filter(journal=OuterRef("items__journal"))
    found = (
        Draw.objects.filter(unit=user.unit_id, level=Draw.Level.FIRST)
        .order_by("-week")
        .annotate(drawn=Count("items"), read=Count("items", filter=Exists(reviewed)))
        .first()
    )
    return {"pk": found.pk, "week": found.period, "drawn": found.drawn, "read": found.read} if found else None


def visits_of(journal: Journal) -> list[Visit]:
    """The visits of a journal's day in order, each with ``doubts``: its flags with their reasons in words."""
    if journal.kind != JournalKind.DAY:
        return []
    rows = (
        Visit.objects.filter(manager=journal.author_id, day=journal.day)
        .select_related("client", "client__standing")
        .prefetch_related("flags")
        .order_by("checked_in_at")
    )
    found = list(rows)
    for visit in found:
        visit.doubts = [(flag, flags.reason(flag.kind, flag.figures)) for flag in visit.flags.all()]
        visit.is_on_site = visit.mode == Mode.ON_SITE
    return found

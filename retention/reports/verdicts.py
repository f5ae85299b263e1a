"""What became of alerts in a span of days: saved rate, false alarms, time to act."""

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import Aggregate, Count, DurationField, ExpressionWrapper, F, OuterRef, Q, Subquery, Sum
from django.db.models.functions import TruncDate
from django.utils import timezone

from clients.models import Ownership
from crm.lib import periods


class Median(Aggregate):
    """The middle value; rows without one don't count."""

    name = "Median"
    template = "percentile_cont(0.5) WITHIN GROUP (ORDER BY %(expressions)s)"
    output_field = DurationField()

    def __init__(self, expression: Any, filter: Any = None) -> None:
        super().__init__(expression, filter=filter)


@dataclass(frozen=True)
class Verdicts:
    """Counts of one group in one span. Rates are shares, None where nothing was judged."""

    raised: int
    acted: int
    kept: int
    lost: int
    dismissed: int
    cleared: int
    value_kept: Decimal
    value_lost: Decimal
    days: float | None  # median from the day of raising to the first act

    @property
    def saved_rate(self) -> Decimal | None:
        """Kept ÷ (kept + lost)."""
        return _share(self.kept, self.kept + self.lost)

    @property
    def false_rate(self) -> Decimal | None:
        """Dismissed ÷ all that people closed."""
        return _share(self.dismissed, self.kept + self.lost + self.dismissed)


def _share(part: int, whole: int) -> Decimal | None:
    return Decimal(part) / whole if whole else None


def aggregates(period: periods.Period) -> dict[str, Any]:
    """Columns of ``Verdicts`` as aggregates: raised in the span, acted upon in it, closed in it."""
    start = periods.start_of(period.start)
    end = periods.start_of(period.end + dt.timedelta(days=1))
    closed, acted = Q(closed_at__gte=start, closed_at__lt=end), Q(acted_at__gte=start, acted_at__lt=end)
    span = ExpressionWrapper(
        TruncDate("acted_at", tzinfo=timezone.get_default_timezone()) - F("raised_on"), output_field=DurationField()
    )
    return {
        "raised": Count("pk", filter=Q(raised_on__range=(period.start, period.end))),
        "acted": Count("pk", filter=acted),
        "kept": Count("pk", filter=closed & Q(state="kept")),
        "lost": Count("pk", filter=closed & Q(state="lost")),
        "dismissed": Count("pk", filter=closed & Q(state="dismissed")),
        "cleared": Count("pk", filter=closed & Q(state="cleared")),
        "value_kept": Sum("value_at_risk", filter=closed & Q(state="kept"), default=Decimal(0)),
        "value_lost": Sum("value_at_risk", filter=closed & Q(state="lost"), default=Decimal(0)),
        "days": Median(span, filter=acted),
    }


def verdicts(row: dict[str, Any]) -> Verdicts:
    """A row of aggregates as ``Verdicts``."""
    values = {name: row[name] for name in Verdicts.__dataclass_fields__}
    values["days"] = values["days"].total_seconds() / 86400 if values["days"] is not None else None
    return Verdicts(**values)


def totals(alerts: Any, *spans: periods.Period) -> list[Verdicts]:
    """All alerts of a queryset together, by span."""
    return totals_and(alerts, *spans)[0]


def totals_and(alerts: Any, /, *spans: periods.Period, **more: Any) -> tuple[list[Verdicts], dict[str, Any]]:
    """``totals``, and ``more`` aggregates that look at open alerts, in one statement."""
    columns = {
        f"{name}_{place}": column for place, span in enumerate(spans) for name, column in aggregates(span).items()
    }
    found = alerts.filter(Q(closed_at=None) | touched(min(span.start for span in spans))).order_by()
    row = found.aggregate(**columns, **more)
    parts = [{name: row[f"{name}_{place}"] for name in Verdicts.__dataclass_fields__} for place in range(len(spans))]
    return [verdicts(part) for part in parts], {name: row[name] for name in more}


def touched(start: dt.date) -> Q:
    """Raised, acted upon or closed since a day."""
    moment = periods.start_of(start)
    return Q(raised_on__gte=start) | Q(acted_at__gte=moment) | Q(closed_at__gte=moment)


def by_kind(alerts: Any, period: periods.Period) -> list[tuple[str, Verdicts]]:
    """By kind, most raised first."""
    found = alerts.order_by().values("kind").annotate(**aggregates(period))
    rows = [(row["kind"], verdicts(row)) for row in found]
    return sorted((row for row in rows if _happened(row[1])), key=lambda row: (-row[1].raised, row[0]))


def by_manager(alerts: Any, period: periods.Period) -> list[tuple[int, Verdicts]]:
    """By whoever owned the client on the day that the alert was raised."""
    spans = Ownership.objects.filter(client=OuterRef("client"), valid_from__lte=OuterRef("raised_on"))
    owner = spans.filter(Q(valid_to=None) | Q(valid_to__gte=OuterRef("raised_on"))).values("owner")[:1]
    found = (
        alerts.filter(touched(period.start)).order_by().annotate(manager=Subquery(owner)).values("manager")
        .annotate(**aggregates(period))
    )  # fmt: skip
    rows = [(row["manager"], verdicts(row)) for row in found if row["manager"]]
    return [row for row in rows if _happened(row[1])]


def _happened(found: Verdicts) -> bool:
    return bool(found.raised or found.acted or found.kept or found.lost or found.dismissed)


def quarter_of(day: dt.date) -> periods.Period:
    """The quarter around a day."""
    return periods.Period.parse(f"{day.year}-Q{(day.month + 2) // 3}")

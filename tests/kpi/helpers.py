"""Facts, schemes and runs for tests of the assessment. The month is October 2026: 31 days, 18 of them work days."""

import datetime as dt

from crm.lib import jobs, periods
from crm.lib.periods import Period
from journals.models import Journal, JournalVersion, Review
from kpi import metrics
from kpi.metrics import Span
from kpi.models import Run, Scheme, SoftScore
from visits.models import PlannedVisit, Visit

OCTOBER = Period.parse("2026-10")


def value(code, world, manager=None, period=OCTOBER):
    """(value, numerator, denominator) of a manager, by default Li Ming; None without a row."""
    rows = {row["manager_id"]: row for row in metrics.get(code).values(Span.of(world.organisation, period))}
    row = rows.get((manager or world.am).pk)
    return row and (row["value"], row["numerator"], row["denominator"])


def leaf(metric, weight="1", low="0", high="1", code=None, **more):
    return {
        "code": code or metric.replace(":", "_"), "metric": metric, "weight": str(weight), "low": low, "high": high,
        **more,
    }  # fmt: skip


def scheme(organisation, tree, name="月度考核", period="month", version=1, **rules):
    return Scheme.objects.create(
        organisation=organisation, name=name, version=version, period_kind=period, rules={"tree": tree, **rules},
        published_at=periods.now(),
    )  # fmt: skip


def visit(client, day, manager=None, minutes=20, **fields):
    start = periods.at(day, 9)
    return Visit.objects.create(
        organisation_id=client.organisation_id, client=client, manager=manager or client.owner, day=day,
        checked_in_at=start, checked_out_at=start + dt.timedelta(minutes=minutes), minutes=minutes, **fields,
    )  # fmt: skip


def plan(client, day, state="approved", visit=None):
    return PlannedVisit.objects.create(manager=client.owner, client=client, day=day, state=state, visit=visit)


def journal(author, day, late=False, mark=None, reviewer=None, at=None):
    due = periods.at(day + dt.timedelta(days=1), 9)
    at = at or due + dt.timedelta(hours=1 if late else -1)
    found = Journal.objects.create(
        author=author, org=author.unit, kind="day", day=day, due_at=due, submitted_at=at, state="submitted"
    )
    if mark:
        text = JournalVersion.objects.create(journal=found, number=1, sections={}, facts=[], submitted_at=at)
        Review.objects.create(journal=found, version=text, reviewer=reviewer, mark=mark, created_at=at)
    return found


def soft(manager, score, by, metric="soft:attitude", period="2026-10"):
    return SoftScore.objects.create(
        organisation_id=manager.organisation_id, manager=manager, period=period, metric=metric, score=score,
        given_by=by,
    )  # fmt: skip


def compute(organisation, period="2026-10"):
    """The finished job."""
    job = jobs.request("score_managers", organisation.pk, period=period)
    jobs.run(job.pk)
    job.refresh_from_db()
    assert job.state == "done", job.error
    return job


def computed_run(organisation, period="2026-10"):
    compute(organisation, period)
    return Run.objects.filter(organisation=organisation, period=period).latest("version")

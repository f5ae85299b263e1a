"""Runs of an assessment: which scheme holds, the run of a period, its computation in steps."""

import datetime as dt
from collections.abc import Iterable
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from crm.lib import jobs, periods, sql
from crm.lib.periods import Period
from kpi import metrics, scoring
from kpi.coverage import schemes_for
from kpi.kinds import BY_CLOCK, around
from kpi.models import Run, Scheme
from people.models import OrgUnit

__all__ = ["compute", "due", "due_refresh", "outcome", "refresh", "run_of", "schemes_for"]
OPEN = (Run.State.DRAFT, Run.State.COMPUTED)


@transaction.atomic
def run_of(scheme: Scheme, period: Period) -> Run:
    """The latest run of a scheme for a period, made when there is none; an open one takes on the scheme's version."""
    OrgUnit.objects.select_for_update().get(pk=scheme.organisation_id)  # two workers make one run
    run = (
        Run.objects.filter(organisation=scheme.organisation_id, scheme__name=scheme.name, period=str(period))
        .order_by("-version")
        .first()
    )
    if run is None:
        return Run.objects.create(
            organisation_id=scheme.organisation_id,
            scheme=scheme,
            period=str(period),
            starts_on=period.start,
            ends_on=period.end,
        )
    if run.state in OPEN and run.scheme_id != scheme.pk:
        run.scheme = scheme
        run.state = Run.State.DRAFT  # its cards are by the old rules: nobody confirms them, should this job fail
        run.save(update_fields=["scheme", "state"])
    return run


def compute(work: jobs.Work, period: Period) -> jobs.Outcome:
    """Measure and score a period in steps; runs that are reviewed or out stay as they are."""
    organisation = OrgUnit.objects.get(pk=work.job.organisation_id)
    if period.start > periods.today():
        raise jobs.JobError(_("%(period)s has not begun yet. Choose an earlier period.") % {"period": period})
    if not schemes_for(organisation.pk, period):
        raise jobs.JobError(
            _("There is no published assessment scheme for %(period)s. Publish one first.") % {"period": period}
        )
    runs, items = _steps(organisation, period)
    _work_off(work, organisation, items)
    return outcome(runs)


def refresh(work: jobs.Work) -> jobs.Outcome:
    """The scores so far of the months that still move."""
    organisation = OrgUnit.objects.get(pk=work.job.organisation_id)
    runs, items = [], []
    for period in refresh_periods(organisation.pk, work.period.start):
        more_runs, more_items = _steps(organisation, period)
        runs += more_runs
        items += more_items
    _work_off(work, organisation, items)
    return outcome(runs)


def _steps(organisation: OrgUnit, period: Period) -> tuple[list[Run], list[list[Any]]]:
    """The runs of a period and the steps to bring the open ones up to date, each a JSON list."""
    with transaction.atomic():
        runs = [run_of(scheme, period) for scheme in schemes_for(organisation.pk, period)]
    open_runs = [run for run in runs if run.state in OPEN]
    # What people give comes first: a change after that is seen as one.
    codes = dict.fromkeys(code for run in open_runs for code in [*run.rules.given, *run.rules.metrics])
    when = [str(period), metrics.Span.of(organisation, period).as_of.isoformat()]
    measures = [["measure", list(codes), *when]] if codes else []
    return runs, measures + [["score", run.pk, *when] for run in open_runs]


def _work_off(work: jobs.Work, organisation: OrgUnit, items: list[list[Any]]) -> None:
    for verb, what, period, as_of in work.pending(items):
        until = dt.date.fromisoformat(as_of)
        with work.step(_("Indicators") if verb == "measure" else _("Scores and ranks")):
            # A large statement that runs once: on one core, with room to sort.
            sql.execute("SET LOCAL max_parallel_workers_per_gather = 0; SET LOCAL work_mem = '64MB'")
            if verb == "measure":
                span = metrics.Span.of(organisation, Period.parse(period), until)
                metrics.store([metrics.get(code) for code in what], span)
            else:
                scoring.score(Run.objects.get(pk=what), until)


def outcome(runs: Iterable[Run]) -> jobs.Outcome:
    """Result and hash of some runs as they stand."""
    found = list(Run.objects.filter(pk__in=[run.pk for run in runs]).order_by("pk"))
    hashes = [run.hash for run in found]
    return jobs.Outcome(scoring.summary(found), hashes[0] if len(hashes) == 1 else jobs.result_hash(hashes))


def due_periods(kinds: Iterable[str], now: dt.datetime) -> list[Period]:
    """The periods of some kinds that ended last, from 03:00 on the day after."""
    day = (periods.local(now) - dt.timedelta(hours=3)).date()
    return [around(kind, day).previous for kind in kinds]


def due(now: dt.datetime) -> Iterable[tuple[int, str, str]]:
    """What the clock asks for: the period that just ended, for every organisation with a scheme of its kind."""
    kinds = Scheme.objects.filter(published_at__isnull=False, organisation__is_active=True, period_kind__in=BY_CLOCK)
    for organisation_id, kind in kinds.order_by().values_list("organisation_id", "period_kind").distinct():
        for period in due_periods([kind], now):
            yield organisation_id, "", str(period)


def refresh_periods(organisation_id: int, day: dt.date) -> list[Period]:
    """The months whose scores move: the running one, and the last one while it is neither reviewed nor out."""
    this = Period.month(day)
    last = this.previous
    unfinished = Run.objects.filter(organisation=organisation_id, period=str(last), state__in=OPEN).exists()
    return [last, this] if unfinished else [this]


def due_refresh(now: dt.datetime) -> Iterable[tuple[int, str, str]]:
    """Every day from 04:00."""
    day = (periods.local(now) - dt.timedelta(hours=4)).date()
    schemes = Scheme.objects.filter(published_at__isnull=False, organisation__is_active=True, period_kind=periods.MONTH)
    for organisation_id in schemes.order_by().values_list("organisation_id", flat=True).distinct():
        yield organisation_id, "", day.isoformat()

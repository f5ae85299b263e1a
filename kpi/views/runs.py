"""HR's month: the list of runs and the run as a stepper."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Avg, Count, Q
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_POST

from crm.lib import periods
from crm.lib.models import Job
from crm.lib.periods import Period, PeriodError
from crm.lib.scope import get_editable, get_visible
from kpi import changes, honouring, kinds, running, services
from kpi.models import Appeal, Run, Scheme, Scorecard
from kpi.reports import boards, completeness, runs
from people.access import role_required
from people.models import OrgUnit, Role
from people.sessions import fresh_required

OFFICERS = (Role.HR, Role.ADMIN)
CARDS_A_PAGE = 50
TEAMS_SHOWN = 100
STATE_TONES = {
    "draft": "neutral",
    "computed": "info",
    "reviewed": "warning",
    "published": "success",
    "locked": "neutral",
}


@dataclass(frozen=True)
class Step:
    """A step of the run as the stepper shows it; state is done, now or ahead."""

    code: str
    label: str
    state: str
    url: str
    shown: bool


STEPS = ("data", "compute", "soft", "preview", "review", "publish", "appeals", "archive")


def step_labels() -> dict[str, str]:
    """The steps in words."""
    return {
        "data": _("Data complete"),
        "compute": _("Compute"),
        "soft": _("Supervisors' scores"),
        "preview": _("Preview"),
        "review": _("Check"),
        "publish": _("Publish"),
        "appeals": _("Appeals"),
        "archive": _("Archive"),
    }


def current_step(run: Run, waiting: int) -> str:
    """The step that is to be done now; of an archived run the last one, where it is shown."""
    if run.state == Run.State.DRAFT:
        return "data"
    if run.state == Run.State.COMPUTED:
        return "soft" if waiting else "preview"
    return {"reviewed": "publish", "published": "appeals", "locked": "archive"}[run.state]


def steps_done(run: Run, step: str) -> int:
    """How many steps lie behind a run whose step to be done now is ``step``; an archived one has none ahead."""
    return len(STEPS) if run.state == Run.State.LOCKED else STEPS.index(step)


@require_GET
@role_required(*OFFICERS)
def run_list(request: HttpRequest) -> HttpResponse:
    """All runs, the latest period first, and the months that can be opened."""
    visible = Run.objects.visible_to(request.user).select_related("scheme")
    found: list[Run] = list(visible.order_by("-starts_on", "scheme__name", "-version")[:60])
    for run in found:
        run.tone = STATE_TONES[run.state]  # type: ignore[attr-defined]
    _count(found)
    context = {
        "runs": found,
        "offered": _offered(request),
        "settings": services.settings_of(OrgUnit.objects.get(pk=request.user.organisation_id)),
        "open_appeals": Appeal.objects.visible_to(request.user).open().count(),
        "can_set": request.user.role == Role.ADMIN,
    }
    return render(request, "kpi/run_list.html", context)


def _offered(request: HttpRequest) -> list[tuple[str, list[Period]]]:
    """The periods that may be opened, by kind: those that some published scheme is for; months in any case."""
    schemes = Scheme.objects.visible_to(request.user).filter(published_at__isnull=False)
    there = set(schemes.values_list("period_kind", flat=True)) | {periods.MONTH}
    return [(kinds.label(kind), kinds.offered(kind)) for kind in kinds.KINDS if kind in there]


def _count(found: list[Run]) -> None:
    """Put the number of cards, their mean and those that wait on the runs."""
    rows = (
        Scorecard.objects.filter(run__in=found)
        .order_by()
        .values("run")
        .annotate(n=Count("pk"), mean=Avg("score"), waiting=Count("pk", filter=Q(waiting__gt=0)))
    )
    counted = {row["run"]: row for row in rows}
    for run in found:
        run.counts = counted.get(run.pk)  # type: ignore[attr-defined]


@require_POST
@role_required(*OFFICERS)
def compute(request: HttpRequest) -> HttpResponse:
    """Open the runs of a period and ask for their scores."""
    try:
        period = Period.parse(request.POST.get("period", ""), *kinds.KINDS)
    except PeriodError as error:
        messages.error(request, str(error))
        return redirect("kpi:runs")
    schemes = running.schemes_for(request.user.organisation_id, period)
    if not schemes or period.start > periods.today():
        text = (
            _("There is no published assessment scheme for %(period)s. Publish one first.")
            if not schemes
            else _("%(period)s has not begun yet. Choose an earlier period.")
        )
        messages.error(request, text % {"period": period})
        return redirect("kpi:runs")
    with transaction.atomic():
        found = [running.run_of(scheme, period) for scheme in schemes]
        services.request_scores(request.user.organisation_id, period, request.user)
    return redirect(f"{reverse('kpi:run', args=[found[0].pk])}?step=compute")


@require_GET
@role_required(*OFFICERS)
def run_page(request: HttpRequest, pk: int) -> HttpResponse:
    """One run as a stepper: the step to be done now, or the one that was chosen."""
    run = get_visible(
        Run.objects.select_related("scheme", "organisation", "reviewed_by", "published_by"), request.user, pk=pk
    )
    figures = runs.figures(run)
    now = current_step(run, figures.waiting)
    shown = request.GET.get("step", "")
    shown = shown if shown in STEPS else now
    labels = step_labels()
    place = steps_done(run, now)
    steps = [
        Step(
            code, labels[code], "done" if number < place else "now" if number == place else "ahead",
            f"?step={code}", code == shown,
        )
        for number, code in enumerate(STEPS)
    ]  # fmt: skip
    context = {
        "run": run,
        "tone": STATE_TONES[run.state],
        "figures": figures,
        "steps": steps,
        "shown": shown,
        "now": now,
        "label": labels[shown],
        "is_open": run.state in running.OPEN,
        "changes": changes.since(run),
        **STEP_CONTEXTS[shown](request, run, figures),
    }
    return render(request, "kpi/run.html", context)


def _job(run: Run) -> Job | None:
    return Job.objects.filter(
        kind="score_managers", organisation_id=run.organisation_id, scope="", period=run.period
    ).first()


def _data(request: HttpRequest, run: Run, figures: runs.Figures) -> dict[str, Any]:
    teams = completeness.teams(run)
    return {
        "teams": teams[:TEAMS_SHOWN],
        "more": max(0, len(teams) - TEAMS_SHOWN),
        "sources": completeness.SOURCES,
        "lacking": sum(not team.is_ok for team in teams),
    }


def _compute(request: HttpRequest, run: Run, figures: runs.Figures) -> dict[str, Any]:
    return {"job": _job(run)}


def _soft(request: HttpRequest, run: Run, figures: runs.Figures) -> dict[str, Any]:
    soft = run.rules.soft
    lacking = [
        {"label": leaf.label, "cards": list(services.people_without_soft_scores(run, leaf.metric)[:50])}
        for leaf in soft
    ]
    return {"spread": runs.soft_spread(run), "lacking": lacking, "soft": soft}


def _preview(request: HttpRequest, run: Run, figures: runs.Figures) -> dict[str, Any]:
    try:
        page = max(1, int(request.GET.get("page", 1)))
    except ValueError:
        page = 1
    cards = run.scorecards.select_related("manager", "org", "group").order_by(
        "group__path", "rank", "manager__username"
    )
    forced = runs.forced_grades(run)
    first = (page - 1) * CARDS_A_PAGE
    return {
        "grades": runs.grades(run, forced),
        "distribution": runs.distribution(run),
        "outliers": runs.outliers(run),
        "moves": runs.moves(run),
        "cards": [{"card": card, "forced": forced.get(card.pk)} for card in cards[first : first + CARDS_A_PAGE]],
        "heat": boards.heat(run, run.organisation.path),
        "page": {
            "count_text": ngettext("%(n)d card", "%(n)d cards", figures.cards) % {"n": figures.cards},
            "previous_url": f"?step=preview&page={page - 1}" if page > 1 else "",
            "next_url": f"?step=preview&page={page + 1}" if first + CARDS_A_PAGE < figures.cards else "",
        },
    }


def _review(request: HttpRequest, run: Run, figures: runs.Figures) -> dict[str, Any]:
    return {"grades": runs.grades(run), "events": run.events.select_related("by")}


def _publish(request: HttpRequest, run: Run, figures: runs.Figures) -> dict[str, Any]:
    return {
        "may_publish": services.may_publish(run, request.user),
        "settings": services.settings_of(run.organisation),
        "events": run.events.select_related("by"),
    }


def _appeals(request: HttpRequest, run: Run, figures: runs.Figures) -> dict[str, Any]:
    appeals = Appeal.objects.filter(line__card__run=run).select_related("manager", "line", "line__card")
    for found in appeals:
        leaf = run.rules.leaf(found.line.leaf)
        found.indicator = leaf.label if leaf else found.line.leaf
    return {
        "appeals": appeals,
        "days_left": (run.appeals_until - periods.today()).days if run.appeals_until else None,
        "seen": run.scorecards.exclude(acknowledged_at=None).count(),
    }


def _archive(request: HttpRequest, run: Run, figures: runs.Figures) -> dict[str, Any]:
    proposals = honouring.proposals(run) if run.is_published else []
    return {
        "events": run.events.select_related("by"),
        "today": periods.today(),
        "proposals": proposals,
        "given_before": honouring.given_before(run) if run.is_published else [],
        "can_honour": request.user.role == Role.HR
        and any(one.is_open for one in proposals)
        and honouring.is_latest(run),
    }


STEP_CONTEXTS: dict[str, Callable[[HttpRequest, Run, runs.Figures], dict[str, Any]]] = {
    "data": _data,
    "compute": _compute,
    "soft": _soft,
    "preview": _preview,
    "review": _review,
    "publish": _publish,
    "appeals": _appeals,
    "archive": _archive,
}


@require_POST
@role_required(*OFFICERS)
def move(request: HttpRequest, pk: int, verb: str) -> HttpResponseBase:
    """Take a run one step on, or back with a reason."""
    return _move(request, pk, verb)


@require_POST
@role_required(*OFFICERS)
@fresh_required
def move_for_good(request: HttpRequest, pk: int, verb: str) -> HttpResponseBase:
    """A step that everybody is told of."""
    return _move(request, pk, verb)


def _move(request: HttpRequest, pk: int, verb: str) -> HttpResponse:
    run = get_editable(Run.objects.select_related("organisation", "scheme"), request.user, pk=pk)
    note = request.POST.get("note", "")
    verbs: dict[str, tuple[Callable[[], Run], str]] = {
        "review": (lambda: services.review(run, request.user, note), _("Checked. A second person may publish it now.")),
        "back": (lambda: services.send_back(run, request.user, note), _("Back to computing. The reason is kept.")),
        "publish": (lambda: services.publish(run, request.user), _("Published. Everybody has been told.")),
        "correct": (
            lambda: services.new_version(run, request.user, note),
            _("A new version is open. The published one stays as it is."),
        ),
        "lock": (lambda: services.lock(run, request.user), _("Archived.")),
    }
    call, done = verbs[verb]
    try:
        moved = call()
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
        return redirect("kpi:run", pk=pk)
    messages.success(request, done)
    return redirect("kpi:run", pk=moved.pk)

"""Careers: who stands where, the ladder, moves on it, terms, and the bottom of a year."""

import datetime as dt
from decimal import Decimal
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import Exists, OuterRef
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from crm.lib import periods
from crm.lib.periods import Period, PeriodError
from crm.lib.scope import get_editable, get_visible
from kpi import metrics
from kpi.careers import ladder, reports, terms
from kpi.careers.forms import RungForm, managers_of
from kpi.metrics.display import show
from kpi.models import ExamResult, GradeChange, GradeMove, PostGrade, Term, Training
from people.access import role_required
from people.models import OrgUnit, Role, User

OFFICERS = (Role.HR, Role.ADMIN)
READERS = (Role.SUPERVISOR, Role.HR, Role.ADMIN)
SOON = dt.timedelta(days=90)


def tabs_of(request: HttpRequest) -> list[dict[str, Any]]:
    """The pages of careers that a person may open."""
    pages = [
        ("careers", pgettext("careers", "People"), READERS),
        ("moves", _("Grade moves"), READERS),
        ("terms", _("Terms"), READERS),
        ("bottom", _("Bottom share"), OFFICERS),
        ("exams", _("Exams"), READERS),
        ("training", _("Training"), READERS),
        ("rotation", _("Rotation"), OFFICERS),
        ("ladder", _("Ladder"), OFFICERS),
    ]
    name = request.resolver_match.url_name if request.resolver_match else ""
    return [
        {"label": label, "url": reverse(f"kpi:{page}"), "active": page == name}
        for page, label, roles in pages
        if request.user.role in roles
    ]


def day_of(text: str) -> dt.date:
    """A posted day; ValidationError when it is none."""
    try:
        return dt.date.fromisoformat(text)
    except ValueError as error:
        raise ValidationError(_("Choose a day.")) from error


def tell(request: HttpRequest, error: ValidationError) -> None:
    """Each problem as a message of its own."""
    for message in error.messages:
        messages.error(request, message)


def posted_by_hr(request: HttpRequest) -> bool:
    """Whether HR has posted; 403 for anybody else who tries."""
    if request.method == "POST" and request.user.role != Role.HR:
        raise PermissionDenied
    return request.method == "POST"


def organisation_of(request: HttpRequest) -> OrgUnit:
    """The reader's organisation."""
    return OrgUnit.objects.get(pk=request.user.organisation_id)


@require_GET
@role_required(*READERS)
def people(request: HttpRequest) -> HttpResponse:
    """Every account manager with grade, term, last scores and exam."""
    found: list[Any] = list(reports.with_standing(managers_of(request.user)).order_by("unit__path", "username"))
    means = reports.means(request.user.organisation_id)
    today = periods.today()
    for person in found:
        person.mean = means.get(person.pk)
        person.ends_soon = person.term_ends is not None and person.term_ends <= today + SOON
    context = {
        "tabs": tabs_of(request),
        "people": found,
        "ungraded": sum(person.grade_name is None for person in found),
        "has_ladder": PostGrade.objects.visible_to(request.user).exists(),
        "is_officer": request.user.role in OFFICERS,
    }
    return render(request, "kpi/careers/people.html", context)


def _career(manager: User) -> dict[str, Any]:
    return {
        "manager": manager,
        "changes": GradeChange.objects.filter(manager=manager).select_related("grade", "decided_by"),
        "grade": ladder.grade_of(manager, periods.today()),
        "terms": Term.objects.filter(manager=manager).select_related("decided_by").order_by("-starts_on"),
        "results": ExamResult.objects.filter(manager=manager).select_related("exam").order_by("-exam__held_on"),
        "trainings": Training.objects.filter(manager=manager).select_related("honour__run"),
        "honours": manager.honours.select_related("run").order_by("-run__starts_on"),
    }


@require_GET
@role_required(Role.AM)
def mine(request: HttpRequest) -> HttpResponse:
    """The own career."""
    return render(request, "kpi/careers/person.html", {**_career(request.user), "is_own": True})


@require_GET
@role_required(*READERS)
def person(request: HttpRequest, pk: int) -> HttpResponse:
    """A manager's career, with HR's decisions beside it."""
    manager = get_visible(User.objects.filter(role=Role.AM).select_related("unit"), request.user, pk=pk)
    context = {
        **_career(manager),
        "tabs": tabs_of(request),
        "may_decide": request.user.role == Role.HR,
        "rungs": PostGrade.objects.visible_to(request.user).filter(is_active=True),
        "today": periods.today(),
        "has_open_term": Term.objects.filter(manager=manager, decision="").exists(),
    }
    return render(request, "kpi/careers/person.html", context)


def _manager(request: HttpRequest, pk: int) -> User:
    found: User = get_visible(User.objects.filter(role=Role.AM).select_related("unit"), request.user, pk=pk)
    return found


@require_POST
@role_required(Role.HR)
def set_grade(request: HttpRequest, pk: int) -> HttpResponse:
    """Give a manager a grade."""
    manager = _manager(request, pk)
    grade = PostGrade.objects.visible_to(request.user).filter(pk=_number(request.POST.get("grade"))).first()
    try:
        if grade is None:
            raise ValidationError(_("Choose a grade of the ladder that is in use."))
        day = day_of(request.POST.get("day", ""))
        ladder.set_grade(manager, grade, day, request.POST.get("reason", ""), request.user)
    except ValidationError as error:
        tell(request, error)
    else:
        messages.success(request, _("%(name)s is %(grade)s now.") % {"name": manager.name, "grade": grade.name})
    return redirect("kpi:career", pk=pk)


@require_POST
@role_required(Role.HR)
def begin_term(request: HttpRequest, pk: int) -> HttpResponse:
    """Begin a term."""
    try:
        terms.begin(_manager(request, pk), day_of(request.POST.get("from", "")), day_of(request.POST.get("to", "")))
    except ValidationError as error:
        tell(request, error)
    else:
        messages.success(request, _("Saved."))
    return redirect("kpi:career", pk=pk)


def _number(text: str | None) -> int | None:
    return int(text) if text and text.isdigit() and len(text) < 19 else None


# --- The ladder ---------------------------------------------------------------------------------------------------


@require_GET
@role_required(*OFFICERS)
def ladder_page(request: HttpRequest) -> HttpResponse:
    """The rungs with their pay and how many people stand on each, and the limits of the rules."""
    standing: Any = reports.with_standing(managers_of(request.user))
    counted: dict[str, int] = {}
    for name in standing.values_list("grade_name", flat=True):
        counted[name] = counted.get(name, 0) + 1
    rungs = list(PostGrade.objects.visible_to(request.user).order_by("-position"))
    for rung_ in rungs:
        rung_.people = counted.get(rung_.name, 0)
        rung_.proof = metrics.get(rung_.metric).label if rung_.metric else ""
        rung_.least = show(metrics.get(rung_.metric), rung_.metric_least) if rung_.metric else ""
    context = {
        "tabs": tabs_of(request),
        "rungs": rungs,
        "limits": ladder.limits_of(organisation_of(request)),
        "may_change": request.user.role == Role.HR,
    }
    return render(request, "kpi/careers/ladder.html", context)


@require_POST
@role_required(Role.HR)
def ladder_usual(request: HttpRequest) -> HttpResponse:
    """Begin with the industry's usual ladder."""
    ladder.install(organisation_of(request))
    return redirect("kpi:ladder")


@require_POST
@role_required(Role.HR)
def ladder_limits(request: HttpRequest) -> HttpResponse:
    """Change the limits of the rules."""
    try:
        ladder.change_limits(organisation_of(request), request.POST)
    except ValidationError as error:
        tell(request, error)
    else:
        messages.success(request, _("Saved."))
    return redirect("kpi:ladder")


@require_http_methods(["GET", "POST"])
@role_required(Role.HR)
def rung(request: HttpRequest, pk: int | None = None) -> HttpResponse:
    """A new rung, or one to change."""
    found = (
        get_visible(PostGrade.objects, request.user, pk=pk)
        if pk
        else PostGrade(organisation_id=request.user.organisation_id)
    )
    form = RungForm(request.POST or None, instance=found)
    if request.method == "POST" and form.is_valid():
        form.save()
        messages.success(request, _("Saved."))
        return redirect("kpi:ladder")
    return render(request, "kpi/careers/rung.html", {"form": form, "rung": found, "tabs": tabs_of(request)})


# --- Moves --------------------------------------------------------------------------------------------------------


@require_GET
@role_required(*READERS)
def moves(request: HttpRequest) -> HttpResponse:
    """Proposals that wait, and what has been decided."""
    visible = GradeMove.objects.visible_to(request.user)
    wanted = request.GET.get("state", "open")
    found = visible.filter(state="proposed") if wanted == "open" else visible.exclude(state="proposed")
    rows = list(
        found.select_related("manager__unit", "from_grade", "to_grade", "decided_by").order_by(
            "-period", "kind", "manager__username"
        )[:200]
    )
    for move in rows:
        metric = metrics.get(move.figures["metric"]) if move.figures.get("metric") else None
        move.proof = metric and {
            "label": metric.label,
            "value": show(metric, _decimal(move.figures["measured"])),
            "least": show(metric, _decimal(move.figures["metric_least"])),
        }
    month = periods.this_month()
    context = {
        "tabs": tabs_of(request),
        "moves": rows,
        "states": [
            {"label": _("To decide"), "url": "?state=open", "active": wanted == "open",
             "count": visible.filter(state="proposed").count()},
            {"label": _("Decided"), "url": "?state=decided", "active": wanted != "open"},
        ],
        "may_decide": request.user.role == Role.HR,
        "months": [f"{periods.add_months(month, -back):%Y-%m}" for back in range(1, 13)],
        "limits": ladder.limits_of(organisation_of(request)),
        "next_month": periods.add_months(month, 1),
    }  # fmt: skip
    return render(request, "kpi/careers/moves.html", context)


def _decimal(text: Any) -> Decimal | None:
    return Decimal(str(text)) if text is not None else None


@require_POST
@role_required(Role.HR)
def propose(request: HttpRequest) -> HttpResponse:
    """Have the rules propose moves after a month."""
    try:
        period = Period.parse(request.POST.get("period", ""), periods.MONTH)
    except PeriodError as error:
        messages.error(request, str(error))
        return redirect("kpi:moves")
    count = ladder.propose(organisation_of(request), period)
    text = ngettext("%(n)d move is proposed.", "%(n)d moves are proposed.", count) % {"n": count}
    messages.success(request, text if count else _("By the rules nobody moves."))
    return redirect("kpi:moves")


@require_POST
@role_required(Role.HR)
def decide_move(request: HttpRequest, pk: int) -> HttpResponse:
    """Accept or decline a proposal."""
    found = get_editable(GradeMove.objects, request.user, pk=pk)
    accept = request.POST.get("decision") == "accept"
    try:
        day = day_of(request.POST.get("day", "")) if accept else periods.today()
        ladder.decide(found, accept, day, request.POST.get("note", ""), request.user)
    except ValidationError as error:
        tell(request, error)
    else:
        messages.success(request, _("Accepted: the grade changes.") if accept else _("Declined, with the reason."))
    return redirect("kpi:moves")


# --- Terms and the bottom share -------------------------------------------------------------------------------------


@require_GET
@role_required(*READERS)
def term_list(request: HttpRequest) -> HttpResponse:
    """Terms that are open, those that end first on top; and those decided."""
    visible = Term.objects.visible_to(request.user).select_related("manager__unit", "decided_by")
    wanted = request.GET.get("state", "open")
    found = (
        visible.filter(decision="").order_by("ends_on", "manager__username")
        if wanted == "open"
        else visible.exclude(decision="").order_by("-decided_at")
    )
    means = reports.means(request.user.organisation_id)
    rows = list(found[:300])
    today = periods.today()
    for term in rows:
        term.mean = means.get(term.manager_id)
        term.ends_soon = not term.decision and term.ends_on <= today + SOON
    running = Term.objects.filter(manager=OuterRef("pk"), decision="")
    without = managers_of(request.user).filter(~Exists(running))
    context = {
        "tabs": tabs_of(request),
        "terms": rows,
        "decisions": Term.Decision.choices,
        "may_decide": request.user.role == Role.HR,
        "states": [
            {"label": _("Running"), "url": "?state=open", "active": wanted == "open"},
            {"label": _("Decided"), "url": "?state=decided", "active": wanted != "open"},
        ],
        "without": without.count() if wanted == "open" else 0,
    }
    return render(request, "kpi/careers/terms.html", context)


@require_POST
@role_required(Role.HR)
def decide_term(request: HttpRequest, pk: int) -> HttpResponse:
    """Decide how a term ends."""
    found = get_editable(Term.objects, request.user, pk=pk)
    years = _number(request.POST.get("years", "1")) or 0
    try:
        terms.decide(found, request.POST.get("decision", ""), years, request.POST.get("reason", ""), request.user)
    except ValidationError as error:
        tell(request, error)
    else:
        messages.success(request, _("Decided. %(name)s has been told.") % {"name": found.manager.name})
    return redirect("kpi:terms")


@require_GET
@role_required(*OFFICERS)
def bottom(request: HttpRequest) -> HttpResponse:
    """Everybody's mean of a year, the lowest first; the bottom share is marked."""
    this = periods.today().year
    year = _number(request.GET.get("year")) or this
    share = min(max(_number(request.GET.get("share")) or terms.BOTTOM_SHARE, 1), 50)
    if not 2000 <= year <= this:
        year = this
    context = {
        "tabs": tabs_of(request),
        "rows": terms.year_ranks(request.user.organisation_id, year, share),
        "year": year,
        "years": range(this, this - 5, -1),
        "share": share,
        "shares": (3, 5, 10),
    }
    return render(request, "kpi/careers/bottom.html", context)

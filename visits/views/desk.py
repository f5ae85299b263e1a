"""The supervisor's desk: verify a month's visits, judge doubts."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db.models import Count, Exists, F, OuterRef, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from crm.lib import periods
from crm.lib.pages import page_of
from crm.lib.periods import MONTH, Period, PeriodError
from crm.lib.scope import get_editable
from people.access import role_required
from people.models import Role
from visits.forms import JudgeForm, VerifyForm
from visits.models import Purpose, TraceFlag, Visit
from visits.querysets import VisitQuerySet
from visits.services import judge_flag
from visits.services import verify as verify_visits

SHOWN = 200


def month_of(text: str) -> Period:
    """The month that an address names, else the present one."""
    try:
        return Period.parse(text, MONTH)
    except PeriodError:
        return Period.month(periods.today())


@require_http_methods(["GET", "POST"])
@role_required(Role.SUPERVISOR)
def verify(request: HttpRequest) -> HttpResponse:
    """The visits of a month that wait to be verified; checked ones are sealed with one opinion."""
    if request.method == "POST":
        return _verify(request)
    month = month_of(request.GET.get("month", ""))
    of_month = (
        Visit.objects.visible_to(request.user)
        .exclude(manager=request.user)
        .exclude(purpose=Purpose.INSPECTION)
        .between(month.start, month.end)
    )
    waiting = _waiting(request)
    by_manager = (
        of_month.values("manager", "manager__name")
        .annotate(made=Count("pk"), waiting=Count("pk", filter=Q(verified_at=None)))
        .order_by("-waiting", "manager__name")
    )
    rows = list(
        waiting.select_related("client", "manager")
        .annotate(tier=F("client__standing__tier"))
        .order_by("manager__name", "day", "checked_in_at")[: SHOWN + 1]
    )
    return render(
        request,
        "visits/verify.html",
        {
            "month": month,
            "next_month": periods.add_months(month.start, 1) if month.end < periods.today() else None,
            "by_manager": list(by_manager),
            "chosen": request.GET.get("manager", ""),
            "clear": waiting.filter(doubtful=False).count(),
            "visits": rows[:SHOWN],
            "more": len(rows) > SHOWN,
            "opinions": [_("True to the facts"), _("Record it in more detail"), _("Follow the demand up")],
        },
    )


def _waiting(request: HttpRequest) -> VisitQuerySet:
    """The visits that the address means, each with whether a doubt about it is open."""
    month = month_of(request.GET.get("month", ""))
    doubts = TraceFlag.objects.filter(visit=OuterRef("pk"), state=TraceFlag.State.OPEN)
    found = Visit.objects.to_verify_by(request.user).between(month.start, month.end).annotate(doubtful=Exists(doubts))
    chosen = request.GET.get("manager", "")
    return found.filter(manager=chosen) if chosen.isdecimal() and len(chosen) < 19 else found


def _verify(request: HttpRequest) -> HttpResponse:
    form = VerifyForm(request.POST)
    if request.POST.get("all"):
        ids = list(_waiting(request).filter(doubtful=False).values_list("pk", flat=True))
    else:
        ids = [int(number) for number in request.POST.getlist("ids") if number.isdecimal()]
    if not form.is_valid():
        messages.error(request, _("The opinion is too long: at most 300 characters."))
    elif not ids:
        messages.warning(request, _("Choose the visits to verify first."))
    else:
        result = verify_visits(ids, request.user, form.cleaned_data["opinion"])
        if result.done:
            words = ngettext("%(n)d visit verified.", "%(n)d visits verified.", result.done)
            messages.success(request, words % {"n": result.done})
        if result.doubtful:
            words = ngettext(
                "%(n)d visit has an open doubt. Judge it first.",
                "%(n)d visits have open doubts. Judge them first.",
                result.doubtful,
            )
            messages.warning(request, words % {"n": result.doubtful})
    back = request.POST.get("back", "")
    if back.isdecimal():
        return redirect("visits:detail", back)
    return redirect(f"{request.path}?{request.GET.urlencode()}")


@require_GET
def flags(request: HttpRequest) -> HttpResponse:
    """Doubts: a supervisor's to judge, an account manager's to know."""
    state = request.GET.get("state", TraceFlag.State.OPEN)
    state = state if state in TraceFlag.State.values else TraceFlag.State.OPEN
    visible = TraceFlag.objects.visible_to(request.user)
    counts = dict(visible.values_list("state").annotate(n=Count("pk")).order_by())
    rows = visible.filter(state=state).select_related("visit__client", "visit__manager", "judged_by")
    return render(
        request,
        "visits/flags.html",
        {
            "page": page_of(request, rows, "-visit__day", "-pk"),
            "state": state,
            "tabs": [
                {"label": label, "url": f"?state={value}", "active": value == state, "count": counts.get(value, 0)}
                for value, label in TraceFlag.State.choices
            ],
            "can_judge": request.user.is_supervisor,
        },
    )


@require_POST
@role_required(Role.SUPERVISOR)
def judge(request: HttpRequest, pk: int) -> HttpResponse:
    """Confirm or settle a doubt with a note."""
    flag = get_editable(TraceFlag.objects.select_related("visit"), request.user, pk=pk)
    form = JudgeForm(request.POST)
    try:
        if not form.is_valid():
            raise ValidationError(_("Write a note of at most 300 characters: the account manager reads it."))
        judge_flag(flag, request.user, form.cleaned_data["state"], form.cleaned_data["note"])
        messages.success(request, _("Judged. The account manager is told."))
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    if request.POST.get("back") == "visit":
        return redirect("visits:detail", flag.visit_id)
    return redirect("visits:flags")

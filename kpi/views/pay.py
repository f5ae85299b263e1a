"""Pay: HR's sheets and rules, and everybody's own slips."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db.models import Count, Sum
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from crm.lib import periods
from crm.lib.models import Job
from crm.lib.pages import page_of
from crm.lib.periods import Period, PeriodError
from crm.lib.replica import report
from crm.lib.scope import get_editable, get_visible
from kpi import metrics
from kpi.metrics.display import show
from kpi.models import PayLine, PayRules, PaySheet
from kpi.pay import export, services, working
from kpi.pay.forms import PayRulesForm
from kpi.pay.rules import Pay, parse
from kpi.views.inputs import download
from people.access import role_required
from people.models import OrgUnit, Role
from people.sessions import fresh_required

OWNERS = (Role.AM, Role.SUPERVISOR, Role.BACK_OFFICE)  # whoever may once have been on a sheet
SUMS = ("base", "grade_pay", "bonus", "quarter_bonus", "deferred", "released", "pieces", "total")


@require_GET
@role_required(Role.HR)
def sheets(request: HttpRequest) -> HttpResponse:
    """All sheets, the latest month first, and the months that can be opened."""
    found = (
        PaySheet.objects.visible_to(request.user).select_related("rules", "final_by")
        .annotate(people=Count("lines"), total=Sum("lines__total")).order_by("-period", "-version")
    )  # fmt: skip
    month = periods.this_month()
    context = {
        "sheets": found[:60],
        "months": [f"{periods.add_months(month, -back):%Y-%m}" for back in range(1, 14)],
        "rules": PayRules.objects.visible_to(request.user).order_by("-version").first(),
    }
    return render(request, "kpi/pay/sheets.html", context)


@require_POST
@role_required(Role.HR)
def work_out(request: HttpRequest) -> HttpResponse:
    """Open a month's sheet and have it worked out."""
    organisation = OrgUnit.objects.get(pk=request.user.organisation_id)
    try:
        period = Period.parse(request.POST.get("period", ""), periods.MONTH)
        sheet = services.request(organisation, period, request.user)
    except PeriodError as error:
        messages.error(request, str(error))
        return redirect("kpi:pay")
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
        return redirect("kpi:pay")
    return redirect("kpi:pay-sheet", pk=sheet.pk)


@require_GET
@role_required(Role.HR)
def sheet(request: HttpRequest, pk: int) -> HttpResponse:
    """A month's sheet: what is missing, sums, every line."""
    found = get_visible(PaySheet.objects.select_related("rules", "organisation", "final_by"), request.user, pk=pk)
    lines = found.lines.select_related("manager", "org", "grade")
    wanted = request.GET.get("q", "").strip()
    if wanted:
        lines = lines.filter(manager__name__icontains=wanted)
    versions = PaySheet.objects.filter(organisation=found.organisation_id, period=found.period)
    later = versions.filter(version__gt=found.version).first()
    context = {
        "sheet": found,
        "pay": parse(found.rules.rules),
        "job": None if found.is_final else _job(found),
        "outdated": "" if later else services.outdated(found),
        "problems": [] if found.is_final else services.problems(found),
        "sums": found.lines.aggregate(people=Count("pk"), **{name: Sum(name) for name in SUMS}),
        "page": page_of(request, lines, "org__path", "manager__username", "pk"),
        "wanted": wanted,
        "ends_quarter": found.span.start.month % 3 == 0,
        "later": later,
    }
    return render(request, "kpi/pay/sheet.html", context)


def _job(sheet: PaySheet) -> Job | None:
    return Job.objects.filter(
        kind="pay_sheet", organisation_id=sheet.organisation_id, scope="", period=sheet.period
    ).first()


@require_POST
@role_required(Role.HR)
@fresh_required
def finalise(request: HttpRequest, pk: int) -> HttpResponse:
    """Seal a sheet."""
    done = _("Final. Everybody has been told.")
    return _change(request, pk, lambda found: services.finalise(found, request.user), done)


@require_POST
@role_required(Role.HR)
def correct(request: HttpRequest, pk: int) -> HttpResponse:
    """A new version of a final sheet."""
    done = _("A new version is open. The final one stays as it is.")
    return _change(request, pk, lambda found: services.correct(found, request.user, request.POST.get("note", "")), done)


def _change(request: HttpRequest, pk: int, change: Any, done: str) -> HttpResponse:
    found = get_editable(PaySheet.objects.select_related("organisation"), request.user, pk=pk)
    try:
        changed = change(found)
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
        return redirect("kpi:pay-sheet", pk=pk)
    messages.success(request, done)
    return redirect("kpi:pay-sheet", pk=changed.pk)


@require_GET
@role_required(Role.HR)
@fresh_required
@report
def sheet_export(request: HttpRequest, pk: int) -> HttpResponse:
    """A sheet as a workbook."""
    found = get_visible(PaySheet.objects.select_related("rules"), request.user, pk=pk)
    return download(export.workbook(found), f"pay-{found.period}-v{found.version}.xlsx")


@require_GET
@role_required(Role.HR, *OWNERS)
def line(request: HttpRequest, pk: int) -> HttpResponse:
    """One person's pay of a month, worked through."""
    found = get_visible(
        PayLine.objects.select_related("sheet__rules", "manager", "org", "grade", "card__run"), request.user, pk=pk
    )
    return render(request, "kpi/pay/line.html", _slip(request, found))


@require_GET
@role_required(*OWNERS)
def mine(request: HttpRequest) -> HttpResponse:
    """The own pay slips, the latest first."""
    own = PayLine.objects.own(request.user).select_related("sheet").order_by("-sheet__period")
    wanted = request.GET.get("period", "")
    lines = list(own[:36])
    shown = next((one for one in lines if one.sheet.period == wanted), lines[0] if lines else None)
    context: dict[str, Any] = {"lines": lines}
    if shown:
        full = PayLine.objects.select_related("sheet__rules", "manager", "org", "grade", "card__run").get(pk=shown.pk)
        context |= _slip(request, full)
    return render(request, "kpi/pay/mine.html", context)


def _slip(request: HttpRequest, found: PayLine) -> dict[str, Any]:
    pay = parse(found.sheet.rules.rules)
    return {
        "line": found,
        "sheet": found.sheet,
        "pay": pay,
        "items": _items(found, pay),
        "before": services.before(found),
        "quarter": _quarter(found),
        "is_own": found.manager_id == request.user.pk,
        "may_see_card": found.card_id and found.card and found.card.run.is_published,
    }


def _items(found: PayLine, pay: Pay) -> list[dict[str, Any]]:
    """Piece items with their rule in words."""
    rows = []
    for item in found.items.all():
        metric = metrics.get(item.metric)
        piece = next((one for one in pay.pieces if one.metric == item.metric), None)
        rows.append(
            {
                "item": item,
                "label": metric.label,
                "value": show(metric, item.value),
                "piece": piece,
                "start": show(metric, piece.start) if piece else "",
                "step": show(metric, piece.step).lstrip("+") if piece else "",
            }
        )
    return rows


def _quarter(found: PayLine) -> list[PayLine]:
    """The lines of the quarter's earlier months whose bonus is paid with this one."""
    lines = PayLine.objects.filter(
        manager=found.manager_id, sheet__state="final", sheet__period__in=working.earlier_in_quarter(found.sheet.span)
    ).select_related("sheet")
    latest: dict[str, PayLine] = {}
    for one in lines.order_by("sheet__period", "sheet__version"):
        latest[one.sheet.period] = one
    return list(latest.values())


@require_http_methods(["GET", "POST"])
@role_required(Role.HR)
def rules(request: HttpRequest) -> HttpResponse:
    """The pay rules in force, and a form that makes the next version."""
    organisation = get_object_or_404(OrgUnit, pk=request.user.organisation_id)
    latest = PayRules.objects.visible_to(request.user).order_by("-version").first()
    form = PayRulesForm(request.POST or None, current=latest)
    if request.method == "POST" and form.is_valid():
        try:
            made = services.save_rules(organisation, form.rules(), form.cleaned_data["effective_from"], request.user)
        except ValidationError as error:
            for message in error.messages:
                form.add_error(None, message)
        else:
            text = _("Version %(n)s is in force from %(day)s.")
            messages.success(request, text % {"n": made.version, "day": made.effective_from})
            return redirect(reverse("kpi:pay-rules"))
    context = {
        "form": form,
        "latest": latest,
        "versions": PayRules.objects.visible_to(request.user).select_related("made_by")[:20],
    }
    return render(request, "kpi/pay/rules.html", context)

"""What is put in by hand: bonus and penalty points, and values from other systems."""

import tempfile
from decimal import Decimal, InvalidOperation
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from clients.imports.reading import FileError, open_table
from crm.lib import periods
from crm.lib.pages import page_of
from crm.lib.periods import Period, PeriodError
from crm.lib.replica import report
from crm.lib.scope import get_editable, get_visible
from kpi import adjusting, exports, metrics, running, services
from kpi.bonus import Bonus
from kpi.kinds import KINDS
from kpi.metrics.display import show
from kpi.models import Adjustment, ImportedValue, Run
from kpi.schemes import parse
from kpi.views.soft import people_of
from people.access import role_required
from people.models import OrgUnit, Role, User
from people.sessions import fresh_required

GIVERS = (Role.SUPERVISOR, Role.HR)
OFFICERS = (Role.HR, Role.ADMIN)
PROBLEMS_SHOWN = 50


def chosen_period(request: HttpRequest) -> Period:
    """The period asked for, else the last month while its run is open, else this one."""
    try:
        return Period.parse(
            request.POST.get("period") or request.GET.get("period", ""),
            *KINDS,
        )
    except PeriodError:
        this = Period.month(periods.today())
        return this.previous if services.soft_open(request.user.organisation_id, str(this.previous)) else this


@require_http_methods(["GET", "POST"])
@role_required(*GIVERS)
def adjustments(request: HttpRequest) -> HttpResponse:
    """Bonus and penalty points of a period, and the form to give some."""
    period = chosen_period(request)
    people = people_of(request.user, period)
    if request.method == "POST":
        return _adjust(request, period, people)
    found = Adjustment.objects.visible_to(request.user).filter(period=str(period))
    context = {
        "period": period,
        "previous": period.previous,
        "people": people,
        "adjustments": found.select_related("manager", "given_by", "withdrawn_by")[:300],
        "can_give": services.soft_open(request.user.organisation_id, str(period)),
        "rules": bonus_rules(request.user.organisation_id, period).values(),
        "quick": [Decimal(2), Decimal(1), Decimal(-1), Decimal(-2)],
    }
    return render(request, "kpi/adjustments.html", context)


def bonus_rules(organisation_id: int, period: Period) -> dict[str, Bonus]:
    """The rules by which people give points in a period, by code, the bonuses first."""
    schemes = running.schemes_for(organisation_id, period)
    found = [rule for scheme in schemes for rule in parse(scheme.rules).bonus if not rule.metric]
    return {rule.code: rule for rule in sorted(found, key=lambda rule: -rule.points)}


def _adjust(request: HttpRequest, period: Period, people: list[User]) -> HttpResponse:
    manager = next((person for person in people if str(person.pk) == request.POST.get("manager")), None)
    rule = bonus_rules(request.user.organisation_id, period).get(request.POST.get("rule", ""))
    reason = request.POST.get("reason", "").strip()
    try:
        points = rule.points if rule else Decimal(request.POST.get("points", "").strip())
    except InvalidOperation:
        points = Decimal(0)
    if rule:
        reason = f"{rule.name}：{reason}"[:300] if reason else rule.name
    back = redirect(f"{reverse('kpi:adjustments')}?period={period}")
    if manager is None:
        messages.error(request, _("Choose an account manager."))
        return back
    if not points.is_finite() or not points or abs(points) > 20:
        messages.error(request, _("Points are a number from −20 to 20, and not 0."))
        return back
    try:
        adjusting.adjust(manager, str(period), points, reason, request.user, rule.code if rule else "")
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    else:
        messages.success(request, _("Given. %(name)s has been told.") % {"name": manager.name})
    return back


@require_POST
@role_required(*GIVERS)
def withdraw(request: HttpRequest, pk: int) -> HttpResponse:
    """Take points back."""
    found = get_editable(Adjustment.objects, request.user, pk=pk)
    try:
        adjusting.withdraw(found, request.user)
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    return redirect(f"{reverse('kpi:adjustments')}?period={found.period}")


@require_http_methods(["GET", "POST"])
@role_required(*OFFICERS)
def imports(request: HttpRequest) -> HttpResponse:
    """Values from other systems: what is wanted, what is there, and the upload."""
    period = chosen_period(request)
    organisation = OrgUnit.objects.get(pk=request.user.organisation_id)
    report = None
    if request.method == "POST":
        report = _upload(request, organisation, period)
        if report and not report.problems and not report.unknown:
            text = ngettext("%(n)d value taken.", "%(n)d values taken.", report.values) % {"n": report.values}
            messages.success(request, text)
            return redirect(f"{reverse('kpi:imports')}?period={period}")
    codes = adjusting.wanted_codes(organisation.pk, period)
    there = ImportedValue.objects.visible_to(request.user).filter(period=str(period))
    counted = dict(there.order_by("metric").values_list("metric").annotate(Count("pk")))
    wanted = request.GET.get("q", "").strip()
    found = there.filter(manager__name__icontains=wanted) if wanted else there
    page = page_of(request, found.select_related("manager", "imported_by"), "manager__username", "metric", "pk")
    can_import = services.soft_open(organisation.pk, str(period))
    context: dict[str, Any] = {
        "period": period,
        "previous": period.previous,
        "indicators": [
            {"label": metrics.get(code).label, "count": counted.get(code, 0), "wanted": code in codes}
            for code in dict.fromkeys([*codes, *counted])
        ],
        "report": report,
        "problems": report.problems[:PROBLEMS_SHOWN] if report else [],
        "more_problems": max(0, len(report.problems) - PROBLEMS_SHOWN) if report else 0,
        "can_import": can_import,
        "can_remove": can_import and request.user.role == Role.HR,
        "page": page,
        "values": [
            {"row": one, "label": metrics.get(one.metric).label, "value": show(metrics.get(one.metric), one.value)}
            for one in page.items
        ],
        "wanted": wanted,
    }
    return render(request, "kpi/imports.html", context)


@require_POST
@role_required(Role.HR)
def remove_value(request: HttpRequest, pk: int) -> HttpResponse:
    """Take an imported value away."""
    found = get_editable(ImportedValue.objects, request.user, pk=pk)
    try:
        adjusting.remove_value(found)
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    else:
        messages.success(request, _("Removed."))
    return redirect(f"{reverse('kpi:imports')}?period={found.period}")


def _upload(request: HttpRequest, organisation: OrgUnit, period: Period) -> adjusting.ImportReport | None:
    file = request.FILES.get("file")
    if file is None:
        messages.error(request, _("Choose a file."))
        return None
    with tempfile.NamedTemporaryFile() as copy:
        for chunk in file.chunks():
            copy.write(chunk)
        copy.flush()
        try:
            return adjusting.import_values(organisation, period, open_table(copy.name), request.user)
        except (FileError, ValidationError) as error:
            messages.error(request, " ".join(error.messages) if isinstance(error, ValidationError) else str(error))
            return None


def download(content: bytes, name: str) -> HttpResponse:
    """A workbook as a file to keep."""
    answer = HttpResponse(content, content_type=exports.XLSX)
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


@require_GET
@role_required(*OFFICERS)
def import_template(request: HttpRequest) -> HttpResponse:
    """The workbook to fill in for a period."""
    period = chosen_period(request)
    codes = adjusting.wanted_codes(request.user.organisation_id, period) or [
        code for code, metric in metrics.metrics.items() if metric.source == "imports"
    ]
    return download(exports.import_template(people_of(request.user, period), codes), f"values-{period}.xlsx")


@require_GET
@role_required(*OFFICERS)
@fresh_required
@report
def run_export(request: HttpRequest, pk: int) -> HttpResponse:
    """A run as a workbook."""
    run = get_visible(Run.objects.select_related("scheme"), request.user, pk=pk)
    return download(exports.run_workbook(run), f"scores-{run.period}-v{run.version}.xlsx")

"""Versions of the tier scheme: written, tried out, published."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from clients.forms.scheme import JudgementForm, SchemeForm
from clients.models import TierScheme
from clients.tiering import overview, schemes, trial, workload
from clients.tiering.explain import in_words, label_of
from clients.tiering.rules import RulesError, parse
from clients.views.tiers import LEADERS, RUNNERS, matrix_of
from crm.lib import ahp, periods
from crm.lib.replica import report
from crm.lib.scope import get_editable, get_visible
from people.access import role_required
from people.sessions import fresh_required

TEMPLATES = ("tobacco", "bank", "telecom", "other")


@require_GET
@role_required(*LEADERS)
def scheme_list(request: HttpRequest) -> HttpResponse:
    """All versions, the newest first, and where a new one can begin."""
    user: Any = request.user
    found = TierScheme.objects.visible_to(user).select_related("published_by").order_by("-version")
    current = TierScheme.objects.for_month(user.organisation_id, periods.this_month())
    context = {
        "schemes": found,
        "current": current,
        "templates": [(name, schemes.shipped(name)["name"]) for name in TEMPLATES],
        "can_edit": user.role in RUNNERS,
    }
    return render(request, "clients/schemes.html", context)


@require_POST
@role_required(*RUNNERS)
def scheme_new(request: HttpRequest) -> HttpResponse:
    """A draft from a version or from a scheme that comes with the product."""
    user: Any = request.user
    source = request.POST.get("source", "")
    if source in TEMPLATES:
        found = schemes.shipped(source)
        name, rules = found["name"], found["rules"]
    else:
        scheme = get_visible(TierScheme.objects.all(), user, pk=source if source.isdecimal() else 0)
        name, rules = scheme.name, scheme.rules
    made = schemes.draft(user.unit.organisation, name, rules, periods.add_months(periods.this_month(), 1))
    return redirect("clients:scheme", pk=made.pk)


@require_http_methods(["GET", "POST"])
@role_required(*LEADERS)
def scheme(request: HttpRequest, pk: int) -> HttpResponseBase:
    """A version: its words, its dry run, and while a draft, the editor."""
    user: Any = request.user
    found = get_visible(TierScheme.objects.select_related("organisation", "published_by"), user, pk=pk)
    editable = user.role in RUNNERS and found.published_at is None
    if request.method == "POST" and not editable:
        raise PermissionDenied
    form = SchemeForm(request.POST or None, instance=found) if editable else None
    if form is not None and form.is_valid():
        form.save()
        match request.POST.get("then"):  # what was pressed goes on with what is saved now
            case "try":
                return scheme_try(request, pk)
            case "weights":
                return redirect("clients:scheme-weights", pk=pk)
        messages.success(request, _("Saved. A dry run shows what it would do."))
        return redirect("clients:scheme", pk=pk)
    context: dict[str, Any] = {"scheme": found, "form": form, "editable": editable, "can_try": user.role in RUNNERS}
    try:
        context["rules"] = in_words(parse(TierScheme.objects.get(pk=pk).rules))
    except RulesError as error:
        context["faults"] = error.messages
    context |= _trial(found)
    months = overview.months_with_results(user.organisation_id)
    month = months[0] if months else periods.last_whole_month(periods.today())
    context["trial_month"] = str(periods.Period.month(month))
    return render(request, "clients/scheme.html", context)


def _trial(found: TierScheme) -> dict[str, Any]:
    """The newest dry run as pictures."""
    job = trial.latest(found)
    if job is None or job.state != job.State.DONE:
        return {"trial_job": job}
    result = job.result
    counted = {(before, after): n for before, after, n in result["moves"]}
    moved = [
        dict(zip(("pk", "name", "code", "before", "after", "score", "rank"), row, strict=True))
        for row in result["moved"]
    ]
    change = result["hours_after"] - result["hours_before"]
    return {
        "trial_job": job,
        "trial": result,
        "moved": moved,
        "hours_change": change,
        **matrix_of(result["tiers"], counted),
    }


@require_POST
@role_required(*RUNNERS)
def scheme_try(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask for a dry run."""
    found = get_editable(TierScheme.objects.all(), request.user, pk=pk)
    try:
        parse(found.rules)
        month = periods.Period.parse(request.POST.get("month", ""), periods.MONTH)
    except (RulesError, periods.PeriodError) as error:
        messages.error(request, str(error))
        return redirect("clients:scheme", pk=pk)
    job = trial.request(found, month.start, request.user, reverse("clients:scheme", args=[pk]) + "#trial")
    return redirect("job", pk=job.pk)


@require_POST
@role_required(*RUNNERS)
@fresh_required
def scheme_publish(request: HttpRequest, pk: int) -> HttpResponse:
    """Put a draft in force; from then on it never changes."""
    user: Any = request.user
    found = get_editable(TierScheme.objects.all(), user, pk=pk)
    try:
        schemes.put_in_force(found, user)
    except RulesError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _("In force from %(day)s.") % {"day": found.effective_from})
    return redirect("clients:scheme", pk=pk)


@require_POST
@role_required(*RUNNERS)
def scheme_delete(request: HttpRequest, pk: int) -> HttpResponse:
    """Throw a draft away."""
    found = get_editable(TierScheme.objects.all(), request.user, pk=pk)
    if found.published_at is not None:
        raise PermissionDenied
    found.delete()
    messages.success(request, _("The draft is gone."))
    return redirect("clients:schemes")


@require_http_methods(["GET", "POST"])
@role_required(*RUNNERS)
def scheme_weights(request: HttpRequest, pk: int) -> HttpResponse:
    """Weights of a draft from comparing its criteria in pairs."""
    found = get_editable(TierScheme.objects.all(), request.user, pk=pk)
    if found.published_at is not None:
        raise PermissionDenied
    criteria = found.rules.get("criteria", [])
    names = [label_of(str(one.get("measure"))) for one in criteria]
    form = JudgementForm(request.POST or None, names=names, matrix=found.rules.get("judgements"))
    matrix = form.matrix() if form.is_valid() else found.rules.get("judgements")
    context: dict[str, Any] = {"scheme": found, "form": form}
    if matrix and len(matrix) == len(names):
        judged = ahp.priorities(matrix)
        context["judged"] = judged
        context["weights"] = list(zip(names, judged.weights, strict=True))
        if judged.worst:
            context["worst"] = {
                "first": names[judged.worst.i],
                "second": names[judged.worst.j],
                "judgement": judged.worst,
            }
        if form.is_bound and judged.consistent:
            rules = {**found.rules, "judgements": matrix}
            try:
                weights = [one.weight for one in parse(rules).criteria]
            except RulesError as error:
                messages.error(request, str(error))
            else:
                rules["criteria"] = [
                    {**one, "weight": float(weight)} for one, weight in zip(criteria, weights, strict=True)
                ]
                found.rules = rules
                found.save(update_fields=["rules"])
                messages.success(request, _("The weights come from these comparisons now."))
                return redirect("clients:scheme", pk=pk)
    return render(request, "clients/scheme_weights.html", context)


@require_GET
@role_required(*LEADERS)
@report
def staffing(request: HttpRequest) -> HttpResponse:
    """Account managers needed beside those there are."""
    return render(request, "clients/staffing.html", workload.staffing(request.user))

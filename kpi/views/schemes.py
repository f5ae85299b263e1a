"""Schemes in words: what counts, how much, between which benchmarks."""

import json
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from crm.lib import periods
from crm.lib.scope import get_editable, get_visible
from kpi import defaults, metrics
from kpi.kinds import label as label_of_kind
from kpi.metrics.display import show
from kpi.models import Scheme
from kpi.reports import trials
from kpi.schemes import Benchmark, SchemeError, parse
from kpi.wording import text
from people.access import role_required
from people.models import Level, OrgUnit, Role, User
from people.sessions import fresh_required

READERS = (Role.HR, Role.ADMIN)
MOST_BYTES = 1_000_000


@require_GET
@role_required(*READERS)
def scheme_list(request: HttpRequest) -> HttpResponse:
    """All schemes with their versions, those in force first."""
    found = list(
        Scheme.objects.visible_to(request.user)
        .select_related("published_by", "unit")
        .order_by("period_kind", "name", "-version")
    )
    seen = set()
    for scheme in found:
        scheme.in_force = scheme.is_published and scheme.name not in seen
        if scheme.is_published:
            seen.add(scheme.name)
        scheme.kind_label = label_of_kind(scheme.period_kind)
    return render(request, "kpi/schemes.html", {"schemes": found})


@require_GET
@role_required(*READERS)
def scheme_page(request: HttpRequest, pk: int) -> HttpResponse:
    """One scheme in words."""
    scheme = get_visible(Scheme.objects.select_related("published_by", "unit"), request.user, pk=pk)
    rules = parse(scheme.rules)
    context: dict[str, Any] = {
        "scheme": scheme,
        "kind_label": label_of_kind(scheme.period_kind),
        "leaves": [leaf_words(leaf) for leaf in rules.leaves],
        "group_label": Level(rules.group).label,
        "grades": [(grade, rules.grade_name(grade), least) for grade, least in rules.grades.items()],
        "forced": [(rules.grade_name(grade), share) for grade, share in rules.forced.items()],
        "units": OrgUnit.objects.visible_to(request.user).filter(is_active=True),
        "posts": _posts(request),
        "roles": Scheme._meta.get_field("role").choices,
        "rules": rules,
        "today": periods.today(),
        "versions": Scheme.objects.visible_to(request.user).filter(name=scheme.name).order_by("-version"),
    }
    return render(request, "kpi/scheme.html", context)


def _posts(request: HttpRequest) -> list[str]:
    """The titles of posts that people hold."""
    staff = User.objects.visible_to(request.user).active().exclude(post_title="")
    return sorted(set(staff.values_list("post_title", flat=True)))


def leaf_words(leaf: Any) -> dict[str, Any]:
    """A leaf for readers."""
    metric = metrics.get(leaf.metric)
    missing = {
        "spread": _("weight goes to the others"),
        "median": _("counts as the group's median"),
        "wait": _("the card waits"),
    }
    return {
        "leaf": leaf,
        "dimension": leaf.parent_label,
        "label": leaf.label,
        "formula": metric.formula,
        "points": leaf.weight * 100,
        "low": benchmark_words(metric, leaf.low),
        "high": benchmark_words(metric, leaf.high),
        "missing": missing[leaf.missing],
    }


def benchmark_words(metric: metrics.Metric, benchmark: Benchmark) -> str:
    """A benchmark for readers."""
    if benchmark.number is not None:
        return show(metric, benchmark.number)
    values = {"n": f"{(benchmark.share or 0) * 100:g}"}
    if benchmark.of_last:
        return _("percentile %(n)s of the last period") % values
    return _("percentile %(n)s of the group") % values


@require_GET
@role_required(*READERS)
def scheme_export(request: HttpRequest, pk: int) -> HttpResponse:
    """A scheme as a file that can be loaded elsewhere."""
    scheme = get_visible(Scheme.objects, request.user, pk=pk)
    answer = JsonResponse(defaults.dump(scheme), json_dumps_params={"ensure_ascii": False, "indent": 2})
    answer["Content-Disposition"] = f'attachment; filename="scheme-{scheme.pk}.json"'
    return answer


@require_GET
@role_required(*READERS)
def shelf(request: HttpRequest) -> HttpResponse:
    """The schemes that come with the product, in words."""
    found = []
    for name, data in defaults.shipped().items():
        rules = parse(data["rules"])
        found.append(
            {
                "code": name,
                "name": text(data["name"]),
                "industry": text(data["industry"]),
                "description": text(data.get("description")),
                "kind_label": label_of_kind(data["period"]),
                "leaves": [leaf_words(leaf) for leaf in rules.leaves],
                "imported": [str(metrics.get(code).label) for code in rules.imported],
            }
        )
    return render(request, "kpi/shelf.html", {"schemes": found})


@require_POST
@role_required(*READERS)
def take(request: HttpRequest) -> HttpResponse:
    """Take a shipped scheme, or an uploaded file, over as a draft."""
    organisation = OrgUnit.objects.get(pk=request.user.organisation_id)
    file = request.FILES.get("file")
    if file is not None and (file.size or 0) > MOST_BYTES:
        messages.error(request, _("The file is too large for a scheme."))
        return redirect("kpi:shelf")
    try:
        data = json.load(file) if file is not None else defaults.shipped().get(request.POST.get("code", ""))
    except ValueError:
        data = None
    if data is None:
        messages.error(request, _("Choose a scheme, or a JSON file as the export writes it."))
        return redirect("kpi:shelf")
    try:
        scheme = defaults.load(organisation, data, user=request.user, publish=False)
    except SchemeError as error:
        for problem in error.messages[:20]:
            messages.error(request, problem)
        return redirect("kpi:shelf")
    return redirect("kpi:scheme", pk=scheme.pk)


@require_POST
@role_required(*READERS)
@fresh_required
def publish(request: HttpRequest, pk: int) -> HttpResponse:
    """Put a draft in force from a day on."""
    scheme = get_editable(Scheme.objects, request.user, pk=pk)
    day = parse_date(request.POST.get("effective_from", "")) or periods.today()
    wanted = request.POST.get("unit", "")
    unit = OrgUnit.objects.visible_to(request.user).filter(pk=wanted).first() if wanted.isdigit() else None
    post = request.POST.get("post", "").strip()[:60]
    try:
        defaults.publish(scheme, request.user, day, unit=unit, post=post, role=request.POST.get("role", scheme.role))
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    else:
        messages.success(request, _("In force from %(day)s.") % {"day": day})
    return redirect("kpi:scheme", pk=pk)


@require_POST
@role_required(*READERS)
def drop(request: HttpRequest, pk: int) -> HttpResponse:
    """Throw a draft away."""
    scheme = get_editable(Scheme.objects, request.user, pk=pk)
    if scheme.is_published:
        messages.error(request, _("A published scheme stays."))
        return redirect("kpi:scheme", pk=pk)
    scheme.delete()
    messages.success(request, _("The draft is gone."))
    return redirect("kpi:schemes")


@require_GET
@role_required(*READERS)
def trial(request: HttpRequest, pk: int) -> HttpResponse:
    """A scheme tried on the last period that was scored: new and old scores side by side."""
    scheme = get_visible(Scheme.objects.select_related("organisation"), request.user, pk=pk)
    period = trials.last_period(scheme)
    context: dict[str, Any] = {"scheme": scheme, "period": period, "trial": trials.trial(scheme, period)}
    return render(request, "kpi/trial.html", context)

"""Schemes in words: what counts, how much, between which benchmarks."""

from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from crm.lib.scope import get_visible
from kpi import defaults, metrics
from kpi.metrics.display import show
from kpi.models import Scheme
from kpi.schemes import Benchmark, parse
from people.access import role_required
from people.models import Level, Role

READERS = (Role.HR, Role.ADMIN)


@require_GET
@role_required(*READERS)
def scheme_list(request: HttpRequest) -> HttpResponse:
    """All schemes with their versions, those in force first."""
    found = list(
        Scheme.objects.visible_to(request.user)
        .select_related("published_by")
        .order_by("period_kind", "name", "-version")
    )
    seen = set()
    for scheme in found:
        scheme.in_force = scheme.is_published and scheme.name not in seen
        if scheme.is_published:
            seen.add(scheme.name)
        scheme.kind_label = kind_label(scheme.period_kind)
    return render(request, "kpi/schemes.html", {"schemes": found})


def kind_label(kind: str) -> str:
    """A kind of period in words."""
    return {"month": _("Monthly"), "quarter": _("Quarterly"), "half": _("Half-yearly"), "year": _("Yearly")}[kind]


@require_GET
@role_required(*READERS)
def scheme_page(request: HttpRequest, pk: int) -> HttpResponse:
    """One scheme in words."""
    scheme = get_visible(Scheme.objects.select_related("published_by"), request.user, pk=pk)
    rules = parse(scheme.rules)
    context: dict[str, Any] = {
        "scheme": scheme,
        "kind_label": kind_label(scheme.period_kind),
        "leaves": [leaf_words(leaf) for leaf in rules.leaves],
        "group_label": Level(rules.group).label,
        "grades": rules.grades.items(),
        "rules": rules,
        "versions": Scheme.objects.visible_to(request.user).filter(name=scheme.name).order_by("-version"),
    }
    return render(request, "kpi/scheme.html", context)


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

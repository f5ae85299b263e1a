"""The editor of a draft scheme, and its pairwise judgements."""

from decimal import InvalidOperation
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from crm.lib import ahp
from crm.lib.scope import get_editable, get_visible
from crm.lib.templatetags.zoufang import grade_name
from kpi import editing, kinds, metrics
from kpi.bonus import read as read_bonus
from kpi.models import Scheme
from kpi.reports.spread import spread
from kpi.schemes import FORCED, GRADES, MOST_ADJUSTMENT, SCALES
from kpi.wording import text
from people.access import role_required
from people.models import Level, Role

EDITORS = (Role.HR, Role.ADMIN)


def scale_words() -> list[tuple[str, str]]:
    """The steps of the scale in words, from the first being extremely more important to the second being so."""
    words = {
        "9": _("extremely more"),
        "7": _("far more"),
        "5": _("clearly more"),
        "3": _("somewhat more"),
        "1": _("the same"),
        "1/3": _("somewhat less"),
        "1/5": _("clearly less"),
        "1/7": _("far less"),
        "1/9": _("extremely less"),
    }
    steps = [str(k) for k in range(9, 0, -1)] + [f"1/{k}" for k in range(2, 10)]
    return [(step, words.get(step, _("in between"))) for step in steps]


@require_POST
@role_required(*EDITORS)
def new_version(request: HttpRequest, pk: int) -> HttpResponse:
    """A draft of the next version."""
    scheme = get_editable(Scheme.objects, request.user, pk=pk)
    return redirect("kpi:scheme-edit", pk=editing.copy_as_draft(scheme).pk)


@require_http_methods(["GET", "POST"])
@role_required(*EDITORS)
def edit(request: HttpRequest, pk: int) -> HttpResponse:
    """The tree of a draft as a form; what is wrong is said and nothing is lost."""
    scheme = get_visible(Scheme.objects.select_related("organisation"), request.user, pk=pk)
    if scheme.is_published:
        messages.error(request, _("A published scheme never changes. Make a new version of it."))
        return redirect("kpi:scheme", pk=pk)
    problems: list[str] = []
    rules = scheme.rules
    if request.method == "POST":
        own = [*editing.own_items(scheme.organisation), *editing.own_fields(scheme.organisation)]
        rules = editing.edited(scheme.rules, request.POST, dict(own))
        try:
            editing.save_rules(scheme, rules)
        except ValidationError as error:
            problems = error.messages
        else:
            messages.success(request, _("Saved."))
            return redirect("kpi:scheme-edit", pk=pk)
    return render(request, "kpi/scheme_edit.html", _context(scheme, rules, problems))


@require_GET
@role_required(*EDITORS)
def spread_of(request: HttpRequest, pk: int) -> HttpResponse:
    """The last period's values of one leaf between its benchmarks, as typed or as the scheme has them."""
    scheme = get_visible(Scheme.objects, request.user, pk=pk)
    node = editing.find(scheme.rules, request.GET.get("node") or "-")
    if node is None or not metrics.known(node.get("metric", "")):
        raise Http404
    code, metric = node["code"], metrics.get(node["metric"])
    bounds = []
    for key in ("low", "high"):
        typed = request.GET.get(f"{key}-{code}", "").strip()
        bounds.append(editing.benchmark_value(typed) if typed else node.get(key))
    period = kinds.last(scheme.period_kind)
    context: dict[str, Any] = {"metric": metric, "period": period}
    try:
        context["option"] = spread(scheme.organisation_id, metric, period, *bounds)
    except InvalidOperation:
        context["unclear"] = True
    return render(request, "kpi/spread.html", context)


def _context(scheme: Scheme, rules: dict[str, Any], problems: list[str]) -> dict[str, Any]:
    nodes = []
    judged = {""} if rules.get("ahp") else set()
    for node, depth in editing.walk(rules):
        metric = metrics.get(node["metric"]) if metrics.known(node.get("metric", "")) else None
        if node.get("ahp"):
            judged.add(node["code"])
        nodes.append(
            {
                "code": node.get("code", ""),
                "depth": depth,
                "name": text(node.get("name")) or (str(metric.label) if metric else ""),
                "metric": metric,
                "weight": node.get("weight", ""),
                "low": editing.benchmark_text(metric, node.get("low")) or node.get("low", "") if metric else "",
                "high": editing.benchmark_text(metric, node.get("high")) or node.get("high", "") if metric else "",
                "missing": node.get("missing", ""),
                "is_group": "children" in node,
                "total": node.get("total", 1),
            }
        )
    parents = {id(child): "" for child in rules.get("tree", [])}
    for node, _depth in editing.walk(rules):
        parents |= {id(child): node.get("code", "") for child in node.get("children", [])}
    for shown, (node, _depth) in zip(nodes, editing.walk(rules), strict=True):
        shown["parent"] = parents[id(node)]
        shown["is_judged"] = shown["parent"] in judged
    grades = rules.get("grades", GRADES)
    conditions = {rule.code: rule.condition for rule in read_bonus(rules.get("bonus", []), lambda where, problem: None)}
    return {
        "scheme": scheme,
        "nodes": nodes,
        "groups": [shown for shown in nodes if shown["is_group"]],
        "problems": problems,
        "levels": Level.choices,
        "group": rules.get("group", "organisation"),
        "grades": [(grade, grades.get(grade, "")) for grade in GRADES],
        "scale": rules.get("scale", "four"),
        "scales": [(code, " / ".join(_grade_names(code))) for code in SCALES],
        "forced": list({**FORCED, **rules.get("forced", {})}.items()),
        "metrics": _offered(scheme),
        "adjustment": rules.get("adjustment", MOST_ADJUSTMENT),
        "bonus": [
            {**one, "name": text(one.get("name")), "condition": conditions.get(one.get("code"), "")}
            for one in rules.get("bonus", [])
        ],
        "total": rules.get("total", 1),
        "missing_rules": [
            ("", _("as the scheme says")),
            ("spread", _("weight goes to the others")),
            ("median", _("counts as the group's median")),
            ("wait", _("the card waits")),
        ],
    }


def _offered(scheme: Scheme) -> list[tuple[Any, list[tuple[str, Any]]]]:
    """Indicators by source, the organisation's own checklist items and yes-or-no fields of client files among them."""
    found = metrics.by_source()
    found["visits"] += editing.own_items(scheme.organisation)
    found["files"] += editing.own_fields(scheme.organisation)
    return [(metrics.SOURCES[source], choices) for source, choices in found.items()]


def _grade_names(scale: str) -> list[str]:
    names = SCALES[scale]["names"]
    return [str(names.get(grade) or grade_name(grade)) for grade in FORCED]


@require_http_methods(["GET", "POST"])
@role_required(*EDITORS)
def judge(request: HttpRequest, pk: int) -> HttpResponse:
    """Pairwise judgements of what stands below a node: weights and consistency; saved when they hold together."""
    scheme = get_visible(Scheme.objects, request.user, pk=pk)
    code = request.POST.get("node", request.GET.get("node", ""))
    node = editing.find(scheme.rules, code)
    nodes = editing.children_of(node) if node is not None else []
    if len(nodes) < 2 or len(nodes) > ahp.MAX_ORDER:
        raise Http404
    matrix = node.get("ahp") if node else None
    if request.method == "POST":
        matrix = editing.matrix_of(len(nodes), request.POST)
        if "save" in request.POST:
            try:
                editing.save_judgements(scheme, code, matrix)
            except ValidationError as error:
                messages.error(request, " ".join(error.messages))
            else:
                messages.success(request, _("Saved."))
                return redirect("kpi:scheme-edit", pk=pk)
    found = ahp.priorities(matrix) if isinstance(matrix, list) and len(matrix) == len(nodes) else None
    names = [_name(child) for child in nodes]
    worst = found.worst if found and not found.consistent else None
    context = {
        "scheme": scheme,
        "node": code,
        "title": text(node.get("name")) if node else "",
        "pairs": [
            {
                **pair,
                "first": _name(pair["first"]),
                "second": _name(pair["second"]),
                "is_worst": worst is not None and pair["name"] == f"pair-{worst.i}-{worst.j}",
            }
            for pair in editing.judgements(nodes, matrix)
        ],
        "scale": scale_words(),
        "weights": sorted(zip(names, found.weights, strict=True), key=lambda one: -one[1]) if found else [],
        "found": found,
        "can_save": not scheme.is_published,
    }
    template = "kpi/judge_result.html" if request.headers.get("HX-Request") else "kpi/judge.html"
    return render(request, template, context)


def _name(node: dict[str, Any]) -> str:
    if name := text(node.get("name")):
        return name
    return str(metrics.get(node["metric"]).label) if "metric" in node else str(node.get("code", ""))

"""Changing a draft scheme: weights, benchmarks, leaves, and weights by pairwise judgement."""

import copy
import re
from collections.abc import Iterator, Mapping
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from clients.models import AttributeDefinition
from kpi import metrics
from kpi.metrics.checks import ATTRIBUTE_PREFIX, CHECKLIST_PREFIX
from kpi.metrics.registry import PERCENT
from kpi.models import Scheme
from kpi.schemes import FORCED, SchemeError, parse
from kpi.wording import number, text
from people.models import OrgUnit
from visits import checklists
from visits.models import ChecklistTemplate

PERCENTILE = re.compile(r"^P\s*(\d+(?:\.\d+)?)\s*(<?)$", re.IGNORECASE)

# Each step of the scale with its reciprocal.
STEPS = {"1": "1"} | {str(k): f"1/{k}" for k in range(2, 10)} | {f"1/{k}": str(k) for k in range(2, 10)}

Node = dict[str, Any]


@transaction.atomic
def copy_as_draft(scheme: Scheme) -> Scheme:
    """The draft of a scheme's next version: the one that is there, else a copy."""
    versions = Scheme.objects.select_for_update().filter(organisation=scheme.organisation_id, name=scheme.name)
    list(versions.order_by("pk"))  # held, so that a second click finds the draft
    if draft := versions.filter(published_at=None).order_by("-version").first():
        return draft
    last = versions.aggregate(last=Max("version"))["last"]
    return Scheme.objects.create(
        organisation_id=scheme.organisation_id,
        name=scheme.name,
        version=last + 1,
        period_kind=scheme.period_kind,
        rules=scheme.rules,
        description=scheme.description,
        role=scheme.role,
        post=scheme.post,
        unit_id=scheme.unit_id,
    )


@transaction.atomic
def save_rules(scheme: Scheme, rules: Any) -> Scheme:
    """Put new rules into a draft; SchemeError when they are unsound, ValidationError when it is in force."""
    scheme = Scheme.objects.select_for_update().get(pk=scheme.pk)
    if scheme.is_published:
        raise ValidationError(_("A published scheme never changes. Make a new version of it."))
    parse(rules)
    scheme.rules = rules
    scheme.save(update_fields=["rules"])
    return scheme


def walk(rules: Mapping[str, Any]) -> Iterator[tuple[Node, int]]:
    """Every node of a tree with its depth, parents before children."""

    def below(nodes: list[Node], depth: int) -> Iterator[tuple[Node, int]]:
        for node in nodes:
            yield node, depth
            yield from below(node.get("children", []), depth + 1)

    yield from below(rules.get("tree", []), 0)


def find(rules: Mapping[str, Any], code: str) -> Node | None:
    """The node of a code; the whole for an empty one."""
    if not code:
        return rules  # type: ignore[return-value]
    return next((node for node, _depth in walk(rules) if node.get("code") == code), None)


def own_items(organisation: OrgUnit) -> list[tuple[str, str]]:
    """The checklist items that an organisation uses now, as indicators (code, label)."""
    found: dict[str, str] = {}
    templates = ChecklistTemplate.objects.filter(organisation=organisation, is_current=True)
    for template in [checklists.current(organisation, ""), *templates.exclude(client_kind=checklists.BEHAVIOUR)]:
        for item in template.items:
            found.setdefault(f"{CHECKLIST_PREFIX}{item['code']}", checklists.label_of(item))
    return [(code, label) for code, label in found.items() if metrics.known(code)]


def own_fields(organisation: OrgUnit) -> list[tuple[str, str]]:
    """The yes-or-no fields that an organisation added to its client files, as indicators (code, label)."""
    fields = AttributeDefinition.objects.filter(organisation=organisation, type="yes_no", is_active=True)
    named = [(f"{ATTRIBUTE_PREFIX}{field.name}", field.label) for field in fields]
    return [(code, label) for code, label in named if metrics.known(code)]


def children_of(node: Mapping[str, Any]) -> list[Node]:
    """What stands below a node, or below the whole."""
    return node.get("children") or node.get("tree") or []


def benchmark_text(metric: metrics.Metric, given: Any) -> str:
    """A benchmark as people type it: 60%, 4.5, P10 for a percentile, P10< for that of the last period."""
    if isinstance(given, Mapping):
        mark = "<" if given.get("of") == "last" else ""
        return f"P{given.get('percentile')}{mark}"
    value = number(given)
    if value is None:
        return ""
    if metric.unit == PERCENT:
        return f"{(value * 100).normalize():f}%"
    return f"{value.normalize():f}"


def benchmark_value(typed: str) -> Any:
    """What a typed benchmark means; text that means nothing stays, for the check to complain about."""
    plain = typed.strip().replace("％", "%")
    if match := PERCENTILE.match(plain):
        return {"percentile": float(match[1]), **({"of": "last"} if match[2] else {})}
    if plain.endswith("%") and (value := number(plain[:-1].strip())) is not None:
        return f"{(value / 100).normalize():f}"
    return plain


def edited(rules: Mapping[str, Any], data: Mapping[str, str], own_names: Mapping[str, str] | None = None) -> Any:
    """Rules with what a form says: weights, benchmarks and missing rules by code, leaves taken away, one added.

    ``own_names``: what the organisation calls indicators that it made itself.
    """
    found = copy.deepcopy(dict(rules))
    for key in ("group", "missing", "scale"):
        if data.get(key):
            found[key] = data[key]
    grades = {grade: data.get(f"grade-{grade}", "").strip() for grade in ("excellent", "good", "fair")}
    if all(grades.values()):
        found["grades"] = grades
    forced = {grade: data.get(f"forced-{grade}", "").strip() for grade in FORCED}
    if all(forced.values()):
        found["forced"] = {grade: int(share) if share.isdigit() else share for grade, share in forced.items()}
    for node, _depth in list(walk(found)):
        code = node.get("code", "")
        for key in ("weight", "missing"):
            if typed := data.get(f"{key}-{code}", "").strip():
                node[key] = typed
        for key in ("low", "high"):
            if (bound := data.get(f"{key}-{code}")) is not None and "metric" in node:
                node[key] = benchmark_value(bound)
        if (name := data.get(f"name-{code}", "").strip()) and name != _shown_name(node):
            node["name"] = name
    if adjustment := data.get("adjustment", "").strip():
        found["adjustment"] = adjustment
    _edit_bonus(found, data)
    _take_away(found, data)
    _add(found, data, own_names or {})
    return found


def _edit_bonus(rules: Node, data: Mapping[str, str]) -> None:
    """Names and points of bonus rules as typed, rules taken out, and one more."""
    kept = [one for one in rules.get("bonus", []) if f"bonus-remove-{one.get('code')}" not in data]
    for one in kept:
        code = one.get("code")
        if (name := data.get(f"bonus-name-{code}", "").strip()) and name != text(one.get("name")):
            one["name"] = name
        if points := data.get(f"bonus-points-{code}", "").strip():
            one["points"] = points
    if name := data.get("bonus-new-name", "").strip():
        taken = {one.get("code") for one in rules.get("bonus", [])}
        code = next(each for each in (f"rule_{place}" for place in range(1, 99)) if each not in taken)
        one = {"code": code, "name": name, "points": data.get("bonus-new-points", "").strip()}
        if metric := data.get("bonus-new-metric", ""):
            end = "at_most" if data.get("bonus-new-end") == "at_most" else "at_least"
            one |= {"metric": metric, end: benchmark_value(data.get("bonus-new-limit", ""))}
        kept.append(one)
    if kept or "bonus" in rules:
        rules["bonus"] = kept


def _shown_name(node: Node) -> str:
    return text(node.get("name")) or (str(metrics.get(node["metric"]).label) if "metric" in node else "")


def _take_away(rules: Node, data: Mapping[str, str]) -> None:
    for node, _depth in [(rules, -1), *walk(rules)]:
        key = "tree" if node is rules else "children"
        if key in node:
            kept = [child for child in node[key] if f"remove-{child.get('code')}" not in data]
            if len(kept) != len(node[key]):
                node.pop("ahp", None)  # its matrix compares what is no longer there
            node[key] = kept


def _add(rules: Node, data: Mapping[str, str], own_names: Mapping[str, str]) -> None:
    code = data.get("add-metric", "")
    if not code:
        return
    parent = find(rules, data.get("add-parent", "")) or rules
    taken = {node.get("code") for node, _depth in walk(rules)}
    base = re.sub(r"\W", "_", code)[:34]
    name = next(each for each in (base, *(f"{base}_{number_}" for number_ in range(2, 99))) if each not in taken)
    leaf = {
        "code": name,
        "metric": code,
        "weight": data.get("add-weight", "").strip(),
        "low": benchmark_value(data.get("add-low", "")),
        "high": benchmark_value(data.get("add-high", "")),
    }
    if code in own_names:
        leaf["name"] = own_names[code]
    parent["tree" if parent is rules else "children"].append(leaf)
    parent.pop("ahp", None)


def judgements(nodes: list[Node], matrix: Any) -> list[dict[str, Any]]:
    """The pairs to compare, each with the judgement there is (1 where there is none)."""
    size = len(nodes)
    usable = isinstance(matrix, list) and len(matrix) == size
    pairs = []
    for i in range(size):
        for j in range(i + 1, size):
            cell = matrix[i][j] if usable and len(matrix[i]) == size else 1
            pairs.append({"name": f"pair-{i}-{j}", "first": nodes[i], "second": nodes[j], "value": str(cell)})
    return pairs


def matrix_of(size: int, data: Mapping[str, str]) -> list[list[Any]]:
    """The matrix that a form's judgements make; what is no step of the scale counts as equal."""
    matrix: list[list[Any]] = [[1] * size for _row in range(size)]
    for i in range(size):
        for j in range(i + 1, size):
            typed = data.get(f"pair-{i}-{j}", "1")
            step = typed if typed in STEPS else "1"
            matrix[i][j], matrix[j][i] = step, STEPS[step]
    return matrix


@transaction.atomic
def save_judgements(scheme: Scheme, code: str, matrix: list[list[Any]]) -> Scheme:
    """Put a matrix in the place of the weights below a node; SchemeError when it contradicts itself."""
    rules = copy.deepcopy(scheme.rules)
    node = find(rules, code)
    if node is None:
        raise SchemeError([_("There is no such dimension.")])
    node["ahp"] = matrix
    return save_rules(scheme, rules)

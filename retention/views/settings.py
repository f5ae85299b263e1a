"""The rules of an organisation: HR and administrators change them, supervisors read them."""

from typing import Any

from django.contrib import messages
from django.db.models import Count, Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from people.access import role_required
from people.models import Role
from retention.config import config, configs
from retention.forms import MarginForm, RuleForm
from retention.models import Alert, RuleSetting
from retention.reports.exposure import margin_rate
from retention.rules import rules
from retention.services.settings import change_rule, reset_rule, set_margin_rate


@require_GET
@role_required(Role.SUPERVISOR, Role.HR, Role.ADMIN)
def rule_list(request: HttpRequest) -> HttpResponse:
    """All kinds with their numbers, and how many alerts of each are open."""
    user: Any = request.user
    counts = Alert.objects.visible_to(user).order_by().values("kind")
    found = counts.annotate(open=Count("pk", filter=Q(closed_at=None)), all=Count("pk"))
    numbers = {row["kind"]: row for row in found}
    lines = [(one, numbers.get(one.rule.kind, {"open": 0, "all": 0})) for one in configs(user.organisation_id).values()]
    context = {
        "lines": lines,
        "can_change": user.role in (Role.HR, Role.ADMIN),
        "margin": margin_rate(user.unit.organisation) * 100,
    }
    return render(request, "retention/rules.html", context)


@require_POST
@role_required(Role.HR, Role.ADMIN)
def margin_change(request: HttpRequest) -> HttpResponse:
    """What is left of sales, for the margin at risk."""
    user: Any = request.user
    form = MarginForm(request.POST)
    if form.is_valid():
        set_margin_rate(user.unit.organisation, form.rate())
        messages.success(request, _("Saved."))
    else:
        messages.error(request, _("The margin is a percentage from 0 to 100."))
    return redirect("retention:rules")


@require_http_methods(["GET", "POST"])
@role_required(Role.HR, Role.ADMIN)
def rule_edit(request: HttpRequest, kind: str) -> HttpResponse:
    """Change one kind."""
    user: Any = request.user
    if kind not in rules:
        raise Http404
    organisation = user.unit.organisation
    setting = RuleSetting.objects.filter(organisation=organisation, kind=kind).first()
    now = config(rules[kind], setting)
    cases = setting.cases.values_list("pk", flat=True) if setting else ()
    form = RuleForm(request.POST or None, config=now, organisation=organisation, cases=cases)
    if form.is_valid():
        data = form.cleaned_data
        change_rule(
            organisation,
            rules[kind],
            user,
            is_on=data["is_on"],
            limits=form.limits,
            tiers=data["tiers"],
            quiet_days=data["quiet_days"],
            escalate_days=data["escalate_days"],
            steps=form.steps,
            cases=data["cases"],
        )
        messages.success(request, _("Saved. It holds from the next check on."))
        return redirect("retention:rules")
    return render(request, "retention/rule.html", {"form": form, "config": now})


@require_POST
@role_required(Role.HR, Role.ADMIN)
def rule_reset(request: HttpRequest, kind: str) -> HttpResponse:
    """Back to the defaults."""
    user: Any = request.user
    if kind not in rules:
        raise Http404
    reset_rule(user.unit.organisation, rules[kind])
    messages.success(request, _("The defaults hold again."))
    return redirect("retention:rules")

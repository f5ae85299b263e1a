"""Marketing plans: list, new, one with its work."""

from typing import Any, cast

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from crm.lib import periods
from crm.lib.periods import Period, PeriodError
from crm.lib.scope import get_visible
from journals import plans as services
from journals.models import MarketingPlan, PlanItem
from people.access import role_required
from people.models import User

LEADERS = ("supervisor", "hr", "admin")


class PlanForm(forms.ModelForm):
    """A month and its goal."""

    month = forms.CharField(label=gettext_lazy("Month"), widget=forms.TextInput(attrs={"type": "month"}))

    class Meta:
        model = MarketingPlan
        fields = ["goal"]
        widgets = {"goal": forms.Textarea(attrs={"rows": 4})}

    field_order = ["month", "goal"]

    def clean_month(self) -> Any:
        try:
            return Period.parse(self.cleaned_data["month"], periods.MONTH).start
        except PeriodError as error:
            raise ValidationError(str(error)) from error


class ItemForm(forms.ModelForm):
    """A piece of work."""

    class Meta:
        model = PlanItem
        fields = ["title", "owner", "target", "measure", "due_on"]
        widgets = {"due_on": forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")}

    def __init__(self, *args: Any, plan: MarketingPlan, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        cast(forms.ModelChoiceField, self.fields["owner"]).queryset = (
            User.objects.active().under(plan.unit).order_by("name")
        )


@require_GET
def plans(request: HttpRequest) -> HttpResponse:
    """Plans that concern the reader, the newest month first."""
    found = services.with_execution(MarketingPlan.objects.visible_to(request.user).select_related("unit"))
    found = found.order_by("-month", "unit__path")[:60]  # adding up drops the usual order
    return render(request, "journals/plans.html", {"plans": found, "can_plan": request.user.role in LEADERS})


@require_http_methods(["GET", "POST"])
@role_required(*LEADERS)
def plan_new(request: HttpRequest) -> HttpResponse:
    """A plan of the reader's own unit."""
    form = PlanForm(request.POST or None, initial={"month": str(Period.month(periods.today()))})
    if form.is_valid():
        try:
            found = services.open_plan(request.user, form.cleaned_data["month"], form.cleaned_data["goal"])
            return redirect("journals:plan", found.pk)
        except ValidationError as error:
            form.add_error("month", error)
    return render(request, "journals/plan_form.html", {"form": form})


@require_http_methods(["GET", "POST"])
def plan(request: HttpRequest, pk: int) -> HttpResponse:
    """A plan with its work; leaders of the unit add to it."""
    rows = services.with_execution(MarketingPlan.objects.select_related("unit", "created_by"))
    found = get_visible(rows, request.user, pk=pk)
    can_edit = MarketingPlan.objects.editable_by(request.user).filter(pk=pk).exists()
    form = ItemForm(request.POST or None, plan=found)
    if request.method == "POST":
        if not can_edit:
            raise PermissionDenied
        if form.is_valid():
            values = dict(form.cleaned_data)
            services.add_item(found, request.user, values.pop("owner"), **values)
            return redirect("journals:plan", pk)
    items = list(found.items.select_related("owner"))
    for item in items:
        item.is_mine = can_edit or item.owner_id == request.user.pk
    context = {"plan": found, "items": items, "form": form, "can_edit": can_edit}
    return render(request, "journals/plan.html", context)


@require_POST
def plan_report(request: HttpRequest, pk: int) -> HttpResponse:
    """How far a piece of work is, by who is in charge or the leaders of the unit."""
    item = get_visible(PlanItem.objects.select_related("plan"), request.user, pk=pk)
    if not PlanItem.objects.editable_by(request.user).filter(pk=pk).exists():
        raise PermissionDenied
    done = request.POST.get("done", "")
    try:
        services.report(item, int(done) if done.isdecimal() and len(done) < 9 else -1, request.POST.get("note", ""))
        messages.success(request, _("Saved."))
    except ValidationError as error:
        messages.error(request, error.messages[0])
    return redirect("journals:plan", item.plan_id)

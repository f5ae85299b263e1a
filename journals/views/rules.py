"""The organisation's rules about journals."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from crm.lib import periods
from crm.lib.periods import Period
from journals import rules
from journals.forms_rules import RulesForm
from people.access import role_required
from people.models import OrgUnit


@require_http_methods(["GET", "POST"])
@role_required("hr", "admin")
def edit(request: HttpRequest) -> HttpResponse:
    """Deadlines, review time, samples, consent; with what they mean for today."""
    organisation = OrgUnit.objects.get(pk=request.user.organisation_id)
    present = rules.rules_from(organisation.settings)
    form = RulesForm(request.POST or None, rules=present)
    if request.method == "POST" and form.is_valid():
        rules.store(organisation, form.values(), form.changes())
        messages.success(request, _("Saved."))
        return redirect("journals:rules")
    today = periods.today()
    spans = (Period(periods.DAY, today, today), Period.week(today), Period.month(today))
    context = {"form": form, "organisation": organisation, "due": [(span, present.due_at(span)) for span in spans]}
    return render(request, "journals/rules.html", context)

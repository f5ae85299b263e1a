"""Checklists of an organisation, kept by HR in versions."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from people.access import role_required
from people.models import Role
from visits import checklists
from visits.models import ChecklistTemplate

SPARE = 3  # empty lines for new items


@require_GET
@role_required(Role.HR, Role.ADMIN)
def index(request: HttpRequest) -> HttpResponse:
    """The checklist of each kind of client that the organisation visits, with its versions."""
    organisation = request.user.unit.organisation
    versions = ChecklistTemplate.objects.visible_to(request.user).order_by("client_kind", "-version")
    of_kind: dict[str, list[ChecklistTemplate]] = {}
    for template in versions:
        of_kind.setdefault(template.client_kind, []).append(template)
    cards = [
        {
            "kind": kind,
            "label": checklists.label_of_kind(kind),
            "items": [checklists.label_of(item) for item in checklists.current(organisation, kind).items],
            "versions": of_kind.get(kind, []),
        }
        for kind in [*checklists.kinds_of(organisation), checklists.BEHAVIOUR]
    ]
    return render(request, "visits/checklists.html", {"cards": cards})


@require_http_methods(["GET", "POST"])
@role_required(Role.HR, Role.ADMIN)
def edit(request: HttpRequest, kind: str) -> HttpResponse:
    """Put together the next version; visits keep the version that they were ticked by."""
    organisation = request.user.unit.organisation
    if kind not in [*checklists.kinds_of(organisation), checklists.BEHAVIOUR]:
        raise Http404
    template = checklists.current(organisation, kind)
    lines = [(item["code"], checklists.label_of(item)) for item in template.items]
    error = ""
    if request.method == "POST":
        lines = list(zip(request.POST.getlist("code"), request.POST.getlist("label"), strict=False))
        try:
            saved = checklists.revise(organisation, kind, lines)
        except ValidationError as refused:
            error = " ".join(refused.messages)
        else:
            messages.success(request, _("Checklist saved as version %(n)d.") % {"n": saved.version})
            return redirect("visits:checklists")
    lines = [line for line in lines if line[1].strip()]
    context = {
        "kind": kind,
        "kind_label": checklists.label_of_kind(kind),
        "lines": [*lines, *[("", "")] * SPARE],
        "error": error,
        "version": template.version if template.pk else 0,
    }
    return render(request, "visits/checklist_form.html", context)

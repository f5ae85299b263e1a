"""Around the client list: changes in bulk, exports, saved views, columns, attributes."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from clients import bulk
from clients.columns import available, chosen, definitions
from clients.forms.attributes import AttributeForm
from clients.models import AttributeDefinition, BulkChange, Client, SavedView
from clients.views.lists import BULK_ROLES, filtered, filters_of
from crm.lib.scope import get_editable
from people.access import role_required
from people.models import Role

DEFINERS = (Role.HR, Role.ADMIN)


def _back(query: str) -> HttpResponse:
    """The list with the filters that the reader had."""
    kept = QueryDict(query)
    return redirect(f"{reverse('clients:list')}?{kept.urlencode()}")


@require_POST
@role_required(*BULK_ROLES)
def bulk_change(request: HttpRequest) -> HttpResponse:
    """Change the selected clients, or all that the filters show."""
    user: Any = request.user
    query = request.POST.get("query", "")
    if request.POST.get("all"):
        clients = filtered(user, QueryDict(query))
    else:
        ids = [int(pk) for pk in request.POST.getlist("ids") if pk.isdecimal() and len(pk) < 19]
        clients = Client.objects.filter(pk__in=ids)
    field = request.POST.get("field", "")
    try:
        made = bulk.change(clients, field, request.POST.get(f"value-{field}", ""), user)
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
        return _back(query)
    return redirect("clients:bulk-done", pk=made.pk)


@require_GET
@role_required(*BULK_ROLES)
def bulk_done(request: HttpRequest, pk: int) -> HttpResponse:
    """What a change in bulk did, with the way back."""
    made = get_editable(BulkChange.objects.all(), request.user, pk=pk)
    rows = made.rows.select_related("client")[:50]
    return render(request, "clients/bulk.html", {"made": made, "rows": rows})


@require_POST
@role_required(*BULK_ROLES)
def bulk_undo(request: HttpRequest, pk: int) -> HttpResponse:
    """Take a change in bulk back."""
    made = get_editable(BulkChange.objects.all(), request.user, pk=pk)
    try:
        count = bulk.undo(made, request.user)
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    else:
        text = ngettext("Taken back for %(n)d client.", "Taken back for %(n)d clients.", count)
        messages.success(request, text % {"n": count})
    return redirect("clients:list")


@require_POST
def view_save(request: HttpRequest) -> HttpResponse:
    """Keep the list's filters under a name; the same name again replaces them."""
    user: Any = request.user
    query = filters_of(request, QueryDict(request.POST.get("query", "")))
    name = " ".join(request.POST.get("name", "").split())[:30]
    if not name or not query or len(query) > 500:
        messages.error(request, _("Set a filter and give the view a name."))
        return _back(query)
    shared = bool(request.POST.get("shared")) and user.role in (Role.SUPERVISOR, Role.HR, Role.ADMIN)
    SavedView.objects.update_or_create(
        user=user, name=name, defaults={"organisation_id": user.organisation_id, "query": query, "is_shared": shared}
    )
    messages.success(request, _("The view “%(name)s” stands above the list.") % {"name": name})
    return _back(query)


@require_POST
def view_delete(request: HttpRequest) -> HttpResponse:
    """Forget one of the own views: the one whose filters are set."""
    query = request.POST.get("query", "")
    SavedView.objects.editable_by(request.user).filter(query=filters_of(request, QueryDict(query))).delete()
    return redirect("clients:list")


@require_http_methods(["GET", "POST"])
def columns(request: HttpRequest) -> HttpResponse:
    """Which columns the own list shows."""
    user: Any = request.user
    own = definitions(user.organisation_id)
    found = available(own)
    if request.method == "POST":
        names = set(request.POST.getlist("columns"))
        user.preferences = {**user.preferences, "client_columns": [one.name for one in found if one.name in names]}
        user.save(update_fields=["preferences"])
        return redirect("clients:list")
    on = {column.name for column in chosen(user, own)}
    return render(request, "clients/columns.html", {"columns": [(one, one.name in on) for one in found]})


@require_GET
@role_required(*DEFINERS)
def attributes(request: HttpRequest) -> HttpResponse:
    """The organisation's own fields of the client file."""
    found = AttributeDefinition.objects.visible_to(request.user)
    return render(request, "clients/attributes.html", {"attributes": found})


@require_http_methods(["GET", "POST"])
@role_required(*DEFINERS)
def attribute_new(request: HttpRequest) -> HttpResponse:
    """A new field."""
    user: Any = request.user
    return _attribute(request, AttributeDefinition(organisation_id=user.organisation_id), _("New field"))


@require_http_methods(["GET", "POST"])
@role_required(*DEFINERS)
def attribute(request: HttpRequest, pk: int) -> HttpResponse:
    """Change a field."""
    found = get_editable(AttributeDefinition.objects.all(), request.user, pk=pk)
    return _attribute(request, found, found.label)


def _attribute(request: HttpRequest, found: AttributeDefinition, title: str) -> HttpResponse:
    form = AttributeForm(request.POST or None, instance=found)
    if form.is_valid():
        form.save()
        messages.success(request, _("Saved."))
        return redirect("clients:attributes")
    return render(request, "clients/attribute.html", {"form": form, "page_title": title})

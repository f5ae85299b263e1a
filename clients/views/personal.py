"""Clients' personal data on request: a file to take away, and numbers that one does not usually see."""

from collections.abc import Iterator
from typing import Any

from django import forms
from django.contrib import messages
from django.core import signing
from django.core.exceptions import BadRequest, ValidationError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from clients.attributes import label_of
from clients.columns import EXPORTED, PERSONAL, definitions
from clients.models import Client
from clients.views.lists import EXPORT_ROLES, filtered, filters_of
from crm.lib import masking, periods
from crm.lib.exports import table_response
from crm.lib.replica import report
from crm.lib.scope import get_visible
from people import disclosures
from people.access import role_required
from people.models import Disclosure
from people.sessions import fresh_required

HOURS = 24
SALT = "clients.export"
LONGEST_QUERY = 1000  # characters; the filters stand in the link


class ExportForm(forms.Form):
    """What to take away, and what for."""

    format_of_file = forms.ChoiceField(label=gettext_lazy("File format"), choices=[("xlsx", "XLSX"), ("csv", "CSV")])
    reason = forms.CharField(label=gettext_lazy("What is it needed for?"), max_length=200)
    personal = forms.BooleanField(
        label=gettext_lazy("With phone, identity and account numbers"),
        required=False,
        help_text=gettext_lazy("Only where the work cannot be done without them."),
    )


@require_http_methods(["GET", "POST"])
@role_required(*EXPORT_ROLES)
@fresh_required
def export(request: HttpRequest) -> HttpResponse:
    """Ask what for, note it, and give a link that ends."""
    user: Any = request.user
    form = ExportForm(request.POST or None, initial={"format_of_file": request.GET.get("format_of_file", "xlsx")})
    query = filters_of(request)
    if len(query) > LONGEST_QUERY:
        raise BadRequest("too many filters for a link")
    count = filtered(user, QueryDict(query)).order_by().count()
    context = {"form": form, "count": count, "left": disclosures.left_today(user), "hours": HOURS}
    if form.is_valid():
        values = form.cleaned_data
        try:
            disclosures.note(
                user, Disclosure.Kind.EXPORT, _("Client list %(query)s") % {"query": query}, values["reason"], count
            )
        except ValidationError as error:
            form.add_error(None, error)
        else:
            asked = [[user.pk, user.generation], query, values["format_of_file"], values["personal"], count]
            token = signing.dumps(asked, salt=SALT)
            context["url"] = reverse("clients:export-file", args=[token])
    return render(request, "clients/export.html", context)


@never_cache
@require_GET
@role_required(*EXPORT_ROLES)
@report
def export_file(request: HttpRequest, token: str) -> HttpResponseBase:
    """The file behind a link: for the person who asked, for a day, and with what that person may see by now."""
    user: Any = request.user
    try:
        owner, query, kind, personal, count = signing.loads(token, salt=SALT, max_age=HOURS * 3600)
    except signing.BadSignature as error:
        raise Http404 from error
    if owner != [user.pk, user.generation]:
        raise Http404
    found = filtered(user, QueryDict(query)).select_related("org", "owner", "standing").order_by("code", "pk")
    if found.order_by().count() > count:  # or a narrow list could be asked for, and filled up before it is fetched
        messages.error(request, _("The list has grown since then. Ask for the file once more."))
        return redirect(f"{reverse('clients:export')}?{query}")
    columns = [(label, value) for label, value in EXPORTED if personal or label not in PERSONAL]
    extra = definitions(user.organisation_id)

    def shown(value: Any) -> Any:
        """A number that must not leave stays empty: half of one would be taken for a whole at the next import."""
        return "" if value is None or (not personal and masking.numbers(value) != value) else value

    def rows() -> Iterator[list[Any]]:
        for client in found.iterator(chunk_size=2000):
            cells = [*(value(client) for _label, value in columns), *(client.attributes.get(one.name) for one in extra)]
            yield [shown(cell) for cell in cells]

    header = [*(str(label) for label, _value in columns), *(one.label for one in extra)]
    return table_response(_("clients-%(day)s") % {"day": periods.today().isoformat()}, header, rows(), kind)


@never_cache
@require_POST
@fresh_required
def reveal(request: HttpRequest, pk: int) -> HttpResponse:
    """The numbers of one client in full, once, for a reason that is kept."""
    user: Any = request.user
    client = get_visible(Client.objects.all(), user, pk=pk)
    context: dict[str, Any] = {"client": client}
    try:
        disclosures.note(user, Disclosure.Kind.REVEAL, f"{client.code} {client.name}", request.POST.get("reason", ""))
    except ValidationError as error:
        context["problem"] = " ".join(error.messages)
    else:
        fields = [*((label_of(name), value) for name, value in client.attributes.items()), (_("Note"), client.note)]
        hidden = [(name, value) for name, value in fields if masking.numbers(value) != value]
        people = client.contacts.exclude(phone="").values_list("name", "phone")
        context["numbers"] = [(_("Phone"), client.phone), *people, *hidden]
    return render(request, "clients/reveal.html", context)

"""Files of a client: brought, shown, taken out."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from clients.forms.offers import AttachmentForm
from clients.models import Attachment, Client
from clients.models.files import StoredFile
from clients.services import files
from clients.views.rows import WRITERS, attempt
from crm.lib.files import answer
from crm.lib.redirects import redirect_back
from crm.lib.scope import get_editable, get_visible
from people.access import role_required


def as_download(request: HttpRequest, found: StoredFile) -> HttpResponseBase:
    """A kept file: pictures open in the page, everything else is saved."""
    return answer(request, found, found.content_type, "" if found.is_image else found.name)


def _tab(client_id: int) -> str:
    return f"{reverse('clients:detail', args=[client_id])}?tab=files"


@require_POST
@role_required(*WRITERS)
def upload(request: HttpRequest, pk: int) -> HttpResponse:
    """Keep a file at a client."""
    user: Any = request.user
    client = get_editable(Client.objects.all(), user, pk=pk)
    form = AttachmentForm(request.POST, request.FILES, client=client)
    if form.is_valid():
        values = form.cleaned_data
        file = values["file"]
        attempt(
            request,
            lambda: files.attach(client, file, file.name, user, note=values["note"], contract=values["contract"]),
            _("File kept."),
        )
    else:
        messages.error(request, " ".join(str(error) for errors in form.errors.values() for error in errors))
    return redirect_back(request, _tab(pk))


@require_GET
def download(request: HttpRequest, pk: int) -> HttpResponseBase:
    """A file, for those who see the client."""
    return as_download(request, get_visible(Attachment.objects.all(), request.user, pk=pk))


@require_POST
@role_required(*WRITERS)
def delete(request: HttpRequest, pk: int) -> HttpResponse:
    """Take a file out."""
    found = get_editable(Attachment.objects.all(), request.user, pk=pk)
    files.take_out(found)
    messages.success(request, _("%(name)s has been removed.") % {"name": found.name})
    return redirect_back(request, _tab(found.client_id))

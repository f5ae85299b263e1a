"""Photos of visits: taken in and shown."""

import uuid

from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponseBase, JsonResponse
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from crm.lib.files import answer
from crm.lib.scope import get_visible
from people.access import role_required
from people.models import Role
from visits.forms import PhotoForm
from visits.models import Photo, Visit
from visits.services import add_photo


@require_POST
@role_required(Role.AM, Role.SUPERVISOR)
def upload(request: HttpRequest) -> JsonResponse:
    """One photo of an own visit that the device names by its id; 422 for one that will never be taken."""
    try:
        number = uuid.UUID(request.POST.get("client_uuid", ""))
    except ValueError:
        return JsonResponse({"error": _("This is no visit.")}, status=400)
    visit = get_object_or_404(Visit, manager=request.user, client_uuid=number)
    file = request.FILES.get("photo")
    try:
        if file is None:
            raise ValidationError(_("This is no photo that can be read: JPEG, PNG or WebP."))
        about = PhotoForm(request.POST)
        about.full_clean()
        photo, created = add_photo(visit, file, about.kind_given, about.origin)
    except ValidationError as error:
        return JsonResponse({"error": " ".join(error.messages)}, status=422)
    return JsonResponse({"photo": photo.pk, "created": created})


@require_GET
def show(request: HttpRequest, pk: int) -> HttpResponseBase:
    """A photo, for those who see the visit."""
    return answer(request, get_visible(Photo.objects, request.user, pk=pk))

"""Photos of a visit: re-encoded, without what a camera writes into them, each content once a visit."""

import hashlib
from typing import IO

from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.db import transaction
from django.utils.translation import gettext as _

from crm.lib.files import reencode
from visits.models import Photo, TraceFlag, Visit

MOST_PHOTOS = 9


@transaction.atomic
def add_photo(visit: Visit, file: IO[bytes]) -> tuple[Photo, bool]:
    """Keep a photo of a visit that is not verified; the same photo again is the one that is there. (photo, created)

    A picture that an earlier visit has shown raises a doubt.
    """
    visit = Visit.objects.select_for_update().get(pk=visit.pk)
    data, width, height = reencode(file)
    digest = hashlib.sha256(data).hexdigest()
    known = Photo.objects.filter(visit=visit, sha256=digest).first()
    if known:
        return known, False
    if visit.verified_at:
        raise ValidationError(_("The visit is verified and cannot be changed any more."))
    if Photo.objects.filter(visit=visit).count() >= MOST_PHOTOS:
        raise ValidationError(_("At most %(n)d photos a visit.") % {"n": MOST_PHOTOS})
    photo = Photo(visit=visit, sha256=digest, width=width, height=height)
    photo.file.save(f"{digest[:16]}.jpg", ContentFile(data), save=True)
    before = (
        Photo.objects.filter(sha256=digest, visit__organisation=visit.organisation_id)
        .exclude(visit=visit)
        .select_related("visit__client")
        .order_by("pk")
        .first()
    )
    if before:
        figures = {"visit": before.visit_id, "client": before.visit.client.name, "day": before.visit.day.isoformat()}
        TraceFlag.objects.get_or_create(visit=visit, kind=TraceFlag.Kind.SAME_PHOTO, defaults={"figures": figures})
    return photo, True

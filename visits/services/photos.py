"""Photos of a visit: re-encoded, without what a camera writes into them, each content once a visit."""

import hashlib
import warnings
from io import BytesIO
from typing import IO

from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.db import transaction
from django.utils.translation import gettext as _
from PIL import Image, ImageOps, UnidentifiedImageError

from visits.models import Photo, TraceFlag, Visit

MOST_BYTES = 12 * 1024 * 1024  # as it arrives; a phone sends about 300 kB
MOST_PIXELS = 50_000_000
LONGEST_SIDE = 1600  # pixels; price tags stay legible
QUALITY = 80
MOST_PHOTOS = 9
FORMATS = ("JPEG", "PNG", "WEBP")


def reencode(file: IO[bytes]) -> tuple[bytes, int, int]:
    """A picture as a plain JPEG of at most 1,600 pixels: (data, width, height). No place or camera data survives.

    Raises ValidationError for what is no picture, is too big, or is one of those files that unpack without end.
    """
    raw = file.read(MOST_BYTES + 1)
    if len(raw) > MOST_BYTES:
        raise ValidationError(
            _("The photo is over %(n)d MB. Take it anew in a lower resolution.") % {"n": MOST_BYTES >> 20}
        )
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            picture = Image.open(BytesIO(raw), formats=FORMATS)
            if picture.width * picture.height > MOST_PIXELS:
                raise ValidationError(_("The photo has too many pixels."))
            upright = ImageOps.exif_transpose(picture)
            upright.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
            plain = upright.convert("RGB")
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, Image.DecompressionBombWarning) as error:
        raise ValidationError(_("This is no photo that can be read: JPEG, PNG or WebP.")) from error
    out = BytesIO()
    plain.save(out, "JPEG", quality=QUALITY, optimize=True)
    return out.getvalue(), plain.width, plain.height


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

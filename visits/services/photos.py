"""Photos of a visit: re-encoded, without what a camera writes into them, each content once a visit."""

import datetime as dt
import hashlib
from dataclasses import asdict, dataclass
from io import BytesIO
from typing import IO, Any

from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.db import transaction
from django.utils.translation import gettext as _
from PIL import ExifTags, Image

from crm.lib import periods
from crm.lib.files import MOST_PICTURE_BYTES, reencode
from crm.lib.geo import check_coordinates
from visits.models import Photo, PhotoOrigin, TraceFlag, Visit

MOST_PHOTOS = 9


@dataclass(frozen=True)
class Origin:
    """When and where a picture was taken, as far as the phone or the camera knows; degrees are whole or not there."""

    taken_at: dt.datetime | None = None
    longitude: float | None = None
    latitude: float | None = None

    @property
    def is_known(self) -> bool:
        """Whether there is anything to keep."""
        return self.taken_at is not None or self.longitude is not None


def origin_of(raw: bytes) -> Origin:
    """Time and place from a photo's EXIF data; a camera writes its local time without a zone."""
    exif = Image.open(BytesIO(raw)).getexif()
    taken = exif.get_ifd(ExifTags.IFD.Exif).get(ExifTags.Base.DateTimeOriginal)
    gps = exif.get_ifd(ExifTags.IFD.GPSInfo)
    try:
        moment = dt.datetime.strptime(str(taken), "%Y:%m:%d %H:%M:%S")
        taken_at = periods.at(moment.date(), moment.hour, moment.minute)
    except ValueError:
        taken_at = None
    longitude = _degrees(gps.get(ExifTags.GPS.GPSLongitude), gps.get(ExifTags.GPS.GPSLongitudeRef) == "W")
    latitude = _degrees(gps.get(ExifTags.GPS.GPSLatitude), gps.get(ExifTags.GPS.GPSLatitudeRef) == "S")
    try:
        if longitude is None or latitude is None:
            raise ValueError
        check_coordinates(longitude, latitude)
    except ValueError:
        return Origin(taken_at)
    return Origin(taken_at, longitude, latitude)


def _degrees(parts: Any, is_negative: bool) -> float | None:
    try:
        degrees, minutes, seconds = (float(part) for part in parts)
    except (TypeError, ValueError, ZeroDivisionError):
        return None
    value = degrees + minutes / 60 + seconds / 3600
    return -value if is_negative else value


@transaction.atomic
def add_photo(
    visit: Visit, file: IO[bytes], kind: str = Photo.Kind.PHOTO, origin: Origin | None = None
) -> tuple[Photo, bool]:
    """Keep a photo of a visit that is not verified; the same photo again is the one that is there. (photo, created)

    ``origin`` is what the phone knows; what the camera wrote into the file goes before it. Either is kept apart and
    sealed. A picture that an earlier visit has shown raises a doubt; of signatures there is one a visit, the first.
    """
    visit = Visit.objects.select_for_update().get(pk=visit.pk)
    raw = file.read(MOST_PICTURE_BYTES + 1)
    data, width, height = reencode(BytesIO(raw))
    digest = hashlib.sha256(data).hexdigest()
    known = Photo.objects.filter(visit=visit, sha256=digest).first()
    if known:
        return known, False
    if visit.verified_at or visit.published_at:
        raise ValidationError(_("The visit is verified and cannot be changed any more."))
    if kind == Photo.Kind.SIGNATURE:
        signed = Photo.objects.filter(visit=visit, kind=kind).first()
        if signed:
            return signed, False
    elif Photo.objects.filter(visit=visit, kind=kind).count() >= MOST_PHOTOS:
        raise ValidationError(_("At most %(n)d photos a visit.") % {"n": MOST_PHOTOS})
    photo = Photo(visit=visit, kind=kind, sha256=digest, width=width, height=height)
    photo.file.save(f"{digest[:16]}.jpg", ContentFile(data), save=True)
    known_origin = next((each for each in (origin_of(raw), origin) if each and each.is_known), None)
    if known_origin:
        PhotoOrigin.objects.create(photo=photo, **asdict(known_origin))
    if kind == Photo.Kind.SIGNATURE:
        return photo, True
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

"""Files that people bring: pictures made anew, other files looked at; a name proves nothing."""

import hashlib
import re
import warnings
import zipfile
from dataclasses import dataclass
from io import BytesIO
from pathlib import PurePath
from typing import IO, Protocol

from django.core.exceptions import ValidationError
from django.db.models.fields.files import FieldFile
from django.http import FileResponse, HttpRequest, HttpResponseBase, HttpResponseNotModified
from django.utils.translation import gettext as _
from PIL import Image, ImageOps, UnidentifiedImageError

from crm.lib import scanning

MOST_PICTURE_BYTES = 12 * 1024 * 1024  # as it arrives; a phone sends about 300 kB
MOST_PIXELS = 50_000_000
LONGEST_SIDE = 1600  # pixels; price tags stay legible
QUALITY = 80
FORMATS = ("JPEG", "PNG", "WEBP")
JPEG = "image/jpeg"

MOST_BYTES = 20 * 1024 * 1024
MOST_ENTRIES = 5000  # parts inside an office document
PICTURE_STARTS = (b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n")
# Folder inside the package → type and extension. Documents with macros have another main type and are refused.
OFFICE = {
    "word/": ("application/vnd.openxmlformats-officedocument.wordprocessingml.document", "docx"),
    "xl/": ("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "xlsx"),
    "ppt/": ("application/vnd.openxmlformats-officedocument.presentationml.presentation", "pptx"),
}
MACROS = "vbaProject.bin"


class StoredRow(Protocol):
    """A row with a file and the digest of what that holds."""

    file: FieldFile
    sha256: str


@dataclass(frozen=True)
class Kept:
    """A file as it may be stored: bytes, a harmless name with the extension of its true type, and that type."""

    data: bytes
    name: str
    content_type: str

    @property
    def sha256(self) -> str:
        """The digest of what is stored, in hex."""
        return hashlib.sha256(self.data).hexdigest()


def reencode(file: IO[bytes]) -> tuple[bytes, int, int]:
    """A picture as a plain JPEG of at most 1,600 pixels: (data, width, height). No place or camera data survives.

    Raises ValidationError for what is no picture, is too big, or is one of those files that unpack without end.
    """
    raw = file.read(MOST_PICTURE_BYTES + 1)
    if len(raw) > MOST_PICTURE_BYTES:
        raise ValidationError(
            _("The photo is over %(n)d MB. Take it anew in a lower resolution.") % {"n": MOST_PICTURE_BYTES >> 20}
        )
    scanning.check(BytesIO(raw))
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            picture = Image.open(BytesIO(raw), formats=FORMATS)
            if picture.width * picture.height > MOST_PIXELS:
                raise ValidationError(_("The photo has too many pixels."))
            upright = ImageOps.exif_transpose(picture)
            upright.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
            plain = upright.convert("RGB")
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise ValidationError(_("The photo has too many pixels.")) from error
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError) as error:
        raise ValidationError(_("This is no photo that can be read: JPEG, PNG or WebP.")) from error
    out = BytesIO()
    plain.save(out, "JPEG", quality=QUALITY, optimize=True)
    return out.getvalue(), plain.width, plain.height


def take(file: IO[bytes], name: str) -> Kept:
    """A file that may be kept: a picture made anew, a PDF, an office document without macros, or plain text.

    What it is follows from its content. ValidationError for everything else, for empty and for too big files.
    """
    raw = file.read(MOST_BYTES + 1)
    if len(raw) > MOST_BYTES:
        raise ValidationError(_("The file is over %(n)d MB. Make it smaller or split it.") % {"n": MOST_BYTES >> 20})
    if not raw:
        raise ValidationError(_("The file is empty."))
    if raw.startswith(PICTURE_STARTS) or (raw[:4] == b"RIFF" and raw[8:12] == b"WEBP"):
        return Kept(reencode(BytesIO(raw))[0], _named(name, "jpg"), JPEG)
    scanning.check(BytesIO(raw))
    content_type, extension = _type_of(raw)
    return Kept(raw, _named(name, extension), content_type)


def answer(request: HttpRequest, found: StoredRow, content_type: str = JPEG, name: str = "") -> HttpResponseBase:
    """A kept file for who may see it; with a name it is saved and not shown, and a browser never guesses its type.

    The device may keep it, but asks each time whether it may still show it: others work there as well.
    """
    sign = f'"{found.sha256}"'
    response: HttpResponseBase
    if request.headers.get("If-None-Match", "").removeprefix("W/") == sign:
        response = HttpResponseNotModified()
    else:
        response = FileResponse(
            found.file.open("rb"), as_attachment=bool(name), filename=name, content_type=content_type
        )
        response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["ETag"], response.headers["Cache-Control"] = sign, "private, no-cache"
    return response


def _type_of(raw: bytes) -> tuple[str, str]:
    if raw.startswith(b"%PDF-"):
        return "application/pdf", "pdf"
    if raw.startswith(b"PK\x03\x04"):
        return _office_type(raw)
    if b"\x00" not in raw:
        for encoding in ("utf-8", "gb18030"):
            try:
                text = raw.decode(encoding)
            except UnicodeDecodeError:
                continue
            if text.lstrip("\ufeff \t\r\n")[:1] != "<":  # markup is what a browser could be made to run
                return f"text/plain; charset={encoding}", "txt"
            break
    raise ValidationError(
        _("This kind of file is not taken. Bring a photo (JPEG, PNG, WebP), a PDF, an office document or plain text.")
    )


def _office_type(raw: bytes) -> tuple[str, str]:
    try:
        names = zipfile.ZipFile(BytesIO(raw)).namelist()  # reads the directory only: nothing is unpacked
    except (zipfile.BadZipFile, ValueError, OSError) as error:
        raise ValidationError(_("This document cannot be read. Save it again and bring that file.")) from error
    if any(part.endswith(MACROS) for part in names):
        raise ValidationError(_("This document contains macros. Save it without them and bring that file."))
    if "[Content_Types].xml" in names and len(names) <= MOST_ENTRIES:
        for folder, found in OFFICE.items():
            if any(part.startswith(folder) for part in names):
                return found
    raise ValidationError(_("Archives are not taken. Bring the documents in it one by one."))


def _named(name: str, extension: str) -> str:
    """The name without path and odd characters, with the extension of what the file is."""
    stem = re.sub(r"[^\w\-.()（）【】 ]+", "_", PurePath(name.replace("\\", "/")).stem).strip(" ._") or "file"
    return f"{stem[:100]}.{extension}"

"""Uploads are shown to a virus scanner where one is named: clamd, the daemon of ClamAV, by its INSTREAM command."""

import logging
import socket
import struct
from typing import IO
from urllib.parse import urlsplit

from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

logger = logging.getLogger("crm.security")
TIMEOUT_SECONDS = 30
PART = 1 << 16  # bytes


def check(file: IO[bytes]) -> None:
    """Nothing where no scanner is named or the file is clean; the file stands at its start again.

    ValidationError for what the scanner knows as harmful, and while it cannot be asked: nothing is kept unseen.
    """
    if not settings.CLAMD_URL:
        return
    file.seek(0)
    try:
        answer = ask(file)
    except OSError as error:
        logger.error("virus scanner does not answer: %s", type(error).__name__)
        raise ValidationError(
            _("Files cannot be checked for viruses right now. Try again in a few minutes.")
        ) from error
    finally:
        file.seek(0)
    if answer.endswith(" OK"):
        return
    if answer.endswith(" FOUND"):
        logger.warning("upload refused: %s", answer[:100])
        raise ValidationError(_("This file contains a virus and is not taken. Tell your IT department."))
    logger.error("virus scanner could not check an upload: %s", answer[:100])
    raise ValidationError(_("This file could not be checked for viruses. Make it smaller or split it."))


def ask(file: IO[bytes]) -> str:
    """What clamd says of a file, e.g. ``stream: OK``. OSError when it does not answer."""
    place = urlsplit(settings.CLAMD_URL)
    if place.scheme == "unix":
        link = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        where: str | tuple[str, int] = place.path
    else:
        link = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        where = (place.hostname or "", place.port or 3310)
    with link:
        link.settimeout(TIMEOUT_SECONDS)
        link.connect(where)
        link.sendall(b"zINSTREAM\0")
        try:
            while part := file.read(PART):
                link.sendall(struct.pack(">I", len(part)) + part)
            link.sendall(struct.pack(">I", 0))
        except (BrokenPipeError, ConnectionResetError):
            pass  # it has heard enough: what it has to say is on its way
        found = b""
        while part := link.recv(PART):
            found += part
    if not found:
        raise ConnectionError("no answer")
    return found.decode(errors="replace").strip("\0\n ")

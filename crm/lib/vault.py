"""Text that the database holds encrypted: a stolen table or backup is of no use without the site's secret key."""

import base64
import hmac
from typing import Any

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.db import models
from django.utils.encoding import force_bytes


def _box() -> MultiFernet:
    """Locks with the present secret key, opens with former ones, too (``SECRET_KEY_FALLBACKS``)."""
    keys = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    derived = [hmac.digest(force_bytes(key), b"zoufang.vault", "sha256") for key in keys]
    return MultiFernet([Fernet(base64.urlsafe_b64encode(key)) for key in derived])


def lock(text: str) -> str:
    """The text encrypted; nothing stays nothing."""
    return _box().encrypt(text.encode()).decode() if text else ""


def unlock(stored: str) -> str:
    """The text again; nothing where the key that locked it is gone, so that it has to be entered anew."""
    try:
        return _box().decrypt(stored.encode()).decode() if stored else ""
    except InvalidToken:
        return ""


class SecretField(models.TextField):
    """A text that code reads and writes in clear and the database never sees; it cannot be searched by."""

    def from_db_value(self, value: str | None, _expression: Any, _connection: Any) -> str | None:
        """What the column holds, in clear."""
        return value if value is None else unlock(value)

    def get_prep_value(self, value: Any) -> Any:
        """What the column shall hold."""
        return value if value is None else lock(str(value))

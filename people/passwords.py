"""Rules for passwords: length, no word of the house, none that is known to be stolen. No composition, no expiry."""

import hashlib
from pathlib import Path
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from people.models import OrgUnit

LINE = 40  # hex digits of SHA-1


class HouseWords:
    """Refuses a password that is little more than the product's, the organisation's or a unit's name."""

    WORDS = ("zoufang", "走访")
    LEAST_BESIDE = 6  # characters that must remain when the word is taken out

    def validate(self, password: str, user: Any = None) -> None:
        """ValidationError when nothing much remains without the word."""
        for word in (*self.WORDS, *self._names(user)):
            found = password.casefold()
            if word.casefold() in found and len(found.replace(word.casefold(), "")) < self.LEAST_BESIDE:
                raise ValidationError(_("The password is little more than the name of the house. Choose another one."))

    @staticmethod
    def _names(user: Any) -> list[str]:
        if not getattr(user, "unit_id", None):
            return []
        steps = [user.unit.path[:length] for length in range(6, len(user.unit.path) + 1, 6)]
        units = OrgUnit.objects.filter(path__in=steps).values_list("name", "code")
        return [word for unit in units for word in unit if len(word) >= 3]

    def get_help_text(self) -> str:
        """For the form."""
        return _("Not the name of your organisation or unit.")


class Stolen:
    """Refuses passwords of a list of stolen ones: SHA-1 in hex, sorted, a line each, with anything behind a colon.

    That is the form in which "Pwned Passwords" can be downloaded; the file is searched, never loaded.
    """

    def __init__(self, path: str = "") -> None:
        self.path = path

    def validate(self, password: str, user: Any = None) -> None:
        """ValidationError when the list has it."""
        if self.path and self._has(hashlib.sha1(password.encode(), usedforsecurity=False).hexdigest().upper()):
            raise ValidationError(_("This password is on a list of stolen ones. Choose another one."))

    def _has(self, digest: str) -> bool:
        with Path(self.path).open("rb") as file:
            low, high = 0, file.seek(0, 2)
            while low < high:  # the line that begins at or after ``middle``
                middle = (low + high) // 2
                file.seek(middle)
                if middle:
                    file.readline()
                line = file.readline()
                found = line[:LINE].decode("ascii", "replace").upper()
                if found == digest:
                    return True
                if not line or found > digest:
                    high = middle
                else:
                    low = middle + 1
            file.seek(0)
            return file.readline()[:LINE].decode("ascii", "replace").upper() == digest

    def get_help_text(self) -> str:
        """For the form; nothing when there is no list."""
        return _("Not one that is known to be stolen.") if self.path else ""


class Length:
    """At least so many characters; more for the roles that work without a second factor although they decide much."""

    def __init__(self, least: int = 8, alone: int = 15, roles: tuple[str, ...] = ()) -> None:
        self.least, self.alone, self.roles = least, alone, roles

    def validate(self, password: str, user: Any = None) -> None:
        """ValidationError when it is too short."""
        least = self.least
        if getattr(user, "role", "") in self.roles and getattr(user, "pk", None):
            from people import factors

            least = self.least if factors.of(user) else self.alone
        if len(password) < least:
            raise ValidationError(
                ngettext("Use at least %(n)d character.", "Use at least %(n)d characters.", least) % {"n": least}
            )

    def get_help_text(self) -> str:
        """For the form."""
        text = ngettext("At least %(n)d character.", "At least %(n)d characters.", self.least) % {"n": self.least}
        if self.roles:
            text += _(" HR officers and administrators without a second factor: at least %(n)d.") % {"n": self.alone}
        return text

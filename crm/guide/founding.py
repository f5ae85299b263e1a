"""The first organisation and administrator of an empty installation, then units and people by the list."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.crypto import constant_time_compare, salted_hmac
from django.utils.translation import gettext as _
from django.utils.translation import override

from crm.lib.sql import rows
from people.models import Level, OrgUnit, Profile, Role, User
from people.services import add_person, create_organisation, create_unit
from people.views.staff import one_time_password

MOST_LINES = 500
FIRST_LEVEL: dict[str, Level] = {Profile.BANK: Level.SUB_BRANCH, Profile.INSURANCE: Level.BRANCH}
CELLS = re.compile(r"[\t,，;；]")
STEPS = re.compile(r"\s*[/／>]\s*")


def is_empty() -> bool:
    """Whether nobody has an account yet: only then may a stranger with the key set up."""
    return not User.objects.exists()


def setup_key() -> str:
    """What opens the setup of an empty installation: known to whoever runs it, the same on all its hosts."""
    return salted_hmac("zoufang.setup", "first administrator", algorithm="sha256").hexdigest()[:24]


def opens(key: str) -> bool:
    """Whether the key is right and still of use."""
    return constant_time_compare(key, setup_key()) and is_empty()


@transaction.atomic
def found(organisation: dict[str, str], person: dict[str, str]) -> User:
    """The first organisation {code, name, profile} with its administrator {username, name, password}.

    ValidationError when somebody else was first.
    """
    rows("SELECT pg_advisory_xact_lock(hashtext('zoufang.setup'))::text AS locked")
    if not is_empty():
        raise ValidationError(_("This installation has been set up already. Log in."))
    root = create_organisation(organisation["code"], organisation["name"], organisation["profile"])
    return add_person(root, person["username"], person["name"], Role.ADMIN, password=person["password"])


# --- Units by the list --------------------------------------------------------------------------------------------


@transaction.atomic
def add_units(organisation: OrgUnit, text: str) -> int:
    """Units of lines like ``North department / East grid``; what is there already stays. How many are new."""
    known = {(unit.parent_id, unit.name): unit for unit in OrgUnit.objects.under(organisation)}
    codes = set(OrgUnit.objects.filter(code__startswith=f"{organisation.code}-").values_list("code", flat=True))
    free = (code for code in _codes(organisation.code) if code not in codes)
    before = len(known)
    for number, line in _lines(text):
        parent = organisation
        for depth, name in enumerate(filter(None, STEPS.split(line)), start=1):
            if (parent.pk, name) not in known:
                level = Level.GRID if depth > 1 else FIRST_LEVEL.get(organisation.profile, Level.DEPARTMENT)
                try:
                    known[parent.pk, name] = create_unit(parent, next(free), name, level)
                except ValidationError as error:
                    raise _at(number, "; ".join(error.messages)) from error
            parent = known[parent.pk, name]
    return len(known) - before


def _codes(start: str) -> Iterator[str]:
    for number in range(1, 100_000):
        yield f"{start}-{number:02}"


# --- People by the list -------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Welcome:
    """A new person and the password for the first login, which is shown once."""

    user: User
    password: str


@transaction.atomic
def add_people(organisation: OrgUnit, text: str) -> list[Welcome]:
    """People of lines ``name, user name, role, unit``, all or none. ValidationError names the line."""
    units: dict[str, list[OrgUnit]] = {}
    for unit in OrgUnit.objects.under(organisation).filter(is_active=True):
        units.setdefault(unit.name, []).append(unit)
        units.setdefault(unit.code, []).append(unit)
    roles, found = _roles(), []
    for number, line in _lines(text):
        cells = [cell.strip() for cell in CELLS.split(line)]
        if len(cells) != 4:
            raise _at(number, _("Four entries are needed: name, user name, role, unit."))
        name, username, role, unit_name = cells
        if role.casefold() not in roles:
            raise _at(number, _("There is no role “%(role)s”.") % {"role": role})
        places = units.get(unit_name, [])
        if not places:
            raise _at(number, _("There is no unit “%(unit)s”. Add it first.") % {"unit": unit_name})
        if len({place.pk for place in places}) > 1:
            raise _at(number, _("Several units are called “%(unit)s”. Write its code.") % {"unit": unit_name})
        password = one_time_password()
        try:
            made = add_person(
                places[0], username, name, roles[role.casefold()], password=password, must_change_password=True
            )
        except ValidationError as error:
            raise _at(number, "; ".join(error.messages)) from error
        found.append(Welcome(made, password))
    return found


def _roles() -> dict[str, str]:
    """Every way to write a role: its code and its name in each language."""
    found: dict[str, str] = {}
    for language in ("zh-hans", "zh-hant", "en"):
        with override(language):
            found |= {str(role.label).casefold(): role.value for role in Role}
    return found | {role.value: role.value for role in Role}


def _lines(text: str) -> Iterator[tuple[int, str]]:
    lines = text.strip().splitlines()
    if len(lines) > MOST_LINES:
        raise ValidationError(_("At most %(most)d lines at a time.") % {"most": MOST_LINES})
    yield from ((number, line.strip()) for number, line in enumerate(lines, start=1) if line.strip())


def _at(number: int, text: Any) -> ValidationError:
    return ValidationError(_("Line %(number)d: %(text)s") % {"number": number, "text": text})

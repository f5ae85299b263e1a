"""Schemes that come with the product, and schemes from and to files."""

import datetime as dt
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from crm.lib import periods
from kpi.kinds import KINDS
from kpi.models import Scheme
from kpi.schemes import SchemeError, parse
from kpi.wording import text
from people.models import OrgUnit, Role, User

DATA = Path(__file__).parent / "data"


def shipped() -> dict[str, dict[str, Any]]:
    """The schemes that come with the product, by file name."""
    return {path.stem: json.loads(path.read_text()) for path in sorted(DATA.glob("*.json"))}


def default_for(profile: str) -> str:
    """The shipped scheme that an industry begins with."""
    name = f"{profile}_month"
    return name if (DATA / f"{name}.json").exists() else "general_month"


@transaction.atomic
def load(organisation: OrgUnit, data: Any, *, user: User | None = None, publish: bool = True) -> Scheme:
    """A scheme from a file's content: a new version of its name, unless the latest version says the same.

    Raises SchemeError.
    """
    if not isinstance(data, Mapping) or not text(data.get("name")).strip():
        raise SchemeError([_("The scheme needs a name.")])
    kind = data.get("period", periods.MONTH)
    if kind not in KINDS:
        raise SchemeError([_("The period must be one of: %(known)s.") % {"known": ", ".join(KINDS)}])
    rules = data.get("rules")
    parse(rules)
    name = text(data["name"]).strip()[:80]
    versions = Scheme.objects.select_for_update().filter(organisation=organisation, name=name)
    latest = versions.order_by("-version").first()
    if latest and latest.rules == rules and latest.period_kind == kind:
        scheme = latest
    else:
        scheme = Scheme(
            organisation=organisation,
            name=name,
            version=(versions.aggregate(last=Max("version"))["last"] or 0) + 1,
            period_kind=kind,
            rules=rules,
            description=text(data.get("description"))[:300],
            role=_role(data),
            post=text(data.get("post")).strip()[:60],
            unit=_unit(organisation, data),
        )
    publishing = publish and not scheme.is_published
    if publishing:
        scheme.published_at, scheme.published_by = periods.now(), user
    if publishing or scheme.pk is None:
        scheme.save()
    return scheme


def _role(data: Mapping[str, Any]) -> str:
    role = data.get("role", Role.AM.value)
    if role not in (Role.AM, Role.BACK_OFFICE):
        raise SchemeError([_("A scheme is for account managers or for back-office posts.")])
    return str(role)


def _unit(organisation: OrgUnit, data: Mapping[str, Any]) -> OrgUnit | None:
    """The unit that a file names by its code; none of that code in the organisation is an error."""
    code = text(data.get("unit")).strip()
    if not code:
        return None
    found = OrgUnit.objects.filter(organisation=organisation, code=code).first()
    if found is None:
        raise SchemeError([_("There is no unit with the code “%(code)s”.") % {"code": code}])
    return found if found.pk != organisation.pk else None


@transaction.atomic
def publish(
    scheme: Scheme, user: User, day: dt.date, *, unit: OrgUnit | None = None, post: str = "", role: str = Role.AM
) -> Scheme:
    """Put a draft in force from a day on, for a unit and a post or for all; its rules are sealed from here on."""
    scheme = Scheme.objects.select_for_update().get(pk=scheme.pk)
    if scheme.is_published:
        raise ValidationError(_("This scheme is published already."))
    parse(scheme.rules)
    if role not in (Role.AM, Role.BACK_OFFICE):
        raise ValidationError(_("A scheme is for account managers or for back-office posts."))
    # Of the whole organisation is the same as of no unit.
    scheme.unit = unit if unit is not None and unit.pk != scheme.organisation_id else None
    scheme.post, scheme.role = post, role
    scheme.effective_from, scheme.published_at, scheme.published_by = day, periods.now(), user
    scheme.save()
    return scheme


def dump(scheme: Scheme) -> dict[str, Any]:
    """A scheme as the content of a file that ``load`` takes."""
    return {
        "kind": "assessment",
        "name": scheme.name,
        "description": scheme.description,
        "period": scheme.period_kind,
        "role": scheme.role,
        "post": scheme.post,
        "unit": scheme.unit.code if scheme.unit else "",
        "rules": scheme.rules,
    }


def install(organisation: OrgUnit) -> Scheme:
    """The industry's monthly scheme for a new organisation."""
    return load(organisation, shipped()[default_for(organisation.profile)])

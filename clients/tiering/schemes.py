"""Versions of a tier scheme: made, put in force, loaded and exported."""

import datetime as dt
import json
from pathlib import Path
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from clients.models import ServiceStandard, TierScheme
from clients.tiering.rules import RulesError, parse
from crm.lib import periods
from people.models import OrgUnit, Profile, User
from people.schemes import SchemeError

KIND = "tier"
SHIPPED = Path(__file__).resolve().parent.parent / "schemes"
STANDARD_DAYS = (15, 30, 60, 90)  # between visits, from the highest tier down; calls at half


@transaction.atomic
def draft(organisation: OrgUnit, name: str, rules: dict[str, Any], effective_from: dt.date) -> TierScheme:
    """A new version that is not in force yet; the rules may still be faulty."""
    OrgUnit.objects.select_for_update().get(pk=organisation.pk)  # versions are numbered one by one
    last = TierScheme.objects.filter(organisation=organisation).order_by("-version").first()
    return TierScheme.objects.create(
        organisation=organisation,
        name=name[:80],
        version=last.version + 1 if last else 1,
        rules=rules,
        effective_from=effective_from,
    )


@transaction.atomic
def put_in_force(scheme: TierScheme, by: User | None = None) -> None:
    """Publish a draft: from then on it never changes. RulesError when the rules cannot be used."""
    rules = parse(scheme.rules)
    done = TierScheme.objects.filter(pk=scheme.pk, published_at=None).update(
        published_at=periods.now(), published_by=by
    )
    if not done:
        raise RulesError([_("This version is in force already.")])
    scheme.refresh_from_db()
    add_standards(scheme.organisation, [band.tier for band in rules.bands])


@transaction.atomic
def publish(
    organisation: OrgUnit, name: str, rules: dict[str, Any], effective_from: dt.date, *, by: User | None = None
) -> TierScheme:
    """A new version in force from a day on; RulesError when the rules cannot be used."""
    parse(rules)
    scheme = draft(organisation, name, rules, effective_from)
    put_in_force(scheme, by)
    return scheme


def add_standards(organisation: OrgUnit, tiers: list[str]) -> None:
    """A service standard for each tier that has none yet: the usual ladder, the last step for all beyond it."""
    for position, tier in enumerate(tiers):
        days = STANDARD_DAYS[min(position, len(STANDARD_DAYS) - 1)]
        ServiceStandard.objects.get_or_create(
            organisation=organisation,
            tier=tier,
            defaults={"position": position, "visit_days": days, "call_days": days // 2},
        )


def _own_standards(organisation: OrgUnit, given: Any) -> None:
    """Standards that a file brings for its tiers, ``{tier: [days between visits, days between calls]}``."""
    if not isinstance(given, dict):
        raise SchemeError(_("standards: give each tier its days between visits and between calls."))
    for position, (tier, days) in enumerate(given.items()):
        if not (isinstance(days, list) and len(days) == 2 and all(type(n) is int and 0 < n <= 730 for n in days)):
            raise SchemeError(_("standards: give each tier its days between visits and between calls."))
        ServiceStandard.objects.get_or_create(
            organisation=organisation,
            tier=str(tier)[:10],
            defaults={"position": position, "visit_days": days[0], "call_days": days[1]},
        )


def load(organisation: OrgUnit, data: dict[str, Any]) -> str:
    """Put a scheme file in force; the same file again changes nothing."""
    name = str(data.get("name") or _("Tier scheme"))
    try:
        start = dt.date.fromisoformat(str(data.get("effective_from") or periods.this_month()))
    except ValueError as error:
        raise SchemeError(
            _("effective_from: “%(value)s” is not a date. Write 2026-01-01.") % {"value": data["effective_from"]}
        ) from error
    latest = TierScheme.objects.published().filter(organisation=organisation).order_by("-version").first()
    if latest and (latest.name, latest.rules, latest.effective_from) == (name, data.get("rules"), start):
        return _("“%(scheme)s” is in force already.") % {"scheme": latest}
    _own_standards(organisation, data.get("standards") or {})
    try:
        scheme = publish(organisation, name, data.get("rules") or {}, start)
    except RulesError as error:
        raise SchemeError(str(error)) from error
    return _("“%(scheme)s” is in force from %(day)s.") % {"scheme": scheme, "day": start}


def export(organisation: OrgUnit) -> dict[str, Any] | None:
    """The scheme in force as a file's content."""
    scheme = TierScheme.objects.for_month(organisation.pk, periods.this_month())
    if scheme is None:
        return None
    return {
        "kind": KIND,
        "name": scheme.name,
        "effective_from": scheme.effective_from.isoformat(),
        "rules": scheme.rules,
    }


def shipped(name: str) -> dict[str, Any]:
    """A scheme that comes with the product."""
    found: dict[str, Any] = json.loads((SHIPPED / f"{name}.json").read_text(encoding="utf-8"))
    return found


def add_defaults(organisation: OrgUnit) -> None:
    """The tier scheme and service standards of a new organisation's industry."""
    if not TierScheme.objects.filter(organisation=organisation).exists():
        load(organisation, shipped(Profile(organisation.profile).value))

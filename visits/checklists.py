"""Checklists: the standard ones of each industry, and the versions that an organisation makes of them."""

import json
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.text import slugify
from django.utils.translation import gettext as _

from clients.models import Kind
from people.models import OrgUnit
from visits.models import ChecklistTemplate

ANSWERS = ("yes", "no", "na")
BEHAVIOUR = "behaviour"  # stands in the place of a client kind: the manners that a companion ticks
MANNERS = ("introduces", "listens", "explains", "thanks", "asks_date")
MOST_ITEMS = 20
Item = dict[str, str]


@lru_cache
def standard() -> dict[str, dict[str, list[str]]]:
    """Profile → client kind ("" for every other) → item codes, from the data file."""
    path = Path(__file__).parent / "data" / "checklists.json"
    found: dict[str, dict[str, list[str]]] = json.loads(path.read_text("utf-8"))
    return found


def label_of(item: Item) -> str:
    """An item in the reader's language: the organisation's own words, else those of the standard item."""
    return item.get("label") or standard_labels().get(item["code"], item["code"])


def standard_labels() -> dict[str, str]:
    """Code → words of every standard item."""
    return {
        "display": _("Display in order"),
        "price_tags": _("Price tags complete and right"),
        "stock": _("Stock sufficient"),
        "shelf": _("On the shelf as agreed"),
        "new_product": _("New product introduced"),
        "publicity": _("Publicity material in place"),
        "licence": _("Licence displayed"),
        "accounts": _("Accounts and balances reviewed"),
        "needs": _("Needs asked for"),
        "products_offered": _("Products offered"),
        "post_loan": _("Post-loan check made"),
        "premises": _("Premises and business seen"),
        "risk_signs": _("No sign of risk found"),
        "satisfaction": _("Satisfied with our service"),
        "contacts": _("Contact data up to date"),
        "coverage": _("Network and signal in order"),
        "usage": _("Usage compared with the tariff"),
        "meter_ok": _("Meter sound and readable"),
        "safe_use": _("Safe use checked"),
        "arrears": _("Open bills talked over"),
        "policies": _("Policies gone through one by one"),
        "gaps": _("Gaps of cover explained"),
        "claims": _("Claims asked about"),
        "introduces": _("Introduces himself or herself"),
        "listens": _("Listens and lets the client finish"),
        "explains": _("Explains fully and clearly"),
        "thanks": _("Thanks the client"),
        "asks_date": _("Asks for the next date"),
    }


def current(organisation: OrgUnit, kind: str) -> ChecklistTemplate:
    """The checklist for visits to a kind of client; unsaved while the organisation uses the standard one."""
    found = {
        template.client_kind: template
        for template in ChecklistTemplate.objects.filter(
            organisation=organisation, client_kind__in={kind, kind if kind == BEHAVIOUR else ""}, is_current=True
        )
    }
    if kind in found or "" in found:
        return found.get(kind) or found[""]
    return ChecklistTemplate(organisation=organisation, client_kind=kind, items=_standard_items(organisation, kind))


def _standard_items(organisation: OrgUnit, kind: str) -> list[Item]:
    if kind == BEHAVIOUR:
        return [{"code": code, "label": ""} for code in MANNERS]
    of_profile = standard().get(organisation.profile) or standard()["other"]
    return [{"code": code, "label": ""} for code in of_profile.get(kind, of_profile[""])]


def ensure(organisation: OrgUnit, kind: str) -> ChecklistTemplate:
    """The same, saved: visits name the version that they were ticked by."""
    template = current(organisation, kind)
    if template.pk:
        return template
    saved, _created = ChecklistTemplate.objects.get_or_create(
        organisation=organisation, client_kind=kind, is_current=True, defaults={"items": template.items, "version": 1}
    )
    return saved


@transaction.atomic
def revise(organisation: OrgUnit, kind: str, labels: Sequence[tuple[str, str]]) -> ChecklistTemplate:
    """A new version from (code, words) in order; an empty code is a new item. Same items: the version that is there."""
    items = _items(labels)
    OrgUnit.objects.select_for_update().get(pk=organisation.pk)
    latest = ChecklistTemplate.objects.filter(organisation=organisation, client_kind=kind).order_by("-version").first()
    if latest and latest.is_current and latest.items == items:
        return latest
    ChecklistTemplate.objects.filter(organisation=organisation, client_kind=kind, is_current=True).update(
        is_current=False
    )
    return ChecklistTemplate.objects.create(
        organisation=organisation, client_kind=kind, version=latest.version + 1 if latest else 1, items=items
    )


def _items(labels: Sequence[tuple[str, str]]) -> list[Item]:
    standard_words = standard_labels()
    items: list[Item] = []
    for code, words in labels:
        words = words.strip()
        if not words:
            continue
        if words in {label_of(item) for item in items}:
            raise ValidationError(_("“%(item)s” is there twice.") % {"item": words})
        code = code or _new_code(words, {item["code"] for item in items} | {given for given, _words in labels})
        items.append({"code": code, "label": "" if standard_words.get(code) == words else words[:60]})
    if len(items) > MOST_ITEMS:
        raise ValidationError(_("At most %(n)d items: a visit takes half a minute to log.") % {"n": MOST_ITEMS})
    return items


def _new_code(words: str, taken: set[str]) -> str:
    stem = slugify(words)[:20] or "item"
    number = 1
    while (code := f"{stem}-{number}") in taken or code in standard_labels():
        number += 1
    return code


def answers(template: ChecklistTemplate, given: dict[str, Any]) -> dict[str, str]:
    """The given answers that the template knows: code → yes, no or na."""
    codes = {item["code"] for item in template.items}
    return {code: value for code, value in given.items() if code in codes and value in ANSWERS}


def in_words(template: ChecklistTemplate | None, given: dict[str, str]) -> list[tuple[str, str]]:
    """(label, answer) of each answered item, in the template's order."""
    items = template.items if template else [{"code": code} for code in given]
    return [(label_of(item), given[item["code"]]) for item in items if item["code"] in given]


def kinds_of(organisation: OrgUnit) -> list[str]:
    """The client kinds that an organisation of this industry visits."""
    kinds = {"tobacco": [Kind.SHOP], "bank": [Kind.COMPANY, Kind.PERSON]}.get(organisation.profile, list(Kind))
    return [str(kind) for kind in kinds]


def label_of_kind(kind: str) -> str:
    """What a checklist is for, in words."""
    return _("Service manners (joint visits)") if kind == BEHAVIOUR else str(Kind(kind).label)

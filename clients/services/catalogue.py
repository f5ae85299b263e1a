"""The catalogue as a file: loaded, exported, and given to new organisations."""

import json
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

from django.db import transaction
from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _

from clients.models import Product, ProductClass
from clients.models.products import Nature
from people.models import OrgUnit, Profile
from people.schemes import SchemeError

KIND = "catalogue"
SHIPPED = Path(__file__).resolve().parent.parent / "catalogues"
TEXTS = {"code": 40, "name": 80, "brand": 60, "unit": 20, "note": 300}
DAYS = ("launched_on", "withdrawn_on")


@transaction.atomic
def load(organisation: OrgUnit, data: dict[str, Any]) -> str:
    """Bring a file's classes and products in by their codes; what the file does not name stays as it is."""
    classes, made, changed = data.get("classes"), 0, 0
    if not isinstance(classes, list) or not classes:
        raise SchemeError(_("classes: give a list of classes, each with code, name and products."))
    for position, item in enumerate(classes):
        where = f"classes[{position}]"
        found, _created = ProductClass.objects.update_or_create(
            organisation=organisation,
            code=_text(item, "code", where, required=True),
            defaults={
                "name": _text(item, "name", where, required=True)[:60],
                "nature": _nature(item, where),
                "measure": _text(item, "measure", where),
                "position": position,
            },
        )
        for number, product in enumerate(item.get("products") or []):
            created = _load_product(found, product, f"{where}.products[{number}]")
            made, changed = made + created, changed + (not created)
    return _("Catalogue: %(made)d products added, %(changed)d brought up to date.") % {"made": made, "changed": changed}


def _load_product(found: ProductClass, item: Any, where: str) -> bool:
    values = {name: _text(item, name, where, required=name in ("code", "name")) for name in TEXTS}
    days = {name: _day(item, name, where) for name in DAYS}
    if days["launched_on"] and days["withdrawn_on"] and days["withdrawn_on"] < days["launched_on"]:
        raise SchemeError(_("%(where)s: withdrawn before its launch.") % {"where": where})
    product = {
        **values,
        **days,
        "product_class": found,
        "price": _price(item, where),
        "is_key": bool(item.get("is_key")),
    }
    return Product.objects.update_or_create(
        organisation_id=found.organisation_id, code=product.pop("code"), defaults=product
    )[1]


def _text(item: Any, name: str, where: str, *, required: bool = False) -> str:
    if not isinstance(item, dict):
        raise SchemeError(_("%(where)s: write an object with code and name.") % {"where": where})
    value = str(item.get(name) or "").strip()
    if required and not value:
        raise SchemeError(_("%(where)s: %(name)s is missing.") % {"where": where, "name": name})
    if len(value) > TEXTS.get(name, 60):
        raise SchemeError(_("%(where)s: %(name)s is too long.") % {"where": where, "name": name})
    return value


def _nature(item: dict[str, Any], where: str) -> str:
    value = item.get("nature", Nature.GOODS)
    if value not in Nature.values:
        raise SchemeError(
            _("%(where)s: nature “%(value)s” is unknown. Choose one of %(known)s.")
            % {"where": where, "value": value, "known": ", ".join(Nature.values)}
        )
    return str(value)


def _day(item: dict[str, Any], name: str, where: str) -> Any:
    text = item.get(name)
    try:
        day = parse_date(str(text)) if text else None
    except ValueError:
        day = None
    if text and day is None:
        raise SchemeError(
            _("%(where)s: “%(value)s” is not a date. Write 2026-01-01.") % {"where": where, "value": text}
        )
    return day


def _price(item: dict[str, Any], where: str) -> Decimal | None:
    text = item.get("price")
    if text in (None, ""):
        return None
    try:
        price = Decimal(str(text))
    except InvalidOperation:
        price = Decimal(-1)
    if not (price.is_finite() and 0 <= price < Decimal(10) ** 10):
        raise SchemeError(_("%(where)s: “%(value)s” is no price.") % {"where": where, "value": text})
    return price


def export(organisation: OrgUnit) -> dict[str, Any] | None:
    """The catalogue as a file's content, None when there is none."""
    classes = ProductClass.objects.filter(organisation=organisation).prefetch_related("products")
    found = [
        {
            "code": one.code,
            "name": one.name,
            "nature": one.nature,
            **({"measure": one.measure} if one.measure else {}),
            "products": [_export_product(product) for product in one.products.all()],
        }
        for one in classes
    ]
    return {"kind": KIND, "name": organisation.name, "classes": found} if found else None


def _export_product(product: Product) -> dict[str, Any]:
    found: dict[str, Any] = {name: getattr(product, name) for name in TEXTS if getattr(product, name)}
    if product.price is not None:
        found["price"] = str(product.price)
    if product.is_key:
        found["is_key"] = True
    return found | {name: getattr(product, name).isoformat() for name in DAYS if getattr(product, name)}


def shipped(name: str) -> dict[str, Any]:
    """A catalogue that comes with the product."""
    found: dict[str, Any] = json.loads((SHIPPED / f"{name}.json").read_text(encoding="utf-8"))
    return found


def add_defaults(organisation: OrgUnit) -> None:
    """The catalogue of a new organisation's industry."""
    if not ProductClass.objects.filter(organisation=organisation).exists():
        load(organisation, shipped(Profile(organisation.profile).value))

"""Columns of the client list and of its export: the fixed ones and an organisation's attributes."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from clients.models import AttributeDefinition, Client
from crm.lib import masking


@dataclass(frozen=True)
class ListColumn:
    """A column: ``value(client)`` is what stands in the cell."""

    name: str
    label: Any
    value: Callable[[Client], Any]
    fields: tuple[str, ...]  # what the value is made from, as look-ups
    card: str = ""  # where a row is a card, on a phone: "hide" leaves the cell out, "line" gives it a line of its own


def _standing(client: Client, name: str) -> Any:
    return getattr(getattr(client, "standing", None), name, "")


def _choice(name: str) -> Callable[[Client], str]:
    """The name of a client's choice. The model's own way translates all the choices to find one."""

    @cache
    def labels(language: str | None) -> dict[str, str]:
        return {value: str(label) for value, label in getattr(Client, name).field.flatchoices}

    def label(client: Client) -> str:
        value = getattr(client, name)
        return labels(get_language()).get(value, value)

    return label


def _owner(client: Client) -> str:
    return client.owner.name if client.owner else ""


FORMAT = _choice("business_format")
FIXED = (
    ListColumn("unit", _("Unit"), lambda client: client.org.name, ("org__name",), card="hide"),
    ListColumn("owner", _("Account manager"), _owner, ("owner__name",)),
    ListColumn("stage", _("Stage"), _choice("stage"), ("stage",), card="hide"),
    ListColumn("address", _("Address"), lambda client: client.address, ("address",), card="line"),
    ListColumn("phone", _("Phone"), lambda client: client.phone, ("phone",)),
    ListColumn("format", _("Format"), FORMAT, ("business_format",)),
    ListColumn("market", _("Market"), _choice("market"), ("market",)),
    ListColumn("scale", _("Scale"), _choice("scale"), ("scale",)),
    ListColumn("credit", _("Credit rating"), lambda client: client.credit_rating, ("credit_rating",)),
    ListColumn("opened_on", _("Client since"), lambda client: client.opened_on, ("opened_on",)),
    ListColumn("tier_since", _("Tier since"), lambda client: _standing(client, "since"), ("standing__since",)),
    ListColumn("tags", _("Tags"), lambda client: " ".join(client.tags), ("tags",)),
)
USUAL = ("unit", "owner", "stage", "address", "phone")


def definitions(organisation_id: int, kind: str = "") -> list[AttributeDefinition]:
    """An organisation's attributes in use, for one kind of client or all."""
    found = AttributeDefinition.objects.filter(organisation=organisation_id, is_active=True)
    return [one for one in found if not kind or one.client_kind in ("", kind)]


# Columns of what upper packages know.
more: list[ListColumn] = []


def available(own: Iterable[AttributeDefinition]) -> list[ListColumn]:
    """All columns that a list can show; ``own`` are the organisation's attributes."""
    return [*FIXED, *more, *(ListColumn(f"a:{one.name}", one.label, _attribute(one), ("attributes",)) for one in own)]


def _attribute(definition: AttributeDefinition) -> Callable[[Client], Any]:
    def value(client: Client) -> Any:
        found = client.attributes.get(definition.name, "")
        if definition.type == AttributeDefinition.Type.YES_NO and found != "":
            return _("Yes") if found else _("No")
        return masking.numbers(found)

    return value


def chosen(user: Any, own: Iterable[AttributeDefinition]) -> list[ListColumn]:
    """The columns that a person has chosen, else the usual ones."""
    names = user.preferences.get("client_columns") or USUAL
    columns = [column for column in available(own) if column.name in names]
    return [
        replace(
            column,
            label=str(column.label),  # once, and not in each cell
            value=masked(column.value, user) if column.name == "phone" else column.value,
        )
        for column in columns
    ]


def masked(value: Callable[[Client], Any], user: Any) -> Callable[[Client], Any]:
    """A column of phones as the person may see them."""
    return lambda client: masking.phone(value(client), user)


# What an export holds, so that the file can be imported again: (import field's label, value).
EXPORTED = (
    (_("Client code"), lambda client: client.code),
    (_("Name"), lambda client: client.name),
    (_("Kind"), _choice("kind")),
    (_("Business format"), _choice("business_format")),
    (_("Market"), _choice("market")),
    (_("Scale"), _choice("scale")),
    (_("Life-cycle stage"), _choice("stage")),
    (_("Credit rating"), lambda client: client.credit_rating),
    (_("Phone"), lambda client: client.phone),
    (_("Address"), lambda client: client.address),
    (_("Longitude"), lambda client: client.longitude),
    (_("Latitude"), lambda client: client.latitude),
    (_("Client since"), lambda client: client.opened_on),
    (_("Org unit"), lambda client: client.org.code),
    (_("Account manager"), lambda client: client.owner.username if client.owner else ""),
    (_("Tier"), lambda client: _standing(client, "tier")),
    (_("Note"), lambda client: client.note),
)

# Left out of a file unless they are asked for: an empty cell of a column that is there would be taken for a change.
PERSONAL = frozenset({_("Phone")})

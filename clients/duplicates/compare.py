"""Two clients side by side, field by field."""

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from clients.attributes import label_of
from clients.columns import definitions
from clients.duplicates.merge import FIELDS, own_differences, values_of
from clients.models import Client


@dataclass(frozen=True)
class Line:
    """A field of both; ``differs`` when one has to be chosen."""

    name: str
    label: str
    kept: str
    gone: str
    differs: bool
    takes_gone: bool = False  # proposed: the kept one's is empty


def rows_of(kept: Client, gone: Client) -> list[Line]:
    """The fields that at least one of the two has, those that differ first."""
    found = []
    for name in FIELDS:
        mine, others = _shown(kept, name), _shown(gone, name)
        if mine or others:
            differs = values_of(kept, name) != values_of(gone, name)
            found.append(Line(name, _label(name), mine, others, differs, differs and not mine))
    labels = {one.name: one.label for one in definitions(kept.organisation_id)}
    clash = own_differences(kept, gone)
    for name in sorted(kept.attributes.keys() | gone.attributes.keys()):
        mine, others = (str(client.attributes.get(name, "")) for client in (kept, gone))
        found.append(Line(f"attribute:{name}", labels.get(name, label_of(name)), mine, others, name in clash))
    return sorted(found, key=lambda line: not line.differs)


def _label(name: str) -> str:
    if name == "place":
        return _("Coordinates")
    return str(getattr(Client._meta.get_field(name), "verbose_name", name)).capitalize()


def _shown(client: Client, name: str) -> str:
    if name == "place":
        return f"{client.longitude:.5f}, {client.latitude:.5f}" if client.has_place else ""
    display = getattr(client, f"get_{name}_display", None)
    value: Any = display() if display else getattr(client, name)
    if isinstance(value, bool):
        return str(_("Yes") if value else _("No"))
    return "" if value is None else str(value)

"""What this package hangs into places that others offer."""

from collections.abc import Iterator
from typing import Any

from django.utils.translation import gettext_lazy, ngettext

from clients import product_slots, search
from clients import timeline as timeline  # fills the timeline
from clients.models import Client
from clients.services import catalogue
from clients.tiering import schemes
from crm.lib import slots
from people.models import OrgUnit
from people.notices import kinds as notices
from people.schemes import SchemeKind, register
from people.services import organisation_created

register(SchemeKind(schemes.KIND, schemes.load, schemes.export))
register(SchemeKind(catalogue.KIND, catalogue.load, catalogue.export))


def add_defaults(sender: type[OrgUnit], organisation: OrgUnit, **kwargs: Any) -> None:
    """A new organisation begins with its industry's tiers, standards and catalogue."""
    schemes.add_defaults(organisation)
    catalogue.add_defaults(organisation)


organisation_created.connect(add_defaults, dispatch_uid="clients.defaults")


def contents(unit: OrgUnit) -> Iterator[str]:
    """Clients under a unit."""
    if n := Client.objects.under(unit).filter(is_active=True).count():
        text = ngettext(
            "%(n)d client belongs here. Give it another unit first, in its file or by an import of clients.",
            "%(n)d clients belong here. Give them another unit first, in their files or by an import of clients.",
            n,
        )
        yield text % {"n": n}


product_slots.register()
slots.unit_contents.register(slots.Entry("clients", contents, order=20))
slots.search_sources.register(slots.Entry("clients", search.hits, label=gettext_lazy("Clients"), order=10))
notices.register(
    notices.NoticeKind(
        "handover", gettext_lazy("Handovers and leave"), ("handover", "cover"), email=notices.NOW, order=21
    )
)

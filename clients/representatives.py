"""Client representatives: every grid has at least one; grids without are listed with whom one could appoint."""

from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Exists, F, OuterRef, QuerySet, Window
from django.db.models.functions import RowNumber
from django.utils.translation import gettext as _

from clients.models import Client
from people.models import OrgUnit

PROPOSED = 30


def grids_without(user: Any) -> QuerySet[OrgUnit]:
    """Units in sight that have clients of their own and none of them as representative."""
    clients = Client.objects.filter(org=OuterRef("pk"), is_active=True)
    found: QuerySet[OrgUnit] = OrgUnit.objects.visible_to(user).filter(
        Exists(clients), ~Exists(clients.filter(is_representative=True))
    )
    return found


def proposals(units: list[OrgUnit]) -> dict[int, list[Client]]:
    """Unit id → clients to choose from, the highest tier first, those known longest first among them."""
    order: list[Any] = [F("standing__tier").asc(nulls_last=True), F("opened_on").asc(nulls_last=True), "code"]
    found: dict[int, list[Client]] = {unit.pk: [] for unit in units}
    clients = Client.objects.filter(org__in=units, is_active=True).exclude(is_difficult=True)
    ranked = clients.annotate(place=Window(RowNumber(), partition_by="org", order_by=order))
    for client in ranked.filter(place__lte=PROPOSED).select_related("standing").order_by("org", "place"):
        found[client.org_id].append(client)
    return found


@transaction.atomic
def appoint(client: Client) -> None:
    """Make a client the representative of its grid."""
    row = Client.objects.select_for_update().get(pk=client.pk)
    if not row.is_active:
        raise ValidationError(_("This client is no longer looked after. Choose another one."))
    if not row.is_representative:
        Client.objects.filter(pk=row.pk).update(is_representative=True, version=row.version + 1)

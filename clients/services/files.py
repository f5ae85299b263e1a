"""Verbs on files at clients and campaigns: looked at, kept once, taken out."""

from typing import IO, Any, TypeVar

from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.db import transaction
from django.utils.translation import gettext as _

from clients.models import Attachment, Campaign, CampaignMaterial, Client, Contract
from clients.models.files import StoredFile
from crm.lib.files import take
from people.models import User

MOST_FILES = 200  # at one client or campaign
Stored = TypeVar("Stored", bound=StoredFile)


def attach(
    client: Client, file: IO[bytes], name: str, by: User, *, note: str = "", contract: Contract | None = None
) -> tuple[Attachment, bool]:
    """Keep a file at a client; the same content again is the one that is there. (attachment, created)"""
    if contract and contract.client_id != client.pk:
        raise ValidationError(_("This contract belongs to another client."))
    return _keep(Attachment(client=client, contract=contract, note=note[:200]), client.attachments, file, name, by)


def add_material(
    campaign: Campaign, file: IO[bytes], name: str, by: User, *, note: str = ""
) -> tuple[CampaignMaterial, bool]:
    """Keep a file at a campaign; the same content again is the one that is there. (material, created)"""
    return _keep(CampaignMaterial(campaign=campaign, note=note[:200]), campaign.materials, file, name, by)


@transaction.atomic
def _keep(row: Stored, siblings: Any, file: IO[bytes], name: str, by: User) -> tuple[Stored, bool]:
    kept = take(file, name)
    known = siblings.filter(sha256=kept.sha256).first()
    if known:
        return known, False
    if siblings.count() >= MOST_FILES:
        raise ValidationError(_("There are %(n)d files already. Take some out first.") % {"n": MOST_FILES})
    row.name, row.content_type, row.size, row.sha256 = kept.name, kept.content_type, len(kept.data), kept.sha256
    row.uploaded_by = by
    # The name on the disk says nothing about the client.
    extension = kept.name.rpartition(".")[2]
    row.file.save(f"{kept.sha256[:20]}.{extension}", ContentFile(kept.data), save=False)
    row.save()
    return row, True


@transaction.atomic
def take_out(row: StoredFile) -> None:
    """Remove a file and what is on the disk."""
    name, storage = str(row.file.name), row.file.storage
    row.delete()
    transaction.on_commit(lambda: storage.delete(name))

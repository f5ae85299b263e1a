"""Verbs on clients and contacts."""

import datetime as dt

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _

from clients import ownership
from clients.models import Client, Contact, TeamMember
from clients.names import spelling
from clients.value import stages
from crm.lib import periods
from people.models import User


class Changed(ValidationError):
    """Somebody else saved in between."""

    def __init__(self) -> None:
        super().__init__(
            _("Somebody else has changed this client in the meantime. Open it again and repeat your changes."),
            code="changed",
        )


@transaction.atomic
def add_client(client: Client, by: User) -> Client:
    """Save a new client, with the owner's span from today."""
    client.organisation_id = by.organisation_id
    client.pinyin = spelling(client.name)
    client.save()
    ownership.record("%s", [client.pk], periods.today(), by=by.pk)
    return client


@transaction.atomic
def change_client(client: Client, fields: list[str], seen_version: int, by: User) -> None:
    """Save fields of a client, unless somebody has saved since ``seen_version``; a new owner goes into the history."""
    now = Client.objects.select_for_update().get(pk=client.pk)
    if now.version != seen_version:
        raise Changed
    if "name" in fields:
        client.pinyin = spelling(client.name)
        fields = [*fields, "pinyin"]
    changed = [name for name in fields if getattr(now, name) != getattr(client, name)]
    if not changed:
        return
    client.version = now.version + 1
    client.save(update_fields=[*changed, "version"])
    if "stage" in changed:
        stages.hold(client, client.stage, _("Set in the file"), stages.usual_end(), by)
        stages.record(client, now.stage, client.stage, _("Set in the file"), by)
    if "owner" in changed:
        ownership.record("%s", [client.pk], periods.today(), by=by.pk)


@transaction.atomic
def save_contact(contact: Contact) -> Contact:
    """Save a contact; a main contact is the only one."""
    contact.save()
    if contact.is_main:
        Contact.objects.filter(client=contact.client_id, is_main=True).exclude(pk=contact.pk).update(is_main=False)
    Client.objects.filter(pk=contact.client_id).update(version=F("version") + 1)
    return contact


def end_team_member(member: TeamMember) -> None:
    """Yesterday was the last day of somebody's part; one that began today or later leaves no trace."""
    yesterday = periods.today() - dt.timedelta(days=1)
    if member.valid_from > yesterday:
        member.delete()
    elif member.valid_to is None or member.valid_to > yesterday:
        member.valid_to = yesterday
        member.save(update_fields=["valid_to"])

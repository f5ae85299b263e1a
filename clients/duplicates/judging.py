"""What people decide about a pair."""

from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from clients.duplicates.scan import WEIGHTS
from clients.models import Client, DuplicatePair
from crm.lib import periods

Reason, State = DuplicatePair.Reason, DuplicatePair.State


def pair_by_code(first: str, second: str, by: Any) -> DuplicatePair:
    """The pair of two clients in sight, to be judged; ValidationError names the code that leads nowhere."""
    seen = Client.objects.visible_to(by).filter(organisation=by.organisation_id, is_active=True)
    found = []
    for code in (first, second):
        client = seen.filter(code=code).first()
        if client is None:
            raise ValidationError(_("There is no client with the code “%(code)s” in your unit.") % {"code": code})
        found.append(client.pk)
    if found[0] == found[1]:
        raise ValidationError(_("Choose two different clients."))
    pair, made = DuplicatePair.objects.get_or_create(
        first_id=min(found),
        second_id=max(found),
        defaults={
            "organisation_id": by.organisation_id,
            "reasons": [Reason.MANUAL],
            "weight": WEIGHTS[Reason.MANUAL],
        },
    )
    if not made and pair.state != State.OPEN:
        pair.state, pair.decided_by, pair.decided_at = State.OPEN, None, None
        pair.save(update_fields=["state", "decided_by", "decided_at"])
    return pair


def keep_apart(pair: DuplicatePair, by: Any) -> None:
    """They are two clients."""
    DuplicatePair.objects.filter(pk=pair.pk, state=State.OPEN).update(
        state=State.DIFFERENT, decided_by=by, decided_at=periods.now()
    )

"""Verbs on referrals: taken down, followed, decided."""

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from clients.models import Client, Referral
from crm.lib import periods
from people.models import User


@transaction.atomic
def add_referral(referral: Referral, by: User) -> Referral:
    """Take down whom a client has recommended us to."""
    referral.organisation_id = referral.client.organisation_id
    referral.recorded_by = by
    referral.save()
    return referral


@transaction.atomic
def decide(
    referral: Referral, outcome: str, *, new_client: Client | None = None, thanks: str = "", note: str = ""
) -> Referral:
    """What came of it: became a client (which one, if it is in the file), declined, or open again."""
    found: Referral = Referral.objects.select_for_update(of=("self",)).select_related("client").get(pk=referral.pk)
    if outcome not in Referral.Outcome.values:
        raise ValidationError({"outcome": _("Choose one of the outcomes.")})
    if new_client and outcome != Referral.Outcome.CLIENT:
        raise ValidationError({"new_client": _("Only somebody who became a client has a file.")})
    if new_client and new_client.pk == found.client_id:
        raise ValidationError({"new_client": _("Nobody recommends us to oneself.")})
    if new_client and new_client.organisation_id != found.organisation_id:
        raise ValidationError({"new_client": _("This client belongs to another organisation.")})
    was_open = found.outcome == Referral.Outcome.OPEN
    found.outcome, found.new_client = outcome, new_client
    found.thanks, found.note = thanks[:120], note[:300]
    if outcome == Referral.Outcome.OPEN:
        found.decided_on = None
    elif was_open or found.decided_on is None:
        found.decided_on = periods.today()
    found.save()
    return found

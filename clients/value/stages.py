"""A stage set by hand: with a reason, until a day, and on record."""

import datetime as dt
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from clients.models import Client, Stage, StageChange, StageHold
from crm.lib import periods

USUAL_MONTHS = 6
LONGEST = dt.timedelta(days=366)


def usual_end() -> dt.date:
    """How long a stage set by hand holds when nobody says."""
    return periods.last_day(periods.add_months(periods.this_month(), USUAL_MONTHS))


@transaction.atomic
def set_by_hand(client: Client, stage: str, reason: str, until: dt.date, by: Any) -> None:
    """Put a client into a stage until a day; ValidationError names the field that does not fit."""
    if stage not in Stage.values:
        raise ValidationError({"stage": _("Choose a stage.")})
    if not reason.strip():
        raise ValidationError({"reason": _("Say why the rules do not fit here.")})
    if not periods.today() <= until <= periods.today() + LONGEST:
        raise ValidationError({"until": _("Choose a day within the next twelve months.")})
    row = Client.objects.select_for_update().get(pk=client.pk)
    hold(row, stage, reason, until, by)
    if row.stage != stage:
        Client.objects.filter(pk=row.pk).update(stage=stage, version=row.version + 1)
        record(row, row.stage, stage, reason, by)


def hold(client: Client, stage: str, reason: str, until: dt.date, by: Any) -> None:
    """The rules leave the client alone until a day."""
    StageHold.objects.update_or_create(
        client=client,
        defaults={"stage": stage, "reason": reason[:200], "until": until, "made_by": by, "made_at": periods.now()},
    )


def record(client: Client, before: str, after: str, reason: str, by: Any) -> None:
    """A step of the life cycle that somebody has made."""
    StageChange.objects.create(
        client=client, day=periods.today(), before=before, after=after, reason=reason[:200], made_by=by
    )


@transaction.atomic
def release(client: Client) -> None:
    """Back to the rules, at once where they have been applied already."""
    row = Client.objects.select_for_update(of=("self",)).select_related("value").get(pk=client.pk)
    StageHold.objects.filter(client=row).delete()
    by_rules = row.value.stage if hasattr(row, "value") else row.stage
    if by_rules != row.stage:
        Client.objects.filter(pk=row.pk).update(stage=by_rules, version=row.version + 1)
        record(row, row.stage, by_rules, "", None)

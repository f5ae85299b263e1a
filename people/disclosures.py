"""Personal data shown or taken out on purpose: with a reason, within a quota, and with a line that stays."""

import datetime as dt
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Sum
from django.utils.translation import gettext as _

from crm.lib import periods
from people.models import Disclosure, User

SHORTEST_REASON = 4  # characters: "盘点" says nothing yet


def left_today(user: User) -> int:
    """How many rows the person may still take out in these 24 hours."""
    since = periods.now() - dt.timedelta(days=1)
    taken = Disclosure.objects.filter(user=user, kind=Disclosure.Kind.EXPORT, at__gt=since).aggregate(n=Sum("rows"))
    return max(settings.EXPORT_ROWS_A_DAY - (taken["n"] or 0), 0)


@transaction.atomic
def note(user: User, kind: str, subject: str, reason: str, rows: int = 1) -> Disclosure:
    """Keep who sees what and why; ValidationError without a reason, or beyond the quota."""
    reason = " ".join(reason.split())[:200]
    if len(reason) < SHORTEST_REASON:
        raise ValidationError(_("Say in a few words what it is needed for."))
    values: dict[str, Any] = {"organisation_id": user.organisation_id, "subject": subject[:120], "reason": reason}
    if kind == Disclosure.Kind.EXPORT:
        User.objects.select_for_update(of=("self",)).get(pk=user.pk)  # two exports at once count one after the other
        left = left_today(user)
        if rows > left:
            raise ValidationError(
                _("That is %(n)d rows; %(left)d are left for today. Narrow the list down, or ask your administrator.")
                % {"n": rows, "left": left}
            )
    return Disclosure.objects.create(user=user, kind=kind, rows=rows, **values)

"""Post-loan visits: what the loans of a client oblige to is on the day's list, and a visit fulfils it."""

import datetime as dt
from collections.abc import Iterator, Sequence

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from clients.models import LoanCheck
from clients.services import loans
from visits.due import Reason
from visits.models import Mode, Purpose, Result, Visit

AHEAD = 3  # days before the last one on which the client comes on the list


def fulfil(visit: Visit) -> None:
    """A visit on site for a post-loan check that met the client fulfils the client's open duties."""
    is_met = visit.result not in (Result.ABSENT, Result.REFUSED)
    if visit.purpose == Purpose.POST_LOAN and visit.mode == Mode.ON_SITE and is_met:
        loans.fulfil(visit.client, visit.day, visit.manager, visit.pk, visit.note or visit.demand)


def reasons(managers: Sequence[int], day: dt.date) -> Iterator[Reason]:
    """Clients of the managers whose post-loan check is late or due within three days."""
    found = LoanCheck.objects.of_managers(managers).due_by(day + dt.timedelta(days=AHEAD))
    for pk, client, due_on in found.order_by("due_on").values_list("pk", "client", "due_on"):
        late = (day - due_on).days
        if late > 0:
            text = ngettext("Post-loan check %(n)d day late", "Post-loan check %(n)d days late", late) % {"n": late}
        else:
            text = _("Post-loan check by %(day)s") % {"day": due_on}
        yield Reason(
            client, text, tone="danger" if late > 0 else "warning", url=reverse("clients:loan-check", args=[pk])
        )

"""Personal data that is kept no longer: of clients who left, and of staff who left, after the periods of the settings.

Rows stay, since sums and sealed history hang on them; what leads to a person goes.
"""

import datetime as dt
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, OuterRef, Q, Value
from django.db.models.functions import Concat
from django.utils.translation import gettext as _

from clients.models import Client, Contact, MonthlyFact
from clients.models.client import Kind, Stage
from clients.models.offers import Referral
from crm.lib import periods
from people.models import Posting, SecondFactor, User
from service.models import ServiceRequest
from visits.models import Visit

CHUNK = 500  # clients in one transaction


def clients_due(today: dt.date) -> Any:
    """Clients that are gone, with nothing dated within the period, and still with personal data."""
    since = today - dt.timedelta(days=365 * settings.CLIENT_DATA_YEARS)
    gone = Client.objects.filter(Q(is_active=False) | Q(stage=Stage.LOST), created_at__date__lt=since)
    told = Q(phone__gt="") | ~Q(note="") | ~Q(attributes={}) | Q(contacts__isnull=False)
    return gone.filter(
        told,
        ~Exists(Visit.objects.filter(client=OuterRef("pk"), day__gte=since)),
        ~Exists(MonthlyFact.objects.filter(client=OuterRef("pk"), month__gte=since)),
        ~Exists(ServiceRequest.objects.filter(client=OuterRef("pk"), registered_at__date__gte=since)),
    ).distinct()


def staff_due(today: dt.date) -> Any:
    """Accounts switched off whose last posting ended before the period, and still with personal data."""
    since = today - dt.timedelta(days=365 * settings.STAFF_DATA_YEARS)
    left = User.objects.filter(Q(phone__gt="") | Q(email__gt=""), is_active=False)
    here = Posting.objects.filter(Q(valid_to__gte=since) | Q(valid_to=None, valid_from__gte=since), user=OuterRef("pk"))
    return left.filter(~Exists(here)).exclude(last_login__date__gte=since)


def forget_clients(today: dt.date | None = None) -> int:
    """Take what leads to a person out of the clients that are due; their number."""
    count = 0
    while ids := list(clients_due(today or periods.today()).values_list("pk", flat=True)[:CHUNK]):
        with transaction.atomic():
            found = Client.objects.filter(pk__in=ids)
            Contact.objects.filter(client__in=ids).delete()
            Referral.objects.filter(client__in=ids).update(phone="", name=_("(removed)"))
            ServiceRequest.objects.filter(client__in=ids).update(phone="", contact="")
            found.filter(kind=Kind.PERSON).update(name=Concat(Value(_("Former client ")), "code"), pinyin="")
            found.update(phone="", note="", attributes={}, address="", longitude=None, latitude=None)
        count += len(ids)
    return count


def forget_staff(today: dt.date | None = None) -> int:
    """Take phone, address and second factor of staff who left; the name stays, since scores and seals bear it."""
    with transaction.atomic():
        ids = list(staff_due(today or periods.today()).values_list("pk", flat=True))
        SecondFactor.objects.filter(user__in=ids).delete()
        User.objects.filter(pk__in=ids).update(phone="", email="", preferences={})
    return len(ids)

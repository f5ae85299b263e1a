"""Clients to win back, and loyal ones to ask for a referral."""

import datetime as dt
from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import CharField, DecimalField, Exists, F, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.functions import Cast, Coalesce, Concat, Greatest
from django.urls import reverse
from django.utils.translation import gettext as _

from clients.models import Campaign, Client, Stage
from clients.services.campaigns import add_targets, save_undertaking
from crm.lib import periods
from crm.lib.workdays import add_work_days
from people.models import Task, User
from retention.models import Alert, TradeMonth

SILENT = 3  # months with facts, without trade
ASK_AGAIN = 180  # days
WAKE_UP_DAYS = 30
ASK_DAYS = 7  # work days to ask in
MONEY = DecimalField(max_digits=16, decimal_places=2)


def gone(user: Any) -> QuerySet[Client]:
    """Clients within sight that are dormant, lost or silent, with what they used to trade a month, most first."""
    known = TradeMonth.objects.filter(organisation=user.organisation_id).first()
    silent = Q()
    if known and len(known.months) > SILENT:
        silent = Q(trade__last_month__lt=dt.date.fromisoformat(known.months[SILENT - 1]))
    why = Alert.objects.filter(client=OuterRef("pk"), state=Alert.State.LOST).order_by("-closed_at")
    former = Greatest(F("trade__amount_12m"), F("trade__amount_prev_12m")) / 12
    return (
        Client.objects.visible_to(user)
        .filter(Q(stage__in=(Stage.DORMANT, Stage.LOST)) | silent, is_active=True)
        .annotate(
            former=Cast(Coalesce(former, Value(Decimal(0)), output_field=MONEY), MONEY),
            why=Coalesce(Subquery(why.values("closing_reason")[:1]), Value("")),
            in_campaign=Exists(
                Campaign.objects.filter(
                    targets__client=OuterRef("pk"), kind=Campaign.Kind.WAKE_UP, closed_at=None,
                    ends_on__gte=periods.today(),
                )
            ),
        )
    )  # fmt: skip


@transaction.atomic
def wake_up(user: User, ids: list[str], name: str) -> Campaign:
    """A wake-up campaign of the user's unit for clients of the list, beginning today."""
    chosen = _chosen(gone(user), ids)
    if not name.strip():
        raise ValidationError(_("Give the campaign a name."))
    today = periods.today()
    campaign = Campaign(
        unit=user.unit,
        name=name.strip()[:80],
        kind=Campaign.Kind.WAKE_UP,
        goal=_("Trade again within the time of the campaign"),
        starts_on=today,
        ends_on=today + dt.timedelta(days=WAKE_UP_DAYS),
    )
    save_undertaking(campaign, user)
    add_targets(campaign, chosen)
    return campaign


def loyal(user: Any) -> QuerySet[Client]:
    """Loyal clients within sight without an open danger, with whether they were asked lately."""
    return (
        Client.objects.visible_to(user)
        .filter(stage=Stage.LOYAL, is_active=True, owner__isnull=False)
        .exclude(Exists(Alert.objects.open().dangers().exclude(kind="overdue_visit").filter(client=OuterRef("pk"))))
        .annotate(
            amount=Coalesce(F("trade__amount_12m"), Value(Decimal(0)), output_field=MONEY),
            asked_on=Subquery(_asks(OuterRef("pk")).values("created_at")[:1]),
        )
    )


def _asks(client: Any) -> QuerySet[Task]:
    since = periods.now() - dt.timedelta(days=ASK_AGAIN)
    about = Concat(Value("client:"), Cast(client, CharField()))
    return Task.objects.filter(about=about, source__startswith="referral-ask:", created_at__gte=since).order_by(
        "-created_at"
    )


@transaction.atomic
def ask(user: User, ids: list[str]) -> int:
    """A task for each client's owner to ask for a referral; those asked lately are left alone. How many were given."""
    today = periods.today()
    due = add_work_days(today, ASK_DAYS)
    chosen: Any = _chosen(loyal(user), ids).filter(Q(asked_on=None)).select_related("owner")
    made = Task.objects.bulk_create(
        [
            Task(
                owner=client.owner,
                org_id=client.owner.unit_id,
                title=_("%(client)s: ask whom they would recommend us to") % {"client": client.name[:120]},
                due_on=due,
                created_by=user,
                source=f"referral-ask:{client.pk}:{today}",
                about=f"client:{client.pk}",
                url=reverse("clients:referral-new", args=[client.pk]),
            )
            for client in chosen
        ],
        ignore_conflicts=True,
    )
    return len(made)


def _chosen(clients: QuerySet[Client], ids: list[str]) -> QuerySet[Client]:
    try:
        wanted = {int(one) for one in ids}
    except ValueError as error:
        raise ValidationError(_("Choose clients from the list.")) from error
    chosen = clients.filter(pk__in=wanted)
    if not wanted or not chosen.exists():
        raise ValidationError(_("Choose clients from the list."))
    return chosen

"""Verbs on campaigns: list of clients, results, summary, end."""

from decimal import Decimal
from typing import Any, TypeVar

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Count, Q, Sum
from django.utils.translation import gettext as _

from clients.models import Campaign, CampaignTarget
from clients.models.campaigns import Undertaking
from clients.services import products
from crm.lib import periods
from people.models import User

MOST_TARGETS = 20_000
AnyUndertaking = TypeVar("AnyUndertaking", bound=Undertaking)


def add_to_list(rows: Any, clients: Any, **owner: Any) -> int:
    """Put clients on a list (``rows``: manager of its model; ``owner``: whose list); the number of those new there."""
    ids = list(clients.order_by("pk").values_list("pk", flat=True)[: MOST_TARGETS + 1])
    if len(ids) > MOST_TARGETS:
        raise ValidationError(
            _("That are more than %(n)d clients. Narrow the view down, or make one list a unit.") % {"n": MOST_TARGETS}
        )
    before = rows.filter(**owner).count()
    rows.bulk_create([rows.model(client_id=pk, **owner) for pk in ids], ignore_conflicts=True, batch_size=2000)
    return int(rows.filter(**owner).count() - before)


@transaction.atomic
def save_undertaking(found: AnyUndertaking, by: User) -> AnyUndertaking:
    """Save a new or changed campaign or survey; it belongs to the organisation of its unit."""
    found.organisation_id = found.unit.organisation_id
    if found.pk is None:
        found.made_by = by
    found.save()
    return found


@transaction.atomic
def add_targets(campaign: Campaign, clients: Any) -> int:
    """Put the clients of a queryset on the list, as far as they are under the campaign's unit; the number new."""
    _running(Campaign.objects.select_for_update().get(pk=campaign.pk))
    return add_to_list(CampaignTarget.objects, clients.under(campaign.unit), campaign=campaign)


@transaction.atomic
def drop_target(target: CampaignTarget) -> None:
    """Take a client off the list, as long as no result is noted."""
    found = CampaignTarget.objects.select_for_update(of=("self",)).select_related("campaign").get(pk=target.pk)
    _running(found.campaign)
    if found.result:
        raise ValidationError(_("This client has a result already and stays on the list."))
    found.delete()


@transaction.atomic
def record(
    target: CampaignTarget,
    result: str,
    by: User,
    *,
    quantity: Decimal | None = None,
    amount: Decimal | None = None,
    note: str = "",
) -> CampaignTarget:
    """What came of it with one client; a client that took part has the campaign's product from today on."""
    found: CampaignTarget = (
        CampaignTarget.objects.select_for_update(of=("self",))
        .select_related("campaign__product", "client")
        .get(pk=target.pk)
    )
    _running(found.campaign)
    if result not in CampaignTarget.Result.values:
        raise ValidationError({"result": _("Choose one of the results.")})
    found.result, found.quantity, found.amount, found.note = result, quantity, amount, note[:200]
    found.recorded_by, found.recorded_at = by, periods.now()
    found.save()
    if result == CampaignTarget.Result.WON and found.campaign.product:
        products.take_up(found.client, found.campaign.product, by)
    return found


@transaction.atomic
def close(campaign: Campaign, summary: str) -> Campaign:
    """End a campaign with its summary; its results stand from then on."""
    found: Campaign = Campaign.objects.select_for_update().get(pk=campaign.pk)
    _running(found)
    if not summary.strip():
        raise ValidationError({"summary": _("Write what came of it before you close the campaign.")})
    found.summary, found.closed_at = summary.strip(), periods.now()
    found.save(update_fields=["summary", "closed_at"])
    return found


def _running(campaign: Campaign) -> None:
    if campaign.closed_at:
        raise ValidationError(_("The campaign is closed; its results stand."))


SUMS: dict[str, Any] = {
    "all": Count("pk"),
    "recorded": Count("pk", filter=~Q(result="")),
    "quantity_sum": Sum("quantity"),
    "amount_sum": Sum("amount"),
    **{name: Count("pk", filter=Q(result=name)) for name in CampaignTarget.Result.values},
}


def totals(targets: Any) -> dict[str, Any]:
    """Sums over target rows in one statement: all, recorded, by result, quantity, amount."""
    found: dict[str, Any] = targets.order_by().aggregate(**SUMS)
    return found


def totals_of(targets: Any, shown: list[Campaign]) -> list[tuple[Campaign, dict[str, Any]]]:
    """Each campaign with the same sums, in one statement for all of them."""
    rows = targets.filter(campaign__in=shown).order_by().values("campaign").annotate(**SUMS)
    found = {row["campaign"]: row for row in rows}
    return [(one, found.get(one.pk, dict.fromkeys(SUMS, 0))) for one in shown]


def by_manager(targets: Any) -> list[dict[str, Any]]:
    """The same by account manager, the furthest behind first."""
    found = (
        targets.order_by()
        .values("client__owner", "client__owner__name")
        .annotate(all=Count("pk"), recorded=Count("pk", filter=~Q(result="")), won=Count("pk", filter=Q(result="won")))
    )
    return sorted(found, key=lambda row: (row["recorded"] / row["all"], row["client__owner__name"] or ""))

"""Verbs on opportunities: opened, moved from stage to stage, won, lost, opened again."""

from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Count, Sum
from django.utils.translation import gettext as _

from clients.models import Opportunity, OpportunityMove
from clients.models.offers import LostReason, OpportunityStage
from clients.services import products
from crm.lib import periods
from people.models import User

CLOSED = (OpportunityStage.WON, OpportunityStage.LOST)


@transaction.atomic
def open_opportunity(opportunity: Opportunity, by: User) -> Opportunity:
    """Save a new one, with the first step of its history."""
    if opportunity.stage in CLOSED:
        raise ValidationError({"stage": _("A new opportunity is still open.")})
    opportunity.organisation_id = opportunity.client.organisation_id
    opportunity.save()
    OpportunityMove.objects.create(opportunity=opportunity, after=opportunity.stage, by=by)
    return opportunity


@transaction.atomic
def change(opportunity: Opportunity, fields: list[str]) -> None:
    """Save what was typed; the stage is changed by ``move`` alone."""
    opportunity.save(update_fields=[name for name in fields if name != "stage"])


@transaction.atomic
def move(
    opportunity: Opportunity, stage: str, by: User, *, reason: str = "", note: str = "", take_up: bool = True
) -> Opportunity:
    """
    Put an opportunity into another stage.

    Lost needs a reason. Won gives the client the product from today on (unless ``take_up`` is False). Leaving won or
    lost opens it again; what the client has been given stays.
    """
    found: Opportunity = (
        Opportunity.objects.select_for_update(of=("self",)).select_related("client", "product").get(pk=opportunity.pk)
    )
    if stage not in OpportunityStage.values:
        raise ValidationError({"stage": _("Choose one of the stages.")})
    if stage == OpportunityStage.LOST and reason not in LostReason.values:
        raise ValidationError({"lost_reason": _("Say why it was lost.")})
    if stage == found.stage:
        return found
    before, found.stage = found.stage, stage
    found.lost_reason = reason if stage == OpportunityStage.LOST else ""
    found.closed_on = periods.today() if stage in CLOSED else None
    if stage in CLOSED:
        found.outcome_note = note[:300]
        found.next_step, found.next_step_on = "", None
    found.save()
    OpportunityMove.objects.create(opportunity=found, before=before, after=stage, by=by)
    if stage == OpportunityStage.WON and found.product and take_up:
        products.take_up(found.client, found.product, by)
    return found


def forecast(opportunities: Any) -> dict[str, Any]:
    """Sums over open opportunities by stage, in one statement: {stage: {count, amount, expected}}."""
    found = opportunities.open().order_by().values("stage").annotate(count=Count("pk"), amount=Sum("amount"))
    return {row["stage"]: row | {"expected": row["amount"] * Opportunity.CHANCES[row["stage"]] / 100} for row in found}

"""Verbs on marketing plans."""

import datetime as dt
from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Avg, DecimalField, F, Q, QuerySet, Value
from django.db.models.functions import Cast, Least
from django.urls import reverse
from django.utils.translation import gettext as _

from crm.lib import periods
from journals.models import MarketingPlan, PlanItem
from people.models import User
from people.services import notify


def open_plan(by: User, month: dt.date, goal: str) -> MarketingPlan:
    """The unit's plan of a month; ValidationError when there is one."""
    plan, created = MarketingPlan.objects.get_or_create(
        unit=by.unit, month=periods.month_of(month), defaults={"goal": goal, "created_by": by}
    )
    if not created:
        raise ValidationError(_("There is a plan for this month already. Add the work to it."))
    return plan


@transaction.atomic
def add_item(plan: MarketingPlan, by: User, owner: User, **values: Any) -> PlanItem:
    """A piece of work of a plan; who is in charge hears of it."""
    item = PlanItem.objects.create(plan=plan, owner=owner, **values)
    if owner.pk != by.pk:
        notify(
            [owner],
            _("You are in charge of “%(title)s” in the marketing plan") % {"title": item.title},
            url=reverse("journals:plan", args=[plan.pk]),
            key=f"planitem:{item.pk}",
        )
    return item


def report(item: PlanItem, done: int, note: str) -> None:
    """How far a piece of work is; ValidationError for a number that cannot be."""
    if not 0 <= done <= 10_000_000:
        raise ValidationError(_("Enter a whole number from 0 on."))
    PlanItem.objects.filter(pk=item.pk).update(done=done, note=note.strip()[:200], updated_at=periods.now())


def with_execution(plans: QuerySet[MarketingPlan]) -> QuerySet[MarketingPlan]:
    """Plans with ``execution``: the mean share of the targets reached, each at most 1; None without work."""
    number = DecimalField(max_digits=12, decimal_places=4)
    share = Least(
        Cast(F("items__done"), number) / Cast(F("items__target"), number), Value(Decimal(1), output_field=number)
    )
    # The least of nothing and 1 would be 1: a plan without work has reached nothing.
    return plans.annotate(execution=Avg(share, filter=Q(items__isnull=False)))

"""Marketing plans and their execution."""

import datetime as dt
from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError

from journals import plans
from journals.models import MarketingPlan, PlanItem
from people.models import Notification

pytestmark = pytest.mark.django_db
NOVEMBER = dt.date(2026, 11, 1)


@pytest.fixture
def plan(world):
    return plans.open_plan(world.supervisor, dt.date(2026, 11, 15), "新品上柜 60 户")


def work(plan, world, target, owner=None):
    return plans.add_item(
        plan,
        world.supervisor,
        owner or world.am,
        title="上柜",
        target=target,
        measure="户",
        due_on=dt.date(2026, 11, 30),
    )


def test_one_plan_a_unit_and_month(world, plan):
    assert plan.month == NOVEMBER
    with pytest.raises(ValidationError):
        plans.open_plan(world.supervisor, NOVEMBER, "另一个")
    assert plans.open_plan(world.actors["supervisor_south"], NOVEMBER, "南边").unit == world.units["south"]


def test_execution_is_the_mean_share_and_too_much_counts_as_all(world, plan):
    assert plans.with_execution(MarketingPlan.objects.filter(pk=plan.pk)).get().execution is None
    half, over = work(plan, world, 30), work(plan, world, 10)
    plans.report(half, 15, "城东已上 15 户")
    plans.report(over, 25, "")
    found = plans.with_execution(MarketingPlan.objects.filter(pk=plan.pk)).get()
    assert found.execution == Decimal("0.75")
    assert PlanItem.objects.get(pk=over.pk).share == 1
    with pytest.raises(ValidationError):
        plans.report(half, -1, "")


def test_who_is_in_charge_hears_of_it_and_reports(world, plan):
    item = work(plan, world, 30)
    assert Notification.objects.filter(user=world.am, key=f"planitem:{item.pk}").exists()
    assert list(PlanItem.objects.editable_by(world.am)) == [item]
    assert not PlanItem.objects.editable_by(world.managers["team"]).exists()
    assert list(PlanItem.objects.visible_to(world.managers["team"])) == [item]
    assert not PlanItem.objects.visible_to(world.managers["other_team"]).exists()

"""HR sets what a rule looks for; every change is on record."""

import pytest
from django.test import Client as Browser

from crm.lib.models import AuditEvent
from retention.config import config
from retention.models import RuleSetting
from retention.reports.exposure import margin_rate
from retention.rules import rules

pytestmark = pytest.mark.django_db
PAGE = "/alerts/rules/sales_drop_yoy/"
STEP = {"text-0": "上门看货架", "act-0": "visit", "days-0": "2"}


@pytest.fixture
def hr(world):
    browser = Browser()
    browser.force_login(world.hr)
    return browser


def shown(browser):
    """What the page would send as it stands."""
    form = browser.get(PAGE).context["form"]
    return {name: value for name in form.fields if (value := form.initial.get(name)) not in (None, False, [])}


def now(world):
    kind = "sales_drop_yoy"
    return config(rules[kind], RuleSetting.objects.filter(organisation=world.organisation, kind=kind).first())


def test_what_is_saved_holds_and_is_on_record(hr, world):
    values = {**shown(hr), "limit-drop": "45", "tiers": ["A", "B"], "quiet_days": "7", "escalate_days": "0"}
    values = {name: value for name, value in values.items() if name[:4] not in ("text", "act-", "days")}
    assert hr.post(PAGE, {**values, **STEP}).status_code == 302
    found = now(world)
    assert (found.limits["drop"], found.tiers, found.quiet_days, found.escalate_days) == (45, ["A", "B"], 7, 0)
    assert [(step.act, step.days, step.text) for step in found.steps] == [("visit", 2, "上门看货架")]
    assert RuleSetting.objects.get().limits == {"drop": "45"}, "limits at their default follow the default"
    event = AuditEvent.objects.filter(table="retention_rulesetting").latest("pk")
    assert (event.action, event.actor_id, event.after["tiers"]) == ("insert", world.hr.pk, ["A", "B"])
    hr.post(f"{PAGE}reset/")
    assert not now(world).is_changed
    assert AuditEvent.objects.filter(table="retention_rulesetting").latest("pk").action == "delete"


@pytest.mark.parametrize(
    ("field", "value"),
    [("limit-drop", "101"), ("limit-drop", ""), ("quiet_days", "-1"), ("escalate_days", "91"), ("tiers", ["Z"]),
     ("days-0", "")],
)  # fmt: skip
def test_what_cannot_hold_is_refused_at_its_field(hr, world, field, value):
    answer = hr.post(PAGE, {**shown(hr), **STEP, field: value})
    assert answer.status_code == 200
    assert list(answer.context["form"].errors) == [field]
    assert not RuleSetting.objects.exists()


@pytest.mark.parametrize(
    ("given", "rate"), [("35.5", "0.355"), ("0", "0"), ("", "0.20"), ("100.1", "0.20"), ("x", "0.20")]
)
def test_the_margin_is_a_percentage_or_the_usual_one(hr, world, given, rate):
    assert hr.post("/alerts/rules/margin/set/", {"margin": given}).status_code == 302
    world.organisation.refresh_from_db()
    assert str(margin_rate(world.organisation)) in (rate, f"{float(rate):.3f}", rate.rstrip("0"))

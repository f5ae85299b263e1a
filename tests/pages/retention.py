"""Pages of retention."""

import datetime as dt

from clients.models import Client, Contact, Stage
from crm.lib import periods
from retention import forecasting, trade
from retention.models import Alert, AlertEvent, Forecast
from retention.rules import Act
from retention.services import Plan, apply, start
from tests.facts import fact
from tests.world import client_of

PAGES = {
    "alerts of an account manager": ("am", lambda world: "/alerts/"),
    "alerts of a supervisor": ("supervisor", lambda world: "/alerts/"),
    "alerts of HR": ("hr", lambda world: "/alerts/"),
    "an alert with its play-book": ("am", lambda world: f"/alerts/{Alert.objects.earliest('pk').pk}/"),
    "value at risk": ("supervisor", lambda world: "/alerts/value/"),
    "proof of retention": ("supervisor", lambda world: "/alerts/proof/"),
    "expected trade": ("supervisor", lambda world: "/alerts/forecast/"),
    "greetings": ("am", lambda world: "/alerts/greetings/"),
    "clients to win back": ("supervisor", lambda world: "/alerts/win-back/"),
    "clients to ask for a referral": ("am", lambda world: "/alerts/loyal/"),
    "alert rules": ("hr", lambda world: "/alerts/rules/"),
    "an alert rule": ("hr", lambda world: "/alerts/rules/sales_drop_yoy/"),
}
MONTH = dt.date(2026, 9, 1)


def begin(world):
    """One of each."""
    a_client(world, 0)
    forecasting.fit_month(world.organisation, MONTH)
    trade.refresh(trade.scene_of(world.organisation, dt.date(2026, 9, 30)))


def a_client(world, number):
    """A dormant one, a loyal one, and one with an alert of each sort, one of them being acted upon."""
    gone = client_of(world.am, f"RG{number}", f"停业店{number}", stage=Stage.DORMANT)
    client_of(world.am, f"RL{number}", f"老主顾{number}", stage=Stage.LOYAL)
    client = client_of(world.am, f"R{number}", f"便民店{number}")
    for one in (gone, client):
        fact(one, "2026-09", 1000)
        Forecast.objects.create(
            client=one, organisation=world.organisation, month=MONTH, p_active="0.4", expected_months=1,
            expected_amount=900,
        )  # fmt: skip
    contact = Contact.objects.create(client=client, name="老王", is_main=True, birthday=dt.date(1970, 9, 3))
    greeting = {"contact": contact.pk, "name": "老王", "on": str(periods.today()), "lunar": False}
    overdue = {"since": "2026-08-01", "visited": True, "tier": "B", "days": 30}
    silent = {"last": "2026-01-01", "to": "2026-09-01"}
    made = {
        kind: Alert.objects.create(
            organisation=world.organisation, client=client, kind=kind, cause="x", raised_on=dt.date(2026, 9, 1),
            figures=figures, value_at_risk=100,
        )
        for kind, figures in (("overdue_visit", overdue), ("birthday", greeting), ("no_trade", silent))
    }  # fmt: skip
    start(made["no_trade"], world.am, [Plan(Act.TASK, "打电话", periods.today())])
    apply([made["overdue_visit"].pk], world.am, "acknowledge")


def grow(world):
    for number in range(1, 20):
        a_client(world, number)
    trade.refresh(trade.scene_of(world.organisation, dt.date(2026, 9, 30)))
    AlertEvent.objects.bulk_create(
        AlertEvent(alert=alert, state="acting", note="又打了电话") for alert in Alert.objects.filter(state="acting")
    )
    assert Client.objects.filter(forecast__isnull=False).count() == 40

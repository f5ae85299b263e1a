"""Clients to win back, and loyal ones to ask whom they would recommend us to."""

import datetime as dt

import pytest
from django.core.exceptions import ValidationError
from django.test import Client as Browser

from clients.models import Campaign, Client, Stage
from crm.lib import periods
from people.models import Task
from retention import trade
from retention.models import Alert
from retention.reports import winback
from tests.retention.helpers import DAY, facts, market, months
from tests.world import client_of

pytestmark = pytest.mark.django_db


def gone(user):
    return {client.code: client for client in winback.gone(user)}


def test_dormant_lost_and_silent_ones_by_what_they_used_to_trade(world):
    market(world)
    silent = client_of(world.am, "SILENT", "沉默小店")
    facts(silent, dict.fromkeys(months("2025-01", "2025-12"), 1200))
    late = client_of(world.am, "LATE", "上季还进货")
    facts(late, dict.fromkeys(months("2025-01", "2026-01"), 1200))
    client_of(world.am, "SLEEPS", "休眠小店", stage=Stage.DORMANT)
    client_of(world.am, "CLOSED", "已关小店", stage=Stage.LOST, is_active=False)
    trade.refresh(trade.scene_of(world.organisation, DAY))
    found = gone(world.am)
    assert set(found) == {"SILENT", "SLEEPS"}, "three months without trade while others have facts"
    assert (found["SILENT"].former, found["SLEEPS"].former) == (900, 0), "of the better of two years"
    assert not gone(world.managers["other_org"])


def test_a_wake_up_campaign_has_the_chosen_ones_as_its_list(world):
    mine = client_of(world.am, "SLEEPS", "休眠小店", stage=Stage.DORMANT)
    other = client_of(world.managers["other_org"], "THEIRS", "别家", stage=Stage.DORMANT)
    made = winback.wake_up(world.supervisor, [str(mine.pk), str(other.pk)], " 唤醒 ")
    assert (made.name, made.kind, made.starts_on) == ("唤醒", Campaign.Kind.WAKE_UP, periods.today())
    assert [target.client for target in made.targets.all()] == [mine]
    assert gone(world.supervisor)["SLEEPS"].in_campaign
    Campaign.objects.filter(pk=made.pk).update(
        starts_on=periods.today() - dt.timedelta(days=9), ends_on=periods.today() - dt.timedelta(days=1)
    )
    assert not gone(world.supervisor)["SLEEPS"].in_campaign, "its time is over"


@pytest.mark.parametrize(("ids", "name"), [([], "唤醒"), (["x"], "唤醒"), (["active"], "唤醒"), (["sleeps"], "  ")])
def test_a_campaign_without_clients_or_name_is_refused(world, ids, name):
    sleeps = client_of(world.am, "SLEEPS", "休眠小店", stage=Stage.DORMANT)
    known = {"active": str(world.clients["own"].pk), "sleeps": str(sleeps.pk)}
    with pytest.raises(ValidationError):
        winback.wake_up(world.supervisor, [known.get(one, one) for one in ids], name)
    assert not Campaign.objects.exists()


def test_loyal_ones_are_asked_once_in_half_a_year(world):
    Client.objects.filter(pk__in=[world.clients["own"].pk, world.clients["team"].pk]).update(stage=Stage.LOYAL)
    own, team = world.clients["own"], world.clients["team"]
    assert winback.ask(world.supervisor, [str(own.pk), str(team.pk)]) == 2
    assert winback.ask(world.supervisor, [str(own.pk), str(team.pk)]) == 0
    tasks = {task.owner: task for task in Task.objects.all()}
    assert set(tasks) == {world.am, world.managers["team"]}
    assert tasks[world.am].url == f"/clients/{own.pk}/referrals/new/"
    assert tasks[world.am].due_on > periods.today()
    Task.objects.update(created_at=periods.now() - dt.timedelta(days=winback.ASK_AGAIN + 1))
    assert winback.loyal(world.am).get().asked_on is None


def test_whoever_is_in_danger_is_not_asked(world):
    own = world.clients["own"]
    Client.objects.filter(pk=own.pk).update(stage=Stage.LOYAL)
    alert = Alert.objects.create(
        organisation=world.organisation, client=own, kind="overdue_visit", cause="x", raised_on=periods.today()
    )
    assert winback.loyal(world.am).count() == 1, "a visit that is due hinders nobody"
    Alert.objects.filter(pk=alert.pk).update(kind="no_trade")
    assert winback.loyal(world.am).count() == 0
    with pytest.raises(ValidationError):
        winback.ask(world.am, [str(own.pk)])


def test_the_next_greeting_stands_first_however_many_there_are(world):
    """Two hundred festival greetings, and a birthday that is today."""
    today = periods.today()
    shops = [client_of(world.am, f"G{number}", f"店{number}") for number in range(210)]
    for number, shop in enumerate(shops):
        day = today if number == 209 else today + dt.timedelta(days=3)
        Alert.objects.create(
            organisation=world.organisation, client=shop, kind="festival", cause="x", raised_on=today,
            figures={"festival": "spring", "on": str(day), "tier": "A"},
        )  # fmt: skip
    browser, url, seen = Browser(), "/alerts/greetings/", []
    browser.force_login(world.am)
    while url:
        page = browser.get(url).context["page"]
        seen += [alert.client_id for alert in page.items]
        url = page.next_url and f"/alerts/greetings/{page.next_url}"
    assert seen[0] == shops[209].pk
    assert sorted(seen) == [shop.pk for shop in shops]

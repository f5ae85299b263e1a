"""Other programs are told at once, signed, until they take it; nobody else's address hears of anything."""

import datetime as dt
import json

import pytest
from django.db import connection, transaction
from django.urls import reverse

from crm.lib import periods
from crm.models import Webhook, WebhookCall
from crm.webhooks import sending
from crm.webhooks.events import EVENTS
from journals.services import open_journal, submit
from kpi import services as kpi
from retention.models import Alert
from service.services import act
from tests.chat import chat  # noqa: F401
from tests.docs import CLIENT, example_client
from tests.kpi.helpers import computed_run, leaf, scheme, soft, visit
from tests.service.helpers import request_of
from tests.world import client_of

pytestmark = pytest.mark.django_db
DAY = dt.date(2026, 10, 14)
SECRET = "whsec_test"


def webhook(world, url="https://erp.example.com/hook", events=None, organisation=None, **fields):
    return Webhook.objects.create(
        organisation=organisation or world.organisation, name="ERP", url=url, secret=SECRET,
        events=events or [event.code for event in EVENTS], made_by=world.actors["admin"], **fields,
    )  # fmt: skip


def told():
    return sorted(WebhookCall.objects.values_list("event", flat=True))


def test_everything_on_the_list_is_told_once(world):
    """One call for each event, written with the change itself, whoever makes it and however."""
    webhook(world)
    webhook(world, organisation=world.other_organisation)
    client = client_of(world.am, "X1", "金叶便利店")
    visit(client, DAY)
    draft = open_journal(world.am, "day", periods.today())
    assert "journal.submitted" not in told()
    submit(draft, dict.fromkeys(("summary", "market", "problems", "suggestions", "tomorrow"), "走访八户"))
    request = request_of(client, world.actors["back_office"])
    for name, given in (("start", {}), ("resolve", {"note": "已补送"})):
        request.refresh_from_db()
        act(request, name, request.handler, **given)
    alert = Alert.objects.create(
        organisation=world.organisation, client=client, kind="no_trade", cause="x", raised_on=DAY
    )
    Alert.objects.filter(pk=alert.pk).update(state="kept", closed_at=periods.now())
    scheme(world.organisation, [leaf("soft:attitude", high="100")])
    soft(world.am, 80, world.supervisor)
    run = kpi.publish(kpi.review(computed_run(world.organisation), world.hr), world.actors["admin"])
    assert told() == sorted(event.code for event in EVENTS)
    assert WebhookCall.objects.get(event="scores.published").object_id == run.pk
    assert {call.webhook.organisation for call in WebhookCall.objects.all()} == {world.organisation}


def test_only_what_was_asked_for_and_only_while_it_is_on(world):
    webhook(world, events=["visit.saved"])
    webhook(world, events=["visit.saved"], is_active=False)
    webhook(world, events=["client.created"])
    visit(world.clients["own"], DAY)
    visit(world.clients["other_org"], DAY)
    assert told() == ["visit.saved"]


def test_what_is_rolled_back_is_not_told(world):
    webhook(world)
    with transaction.atomic():
        visit(world.clients["own"], DAY)
        transaction.set_rollback(True)
    assert told() == []


def test_a_signed_call_arrives(world, chat):  # noqa: F811
    hook = webhook(world, chat.url)
    made = visit(world.clients["own"], DAY)
    assert sending.send_due() == 1
    (post,) = chat.posts
    call = WebhookCall.objects.get()
    assert (call.state, call.status, call.attempts) == ("sent", 200, 1)
    body = post["body"]
    assert {key: body[key] for key in ("id", "event", "object", "organisation")} == {
        "id": str(call.pk), "event": "visit.saved", "object": made.pk, "organisation": "ALPHA",
    }  # fmt: skip
    assert "兴隆" not in json.dumps(body, ensure_ascii=False)  # ids, no names
    header, raw = post["headers"]["Zoufang-Signature"], json.dumps(body, ensure_ascii=False).encode()
    receiver = example_client()
    assert receiver.is_genuine(hook.secret, header, raw)
    assert not receiver.is_genuine(hook.secret, header, raw + b" ")
    assert not receiver.is_genuine("whsec_other", header, raw)
    assert not receiver.is_genuine(hook.secret, header, raw, now=periods.now().timestamp() + 600)
    assert not receiver.is_genuine(hook.secret, "nonsense", raw)
    assert sending.send_due() == 0  # once


def test_it_is_tried_again_until_it_is_taken(world, chat):  # noqa: F811
    """An error, a broken connection, then a taker: three tries with growing distance, one id."""
    webhook(world, chat.url)
    visit(world.clients["own"], DAY)
    chat.answers = [(500, {}), None]
    now = periods.now()
    for minutes in (0, 2, 10):
        with periods.clock_at(now + dt.timedelta(minutes=minutes)):
            assert sending.send_due() == 1
            assert sending.send_due() == 0  # not before its time
    call = WebhookCall.objects.get()
    assert (call.state, call.attempts, call.error) == ("sent", 3, "")
    assert {post["body"]["id"] for post in chat.posts} == {str(call.pk)}


def test_it_ends_after_the_last_try_and_people_may_try_again(world, chat, client):  # noqa: F811
    webhook(world, chat.url)
    visit(world.clients["own"], DAY)
    chat.answers = [(503, {})] * (len(sending.AGAIN_AFTER) + 1)
    now = periods.now()
    for day in range(len(sending.AGAIN_AFTER) + 1):
        with periods.clock_at(now + dt.timedelta(days=2 * day)):
            sending.send_due()
    call = WebhookCall.objects.get()
    assert (call.state, call.status) == ("failed", 503)
    client.force_login(world.actors["admin"])
    page = client.get(reverse("webhook", args=[call.webhook_id])).content.decode()
    assert "503" in page
    client.post(reverse("webhook-again", args=[call.pk]))
    sending.send_due()
    call.refresh_from_db()
    assert call.state == "sent"


def test_gone_switches_the_address_off(world, chat):  # noqa: F811
    hook = webhook(world, chat.url)
    visit(world.clients["own"], DAY)
    chat.answers = [(410, {})]
    sending.send_due()
    hook.refresh_from_db()
    assert (hook.is_active, WebhookCall.objects.get().state) == (False, "failed")


def test_nothing_inside_the_house_is_called(world):
    """A name that leads inside, or to the machine itself, is refused at the call."""
    webhook(world, "https://127.0.0.1/hook")
    visit(world.clients["own"], DAY)
    sending.send_due()
    assert WebhookCall.objects.get().state == "failed"


def test_a_worker_that_died_is_followed_by_another(world, chat):  # noqa: F811
    webhook(world, chat.url)
    visit(world.clients["own"], DAY)
    assert sending.claim() is not None
    assert sending.send_due() == 0
    with periods.clock_at(periods.now() + dt.timedelta(minutes=6)):
        assert sending.send_due() == 1
    assert WebhookCall.objects.get().state == "sent"


def test_the_page_makes_an_address_and_shows_the_secret_once(world, client, chat):  # noqa: F811
    client.force_login(world.actors["admin"])
    bad = client.post("/webhooks/", {"name": "ERP", "url": "ftp://x", "events": ["visit.saved"]})
    assert not Webhook.objects.exists()
    assert bad.status_code == 200
    page = client.post("/webhooks/", {"name": "ERP", "url": chat.url, "events": ["visit.saved"]}).content.decode()
    hook = Webhook.objects.get()
    assert hook.secret in page
    assert hook.secret not in client.get("/webhooks/").content.decode()
    with connection.cursor() as cursor:
        cursor.execute("SELECT secret FROM crm_webhook")
        assert hook.secret not in cursor.fetchone()[0]  # encrypted
    client.post(reverse("webhook-ping", args=[hook.pk]))
    assert sending.send_due() == 1
    assert "测试推送" in client.get(reverse("webhook", args=[hook.pk])).content.decode()
    client.post(reverse("webhook-switch", args=[hook.pk]))
    hook.refresh_from_db()
    assert not hook.is_active
    told = client.post(reverse("webhook-ping", args=[hook.pk]), follow=True).content.decode()
    assert WebhookCall.objects.count() == 1, "nothing goes out, and nothing is promised"
    assert "先启用" in told


def test_the_log_keeps_a_month(world):
    hook = webhook(world)
    old = periods.now() - dt.timedelta(days=31)
    for state, at in (("failed", old), ("waiting", old), ("failed", periods.now())):
        WebhookCall.objects.create(webhook=hook, event="ping", object_id=1, state=state, happened_at=at)
    assert sending.forget_old() == 1


@pytest.mark.parametrize("page", ["webhooks.md", "webhooks.zh.md"])
def test_the_documentation_lists_every_event(page):
    text = (CLIENT.parent.parent / page).read_text("utf-8")
    listed = {line.split("`")[1] for line in text.splitlines() if line.startswith("| `")}
    assert listed == {event.code for event in EVENTS} | {"ping"}

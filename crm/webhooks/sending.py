"""Makes the calls that are due: claimed by a conditional update, signed, noted, and made again until they arrive.

A call that broke off may have arrived: it is made again with the same id, by which the receiver knows it.
"""

import datetime as dt
import hashlib
import hmac
import json
import secrets
import uuid
from typing import Any

from django.conf import settings
from django.db.models import F
from django.utils.translation import gettext as _

from crm.lib import outbound, periods
from crm.models import Webhook, WebhookCall
from crm.webhooks.events import PING

AGAIN_AFTER = [dt.timedelta(minutes=minutes) for minutes in (1, 5, 30, 120, 360, 720, 1440)]
LOST_AFTER = dt.timedelta(minutes=5)  # far longer than any call may take
KEPT = dt.timedelta(days=30)
AT_ONCE = 200
GONE = 410  # the receiver wants no more
State = WebhookCall.State


def new_secret() -> str:
    """A secret that nobody guesses."""
    return "whsec_" + secrets.token_urlsafe(32)


def ping(webhook: Webhook) -> WebhookCall:
    """A test call, due now."""
    return WebhookCall.objects.create(webhook=webhook, event=PING, object_id=webhook.pk)


def send_due(limit: int = AT_ONCE) -> int:
    """Make the calls that are due, at most so many; their number."""
    now = periods.now()
    lost = WebhookCall.objects.filter(state=State.SENDING, claimed_at__lt=now - LOST_AFTER)
    lost.update(state=State.WAITING, due_at=now, error=_("The worker stopped while calling."))
    count = 0
    while count < limit and (call := claim()):
        send(call)
        count += 1
    return count


def forget_old() -> int:
    """Remove calls that are long done with; their number."""
    done = WebhookCall.objects.filter(state__in=(State.SENT, State.FAILED), happened_at__lt=periods.now() - KEPT)
    return done.delete()[0]


def claim() -> WebhookCall | None:
    """The next call in this worker's hands; those of an address that is switched off wait."""
    while True:
        now, token = periods.now(), uuid.uuid4()
        due = WebhookCall.objects.filter(state=State.WAITING, due_at__lte=now, webhook__is_active=True)
        first = due.order_by("due_at", "pk").values_list("pk", flat=True).first()
        if first is None:
            return None
        taken = WebhookCall.objects.filter(pk=first, state=State.WAITING).update(
            state=State.SENDING, claim=token, claimed_at=now, attempts=F("attempts") + 1
        )
        if taken:
            return WebhookCall.objects.select_related("webhook__organisation").get(pk=first)


def payload(call: WebhookCall) -> dict[str, Any]:
    """What is told: what happened to which row. Whoever may see more asks the API with a token."""
    return {
        "id": str(call.pk),
        "event": call.event,
        "object": call.object_id,
        "organisation": call.webhook.organisation.code,
        "happened_at": call.happened_at.isoformat(),
        "site": settings.SITE_URL,
    }


def signature(secret: str, moment: int, body: bytes) -> str:
    """The header that proves sender and content: time and HMAC-SHA256 of ``time.body``."""
    digest = hmac.new(secret.encode(), f"{moment}.".encode() + body, hashlib.sha256).hexdigest()
    return f"t={moment},v1={digest}"


def send(call: WebhookCall) -> None:
    """Make one call and note what came of it."""
    body = json.dumps(payload(call), ensure_ascii=False).encode()
    headers = {
        "Zoufang-Event": call.event,
        "Zoufang-Delivery": str(call.pk),
        "Zoufang-Signature": signature(call.webhook.secret, int(periods.now().timestamp()), body),
    }
    try:
        answer = outbound.post_body(call.webhook.url, body, headers)
    except outbound.Refused as error:
        note(call, State.FAILED, None, str(error))
    except (outbound.NotSent, outbound.Unclear) as error:
        again(call, None, str(error))
    else:
        if 200 <= answer.status < 300:
            note(call, State.SENT, answer.status, "", sent_at=periods.now())
        elif answer.status == GONE:
            Webhook.objects.filter(pk=call.webhook_id).update(is_active=False)
            note(call, State.FAILED, answer.status, _("The receiver wants no more calls; the address is switched off."))
        else:
            again(call, answer.status, _("The receiver did not take it (%(status)d).") % {"status": answer.status})


def again(call: WebhookCall, status: int | None, error: str) -> None:
    """Later once more, until the last time."""
    if call.attempts <= len(AGAIN_AFTER):
        note(call, State.WAITING, status, error, due_at=periods.now() + AGAIN_AFTER[call.attempts - 1])
    else:
        note(call, State.FAILED, status, error)


def note(call: WebhookCall, state: str, status: int | None, error: str, **values: Any) -> None:
    """Write down what came of a claim, if it still holds."""
    held = WebhookCall.objects.filter(pk=call.pk, claim=call.claim, state=State.SENDING)
    held.update(state=state, status=status, error=error[:300], **values)


def send_again(call: WebhookCall) -> bool:
    """Somebody wants a failed call to be made once more; False when it has not failed."""
    failed = WebhookCall.objects.filter(pk=call.pk, state=State.FAILED)
    return bool(failed.update(state=State.WAITING, attempts=0, due_at=periods.now(), error=""))

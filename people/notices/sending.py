"""Sends what is due. A delivery is claimed by a conditional update, sent, and written down; never twice.

Only a call that certainly did not arrive is made again. When a worker dies between the call and the note of it, or the
connection breaks without an answer, the delivery is *unclear*: people decide whether to send it again.
"""

import datetime as dt
import smtplib
import uuid
from collections.abc import Callable, Sequence

from django.conf import settings
from django.core.mail import EmailMessage, get_connection
from django.db.models import F, Q
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from crm.lib import periods
from crm.lib.outbound import NotSent, Refused, Unclear
from people.notices import robots
from people.notices.models import Delivery, Robot

AGAIN_AFTER = [dt.timedelta(minutes=minutes) for minutes in (1, 5, 30, 120, 360)]
LOST_AFTER = dt.timedelta(minutes=5)  # far longer than any call may take
REST = dt.timedelta(seconds=60)
AT_ONCE = 200  # deliveries of one round
State = Delivery.State


def absolute(url: str) -> str:
    """A page's address as it works outside the site."""
    return settings.SITE_URL + (url or reverse("people:notifications"))


def send_due(limit: int = AT_ONCE) -> int:
    """Send what is due, at most so many messages; how many were tried."""
    give_up_lost()
    skip_needless()
    count = 0
    while count < limit and (batch := claim()):
        send(batch)
        count += 1
    return count


def give_up_lost() -> int:
    """Deliveries whose worker has died: nobody knows whether they went out."""
    return Delivery.objects.filter(state=State.SENDING, claimed_at__lt=periods.now() - LOST_AFTER).update(
        state=State.UNCLEAR, error=_("The worker stopped while sending. It may have gone out.")
    )


def skip_needless() -> int:
    """What has been read in the site meanwhile, and what is for people who have left."""
    needless = Q(notification__read_at__isnull=False) | Q(notification__user__is_active=False)
    due = Delivery.objects.filter(needless, state=State.WAITING, due_at__lte=periods.now())
    return Delivery.objects.filter(pk__in=due.values("pk"), state=State.WAITING).update(state=State.SKIPPED)


def claim() -> list[Delivery]:
    """What this worker sends next as one message: one delivery, or a person's whole digest. Empty when none is due."""
    now = periods.now()
    waiting = Delivery.objects.filter(state=State.WAITING, due_at__lte=now)
    free = waiting.filter(Q(robot=None) | Q(robot__rests_until=None) | Q(robot__rests_until__lte=now))
    while True:
        first = free.select_related("notification").order_by("due_at", "pk").first()
        if first is None:
            return []
        mine = waiting.filter(pk=first.pk)
        if first.in_digest:
            user = first.notification.user_id
            mine = waiting.filter(in_digest=True, channel=first.channel, notification__user=user)
        token = uuid.uuid4()
        Delivery.objects.filter(pk__in=mine.values("pk"), state=State.WAITING).update(
            state=State.SENDING, claim=token, claimed_at=now, attempts=F("attempts") + 1
        )
        found = Delivery.objects.filter(claim=token, state=State.SENDING)
        rows = list(found.select_related("notification__user__unit", "robot").order_by("notification__created_at"))
        if rows:
            return rows


def send(batch: Sequence[Delivery]) -> None:
    """Send one message and note what came of it on all its deliveries."""
    first = batch[0]
    how: Callable[[Sequence[Delivery]], None] = send_email if first.channel == Delivery.Channel.EMAIL else send_robot
    try:
        with translation.override(first.notification.user.language or settings.LANGUAGE_CODE):
            how(batch)
    except robots.Crowded as crowded:
        Robot.objects.filter(deliveries=first.pk).update(rests_until=periods.now() + REST)
        note(batch, State.WAITING, str(crowded), due_at=periods.now() + REST, attempts=first.attempts - 1)
    except NotSent as error:
        tries = first.attempts
        if tries <= len(AGAIN_AFTER):
            note(batch, State.WAITING, str(error), due_at=periods.now() + AGAIN_AFTER[tries - 1])
        else:
            note(batch, State.FAILED, str(error))
    except Refused as error:
        note(batch, State.FAILED, str(error))
    except Unclear as error:
        note(batch, State.UNCLEAR, str(error))
    else:
        note(batch, State.SENT, "", sent_at=periods.now())


def note(batch: Sequence[Delivery], state: str, error: str, **values: object) -> None:
    """Write down what came of a claim, if it still holds."""
    Delivery.objects.filter(claim=batch[0].claim, state=State.SENDING).update(state=state, error=error[:300], **values)


def send_robot(batch: Sequence[Delivery]) -> None:
    """One line into the group's chat."""
    (delivery,) = batch
    found = delivery.notification
    assert delivery.robot is not None
    line = robots.Line(found.user.name, found.user.phone, found.text, absolute(found.url), _("Open it"))
    robots.say(delivery.robot, line, str(delivery.pk), periods.now())


def send_email(batch: Sequence[Delivery]) -> None:
    """One e-mail, of a single notification or of a digest."""
    person = batch[0].notification.user
    if not person.email:
        raise Refused(_("The person has no e-mail address any more."))
    lines = [{"text": row.notification.text, "link": absolute(row.notification.url)} for row in batch]
    subject = str(batch[0].notification.text)
    if batch[0].in_digest:
        subject = ngettext("Zoufang: %(n)d notification", "Zoufang: %(n)d notifications", len(lines)) % {
            "n": len(lines)
        }
    context = {"person": person, "lines": lines, "settings_url": absolute(reverse("people:notice-settings"))}
    host = settings.SITE_URL.rpartition("//")[2].partition("/")[0].partition(":")[0]
    headers = {"Message-ID": f"<{min(row.pk for row in batch)}@{host}>", "Auto-Submitted": "auto-generated"}
    message = EmailMessage(
        " ".join(subject.split())[:120],
        render_to_string("people/mail/notices.txt", context),
        to=[person.email],
        headers=headers,
    )
    post(message)


def post(message: EmailMessage) -> None:
    """Hand an e-mail to the mail server; NotSent, Refused or Unclear when it did not take it."""
    connection = get_connection()
    try:
        connection.open()
    except smtplib.SMTPAuthenticationError as error:
        raise Refused(_("The mail server refuses the login.")) from error
    except (OSError, smtplib.SMTPException) as error:
        raise NotSent(_("The mail server cannot be reached.")) from error
    try:
        connection.send_messages([message])
    except smtplib.SMTPRecipientsRefused as error:
        raise by_code(max(code for code, _text in error.recipients.values())) from error
    except smtplib.SMTPResponseException as error:
        raise by_code(error.smtp_code) from error
    except (OSError, smtplib.SMTPException) as error:
        raise Unclear(_("The connection broke before an answer came.")) from error
    finally:
        connection.close()


def by_code(code: int) -> Exception:
    """What an SMTP answer means: 4xx passes, 5xx stays."""
    text = _("The mail server does not take it (%(code)d).") % {"code": code}
    return NotSent(text) if 400 <= code < 500 else Refused(text)


def send_again(delivery: Delivery) -> bool:
    """Somebody decides that a failed or unclear delivery goes out once more; False when it is neither."""
    return bool(
        Delivery.objects.filter(pk=delivery.pk, state__in=(State.FAILED, State.UNCLEAR)).update(
            state=State.WAITING, attempts=0, due_at=periods.now(), error=""
        )
    )


def send_test(robot: Robot, name: str) -> None:
    """A message at once that says who tests; Refused, NotSent or Unclear when it is not in the chat."""
    text = _("Test message: this group now gets notifications of %(unit)s.") % {"unit": robot.unit.name}
    line = robots.Line(name, "", text, absolute(""), _("Open it"))
    robots.say(robot, line, str(uuid.uuid4()), periods.now())

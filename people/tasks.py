"""Celery's part: to send notifications that are due, as the rows know them, and to forget old sessions."""

from celery import shared_task
from django.conf import settings
from django.utils import translation

from people import logins
from people.notices import outbox, sending


@shared_task(name=outbox.TASK)
def deliver() -> None:
    """Rung after a commit, and by the clock for what waits."""
    with translation.override(settings.LANGUAGE_CODE):
        if sending.send_due() >= sending.AT_ONCE:
            outbox.ring()


@shared_task(name="people.forget_logins")
def forget_logins() -> None:
    """Sessions whose time is over."""
    logins.forget_old()

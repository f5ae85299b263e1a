"""Celery's part in notifications: to send what is due. The rows know what is."""

from celery import shared_task
from django.conf import settings
from django.utils import translation

from people.notices import outbox, sending


@shared_task(name=outbox.TASK)
def deliver() -> None:
    """Rung after a commit, and by the clock for what waits."""
    with translation.override(settings.LANGUAGE_CODE):
        if sending.send_due() >= sending.AT_ONCE:
            outbox.ring()

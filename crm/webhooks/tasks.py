"""Celery's part in webhooks: to make the calls that are due, by the clock."""

from celery import shared_task
from django.conf import settings
from django.utils import translation

from crm.webhooks import sending


@shared_task(name="crm.webhooks.call")
def call() -> None:
    """Make what is due."""
    with translation.override(settings.LANGUAGE_CODE):
        sending.send_due()


@shared_task(name="crm.webhooks.forget")
def forget() -> None:
    """The log keeps a month."""
    sending.forget_old()

"""``manage.py setup_link``: where the setup of an empty installation begins."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.urls import reverse

from crm.guide import founding


class Command(BaseCommand):
    help = "Print the address where an empty installation is set up. It opens until the first account is made."

    def handle(self, *args: Any, **options: Any) -> None:
        if not founding.is_empty():
            raise CommandError("There are accounts already: log in as an administrator and open “Setup”.")
        self.stdout.write(f"{settings.SITE_URL}{reverse('setup')}?key={founding.setup_key()}")

"""``manage.py anonymise``: forget the personal data whose time is over. Meant to run once a month."""

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from crm import anonymising
from crm.lib import periods


class Command(BaseCommand):
    """Counts with ``--dry-run``, forgets without."""

    help = "Takes personal data out of clients and staff who left before the periods of the settings."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--dry-run", action="store_true", help="only say how many there are")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["dry_run"]:
            today = periods.today()
            clients, staff = anonymising.clients_due(today).count(), anonymising.staff_due(today).count()
        else:
            clients, staff = anonymising.forget_clients(), anonymising.forget_staff()
        self.stdout.write(f"clients: {clients}, staff: {staff}")

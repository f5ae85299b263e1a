"""`manage.py verify_audit`: whether the audit chain is whole."""

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from crm.lib.audit import verify


class Command(BaseCommand):
    help = "Recompute the audit chain; exit 1 and name the first event that was altered."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", help="print one line of JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        verdict = verify()
        if options["json"]:
            self.stdout.write(json.dumps(vars(verdict)))
        elif verdict.broken_at is None:
            self.stdout.write(f"{verdict.events} events, chain whole, last hash {verdict.last_hash or '-'}")
        if verdict.broken_at is not None:
            raise CommandError(f"The chain breaks at event {verdict.broken_at}: it or one before it was altered.")

"""`manage.py restore`: an archive into an empty instance, compared with its checksums."""

import json
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from crm import backups


class Command(BaseCommand):
    help = "Restore an archive into an empty database and prove it by checksums of every table and the audit chain."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("archive", type=Path)
        parser.add_argument("--identity", default="", help="file with the age key")
        parser.add_argument("--json", action="store_true", help="print one line of JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            found = backups.restore(options["archive"], options["identity"])
        except backups.BackupError as error:
            raise CommandError(str(error)) from error
        if options["json"]:
            self.stdout.write(json.dumps(vars(found) | {"is_same": found.is_same}))
        else:
            chain = "whole" if found.audit_whole else "BROKEN"
            self.stdout.write(f"{found.tables} tables and {found.files} files compared; audit chain {chain}.")
        if not found.is_same:
            raise CommandError(f"Differs from the archive: {', '.join(found.differing) or 'the audit chain'}.")

"""`manage.py backup`: database and uploads of this moment in one archive."""

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from crm import backups


class Command(BaseCommand):
    help = "Write database, uploaded files and their checksums of this moment into one archive."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--to", type=Path, default=Path(settings.VAR_DIR) / "backups", help="folder of the archives"
        )
        parser.add_argument("--recipient", default="", help="encrypt: an age1… or ssh- key, a GPG key id or key file")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            made = backups.make(options["to"], options["recipient"])
        except backups.BackupError as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"{made} ({made.stat().st_size / 1e6:.1f} MB)")

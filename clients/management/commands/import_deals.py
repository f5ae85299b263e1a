"""`manage.py import_deals products|holdings|loans|contracts FILE --org CODE`."""

from typing import Any

from django.core.management.base import CommandParser

from clients.imports.command import ImportCommand
from clients.models import Upload

KINDS = (Upload.Target.PRODUCTS, Upload.Target.HOLDINGS, Upload.Target.LOANS, Upload.Target.CONTRACTS)


class Command(ImportCommand):
    help = "Import the catalogue, holdings and listing, loans, or contracts; the same file again changes nothing."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("kind", choices=[str(kind) for kind in KINDS], help="what the file holds")
        super().add_arguments(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        self.target = options["kind"]
        super().handle(*args, **options)

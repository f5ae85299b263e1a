"""`manage.py import_clients FILE --org CODE`."""

from typing import Any

from django.core.management.base import CommandParser

from clients.imports.command import ImportCommand
from clients.models import Upload


class Command(ImportCommand):
    help = "Import clients from CSV or XLSX; the same file again changes nothing."
    target = Upload.Target.CLIENTS

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("--grid-column", metavar="COLUMN", help="make a grid of each distinct value in this column")

    def upload_options(self, options: dict[str, Any]) -> dict[str, Any]:
        found = super().upload_options(options)
        return {**found, "grid_column": options["grid_column"]} if options["grid_column"] else found

"""`manage.py import_facts FILE --org CODE`."""

from clients.imports.command import ImportCommand
from clients.models import Upload


class Command(ImportCommand):
    help = "Import monthly facts of clients from CSV or XLSX; the same file again changes nothing."
    target = Upload.Target.FACTS

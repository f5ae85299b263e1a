"""`manage.py create_org CODE NAME --profile tobacco`."""

from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser

from people.models import OrgUnit, Profile
from people.services import create_organisation


class Command(BaseCommand):
    help = "Make an organisation with the defaults of its industry."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("code", help="short and lasting, e.g. YL")
        parser.add_argument("name", help="as people know it")
        parser.add_argument("--profile", choices=Profile.values, default=Profile.TOBACCO, help="industry")

    def handle(self, *args: Any, **options: Any) -> None:
        code = options["code"]
        if known := OrgUnit.objects.filter(code=code).first():
            raise CommandError(f"The code “{code}” is taken by “{known.name}”. Choose another code.")
        try:
            organisation = create_organisation(code, options["name"], options["profile"])
        except ValidationError as error:
            raise CommandError("; ".join(error.messages)) from error
        self.stdout.write(
            f"Made {organisation.name} ({code}, {organisation.profile}) with the defaults of its industry.\n"
            f"Next: manage.py import_clients FILE --org {code}, then import_facts FILE --org {code},"
            f" then job tier_clients --period MONTH --org {code}."
        )

"""`manage.py export_scheme --org CODE`."""

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from people import schemes
from people.models import OrgUnit


class Command(BaseCommand):
    help = "Write the scheme in force as JSON, for load_scheme."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--org", required=True, help="code of the organisation")
        parser.add_argument("--kind", default="tier", help="kind of scheme")

    def handle(self, *args: Any, **options: Any) -> None:
        organisation = OrgUnit.objects.roots().filter(code=options["org"]).first()
        if organisation is None:
            raise CommandError(f"There is no organisation “{options['org']}”.")
        kind = schemes.kinds.get(options["kind"])
        if kind is None:
            raise CommandError(f"Kinds of schemes: {', '.join(sorted(schemes.kinds))}.")
        data = kind.export(organisation)
        if data is None:
            raise CommandError(f"“{organisation.name}” has no such scheme in force.")
        self.stdout.write(json.dumps(data, ensure_ascii=False, indent=2))

"""`manage.py load_scheme FILE --org CODE`."""

import json
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from people import schemes
from people.models import OrgUnit


class Command(BaseCommand):
    help = "Put the scheme of a JSON file in force; its “kind” says which one it is."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path, help="JSON as export_scheme writes it")
        parser.add_argument("--org", required=True, help="code of the organisation")

    def handle(self, *args: Any, **options: Any) -> None:
        organisation = OrgUnit.objects.roots().filter(code=options["org"]).first()
        if organisation is None:
            raise CommandError(f"There is no organisation “{options['org']}”.")
        try:
            data = json.loads(options["file"].read_text(encoding="utf-8-sig"))
        except (OSError, ValueError) as error:
            raise CommandError(f"{options['file']} is no JSON file: {error}") from error
        kind = schemes.kinds.get(data.get("kind", "") if isinstance(data, dict) else "")
        if kind is None:
            raise CommandError(f"The file must name its “kind”: one of {', '.join(sorted(schemes.kinds))}.")
        try:
            self.stdout.write(kind.load(organisation, data))
        except schemes.SchemeError as error:
            raise CommandError(str(error)) from error

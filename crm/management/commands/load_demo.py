"""``manage.py load_demo``: a tobacco county company and a bank branch to look around in."""

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from crm.demo import LOGINS, SEED
from crm.demo.load import is_loaded, load


class Command(BaseCommand):
    help = "Load demo data: one tobacco company and one bank branch. Does nothing when they are there already."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--seed", type=int, default=SEED, help="another seed makes another county")

    def handle(self, *args: Any, **options: Any) -> None:
        if is_loaded():
            self.stdout.write("The demo organisations are there already; nothing was changed.")
            return
        verbose = options["verbosity"] > 1
        found = load(options["seed"], report=self.stdout.write if verbose else lambda line: None)
        for code, counts in found.items():
            self.stdout.write(f"{code}: " + ", ".join(f"{number} {name}" for name, number in counts.items()))
        for role, username, password in LOGINS:
            self.stdout.write(f"{role}: {username} / {password}")

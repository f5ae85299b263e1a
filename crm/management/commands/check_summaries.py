"""`manage.py check_summaries`: whether what is kept in sum is what the rows add up to."""

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from people.models import OrgUnit
from retention import trade
from visits.summaries import repair_traces, wrong_traces


class Command(BaseCommand):
    help = "Recompute the summaries from visits and facts and compare; exit 1 where one differs."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--repair", action="store_true", help="put right what differs")
        parser.add_argument("--json", action="store_true", help="print one line of JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        traces = [row["client_id"] for row in wrong_traces()]
        trades = {
            organisation.code: found
            for organisation in OrgUnit.objects.roots().order_by("code")
            if (found := trade.wrong_rows(organisation))
        }
        if options["json"]:
            self.stdout.write(json.dumps({"traces": traces, "trade": trades}))
        elif not (traces or trades):
            self.stdout.write("Last visits and sums of trade are what visits and facts add up to.")
        if not (traces or trades):
            return
        if options["repair"]:
            repair_traces()
            for code in trades:
                trade.repair(OrgUnit.objects.get(code=code))
            return
        raise CommandError(f"Clients with a wrong summary: visits {traces}, trade {trades}. --repair puts them right.")

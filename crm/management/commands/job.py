"""`manage.py job KIND --period P`: request a job, or do it here, and print what came out."""

import json
import time
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from crm.lib import jobs, periods
from crm.lib.models import Job
from people.models import OrgUnit


class Command(BaseCommand):
    help = "Run a job for an organisation (all of them without --org) and wait for its result."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("kind", help="kind of job, e.g. tier_clients, score_managers, raise_alerts")
        parser.add_argument("--period", required=True, help="2026-10-31, 2026-10, 2026-Q4, 2026-H2 or 2026")
        parser.add_argument("--org", help="code of the organisation")
        parser.add_argument("--here", action="store_true", help="do the work in this process, without a worker")
        parser.add_argument("--json", action="store_true", help="print one line of JSON")
        parser.add_argument("--timeout", type=float, help="seconds to wait for a worker; default: as long as it takes")

    def handle(self, *args: Any, **options: Any) -> None:
        kind = jobs.kinds.get(options["kind"])
        if kind is None or not kind.period_kinds:
            known = ", ".join(sorted(name for name, found in jobs.kinds.items() if found.period_kinds))
            raise CommandError(f"There is no job “{options['kind']}”. Known jobs: {known}.")
        try:
            period = str(periods.Period.parse(options["period"], *kind.period_kinds))
        except periods.PeriodError as error:
            raise CommandError(str(error)) from error
        finished = [
            self.finish(kind.name, organisation, period, options) for organisation in self.organisations(options["org"])
        ]
        answer = summary(finished)
        if options["json"]:
            self.stdout.write(json.dumps(answer, ensure_ascii=False))
        else:
            self.stdout.write(f"{answer['state']}  {answer['result']}  {answer['hash'][:16]}")
        if failed := [job for job in finished if job.state != Job.State.DONE]:
            raise CommandError(failed[0].error or f"The job is {failed[0].state}.")

    def organisations(self, code: str | None) -> list[OrgUnit]:
        """The organisation of the code, or all active ones."""
        roots = OrgUnit.objects.roots().filter(is_active=True)
        if code is None:
            return list(roots.order_by("code"))
        found = list(roots.filter(code=code))
        if not found:
            known = ", ".join(roots.order_by("code").values_list("code", flat=True)) or "none yet: manage.py create_org"
            raise CommandError(f"There is no organisation “{code}”. Organisations: {known}.")
        return found

    def finish(self, kind: str, organisation: OrgUnit, period: str, options: dict[str, Any]) -> Job:
        """The finished job of one organisation."""
        job = jobs.request(kind, organisation.pk, period=period)
        # A job that another worker holds (or held, until its lease runs out) is waited for and tried again.
        while options["here"] and jobs.run(job.pk) is None and not Job.objects.get(pk=job.pk).finished:
            time.sleep(1)
        try:
            return jobs.wait(job.pk, timeout=options["timeout"])
        except TimeoutError as error:
            raise CommandError(f"{error}. Is a worker running? --here does the work in this process.") from error


def summary(finished: list[Job]) -> dict[str, Any]:
    """One answer for several organisations: numbers added up, hashes hashed."""
    if len(finished) == 1:
        return {"state": finished[0].state, "result": finished[0].result, "hash": finished[0].hash}
    states = [job.state for job in finished]
    state = next((state for state in states if state != Job.State.DONE), Job.State.DONE)
    result: dict[str, Any] = {}
    for job in finished:
        result = added(result, job.result or {})
    return {"state": state, "result": result, "hash": jobs.result_hash([job.hash for job in finished])}


def added(left: Any, right: Any) -> Any:
    """Two JSON results as one: numbers add up inside equal keys."""
    if isinstance(left, dict) and isinstance(right, dict):
        return {
            key: added(left[key], right[key]) if key in left and key in right else left.get(key, right.get(key))
            for key in [*left, *(key for key in right if key not in left)]
        }
    if isinstance(left, int | float) and isinstance(right, int | float):
        return left + right
    return left

"""A month's end of all organisations by one, two and four worker processes: `python -m benchmarks.fanout 0.02`.

It is one like any other: the month before has its tiers, and alerts were raised the night before. Worker hosts take
jobs from one queue, an organisation each, so processes here stand for hosts; more of them than processors gain nothing
on one machine, and must lose nothing: the same hashes come out.
"""

import argparse
import datetime as dt
import json
import sys
import time
from pathlib import Path
from typing import Any

from benchmarks import database
from benchmarks.month import month_end

PROCESSES = (1, 2, 4)
BEFORE = "zoufang_month_before"


def closed_by(processes: int, month: dt.date, night: dt.date) -> tuple[dict[str, float], dict[str, str], int]:
    """Seconds of each kind for all organisations, the hash of each job, and the most memory of a worker in MB."""
    from benchmarks.load import running, worker_command
    from crm.celery import app
    from crm.lib import jobs
    from people.models import OrgUnit

    took: dict[str, float] = {}
    hashes: dict[str, str] = {}
    with running(worker_command(processes)) as memory:
        while not app.control.ping(timeout=0.5):  # starting up is not what is measured
            pass
        for kind, period in month_end(month, night):
            began = time.perf_counter()
            asked = [jobs.request(kind, unit.pk, period=period) for unit in OrgUnit.objects.roots().order_by("code")]
            for job in asked:
                jobs.ring(job.pk)
            for job in asked:
                done = jobs.wait(job.pk, timeout=3600)
                if done.error:
                    raise RuntimeError(f"{kind}: {done.error}")
                hashes[f"{kind} {done.organisation_id}"] = done.hash
            took[kind] = round(time.perf_counter() - began, 1)
        return took, hashes, memory()["celery"]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("scale", type=float, nargs="?", default=0.02)
    parser.add_argument("--out", type=Path, help="where the figures go, instead of fanout.json in VAR_DIR")
    parser.add_argument("--processes", type=int, nargs="+", default=PROCESSES, help="how many, in turn")
    options = parser.parse_args()
    database.start_django(database.RUN)
    from django.conf import settings
    from django.core.management import call_command
    from django.db import connection

    from benchmarks import generate
    from crm.lib import periods

    month = periods.last_whole_month(periods.today())
    night = periods.last_day(month)
    database.copy(generate.build(options.scale), database.RUN)
    call_command("migrate", verbosity=0)
    took, _hashes, _memory = closed_by(
        max(options.processes), periods.add_months(month, -1), night - dt.timedelta(days=1)
    )
    print(f"the month before, and the first alerts: {took}", flush=True)
    connection.close()
    database.rename(database.RUN, BEFORE)
    told: dict[str, Any] = {"scale": options.scale, "seconds": {}, "memory_mb": {}}
    first: dict[str, str] = {}
    for processes in options.processes:
        connection.close()
        database.copy(BEFORE, database.RUN)
        took, hashes, told["memory_mb"][processes] = closed_by(processes, month, night)
        first = first or hashes
        told["seconds"][processes] = {**took, "all": round(sum(took.values()), 1)}
        print(
            f"{processes} worker processes: {told['seconds'][processes]},"
            f" {told['memory_mb'][processes]} MB the largest of them",
            flush=True,
        )
        if hashes != first:
            print("NOT THE SAME")
            sys.exit(1)
    (options.out or settings.VAR_DIR / "fanout.json").write_text(json.dumps(told, indent=1) + "\n")


if __name__ == "__main__":
    main()

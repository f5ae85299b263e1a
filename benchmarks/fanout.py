"""A month's end of all organisations by one, two and four worker processes: `python -m benchmarks.fanout 0.02`.

Worker hosts take jobs from one queue, an organisation each, so processes here stand for hosts; more of them than
processors gain nothing on one machine, and must lose nothing: the same hashes come out.
"""

import argparse
import json
import sys
import time
from pathlib import Path
from typing import Any

from benchmarks import database
from benchmarks.month import month_end

PROCESSES = (1, 2, 4)


def closed_by(processes: int) -> tuple[dict[str, float], dict[str, str], int]:
    """Seconds of each kind for all organisations, the hash of each job, and the most memory of a worker in MB."""
    from benchmarks.load import running, worker_command
    from crm.celery import app
    from crm.lib import jobs, periods
    from people.models import OrgUnit

    month = periods.last_whole_month(periods.today())
    took: dict[str, float] = {}
    hashes: dict[str, str] = {}
    with running(worker_command(processes)) as memory:
        while not app.control.ping(timeout=0.5):  # starting up is not what is measured
            pass
        for kind, period in month_end(month, periods.last_day(month)):
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
    options = parser.parse_args()
    database.start_django(database.RUN)
    from django.conf import settings
    from django.core.management import call_command
    from django.db import connection

    from benchmarks import generate

    world = generate.build(options.scale)
    told: dict[str, Any] = {"scale": options.scale, "seconds": {}, "memory_mb": {}}
    first: dict[str, str] = {}
    for processes in PROCESSES:
        connection.close()
        database.copy(world, database.RUN)
        call_command("migrate", verbosity=0)
        took, hashes, told["memory_mb"][processes] = closed_by(processes)
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

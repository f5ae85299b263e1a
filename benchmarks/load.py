"""The morning peak while a month is closed: requests arrive at a rate, whether or not earlier ones were answered.

    python -m benchmarks.load 0.02 --rate 30 --minutes 10
    python -m benchmarks.load 0.02 --find              looks for the highest rate with p95 within 300 ms first

Waiting counts from the moment at which a request was due, so that a server that stands still is seen to. Afterwards
every visit that was acknowledged must be there exactly once, and the summaries must be what the rows add up to.
"""

import argparse
import http.client
import json
import math
import queue
import random
import socket
import statistics
import sys
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from benchmarks import database
from benchmarks.measure import family_mb, p95
from benchmarks.month import month_end
from benchmarks.morning import CSRF, Morning, Request

HELD = 0.3  # s, of 95 requests in 100
SENDERS = 64
LONGEST_QUEUE = 2_000  # requests that are due and not sent: beyond, the server is lost and the run ends
PROBE_SECONDS = 45
WARM_UP_SECONDS = 15


@dataclass
class Outcome:
    """What came of a run: seconds of each request by name, and what failed."""

    rate: float
    seconds: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    failed: Counter[str] = field(default_factory=Counter)
    overrun: bool = False

    @property
    def all(self) -> list[float]:
        return [second for found in self.seconds.values() for second in found]

    @property
    def is_held(self) -> bool:
        """Whether the server kept up with the rate."""
        return not self.overrun and not self.failed and bool(self.all) and p95(self.all) <= HELD

    def as_dict(self) -> dict[str, Any]:
        """For JSON, milliseconds."""
        pages = {
            name: {"requests": len(found), "median_ms": _ms(statistics.median(found)), "p95_ms": _ms(p95(found))}
            for name, found in sorted(self.seconds.items())
        }
        return {
            "rate": self.rate, "requests": len(self.all), "p95_ms": _ms(p95(self.all)) if self.all else None,
            "held": self.is_held, "failed": dict(self.failed), "overrun": self.overrun, "pages": pages,
        }  # fmt: skip


def _ms(seconds: float) -> int:
    return round(seconds * 1000)


class Senders:
    """Threads that send what is due, each over a connection that it keeps."""

    def __init__(self, port: int, outcome: Outcome, acknowledged: set[str]) -> None:
        self.port, self.outcome, self.acknowledged = port, outcome, acknowledged
        self.due: queue.SimpleQueue[tuple[float, Request] | None] = queue.SimpleQueue()
        self.lock = threading.Lock()
        self.threads = [threading.Thread(target=self._work, daemon=True) for _number in range(SENDERS)]
        for thread in self.threads:
            thread.start()

    def finish(self) -> None:
        """Wait until all that is due has been answered."""
        for _thread in self.threads:
            self.due.put(None)
        for thread in self.threads:
            thread.join()

    def _work(self) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        while (found := self.due.get()) is not None:
            moment, request = found
            status, text = self._send(connection, request)
            with self.lock:
                self._note(request, status, text, time.perf_counter() - moment)
        connection.close()

    def _send(self, connection: http.client.HTTPConnection, request: Request) -> tuple[int, bytes]:
        headers = {"Cookie": request.cookie, "X-CSRFToken": CSRF, "Accept-Encoding": "gzip"}
        if request.body:
            headers["Content-Type"] = "application/json"
        # The server may have closed a connection that was idle. A visit is sent again as a phone does: by its number.
        for attempt in (1, 2):
            try:
                connection.request("POST" if request.body else "GET", request.path, request.body or None, headers)
                answer = connection.getresponse()
                return answer.status, answer.read()
            except (OSError, http.client.HTTPException) as error:
                connection.close()
                if attempt == 2:
                    return 0, str(error).encode()
        return 0, b""

    def _note(self, request: Request, status: int, text: bytes, seconds: float) -> None:
        if status != 200 and not (status == 302 and not request.uuid):  # the desk leads to its first journal
            self.outcome.failed[f"{request.name} {status}"] += 1
            return
        self.outcome.seconds[request.name].append(seconds)
        if request.uuid:
            for result in json.loads(text)["results"]:
                if result["state"] in ("saved", "known"):
                    self.acknowledged.add(result["client_uuid"])
                else:
                    self.outcome.failed[f"visit {result['state']}: {result['reason']}"] += 1


def run(morning: Morning, port: int, rate: float, seconds: float) -> Outcome:
    """Requests at random moments, ``rate`` a second on average."""
    outcome = Outcome(rate)
    senders = Senders(port, outcome, morning.acknowledged)
    chance = random.Random(f"{rate}:{seconds}")
    began = time.perf_counter()
    due = began
    while due < began + seconds:
        due += -math.log(1 - chance.random()) / rate
        time.sleep(max(0.0, due - time.perf_counter()))
        if senders.due.qsize() > LONGEST_QUEUE:
            outcome.overrun = True
            break
        senders.due.put((due, morning.next()))
    senders.finish()
    return outcome


def highest_rate(morning: Morning, port: int, start: float) -> float:
    """The highest rate that is held for a probe's time, to a tenth."""
    low, high, rate = 0.0, math.inf, start
    while high - low > max(1.0, low * 0.1):
        found = run(morning, port, rate, PROBE_SECONDS)
        told = f"p95 {_ms(p95(found.all))} ms" if found.all else "no answer"
        print(f"{rate:6.1f} a second: {told}{'' if found.is_held else ', not held'}", flush=True)
        if found.is_held:
            low = rate
            rate = rate * 1.6 if high == math.inf else (low + high) / 2
        else:
            high = rate
            rate = (low + high) / 2
        if found.overrun:
            time.sleep(5)
    return low


def worker_command(processes: int) -> list[str]:
    """A Celery worker that takes ``processes`` jobs at a time."""
    options = ["--loglevel", "WARNING", "--concurrency", str(processes), "--without-gossip", "--without-mingle"]
    return ["celery", "-A", "crm.celery", "worker", *options]


@contextmanager
def running(*commands: list[str]) -> Iterator[Callable[[], dict[str, int]]]:
    """Python modules of the product beside this process, on its database; their logs are in VAR_DIR/log.

    Gives what tells the most memory, in MB, that one process of each has had so far.
    """
    from django.conf import settings

    from crm.supervisor import Child, stop

    children = [
        Child(
            command[0],
            [sys.executable, "-m", *command],
            settings.VAR_DIR / "log" / f"load-{command[0]}.log",
            {"LOG_LEVEL": "WARNING"},
            settings.BASE_DIR,
        )
        for command in commands
    ]
    for child in children:
        child.start()
    try:
        yield lambda: {child.name: round(family_mb(child.process.pid)) for child in children if child.process}
    finally:
        stop(children, grace_seconds=20, hurry=lambda: False)


@contextmanager
def server(workers: int) -> Iterator[tuple[int, Callable[[], dict[str, int]]]]:
    """The product's web server and worker on this database: the port, and what tells their memory."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    web = ["gunicorn", "crm.wsgi:application", "--bind", f"127.0.0.1:{port}", "--workers", str(workers)]
    web += ["--threads", "4", "--preload", "--timeout", "120", "--no-control-socket"]
    with running(web, worker_command(1)) as memory:
        _await(port)
        yield port, memory


def _await(port: int) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
        with suppress(OSError, http.client.HTTPException):
            connection.request("GET", "/login/")
            if connection.getresponse().status == 200:
                return
        time.sleep(0.2)
    raise RuntimeError("The web server does not answer; see load-gunicorn.log in VAR_DIR/log")


class MonthEnd(threading.Thread):
    """Closes the last month of the company whose people work, by the queue, while they do."""

    def __init__(self, organisation: int) -> None:
        super().__init__(daemon=True)
        self.organisation = organisation
        self.took: dict[str, float] = {}

    def run(self) -> None:
        from django.db import connection

        from crm.lib import jobs, periods

        today = periods.today()
        for kind, period in month_end(periods.last_whole_month(today), today):
            began = time.perf_counter()
            job = jobs.request(kind, self.organisation, period=period)
            jobs.ring(job.pk)
            done = jobs.wait(job.pk, timeout=1800)
            self.took[kind] = round(time.perf_counter() - began, 1)
            if done.error:
                raise RuntimeError(f"{kind}: {done.error}")
        connection.close()


def reconciled(morning: Morning) -> dict[str, Any]:
    """Visits sent, acknowledged, found; lost and doubled ones, and summaries that are wrong (all must be none)."""
    from crm.lib import sql
    from visits.summaries import wrong_traces

    sent = {request.uuid for request in morning.sent}
    found = sql.rows(
        "SELECT client_uuid::text AS uuid, count(*) AS n FROM visits_visit"
        " WHERE client_uuid = ANY(%s::uuid[]) GROUP BY 1",
        [list(sent)],
    )
    there = {row["uuid"] for row in found}
    return {
        "sent": len(sent), "acknowledged": len(morning.acknowledged), "found": len(there),
        "lost": len(morning.acknowledged - there), "doubled": sum(row["n"] > 1 for row in found),
        "wrong_summaries": len(wrong_traces()),
    }  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("scale", type=float, nargs="?", default=0.02)
    parser.add_argument("--rate", type=float, default=150.0, help="requests a second; with --find, where to begin")
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument("--find", action="store_true", help="look for the highest rate that is held")
    parser.add_argument("--workers", type=int, default=2, help="processes of the web server")
    parser.add_argument("--quiet-month", action="store_true", help="close no month meanwhile")
    parser.add_argument("--out", type=Path, help="where the figures go, instead of load.json in VAR_DIR")
    options = parser.parse_args()
    database.start_django(database.RUN)
    from django.conf import settings
    from django.core.management import call_command

    from benchmarks import generate
    from crm.assets import collect_when_stale

    collect_when_stale()
    database.copy(generate.build(options.scale), database.RUN)
    call_command("migrate", verbosity=0)
    morning = Morning(seed=1)
    with server(options.workers) as (port, memory):
        if failed := run(morning, port, min(options.rate, 10.0), WARM_UP_SECONDS).failed:
            raise RuntimeError(f"Nobody has begun, and this fails: {dict(failed)}")
        rate = highest_rate(morning, port, options.rate) if options.find else options.rate
        month = MonthEnd(morning.organisation)
        if not options.quiet_month:
            month.start()
        outcome = run(morning, port, rate, options.minutes * 60)
        if not options.quiet_month:
            month.join()
        most = memory()
    told = {
        "scale": options.scale, "minutes": options.minutes, **outcome.as_dict(), "month_end_s": month.took,
        "memory_mb": most, "visits": reconciled(morning),
    }  # fmt: skip
    (options.out or settings.VAR_DIR / "load.json").write_text(json.dumps(told, indent=1, ensure_ascii=False) + "\n")
    print(json.dumps(told, indent=1, ensure_ascii=False))
    visits = told["visits"]
    sys.exit(1 if visits["lost"] or visits["doubled"] or visits["wrong_summaries"] or outcome.failed else 0)


if __name__ == "__main__":
    main()

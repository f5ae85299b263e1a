"""Plans of the heaviest statements of a month's end, kept in benchmarks/plans/: `python -m benchmarks.plans 0.02`."""

import argparse
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from benchmarks import database
from benchmarks.month import month_end

FOLDER = Path(__file__).with_name("plans")
# File → (job, words of its statement, why the plan is good).
WANTED = {
    "tiers": (
        "tier_clients", "CREATE TEMP TABLE tier_new",
        "Each month is read once, for the sums that the rules ask for; one hash aggregate, one sort a group.",
    ),
    "visits_against_standard": (
        "score_managers", "least(w.visits, ceil(w.owed))",
        "Clients in care, with their visits of the month, are laid out once for all indicators; only tiers are added.",
    ),
    "journals_on_time": (
        "score_managers", "j.submitted_at <= j.due_at",
        "Person by person and day by day, by the key: journals of other organisations and months are not looked at.",
    ),
    "score_lines": (
        "score_managers", "INSERT INTO kpi_scoreline",
        "Cards × leaves joined by hash with the stored values; benchmarks of a group are computed once.",
    ),
    "trade_sums": (
        "raise_alerts", "CREATE TEMP TABLE trade_now",
        "Read only when facts have changed: the organisation's part of each month by BRIN, one hash aggregate.",
    ),
    "alerts_found": (
        "raise_alerts", "CREATE TEMP TABLE found",
        "All rules in one pass: sums and last visits come from each client's row, read by number; no visit is read.",
    ),
}  # fmt: skip


def statement(text: str, words: str) -> str:
    """The one statement of a text that has the words, without what EXPLAIN does not take."""
    found = next(part for part in text.split(";") if words in part)
    return found.replace("ON COMMIT DROP", "")


class Explainer:
    """Explains the wanted statements of a job as they come by, with their real parameters."""

    def __init__(self, job: str) -> None:
        self.wanted = {name: words for name, (kind, words, _why) in WANTED.items() if kind == job}
        self.found: dict[str, str] = {}

    def __call__(self, execute: Callable[..., Any], text: str, params: Any, many: bool, context: Any) -> Any:
        for name, words in self.wanted.items():
            if words in text and name not in self.found:
                with context["connection"].connection.cursor() as cursor:
                    cursor.execute(f"EXPLAIN (COSTS OFF) {statement(text, words)}", params)
                    self.found[name] = "\n".join(row[0] for row in cursor.fetchall())
        return execute(text, params, many, context)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("scale", type=float)
    scale = parser.parse_args().scale
    database.start_django(database.RUN)
    from django.core.management import call_command
    from django.db import connection

    from benchmarks import generate
    from benchmarks.batches import Batches

    database.copy(generate.build(scale), database.RUN)
    call_command("migrate", verbosity=0)
    work = Batches(scale)
    work.organisations = work.organisations[:1]
    FOLDER.mkdir(exist_ok=True)
    for job, period in month_end(work.month, work.today):
        began, explainer = time.perf_counter(), Explainer(job)
        with connection.execute_wrapper(explainer):
            work.job(job, period)
        for name, plan in explainer.found.items():
            why = WANTED[name][2]
            (FOLDER / f"{name}.txt").write_text(f"-- {job}, S = {scale:g}. {why}\n{plan}\n")
        print(f"{job}: {', '.join(explainer.found)} in {time.perf_counter() - began:.0f} s", flush=True)


if __name__ == "__main__":
    main()

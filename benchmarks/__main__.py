"""`python -m benchmarks 0.02`: product beside floor, in one run; writes var/bench.json, flags what got slower."""

import argparse
import json
import math
import os
import platform
import sys
import time
from collections.abc import Collection
from pathlib import Path
from typing import Any

from benchmarks import database
from benchmarks.batches import PARTS
from benchmarks.measure import Line, memory_mb

COMMITTED = Path(__file__).with_name("results")
MOST_GROWTH = 1.05
SLOWER = 1.25  # a ratio that grew by more than this is flagged


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("scale", type=float, nargs="?", default=0.02)
    parser.add_argument("--fresh", action="store_true", help="make the world anew")
    parser.add_argument("--times", type=int, default=3, help="how often each job is measured")
    parser.add_argument("--in-place", action="store_true", help="use the world itself up, where no copy has room")
    parser.add_argument("--only", nargs="+", choices=[*PARTS, "batches", "pages"], help="leave the rest out")
    parser.add_argument("--loosely", type=float, help="fail where a ratio is so many times its budget or the record")
    parser.add_argument("--record", action="store_true", help="keep the figures to be committed")
    parser.add_argument("--checked", action="store_true", help="make the world with all triggers on; for a small one")
    parser.add_argument("--out", type=Path, help="where the figures go, instead of bench.json in VAR_DIR")
    options = parser.parse_args()
    database.start_django(database.RUN)
    lines = run(
        options.scale, options.only or ("batches", "pages"), fresh=options.fresh, times=options.times,
        checked=options.checked, in_place=options.in_place,
    )  # fmt: skip
    found = [line.as_dict() for line in lines]
    from django.conf import settings

    (options.out or settings.VAR_DIR / "bench.json").write_text(json.dumps(found, indent=1, ensure_ascii=False) + "\n")
    for text in compared(found, recorded().get(options.scale, [])):
        print(f"slower: {text}")
    if options.record:
        COMMITTED.mkdir(exist_ok=True)
        known = {line["name"]: line for line in [*recorded().get(options.scale, []), *found]}
        kept = {"scale": options.scale, "machine": machine(), "most_memory_mb": round(memory_mb())}
        text = json.dumps({**kept, "lines": list(known.values())}, indent=1, ensure_ascii=False)
        (COMMITTED / f"{options.scale:g}.json").write_text(text + "\n")
    for text in growth({**recorded(), options.scale: found}):
        print(f"growth: {text}")
    missed = [line.name for line in lines if not line.fits]
    print(f"Over budget or unlike the floor: {', '.join(missed) or 'nothing'}")
    wrong = [line.name for line in lines if line.same_answer is False]
    if options.loosely:
        # What is known to miss its budget may not get worse.
        known = {line["name"]: line["cpu_ratio"] for line in recorded().get(options.scale, [])}
        limits = {line.name: max(line.budget, float(known.get(line.name, 0))) for line in lines if line.budget}
        wrong += [line.name for line in lines if line.cpu_ratio > limits.get(line.name, math.inf) * options.loosely]
    sys.exit(f"Too slow or wrong: {', '.join(wrong)}" if wrong else 0)


def run(
    scale: float,
    wanted: Collection[str],
    *,
    fresh: bool = False,
    times: int = 3,
    checked: bool = False,
    in_place: bool = False,
) -> list[Line]:
    """Some measurements of a scale, on a copy of its world, or on the world itself, which is gone then."""
    from django.core.management import call_command

    from benchmarks import batches, floors, generate, pages
    from crm.lib import sql
    from crm.lib.roles import as_owner

    take = database.rename if in_place else database.copy
    take(generate.build(scale, fresh=fresh, checked=checked), database.RUN)
    call_command("migrate", verbosity=0)  # a world may be older than the last migration
    with as_owner():
        floors.prepare(sql)
    lines: list[Line] = []
    began = time.perf_counter()
    print(HEADER)
    work = batches.Batches(scale, times)
    parts = PARTS if "batches" in wanted else wanted
    for line in work.lines(parts):
        lines.append(line)
        print(shown(line), flush=True)
    if "pages" in wanted:
        work.rest_of_month_end(parts)
        publish()
        for line in pages.measure(scale, times=10 * times):
            lines.append(line)
            print(shown(line), flush=True)
    print(f"{time.perf_counter() - began:.0f} s; most memory of this process {memory_mb():.0f} MB")
    return lines


def publish() -> None:
    """Put the month's scores out, as the leaderboard needs it."""
    from crm.lib import periods
    from kpi.models import Run

    Run.objects.update(state="published", published_at=periods.now())


HEADER = f"{'':<28}{'product':>10}{'floor':>10}{'ratio':>7}{'cpu':>7}{'budget':>7}{'p95':>9}{'queries':>8}  answer"


def shown(line: Line) -> str:
    """One line for people."""
    return (
        f"{line.name:<28}{line.product_s:>8.3f} s{line.floor_s:>8.3f} s{line.ratio:>7.2f}{line.cpu_ratio:>7.2f}"
        f"{line.budget or '':>7}{f'{line.p95_s * 1000:.0f} ms' if line.p95_s else '':>9}{line.queries or '':>8}"
        f"  {'same' if line.same_answer else '' if line.same_answer is None else 'NOT THE SAME'}"
        f"{'' if line.fits else '  over budget'}"
    )


def recorded() -> dict[float, list[dict[str, Any]]]:
    """The committed lines of each scale."""
    kept = [json.loads(path.read_text()) for path in COMMITTED.glob("*.json")]
    return {one["scale"]: one["lines"] for one in sorted(kept, key=lambda one: one["scale"])}


def growth(scales: dict[float, list[dict[str, Any]]]) -> list[str]:
    """How cost grows with rows from the smallest scale to the largest, as an exponent: 1 is the same cost for each."""
    if len(scales) < 2:
        return []
    few, many = ({line["name"]: line for line in scales[scale]} for scale in (min(scales), max(scales)))
    found = []
    for name, line in many.items():
        before = few.get(name)
        if before and line["rows"] and before["rows"] and line["rows"] > before["rows"] * 1.5:
            costs = math.log(line["product_cpu_s"] / before["product_cpu_s"])
            exponent = costs / math.log(line["rows"] / before["rows"])
            found.append(f"{name}: {exponent:.2f}{'  over 1.05' if exponent > MOST_GROWTH else ''}")
    return found


def compared(found: list[dict[str, Any]], before: list[dict[str, Any]]) -> list[str]:
    """What got slower against its floor than the committed figures say, in words."""
    known = {line["name"]: line["cpu_ratio"] for line in before}
    return [
        f"{line['name']}: {known[line['name']]:.2f} → {line['cpu_ratio']:.2f} times the floor"
        for line in found
        if line["name"] in known and line["cpu_ratio"] > known[line["name"]] * SLOWER
    ]


def machine() -> dict[str, Any]:
    """What the figures were taken on."""
    from crm.lib import sql

    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return {
        "processors": os.cpu_count(), "memory_gib": round(memory), "system": platform.platform(terse=True),
        "python": platform.python_version(), "database": sql.rows("SHOW server_version")[0]["server_version"],
    }  # fmt: skip


if __name__ == "__main__":
    main()

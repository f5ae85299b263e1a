"""`python -m tests.faults N [SEED]`: N schedules, one after the other, from a seed on."""

import sys
import tempfile
import time
from pathlib import Path

from tests.faults.plant import Plant
from tests.faults.trial import Report, trial


def main(number: int, seed: int) -> list[Report]:
    """The reports, each printed when it is there."""
    folder = tempfile.TemporaryDirectory(prefix="zoufang-faults-", ignore_cleanup_errors=True)
    with folder as path, Plant(Path(path)).running() as plant:
        if not plant.has_disk:
            print("No file system of its own may be mounted here, so none gets full.")
        reports = []
        for each in range(seed, seed + number):
            reports.append(trial(plant, each))
            print(reports[-1], flush=True)
    return reports


if __name__ == "__main__":
    found = main(int(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 and sys.argv[2] else int(time.time()))
    failed = [report for report in found if report.wrong]
    print(f"{len(found)} schedules, {len(failed)} with something wrong", *(f"SEED={each.seed}" for each in failed))
    sys.exit(1 if failed else 0)

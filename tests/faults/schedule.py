"""What breaks and when: drawn from a seed, so that a schedule that found something can be played again."""

import random
import signal
import subprocess
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

from tests.faults.plant import Plant

FAULTS: dict[str, Callable[[Plant], object]] = {
    "kill worker": lambda plant: plant.kill("worker"),
    "kill worker's child": lambda plant: plant.kill("worker", child=True),
    "kill web": lambda plant: plant.kill("web"),
    "kill web's child": lambda plant: plant.kill("web", child=True),
    "kill beat": lambda plant: plant.kill("beat"),
    "second beat": lambda plant: plant.second_beat(),
    "flush broker": lambda plant: plant.flush(),
    "kill broker": lambda plant: plant.kill_redis(),
    "kill database": lambda plant: plant.end_postgres(signal.SIGKILL),
    "restart database": lambda plant: plant.end_postgres(signal.SIGINT),
    "disk full": lambda plant: plant.fill_disk(4) if plant.has_disk else None,
}
LONGEST_PAUSE = 5.0


@dataclass(frozen=True)
class Step:
    """A fault, and the seconds before it."""

    pause: float
    fault: str


def schedule(seed: int, length: int = 5) -> list[Step]:
    """Different faults in a row, the same ones for the same seed."""
    rng = random.Random(seed)
    return [Step(round(rng.uniform(0.5, LONGEST_PAUSE), 1), fault) for fault in rng.sample(sorted(FAULTS), length)]


def play(plant: Plant, steps: list[Step]) -> None:
    """All steps; what they have started is ended again."""
    for step in steps:
        time.sleep(step.pause)
        started = FAULTS[step.fault](plant)
        if isinstance(started, subprocess.Popen):
            time.sleep(10)
            started.kill()
            with suppress(subprocess.TimeoutExpired):
                started.wait(10)

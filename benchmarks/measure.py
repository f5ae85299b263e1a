"""Time by the wall clock, processor time of this process and of its database session, and results side by side."""

import os
import resource
import statistics
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

TICKS = os.sysconf("SC_CLK_TCK")


@dataclass
class Taken:
    """Seconds that something took."""

    wall: float
    cpu: float  # of this process and the database's; where the database runs elsewhere, of this process alone


@dataclass
class Line:
    """One line of var/bench.json."""

    name: str
    scale: float
    product_s: float
    floor_s: float
    ratio: float
    budget: float | None
    same_answer: bool | None
    product_cpu_s: float = 0.0
    floor_cpu_s: float = 0.0
    cpu_ratio: float = 0.0
    p95_s: float | None = None
    queries: int | None = None
    rows: int | None = None

    @property
    def fits(self) -> bool:
        """Whether budget and answer are kept; by processor time, which other work on the machine does not stretch."""
        return self.same_answer is not False and (self.budget is None or self.cpu_ratio <= self.budget)

    def as_dict(self) -> dict[str, Any]:
        """For JSON, seconds to the microsecond."""
        return {key: round(value, 6) if isinstance(value, float) else value for key, value in asdict(self).items()}


def backend_cpu() -> float:
    """Processor seconds of the database session so far; 0 where its process cannot be seen from here."""
    from django.db import connection

    connection.ensure_connection()
    with suppress(OSError, IndexError, ValueError):
        fields = Path(f"/proc/{connection.connection.info.backend_pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / TICKS
    return 0.0


def timed(work: Callable[[], Any]) -> Taken:
    """Do it once."""
    backend, own, began = backend_cpu(), time.process_time(), time.perf_counter()
    work()
    wall = time.perf_counter() - began
    return Taken(wall, time.process_time() - own + backend_cpu() - backend)


def side_by_side(
    product: Callable[[], Any],
    floor: Callable[[], Any],
    *,
    times: int = 3,
    undo: Sequence[Callable[[], Any]] = (),
) -> tuple[list[Taken], list[Taken]]:
    """Both in turn, so that a slow minute of the machine meets both; what they wrote last is there afterwards.

    ``undo`` takes back what the product wrote, and what the floor did: before each does its work again.
    """
    ours: list[Taken] = []
    floors: list[Taken] = []
    for number in range(times):
        for side, (found, work) in enumerate(((ours, product), (floors, floor))):
            if number and undo:
                undo[side]()
            found.append(timed(work))
    return ours, floors


def line(
    name: str,
    scale: float,
    taken: tuple[list[Taken], list[Taken]],
    budget: float | None,
    same: bool | None,
    **more: Any,
) -> Line:
    """Medians and ratios."""
    (wall, cpu), (floor_wall, floor_cpu) = (medians(found) for found in taken)
    return Line(
        name, scale, wall, floor_wall, wall / floor_wall, budget, same, cpu, floor_cpu,
        cpu / floor_cpu if floor_cpu else wall / floor_wall, **more,
    )  # fmt: skip


def medians(found: list[Taken]) -> tuple[float, float]:
    """Median of the wall clock's and of the processor's seconds."""
    return statistics.median(one.wall for one in found), statistics.median(one.cpu for one in found)


def p95(seconds: list[float]) -> float:
    """The second that 95 of 100 stay under."""
    return sorted(seconds)[min(len(seconds) - 1, int(len(seconds) * 0.95))]


def family_mb(pid: int) -> float:
    """Most memory that a process, or one of those that it has started, has had so far; 0 where nothing can be seen."""
    most = 0.0
    with suppress(OSError):
        for line in Path(f"/proc/{pid}/status").read_text().splitlines():
            if line.startswith("VmHWM:"):
                most = int(line.split()[1]) / 1024
        for children in Path(f"/proc/{pid}/task").glob("*/children"):
            most = max([most, *(family_mb(int(child)) for child in children.read_text().split())])
    return most


def memory_mb() -> float:
    """Most memory that this process has had."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024

"""Long walks over all pages take a share of them, the same ones for a seed; with ALL=1, as in CI, every one."""

import os
import random
from collections.abc import Callable, Iterable
from typing import Any

SEED = os.environ.get("SEED") or "1"


def some(cases: Iterable[Any], percent: int, name: Callable[[Any], str] = str) -> list[Any]:
    """About so many of a hundred cases, drawn by their names."""
    if os.environ.get("ALL"):
        return list(cases)
    return [case for case in cases if random.Random(f"{SEED}{name(case)}").random() * 100 < percent]

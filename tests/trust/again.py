"""Tests run again without a guard that ran in them: what ``tests.trust.rerun`` plugs in."""

import json
import os
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from _pytest.runner import runtestprotocol

from tests.trust.guards import Guard, guards, watching, without
from tests.trust.killing import KILLERS

MOST_TRIES = int(os.environ.get("TRIES", "8"))


class Again:
    """The state of one hunt."""

    def __init__(self) -> None:
        self.killers = json.loads(KILLERS.read_text())
        self.left: dict[tuple[str, str], list[Guard]] = {}
        only = Path(os.environ["LEFT"]).read_text().split() if "LEFT" in os.environ else None
        for guard in guards():
            if guard.key in only if only is not None else guard.key not in self.killers:
                self.left.setdefault((guard.file, guard.function), []).append(guard)
        self.tries: Counter[str] = Counter()
        self.context = watching()
        self.seen: set[tuple[str, str]] | None = None

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_protocol(self, item: Any, nextitem: Any) -> bool:
        """The test as it is, then once for each guard that ran in it."""
        if self.seen is None:
            self.seen = self.context.__enter__()
        self.seen.clear()
        item.ihook.pytest_runtest_logstart(nodeid=item.nodeid, location=item.location)
        reports = runtestprotocol(item, log=True, nextitem=item)
        ran = set(self.seen)
        if all(report.passed for report in reports):
            for place in sorted(ran & self.left.keys()):
                for guard in list(self.left[place]):
                    self._without(guard, item, nextitem)
        item.session._setupstate.teardown_exact(nextitem)
        item.ihook.pytest_runtest_logfinish(nodeid=item.nodeid, location=item.location)
        return True

    def _without(self, guard: Guard, item: Any, nextitem: Any) -> None:
        if self.tries[guard.key] >= MOST_TRIES:
            return
        self.tries[guard.key] += 1
        with without(guard):
            # Named as its own next, it would not be set up a second time, and fail for that.
            reports = runtestprotocol(item, log=False, nextitem=nextitem)
        if any(report.failed for report in reports):
            self.killers[guard.key] = [item.nodeid]
            self.left[guard.file, guard.function].remove(guard)
            print("KILLED", guard.key, item.nodeid, flush=True)

    def pytest_sessionfinish(self) -> None:
        """Keep what was found."""
        if self.seen is not None:
            self.context.__exit__(None, None, None)
        merged = json.loads(KILLERS.read_text()) | {k: v for k, v in self.killers.items() if v[0].startswith("tests/")}
        KILLERS.write_text(json.dumps(merged, indent=0, sort_keys=True, ensure_ascii=False) + "\n")

"""Takes every guard out, one at a time, until a probe answers otherwise than it must: ``make mutants``.

Writes killers.json: guard → the probe that noticed, and the guard that was taken out beside it if one stands behind
the other. What nobody notices is printed, and has no line there; ``tests.trust.rerun`` looks among the tests.

ONLY=text: guards whose key contains the text. LEFT=file: those that a file names. NEW=1: those without a killer yet.
WATCHED=1: believe what the last hunt saw run. TABLE=0: without the permission table, which takes most of the time.
"""

import inspect
import json
import logging
import os
import time
from collections import defaultdict
from pathlib import Path
from typing import Any

import pytest
from django.db import transaction

from tests.trust import ground as grounds
from tests.trust.ground import Ground, Probe, time_stands_still
from tests.trust.guards import Guard, guards, watching
from tests.trust.killing import KILLERS, answer

MOST_TRIES = int(os.environ.get("TRIES", "60"))
CANDIDATES = 6  # pages that answer otherwise, to be asked again in a world with fewer rows
WATCHED = Path(os.environ.get("VAR_DIR", "var")) / "watched.json"
STAGES = ("own", "team", "other_team", "other_org")


def _watch(ground: Ground, probes: list[Probe]) -> dict[str, list[str]]:
    """Function of a guard ("file:function") → the probes that run it."""
    ran = defaultdict(list)
    with watching() as seen:
        for probe in probes:
            seen.clear()
            answer([], probe, ground)
            for place in seen:
                ran[":".join(place)].append(probe.key)
    return ran


def _rank(key: str) -> int:
    """Scopes first: they are quick; then acts, pages, and the permission table."""
    starts = ("scope:", "visible_to empty", "editable_by empty", "stranger", "apart from other_org", "apart from")
    return next((number for number, start in enumerate(starts) if key.startswith(start)), 9)


def _order(keys: list[str]) -> list[str]:
    """By rank, and one of each page before the second of any."""
    rounds: dict[str, int] = defaultdict(int)
    ranked = []
    for key in keys:
        page = key.rsplit(" ", 1)[0]
        rounds[page] += 1
        ranked.append((rounds[page], _rank(key), len(ranked), key))
    return [row[-1] for row in sorted(ranked)]


def _place(view: Any) -> tuple[str, str]:
    return getattr(view, "__module__", ""), getattr(view, "__name__", "")


def _cases_of(guard: Guard, table: list[Probe]) -> list[str]:
    """The cases of the permission table that ask the page which a role is required for, refused ones first."""
    place = (guard.file.removesuffix(".py").replace("/", "."), guard.function)
    urls = {url for url, view in grounds.views() if _place(inspect.unwrap(view)) == place}
    return [probe.key for probe in table if probe.key.split(" ")[0].split("-", 1)[1].split("?")[0] in urls]


def _twins(guard: Guard) -> list[Guard]:
    """Guards of the same function that may stand for this one: the role that its page requires, and its like."""
    same = [each for each in guards() if (each.file, each.function) == (guard.file, guard.function) and each != guard]
    return [each for each in same if each.kind in ("role_required", "sight", "right", "refusal")]


class _Hunt:
    def __init__(self, ground: Ground, probes: dict[str, Probe]) -> None:
        self.ground, self.probes = ground, probes
        self.usual: dict[tuple[str, ...], object] = {}
        self.maybe: dict[str, list[tuple[list[Guard], Probe, object]]] = defaultdict(list)

    def normal(self, gone: list[Guard], probe: Probe) -> object:
        sign = (*(each.key for each in gone), probe.key)
        if sign not in self.usual:
            self.usual[sign] = answer(gone, probe, self.ground)
        return self.usual[sign]

    def killer(self, gone: list[Guard], keys: list[str]) -> str | None:
        """The first probe that certainly notices; those that may are kept for later."""
        for key in keys[:MOST_TRIES]:
            probe = self.probes[key]
            found = answer(gone, probe, self.ground)
            if found == self.normal(gone[1:], probe):
                continue
            if not probe.apart_from or found[2:] != self.normal(gone[1:], probe)[2:]:
                return key  # certain: what a page reads without bounds, or offers in vain, is seen in any world
            maybe = self.maybe[gone[0].key]
            maybe.append((gone, probe, found))
            if len(maybe) >= CANDIDATES:
                break
        return None


@pytest.mark.django_db
def test_hunt(world):
    logging.disable(logging.CRITICAL)
    began = time.monotonic()
    found = [*grounds.scopes(), *grounds.acts(), *grounds.readings(), *grounds.strangers(), *grounds.pages()]
    table = grounds.cases()
    probes = {probe.key: probe for probe in (*found, *table)}
    found += [] if os.environ.get("TABLE") == "0" else table
    points = {}
    with time_stands_still():
        ground = Ground(world)
        for stage in STAGES:
            points[stage] = transaction.savepoint()
            ground.lay(stage)
        ran = json.loads(WATCHED.read_text()) if os.environ.get("WATCHED") else {}
        known = {key for keys in ran.values() for key in keys}
        for place, keys in _watch(ground, [each for each in found if each.key not in known]).items():
            ran.setdefault(place, []).extend(keys)
        WATCHED.write_text(json.dumps(ran))
        print(f"watched after {time.monotonic() - began:.0f} s", flush=True)
        killers = json.loads(KILLERS.read_text()) if KILLERS.exists() else {}
        killers = {guard.key: killers[guard.key] for guard in guards() if guard.key in killers}
        wanted = [guard for guard in guards() if os.environ.get("ONLY", "") in guard.key]
        if os.environ.get("NEW"):
            wanted = [guard for guard in wanted if guard.key not in killers]
        if left := os.environ.get("LEFT"):
            wanted = [guard for guard in wanted if guard.key in Path(left).read_text().split()]
        hunt = _Hunt(ground, probes)
        for guard in wanted:
            first = killers.pop(guard.key, ())[:1]
            if guard.kind == "role_required":
                first = [*first, *_cases_of(guard, table)]
            keys = [*first, *_order(ran.get(f"{guard.file}:{guard.function}", []))]
            keys = [key for key in keys if key in probes]
            if key := hunt.killer([guard], keys):
                killers[guard.key] = [key]
            elif not hunt.maybe[guard.key]:
                # Two walls, one behind the other: each alone may go unnoticed, both may not, unless one does it alone.
                for twin in _twins(guard):
                    if key := hunt.killer([guard, twin], keys):
                        killers[guard.key] = [key, twin.key]
                    if key or hunt.maybe[guard.key]:
                        break
            if guard.key not in killers and not hunt.maybe[guard.key]:
                print("UNNOTICED", guard.key, len(keys), flush=True)
        for stage in reversed(STAGES):  # the rows of others go, one relation after the other
            transaction.savepoint_rollback(points[stage])
            for guard in wanted:
                for gone, probe, full in hunt.maybe[guard.key] if guard.key not in killers else ():
                    if probe.apart_from == stage and answer(gone, probe, ground) != full:
                        killers[guard.key] = [probe.key, *(each.key for each in gone[1:])]
                        break
    KILLERS.write_text(json.dumps(killers, indent=0, sort_keys=True, ensure_ascii=False) + "\n")
    left = [guard.key for guard in wanted if guard.key not in killers]
    print(*(f"SURVIVES {key} {[each[1].key for each in hunt.maybe[key]]}" for key in left), sep="\n")
    print(f"{len(left)} of {len(wanted)} guards survive, of {len(guards())}; {time.monotonic() - began:.0f} s")

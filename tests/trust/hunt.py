"""Takes every guard out, one at a time, until a case of the permission table answers otherwise: ``make mutants``.

Writes killers.json: guard → the case that noticed. What nobody notices is printed, and has no line there.
``ONLY=text`` hunts only guards whose key contains the text; ``NEW=1`` only those without a killer yet.
"""

import json
import logging
import os
import time
from collections import defaultdict
from pathlib import Path

import pytest
from django.db import transaction

from tests.matrix.ask import ROWS, Answer, cookies_of, furnish, words_of
from tests.trust.guards import Guard, guards, watching, without
from tests.trust.killing import KILLERS, Case, key_of, outcome

MOST_TRIES = int(os.environ.get("TRIES", "150"))
WATCHED = Path(os.environ.get("VAR_DIR", "var")) / "watched.json"


def _cases() -> dict[str, tuple[Case, int]]:
    return {
        key_of((row, role, relation)): ((row, role, relation), status)
        for row in ROWS
        for role, relation, status in row.cases()
    }


def _watch(world, cookies, words) -> dict[str, list[str]]:
    """Function of a guard ("file:function") → the cases that run it."""
    ran = defaultdict(list)
    with watching() as seen:
        for key, (case, status) in _cases().items():
            seen.clear()
            got = outcome(case, world, cookies, words)
            if got != Answer(status):
                print("TABLE", key, got, status, flush=True)
                continue
            for place in seen:
                ran[":".join(place)].append(key)
    return ran


def _order(keys: list[str], cases) -> list[str]:
    """Refused cases first, and one of each page before the second of any."""
    rounds: dict[str, int] = defaultdict(int)
    ranked = []
    for key in keys:
        (row, _role, _relation), status = cases[key]
        sign = f"{row.name}{status // 100 == 4}"
        rounds[sign] += 1
        ranked.append((rounds[sign] + (0 if status // 100 == 4 else 1), len(ranked), key))
    return [key for _round, _place, key in sorted(ranked)]


def _killer(guard: Guard, keys: list[str], cases, world, cookies, words) -> str | None:
    with without(guard):
        for key in _order(keys, cases)[:MOST_TRIES]:
            case, status = cases[key]
            if outcome(case, world, cookies, words) != Answer(status):
                return key
    return None


@pytest.mark.django_db
def test_hunt(world):
    logging.disable(logging.CRITICAL)
    furnish(world)
    words = words_of(world)
    cookies = cookies_of(world)
    cases = _cases()
    known = json.loads(KILLERS.read_text()) if KILLERS.exists() else {}
    if os.environ.get("WATCHED"):
        ran = json.loads(WATCHED.read_text())
    else:
        ran = _watch(world, cookies, words)
        WATCHED.write_text(json.dumps(ran))
    keys = {guard.key for guard in guards()}
    killers = {key: case for key, case in known.items() if key in keys and case in cases}
    left, began = [], time.monotonic()
    for guard in guards():
        if os.environ.get("ONLY", "") not in guard.key or (os.environ.get("NEW") and guard.key in killers):
            continue
        candidates = ran.get(f"{guard.file}:{guard.function}", [])
        first = [killers[guard.key]] if guard.key in killers else []
        with transaction.atomic():
            found = _killer(guard, first + candidates, cases, world, cookies, words)
            transaction.set_rollback(True)
        killers.pop(guard.key, None)
        if found:
            killers[guard.key] = found
        else:
            left.append(guard.key)
            print("SURVIVES", guard.key, len(candidates), flush=True)
        KILLERS.write_text(json.dumps(killers, indent=0, sort_keys=True, ensure_ascii=False) + "\n")
    print(f"{len(left)} of {len(guards())} guards survive; {time.monotonic() - began:.0f} s")

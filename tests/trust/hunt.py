"""Takes every guard out, one at a time, until a case of the permission table answers otherwise: ``make mutants``.

Writes killers.json: guard → the case that noticed. What nobody notices is printed, and has no line there.
``ONLY=text`` hunts only guards whose key contains the text; ``NEW=1`` only those without a killer yet.
"""

import json
import logging
import os
import time
from collections import defaultdict
from contextlib import ExitStack
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
        for key, (case, _status) in _cases().items():
            seen.clear()
            outcome(case, world, cookies, words)
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


def _killer(gone: list[Guard], keys: list[str], cases, usual, around) -> str | None:
    """The first case that answers otherwise than usual without these guards, and does not without the last alone."""
    chosen = _order(keys, cases)[:MOST_TRIES]
    expected = {key: usual[key] for key in chosen}
    noticed = (key for key in chosen if _answer(gone, cases[key][0], around) != expected[key])
    for key in noticed:
        if len(gone) == 1 or _answer(gone[1:], cases[key][0], around) == expected[key]:
            return key
    return None


def _answer(gone: list[Guard], case: Case, around) -> Answer:
    with ExitStack() as stack:
        for guard in gone:
            stack.enter_context(without(guard))
        return outcome(case, *around)


class _Usual(dict):
    """What each case answers with every guard in its place, asked when it is first needed."""

    def __init__(self, cases, *around) -> None:
        super().__init__()
        self.cases, self.around = cases, around

    def __missing__(self, key: str) -> Answer:
        self[key] = outcome(self.cases[key][0], *self.around)
        return self[key]


def _twins(guard: Guard) -> list[Guard]:
    """Guards of the same function that may stand for this one: the role that its page requires, and its like."""
    same = [each for each in guards() if (each.file, each.function) == (guard.file, guard.function) and each != guard]
    return [each for each in same if each.kind in ("role_required", "sight", "right", "refusal")]


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
    killers = {key: found for key, found in known.items() if key in keys and found[0] in cases}
    around = (world, cookies, words)
    usual = _Usual(cases, *around)
    left, began = [], time.monotonic()
    for guard in guards():
        if os.environ.get("ONLY", "") not in guard.key or (os.environ.get("NEW") and guard.key in killers):
            continue
        candidates = [key for key in ran.get(f"{guard.file}:{guard.function}", []) if key in cases]
        first = killers[guard.key][:1] if guard.key in killers else []
        with transaction.atomic():
            found, together = _killer([guard], first + candidates, cases, usual, around), ""
            for twin in [] if found else _twins(guard):
                # Two walls, one behind the other: each alone may go unnoticed, both may not, unless one does it alone.
                if found := _killer([guard, twin], candidates, cases, usual, around):
                    together = twin.key
                    break
            transaction.set_rollback(True)
        killers.pop(guard.key, None)
        if found:
            killers[guard.key] = [found, together] if together else [found]
        else:
            left.append(guard.key)
            print("SURVIVES", guard.key, len(candidates), flush=True)
        KILLERS.write_text(json.dumps(killers, indent=0, sort_keys=True, ensure_ascii=False) + "\n")
    print(f"{len(left)} of {len(guards())} guards survive; {time.monotonic() - began:.0f} s")

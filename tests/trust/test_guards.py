"""Guards taken out one at a time: the case of the permission table that noticed in the full hunt notices again.

``make mutants`` hunts all of them and writes killers.json; here a sample is drawn by MUTANTS_SEED, so that it stays
cheap. A guard that is new since the last hunt waits for the next one.
"""

import json
import os
import random
from contextlib import ExitStack

import pytest

from tests.matrix.ask import ROWS, cookies_of, furnish, words_of
from tests.trust.guards import guards, without
from tests.trust.killing import KILLERS, key_of, outcome

SAMPLE = int(os.environ.get("MUTANTS_SAMPLE", "60"))
SEED = os.environ.get("MUTANTS_SEED", "1")


def test_the_finder_finds():
    kinds = {guard.kind for guard in guards()}
    assert {"role_required", "sight", "right", "visible_to", "editable_by", "refusal", "asking"} <= kinds
    assert len({guard.key for guard in guards()}) == len(guards()) > 900


@pytest.mark.django_db
def test_a_missing_guard_is_noticed(world):
    by_key = {guard.key: guard for guard in guards()}
    cases = {key_of((row, role, relation)): (row, role, relation) for row in ROWS for role, relation, _s in row.cases()}
    killers = {key: found for key, found in json.loads(KILLERS.read_text()).items() if key in by_key}
    killers = {key: (case, by_key.get(twin[0]) if twin else None) for key, (case, *twin) in killers.items()}
    drawn = random.Random(SEED).sample(sorted(key for key in killers if killers[key][0] in cases), SAMPLE)
    furnish(world)
    around = (world, cookies_of(world), words_of(world))
    unnoticed = []
    for key in drawn:
        case, twin = killers[key]
        usual = outcome(cases[case], *around)
        with ExitStack() as stack:
            for guard in filter(None, (by_key[key], twin)):
                stack.enter_context(without(guard))
            if outcome(cases[case], *around) == usual:
                unnoticed.append((key, case))
    assert unnoticed == []

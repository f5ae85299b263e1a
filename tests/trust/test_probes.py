"""Who sees what, and what no row of others may change: rows are laid relation after relation, and the site is asked.

- Every scope of every model × person holds what the committed table says.
- No page, no export and no list of the interface changes by a single letter when another organisation gets rows, nor
  an account manager's when teammates get some.
- Every address that names a row asks both scopes: nothing seen answers 404, nothing to change answers 403.
- Guards taken out one at a time are noticed: ``make mutants`` takes all and writes killers.json; here a sample is
  drawn by SEED. A guard that is new since the last hunt waits for the next one.
"""

import inspect
import json
import os
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.db import transaction

from tests import world as worlds
from tests.shares import SEED, some
from tests.trust import ground as grounds
from tests.trust.ground import Ground, Probe, time_stands_still
from tests.trust.guards import Guard, guards
from tests.trust.killing import KILLERS, answer
from tests.trust.posting import effect, posts

SCOPES = Path(__file__).with_name("scopes.json")
SAMPLE = int(os.environ.get("MUTANTS_SAMPLE", "40"))
STAGES = ("own", "team", "other_team", "other_org")
# What is asked before the rows of each relation are laid, and again when all are there.
Asked = dict[str, tuple[Probe, list[Guard], object]]


def all_probes() -> list[Probe]:
    """Whatever may notice a missing guard, but the tests."""
    found = (
        grounds.scopes(),
        grounds.acts(),
        grounds.readings(),
        grounds.strangers(),
        grounds.pages(),
        grounds.cases(),
    )
    return [probe for probes in found for probe in probes]


def sample() -> list[tuple[Guard, Probe, list[Guard]]]:
    """(guard, probe that notices, guards to take out) of a few, drawn by the seed."""
    by_key = {guard.key: guard for guard in guards()}
    probes = {each.key: each for each in all_probes()}
    known = json.loads(KILLERS.read_text())
    there = sorted(key for key, (probe, *twin) in known.items() if {key, *twin} <= set(by_key) and probe in probes)
    drawn = random.Random(SEED).sample(there, min(SAMPLE, len(there)))
    return [(by_key[key], probes[known[key][0]], [by_key[each] for each in (key, *known[key][1:])]) for key in drawn]


def pages() -> list[Probe]:
    """Of each page and list: as the person with the narrowest sight reads it, and nothing twice."""
    narrowest: dict[str, Probe] = {}
    for probe in (*grounds.pages(), *grounds.readings()):
        narrowest.setdefault(probe.key.rsplit(" ", 1)[0], probe)
    return list(narrowest.values())


def drawn(probes: list[Any]) -> list[Any]:
    """Those that this run asks (``make mutants`` and CI ask all)."""
    return some(probes, int(os.environ.get("PROBES", "10")), ids)


def ids(probe: Any) -> str:
    """The name of a probe, or of a row and a role."""
    if isinstance(probe, Probe):
        return probe.key
    row, role = probe
    return f"{row.name} {row.data.__name__ if row.data else ''} {role}"  # a function's address differs in each process


class Laid:
    """The ground with all rows, and what was answered before those of others came."""

    def __init__(self) -> None:
        self.ground = Ground(worlds.build())
        self.sample = sample()
        asked = {probe.key: (probe, []) for probe in drawn(pages())}
        asked |= {f"{guard.key} {probe.key}": (probe, gone) for guard, probe, gone in self.sample}
        self.before = {}
        for stage in STAGES:
            for key, (probe, gone) in asked.items():
                if probe.apart_from == stage:
                    self.before[key] = answer(gone, probe, self.ground)
            self.ground.lay(stage)


@pytest.fixture(scope="module")
def laid(django_db_setup, django_db_blocker) -> Iterator[Laid]:
    with django_db_blocker.unblock(), transaction.atomic(), time_stands_still():
        yield Laid()
        transaction.set_rollback(True)


@pytest.mark.django_db
def test_every_scope_holds_what_the_table_says(laid):
    found = {probe.key: answer([], probe, laid.ground) for probe in grounds.scopes()}
    if os.environ.get("UPDATE_SCOPES"):
        SCOPES.write_text(json.dumps(found, indent=0, ensure_ascii=False, sort_keys=True) + "\n")
    assert found == json.loads(SCOPES.read_text())


def test_the_table_of_scopes_holds_what_is_promised():
    """Nobody sees rows of another organisation, and nobody changes more than they see."""
    table = json.loads(SCOPES.read_text())
    shares = {}
    for key, text in table.items():
        words = text.split() if "/" in text else []  # "NotImplementedError": nobody has such rows
        counts = [int(share.split("/")[0]) for share in words[1::2]]
        shares[key] = dict(zip(words[::2], counts, strict=True))
    for key, share in shares.items():
        assert share.get("other_org", 0) == 0 or key.startswith(ARTIFICIAL), key
        seen = shares.get(key.replace(".editable_by", ".visible_to"))
        if seen and ".editable_by" in key and " gone " not in key:
            assert all(count <= seen[relation] for relation, count in share.items()), key


# The permission table plans a visit of the own supervisor to a foreign client, to see that nobody gets there.
ARTIFICIAL = ("scope: visits.PlannedVisit.visible_to",)


@pytest.mark.django_db
@pytest.mark.parametrize("probe", drawn(pages()), ids=ids)
def test_rows_of_others_change_no_letter(laid, probe):
    """Nor is a row offered that the page would refuse, or a table read without any bound."""
    found = answer([], probe, laid.ground)
    assert found == laid.before[probe.key]
    assert set(found[2]) <= UNBOUND.get(probe.key.split(" ")[3], set())
    assert set(found[3:]) <= {()}


# Pages that read the whole of a table by design → tables.
UNBOUND: dict[str, set[str]] = {}


@pytest.mark.django_db
@pytest.mark.parametrize("probe", drawn(grounds.strangers()), ids=ids)
def test_a_row_of_another_organisation_is_as_if_it_did_not_exist(laid, probe):
    assert answer([], probe, laid.ground) is True


def guarded_acts() -> list[Probe]:
    """Of the addresses that name a row: those whose view asks for sight, or for the right to change.

    A view that asks for both lets whoever sees the row read the page: there the right is a matter of what is posted.
    """
    kinds = {"visible_to": "sight", "editable_by": "right"}
    there = {(guard.file, guard.function, guard.kind) for guard in guards()}
    places = {url: (inspect.unwrap(view).__module__, inspect.unwrap(view)) for url, view in grounds.views()}
    found = []
    for probe in grounds.acts():
        method, url = probe.key.split(" ")[0], probe.key.split(" ")[2].split("-", 1)[1].split("?")[0]
        module, view = places[url]
        function = (f"{module.replace('.', '/')}.py", getattr(view, "__name__", ""))
        is_read = method == "editable_by" and " GET-" in probe.key and (*function, "sight") in there
        found += [probe] if (*function, kinds[method]) in there and not is_read else []
    return found


@pytest.mark.django_db
@pytest.mark.parametrize("probe", drawn(guarded_acts()), ids=ids)
def test_every_address_asks_the_scope(laid, probe):
    expected = (403, 404) if probe.key.startswith("visible_to") else (403,)
    assert answer([], probe, laid.ground) in expected


# --- Without a guard -----------------------------------------------------------------------------------------------


def test_the_finder_finds():
    kinds = {guard.kind for guard in guards()}
    assert {"role_required", "sight", "right", "visible_to", "editable_by", "refusal", "asking"} <= kinds
    assert len({guard.key for guard in guards()}) == len(guards()) > 900


def test_the_table_of_killers_is_true():
    """Every probe and every test that it names exists, and few guards are newer than the last hunt."""
    known = json.loads(KILLERS.read_text())
    probes = {each.key for each in all_probes()}
    named = {found[0] for found in known.values()} - probes
    files = {name.split("::")[0] for name in named}
    sources = {file: (settings.BASE_DIR / file).read_text() for file in files if (settings.BASE_DIR / file).is_file()}
    gone = [n for n in named if f"def {n.split('::')[-1].split('[')[0]}(" not in sources.get(n.split("::")[0], "")]
    assert gone == []
    assert len([guard for guard in guards() if guard.key not in known]) < len(guards()) / 50


@pytest.mark.django_db
def test_a_missing_guard_is_noticed(laid):
    unnoticed = []
    for guard, probe, gone in laid.sample:
        key = f"{guard.key} {probe.key}"
        found, usual = answer(gone, probe, laid.ground), answer(gone[1:], probe, laid.ground)
        # What a page reads without bounds, or offers in vain, shows by itself; its text shows by rows of others.
        noticed = found[2:] != usual[2:] or found != laid.before[key] if probe.apart_from else found != usual
        if not noticed:
            unnoticed.append(key)
    assert unnoticed == []


# --- Posting too much ----------------------------------------------------------------------------------------------


@pytest.mark.django_db
@pytest.mark.parametrize("post", drawn(posts()), ids=ids)
def test_what_a_form_does_not_ask_for_changes_nothing(laid, post):
    """Every field of every model, posted beside what the page reads: same answer, no trace in any table."""
    row, role = post
    assert effect(laid.ground, row, role) == {}

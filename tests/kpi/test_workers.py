"""The same facts give the same hash, whoever works them out and in which order."""

import datetime as dt
import random

import pytest

from crm.lib import jobs
from crm.lib.models import Job
from kpi import running
from kpi.models import Run
from tests.kpi.helpers import compute, journal, leaf, scheme, soft, visit

PERIODS = ("2026-08", "2026-09", "2026-10", "2026-Q3")
TREE = [
    leaf("visits_made", "0.3", high="5"),
    leaf("clients_covered", "0.3", high={"percentile": 90}),
    leaf("journal_on_time", "0.2"),
    leaf("soft:attitude", "0.2", high="100"),
]


def facts(world):
    """Three months of visits, journals and marks that differ from person to person."""
    scheme(
        world.organisation,
        TREE,
        bonus=[{"code": "a", "name": "A", "points": "1", "metric": "visits_made", "at_least": "3"}],
    )
    scheme(world.organisation, TREE, name="季度考核", period="quarter")
    for month in (8, 9, 10):
        for place, relation in enumerate(("own", "team", "other_team")):
            manager = world.managers[relation]
            soft(manager, 60 + 10 * place + month, world.supervisor, period=f"2026-{month:02}")
            for day in range(10, 12 + place + month % 3):
                visit(world.clients[relation], dt.date(2026, month, day))
            journal(manager, dt.date(2026, month, 12 + place))


def hashes(world):
    return {run.period: run.hash for run in Run.objects.filter(organisation=world.organisation)}


def forget(world):
    Run.objects.filter(organisation=world.organisation).update(hash="")


@pytest.mark.django_db(transaction=True)
def test_one_process_or_four(world, celery_worker):
    """Four periods: one after the other in this process, then all at once in the four processes of a worker."""
    facts(world)
    for period in PERIODS:
        compute(world.organisation, period)
    alone = hashes(world)
    assert all(alone.values())
    assert len(set(alone.values())) == len(PERIODS)
    forget(world)
    celery_worker(4)
    asked = [jobs.request("score_managers", world.organisation.pk, period=period) for period in PERIODS]
    done = [jobs.wait(job.pk, timeout=60) for job in asked]
    assert [job.state for job in done] == [Job.State.DONE] * len(PERIODS)
    assert hashes(world) == alone


@pytest.mark.django_db
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_steps_in_another_order(world, monkeypatch, seed):
    """Whichever indicator is measured first, and however often a step is done again after a kill."""
    facts(world)
    compute(world.organisation, "2026-10")
    before = hashes(world)
    in_order = running._steps

    def shuffled(organisation, period):
        runs, items = in_order(organisation, period)
        measures = [item for item in items if item[0] == "measure"]
        for item in measures:
            random.Random(seed).shuffle(item[1])
        scores = [item for item in items if item[0] == "score"]
        return runs, [*measures, *measures[:2], *scores, *scores]

    monkeypatch.setattr(running, "_steps", shuffled)
    forget(world)
    compute(world.organisation, "2026-10")
    assert hashes(world) == before

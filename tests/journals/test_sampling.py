"""The weekly draw: rule, reproducibility, coverage, second readings."""

import datetime as dt
import hashlib
import math

import pytest
from django.core.exceptions import ValidationError
from django.db import DatabaseError, connection, transaction

from crm.lib import jobs, periods
from journals import sampling, services
from journals.models import Draw, SampledJournal, SecondReading
from journals.rules import rules_of
from people.models import Notification, Role
from tests.journals.helpers import DAY, handed_in
from tests.world import person

pytestmark = pytest.mark.django_db
WEEK = "2026-W47"
MONDAY = dt.date(2026, 11, 16)


@pytest.fixture(autouse=True)
def next_monday(monkeypatch):
    """It is Monday afternoon of the week after."""
    monkeypatch.setattr(periods, "now", lambda: periods.at(dt.date(2026, 11, 23), 15))


@pytest.fixture
def week(world):
    """Seven authors with five journals each in the week, one with none."""
    authors = [world.am, world.managers["team"]]
    authors += [person(world.units["own"], f"am{n}", f"客户经理{n}", Role.AM) for n in range(6)]
    for author in authors[:-1]:
        for back in range(5):
            handed_in(author, MONDAY + dt.timedelta(days=back))
    handed_in(world.managers["other_team"], DAY)
    handed_in(world.managers["other_org"], DAY)
    return authors


def run(world):
    job = jobs.run(jobs.request("draw_samples", world.organisation.pk, period=WEEK).pk)
    assert job.state == "done", job.error
    return job


def test_at_least_one_of_every_author_and_the_share(world, week):
    job = run(world)
    assert job.result == {"draws": 2, "journals": 8, "population": 36}
    draw = Draw.objects.get(unit=world.units["north"])
    assert draw.population == 35
    by_author = {item.stratum for item in draw.items.all()}
    assert by_author == {author.pk for author in week[:-1]}
    assert draw.items.count() == 7 == sum(max(1, math.ceil(0.2 * 5)) for _author in week[:-1])


def test_anyone_can_redo_it_outside_the_database(world, week):
    run(world)
    draw = Draw.objects.get(unit=world.units["north"])
    expected = set()
    for author in week[:-1]:
        ids = author.journals.values_list("pk", flat=True)
        expected.add(min(ids, key=lambda pk: hashlib.sha256(f"{draw.seed}:{pk}".encode()).digest()))
    assert set(draw.items.values_list("journal", flat=True)) == expected


def test_the_same_job_again_gives_the_same_list_and_hash(world, week):
    first = run(world)
    handed_in(week[-1], DAY, at=periods.now())  # after the draw: it does not enter
    second = run(world)
    assert (first.hash, first.result) == (second.hash, second.result)
    assert all(sampling.redo(draw) for draw in Draw.objects.all())


def test_another_seed_gives_another_list(world, week):
    run(world)
    draw = Draw.objects.get(unit=world.units["north"])
    lists = set()
    for number in range(5):
        draw.seed = str(number)
        lists.add(tuple(row["id"] for row in sampling.pick(draw)))
    assert len(lists) > 1


@pytest.mark.parametrize("table", ["journals_draw", "journals_sampledjournal"])
@pytest.mark.parametrize("verb", ["UPDATE {} SET id = id", "DELETE FROM {}", "TRUNCATE {} CASCADE"])
def test_draws_are_sealed(world, week, table, verb):
    run(world)
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(verb.format(table))


def test_the_level_above_samples_what_the_level_below_reviewed(world, week):
    director = person(world.organisation, "director", "马总", Role.SUPERVISOR)
    for journal in world.am.journals.all():
        services.review(journal, 1, world.supervisor, mark=4, at=periods.at(dt.date(2026, 11, 20), 10))
    run(world)
    draw = Draw.objects.get(unit=world.organisation, level="second")
    assert draw.population == 5
    item = draw.items.get()
    assert item.stratum == world.supervisor.pk
    with pytest.raises(ValidationError):
        sampling.read_again(item, director, SecondReading.Verdict.TOO_KIND, " ")
    reading = sampling.read_again(item, director, SecondReading.Verdict.TOO_KIND, "评分偏高，问题没有写到户")
    assert Notification.objects.filter(user=world.supervisor, key=f"reading:{reading.pk}").exists()
    with pytest.raises(ValidationError):
        sampling.read_again(item, director, SecondReading.Verdict.AGREES, "")
    assert SecondReading.objects.get().verdict == "too_kind"


def test_coverage_counts_what_was_read(world, week):
    run(world)
    item = SampledJournal.objects.filter(draw__unit=world.units["north"]).first()
    services.review(item.journal, 1, world.supervisor, mark=4)
    rows = {row["unit"]: row for row in sampling.coverage(world.organisation, MONDAY, MONDAY)}
    assert (rows["城北市场部"]["drawn"], rows["城北市场部"]["read"]) == (7, 1)
    assert (rows["城南市场部"]["drawn"], rows["城南市场部"]["read"]) == (1, 0)
    assert not sampling.coverage(world.units["branch"], MONDAY, MONDAY)


def test_the_clock_asks_once_the_week_is_over():
    from journals.tasks import due

    assert list(due(periods.at(dt.date(2026, 11, 23), 13))) == []


def test_after_a_holiday_the_clock_waits_for_the_journals_before_it(world):
    """Friday's are due on the first work day; a holiday may be longer than a week."""
    from journals.tasks import due

    def asked(day, hour):
        found = due(periods.at(day, hour))
        return [period for organisation, _scope, period in found if organisation == world.organisation.pk]

    rest = [dt.date(2026, 11, 23) + dt.timedelta(days=number) for number in range(9)]  # until Tuesday week
    world.organisation.settings = {"work_days": {"rest": [day.isoformat() for day in rest]}}
    world.organisation.save()
    assert asked(dt.date(2026, 11, 24), 15) == []
    assert asked(dt.date(2026, 12, 2), 13) == []
    assert asked(dt.date(2026, 12, 2), 14) == ["2026-W48", "2026-W47"]
    assert asked(dt.date(2026, 12, 7), 14) == ["2026-W49"]


def test_the_clock_asks_for_every_organisation(world):
    from journals.tasks import due

    found = {(organisation, period) for organisation, _scope, period in due(periods.at(dt.date(2026, 11, 24), 9))}
    assert found == {(world.organisation.pk, WEEK), (world.other_organisation.pk, WEEK)}


def test_coverage_adds_up_by_unit_and_level(world):
    north = world.units["north"]
    for back in (0, 1):
        start = MONDAY - dt.timedelta(weeks=back)
        for day in range(3):
            handed_in(world.am, start + dt.timedelta(days=day))
        sampling.draw_unit(north, start, periods.now(), rules_of(world.organisation.pk))
    first = Draw.objects.get(week=MONDAY).items.first()
    services.review(first.journal, 1, world.supervisor, mark=4)
    span = (MONDAY - dt.timedelta(weeks=1), MONDAY)
    rows = sampling.coverage(world.organisation, *span)
    (found,) = sampling.coverage_by_unit(world.organisation, *span)
    assert (found["unit"], found["level"], found["draws"], found["population"]) == (north.name, "first", 2, 6)
    assert found["read"] == 1
    for key in ("population", "drawn", "read"):
        assert found[key] == sum(row[key] for row in rows)

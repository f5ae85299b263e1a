"""A published run resists every way of changing it, by the ORM and by SQL, as the serving role."""

import datetime as dt

import pytest
from django.core.exceptions import ValidationError
from django.db import connection, transaction
from django.db.utils import DatabaseError, IntegrityError

from crm.lib import periods
from kpi import services
from kpi.models import Appeal, Run, RunEvent, Scorecard, ScoreLine
from tests.kpi.helpers import compute, computed_run, leaf, scheme, soft
from tests.world import person

pytestmark = pytest.mark.django_db


@pytest.fixture
def published(world):
    scheme(world.organisation, [leaf("soft:attitude", high="100")])
    soft(world.am, 80, world.supervisor)
    run = services.review(computed_run(world.organisation), world.hr)
    return services.publish(run, world.actors["admin"])


def refused(change):
    with pytest.raises(DatabaseError, match=r"sealed|permission denied|must be owner"), transaction.atomic():
        change()


def test_the_orm(published):
    card = published.scorecards.first()
    refused(lambda: Scorecard.objects.filter(pk=card.pk).update(score=100))
    refused(lambda: card.lines.update(points=100))
    refused(lambda: card.lines.first().delete())
    refused(lambda: published.scorecards.all().delete())
    refused(lambda: Run.objects.filter(pk=published.pk).update(state="draft"))
    refused(lambda: Run.objects.filter(pk=published.pk).update(reason="x"))
    refused(lambda: ScoreLine.objects.create(card=card, leaf="x", metric="x", weight=0, points=5))
    refused(lambda: Run.objects.filter(pk=published.pk)._raw_delete("default"))
    refused(lambda: RunEvent.objects.update(note="x"))
    refused(lambda: RunEvent.objects.all().delete())


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE kpi_scorecard SET score = 100, grade = 'excellent'",
        "UPDATE kpi_scorecard SET acknowledged_at = now(), score = 100, grade = 'excellent'",
        "DELETE FROM kpi_scorecard",
        "UPDATE kpi_scoreline SET points = 100",
        "DELETE FROM kpi_scoreline",
        "TRUNCATE kpi_scoreline",
        "TRUNCATE kpi_scorecard CASCADE",
        "TRUNCATE kpi_run CASCADE",
        "UPDATE kpi_run SET state = 'computed'",
        "DELETE FROM kpi_run",
        "ALTER TABLE kpi_scorecard DISABLE TRIGGER ALL",
        "DROP TRIGGER kpi_scorecard_sealed_update ON kpi_scorecard",
        "ALTER TABLE kpi_scorecard RENAME TO gone",
        "SET session_replication_role = replica",
        (
            "INSERT INTO kpi_scoreline (card_id, position, leaf, metric, basis, weight, points) "
            "SELECT id, 9, 'x', 'x', 'measured', 0, 5 FROM kpi_scorecard"
        ),
        (
            "INSERT INTO kpi_run (organisation_id, scheme_id, period, starts_on, ends_on, version, state, "
            "reason, hash) "
            "SELECT organisation_id, scheme_id, period, starts_on, ends_on, 9, 'published', '', '' FROM kpi_run"
        ),
        (
            "MERGE INTO kpi_scorecard c USING kpi_run r ON c.run_id = r.id "
            "WHEN MATCHED THEN UPDATE SET score = 100, grade = 'excellent', rank = 1"
        ),
        (
            "INSERT INTO kpi_scorecard (id, run_id, manager_id, org_id, group_id, score, adjustment, grade, rank, "
            "ranked, waiting) "
            "SELECT id, run_id, manager_id, org_id, group_id, 100, 0, 'excellent', 1, 1, 0 FROM kpi_scorecard "
            "ON CONFLICT (id) DO UPDATE SET score = 100, grade = 'excellent', rank = 1"
        ),
    ],
)
def test_sql(published, statement):
    def run():
        with connection.cursor() as cursor:
            cursor.execute(statement)

    refused(run)


def test_a_card_cannot_be_moved_in_or_out(world, published):
    draft = services.new_version(published, world.hr, "更正")
    newcomer = person(world.units["team"], "am.new", "张新", "am")
    compute(world.organisation)
    card = draft.scorecards.get(manager=newcomer)
    refused(lambda: Scorecard.objects.filter(pk=card.pk).update(run=published))
    ScoreLine.objects.filter(card__run=draft).delete()
    draft.scorecards.all().delete()
    refused(lambda: published.scorecards.update(run=draft))
    refused(lambda: ScoreLine.objects.filter(card__run=published).delete())


def test_computing_again_changes_nothing(published, world):
    before = published.hash
    cards = list(Scorecard.objects.values_list("pk", "score"))
    soft(world.managers["team"], 20, world.supervisor)
    job = compute(world.organisation)
    assert job.hash == before
    assert job.result["scorecards"] == 3
    assert list(Scorecard.objects.values_list("pk", "score")) == cards


def test_a_correction_is_a_new_version_with_a_reason(published, world):
    with pytest.raises(ValidationError):
        services.new_version(published, world.hr, "  ")
    new = services.new_version(published, world.hr, "漏算两户")
    soft(world.managers["team"], 20, world.supervisor)
    job = compute(world.organisation)
    new.refresh_from_db()
    assert (new.version, new.state, new.reason) == (2, "computed", "漏算两户")
    assert job.hash == new.hash != published.hash
    assert new.scorecards.get(manager=world.managers["team"]).score == 20
    assert published.scorecards.get(manager=world.managers["team"]).score is None
    with pytest.raises(ValidationError):
        services.new_version(published, world.hr, "再来")


def test_seen_is_noted_once(published):
    card = published.scorecards.first()
    services.acknowledge(card)
    card.refresh_from_db()
    first = card.acknowledged_at
    assert first is not None
    services.acknowledge(card)
    card.refresh_from_db()
    assert card.acknowledged_at == first
    refused(lambda: Scorecard.objects.filter(pk=card.pk).update(acknowledged_at=None))


def test_an_appeal_and_its_answer_stay(published, world):
    line = ScoreLine.objects.get(card__manager=world.am)
    found = services.appeal(line, world.am, "请假三天未扣除")
    refused(lambda: Appeal.objects.update(text="x"))
    refused(lambda: Appeal.objects.all().delete())
    services.answer(found, world.hr, True, "属实，下一版更正")
    refused(lambda: Appeal.objects.update(answer="x"))
    refused(lambda: Appeal.objects.update(state="rejected"))
    with pytest.raises(IntegrityError), transaction.atomic():
        Appeal.objects.create(line=line, manager=world.am, text="x")


def test_appeals_have_their_days(published, world, monkeypatch):
    line = ScoreLine.objects.get(card__manager=world.am)
    assert published.appeals_until == periods.today() + dt.timedelta(days=5)
    later = published.appeals_until + dt.timedelta(days=1)
    monkeypatch.setattr(periods, "today", lambda: later)
    with pytest.raises(ValidationError):
        services.appeal(line, world.am, "x")


def test_lock_needs_answers_and_time(published, world, monkeypatch):
    found = services.appeal(ScoreLine.objects.get(card__manager=world.am), world.am, "x")
    with pytest.raises(ValidationError):
        services.lock(published, world.hr)
    later = published.appeals_until + dt.timedelta(days=1)
    monkeypatch.setattr(periods, "today", lambda: later)
    with pytest.raises(ValidationError):
        services.lock(published, world.hr)
    services.answer(found, world.hr, False, "数据无误")
    assert services.lock(published, world.hr).state == "locked"
    refused(lambda: Run.objects.update(state="published"))

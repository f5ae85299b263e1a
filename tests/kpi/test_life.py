"""The steps of a run: who may take which, and what stops it."""

import datetime as dt

import pytest
from django.core.exceptions import ValidationError

from crm.lib import jobs, periods
from kpi import running, services
from kpi.models import Run, RunEvent, SoftScore
from people.models import Notification
from tests.kpi.helpers import computed_run, leaf, scheme, soft

pytestmark = pytest.mark.django_db


@pytest.fixture
def run(world):
    scheme(world.organisation, [leaf("soft:attitude", high="100", missing="wait")])
    for relation in ("own", "team", "other_team"):
        soft(world.managers[relation], 80, world.supervisor)
    return computed_run(world.organisation)


def test_review_waits_for_every_soft_score(world):
    scheme(world.organisation, [leaf("soft:attitude", high="100", missing="wait")])
    run = computed_run(world.organisation)
    with pytest.raises(ValidationError, match="3"):
        services.review(run, world.hr)


def test_the_second_person_publishes(run, world):
    run = services.review(run, world.hr)
    with pytest.raises(ValidationError):
        services.publish(run, world.hr)
    run = services.publish(run, world.actors["admin"])
    assert run.state == Run.State.PUBLISHED
    assert Notification.objects.filter(user=world.am, url="/kpi/mine/").count() == 1
    assert list(RunEvent.objects.values_list("state", "by__username")) == [("reviewed", "hr"), ("published", "admin")]


def test_a_small_team_may_switch_the_second_person_off(run, world):
    services.change_settings(world.organisation, second_person=False, appeal_days=3)
    run = services.publish(services.review(run, world.hr), world.hr)
    assert run.appeals_until == periods.today() + dt.timedelta(days=3)


def test_no_step_is_skipped(run, world):
    for step in (lambda: services.publish(run, world.hr), lambda: services.lock(run, world.hr)):
        with pytest.raises(ValidationError):
            step()


def test_back_to_computing_needs_a_reason(run, world):
    run = services.review(run, world.hr)
    with pytest.raises(ValidationError):
        services.send_back(run, world.hr, " ")
    run = services.send_back(run, world.hr, "城南漏一人")
    assert (run.state, run.reviewed_by) == (Run.State.COMPUTED, None)
    assert RunEvent.objects.latest("pk").note == "城南漏一人"


def test_a_reviewed_run_is_not_computed_again(run, world):
    run = services.review(run, world.hr)
    SoftScore.objects.update(score=10)
    again = computed_run(world.organisation)
    assert again.hash == run.hash
    assert again.state == Run.State.REVIEWED


def test_soft_scores_close_with_the_review(run, world):
    services.give_soft_scores(world.supervisor, "2026-10", {(world.am.pk, "soft:attitude"): (70, "")})
    services.review(run, world.hr)
    with pytest.raises(ValidationError):
        services.give_soft_scores(world.supervisor, "2026-10", {(world.am.pk, "soft:attitude"): (100, "")})


def test_soft_scores_only_for_the_own_people(world):
    given = {
        (world.managers[relation].pk, "soft:attitude"): (70, "")
        for relation in ("own", "team", "other_team", "other_org")
    }
    assert services.give_soft_scores(world.supervisor, "2026-10", given) == (2, 0)
    given = {(world.am.pk, "soft:attitude"): (None, "")}
    assert services.give_soft_scores(world.supervisor, "2026-10", given) == (0, 1)


def test_the_clock_asks_for_the_month_before(world):
    scheme(world.organisation, [leaf("soft:attitude")])
    scheme(world.organisation, [leaf("soft:attitude")], name="季度", period="quarter")
    at = periods.at(dt.date(2026, 11, 1), 3)
    assert set(running.due(at)) == {(world.organisation.pk, "", "2026-10"), (world.organisation.pk, "", "2026-Q3")}
    before = periods.at(dt.date(2026, 11, 1), 2, 59)
    assert (world.organisation.pk, "", "2026-09") in set(running.due(before))
    year = periods.at(dt.date(2027, 1, 1), 3)
    assert (world.organisation.pk, "", "2026-Q4") in set(running.due(year))


def test_scores_so_far_follow_the_days(world):
    scheme(world.organisation, [leaf("soft:attitude", high="100")])
    soft(world.am, 60, world.supervisor, period=str(periods.Period.month(periods.today())))
    job = jobs.request("refresh_scores", world.organisation.pk, period=periods.today().isoformat())
    job = jobs.run(job.pk)
    assert job.state == "done", job.error
    run = Run.objects.get()
    assert run.period == f"{periods.today():%Y-%m}"
    assert run.as_of == max(periods.today() - dt.timedelta(days=1), periods.today().replace(day=1))
    assert run.scorecards.get(manager=world.am).score == 60


def test_a_period_ahead_is_refused(world):
    scheme(world.organisation, [leaf("soft:attitude")])
    job = jobs.run(jobs.request("score_managers", world.organisation.pk, period="2099-01").pk)
    assert job.state == "failed"


def test_the_version_in_force_scores(world):
    first = scheme(world.organisation, [leaf("soft:attitude")])
    second = scheme(world.organisation, [leaf("soft:conduct")], version=2)
    period = periods.Period.parse("2026-10")
    assert running.schemes_for(world.organisation.pk, period) == [first]
    now = periods.Period.month(periods.today())
    assert running.schemes_for(world.organisation.pk, now) == [second]

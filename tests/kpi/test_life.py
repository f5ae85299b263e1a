"""The steps of a run: who may take which, and what stops it."""

import datetime as dt
from decimal import Decimal as D

import pytest
from django.core.exceptions import ValidationError
from django.db import OperationalError, connections
from django.test import Client as Browser
from django.urls import reverse

from crm.lib import jobs, periods
from kpi import adjusting, changes, running, scoring, services
from kpi.models import ImportedValue, Run, RunEvent, SoftScore
from people.models import Notification, Role
from people.services import transfer
from tests.kpi.helpers import computed_run, leaf, scheme, soft
from tests.world import person

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
    services.review(computed_run(world.organisation), world.hr)
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


def grid(world):
    """The grid's address, a browser of a supervisor, and what the grid sends back when nobody has touched it."""
    browser, address = Browser(), f"{reverse('kpi:soft')}?period=2026-10"
    browser.force_login(world.supervisor)
    data = {}
    for row in browser.get(address).context["grid"]:
        for cell in row["cells"]:
            given = cell["given"]
            data |= {cell["was_name"]: cell["was"], cell["name"]: given.score if given else "",
                     cell["comment_name"]: given.comment if given else ""}  # fmt: skip
    return browser, address, data


def test_a_grid_that_was_open_changes_only_what_was_typed_into_it(world):
    scheme(world.organisation, [leaf("soft:attitude", high="100")])
    deputy = person(world.units["north"], "deputy.north", "周副", Role.SUPERVISOR)
    soft(world.am, 70, deputy)
    browser, address, data = grid(world)
    SoftScore.objects.filter(manager=world.am).update(score=75)  # the deputy goes on meanwhile
    soft(world.managers["team"], 90, deputy)
    browser.post(address, data)
    assert dict(SoftScore.objects.values_list("manager__username", "score")) == {"am": 75, "am.team": 90}
    assert set(SoftScore.objects.values_list("given_by", flat=True)) == {deputy.pk}
    browser, address, data = grid(world)
    browser.post(address, data | {f"score-{world.am.pk}-0": "60", f"score-{world.managers['team'].pk}-0": ""})
    assert list(SoftScore.objects.values_list("manager", "score", "given_by")) == [
        (world.am.pk, 60, world.supervisor.pk)
    ]


def test_a_reason_without_a_score_is_asked_back(world):
    scheme(world.organisation, [leaf("soft:attitude", high="100")])
    browser, address, data = grid(world)
    answer = browser.post(address, data | {f"comment-{world.am.pk}-0": "主动"}, follow=True)
    assert "请更正：李明" in answer.content.decode()


def test_who_was_in_post_under_a_supervisor_is_scored_there_also_after_a_transfer(world):
    scheme(world.organisation, [leaf("soft:attitude", high="100")])
    transfer(world.am, world.units["other_team"], Role.AM, dt.date(2026, 10, 20))
    browser, address, data = grid(world)
    browser.post(address, data | {f"score-{world.am.pk}-0": "80"})
    assert SoftScore.objects.get(manager=world.am).score == 80
    given = {(world.am.pk, "soft:attitude"): (D(80), "")}
    assert services.give_soft_scores(world.supervisor, "2026-11", given) == (0, 0)


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


# --- What people give after a run was computed -------------------------------------------------------------------


def points(world, points=2):
    return adjusting.adjust(world.am, "2026-10", D(points), "帮带新人", world.supervisor)


def publish(run, world):
    return services.publish(services.review(run, world.hr), world.actors["admin"])


def page_of(run, world):
    browser = Browser()
    browser.force_login(world.hr)
    return browser.get(reverse("kpi:run", args=[run.pk])).content.decode()


def refused(step):
    with pytest.raises(ValidationError) as found:
        step()
    return " ".join(found.value.messages)


def test_cards_by_an_older_version_of_the_scheme_cannot_be_confirmed(run, world):
    """As when the job that computes by the new version fails after it took the run over."""
    newer = scheme(world.organisation, [leaf("soft:attitude", high="90", missing="wait")], version=2)
    running.run_of(newer, run.span)
    run.refresh_from_db()
    assert (run.scheme, run.state) == (newer, "draft")
    with pytest.raises(ValidationError):
        services.review(run, world.hr)


def test_points_given_since_stop_the_review_until_it_is_computed_again(run, world):
    assert not changes.since(run)
    given = points(world)
    assert "李明（奖惩分）" in refused(lambda: services.review(run, world.hr))
    assert "李明（奖惩分）" in page_of(run, world)
    again = computed_run(world.organisation)
    assert "李明（奖惩分）" not in page_of(again, world)
    adjusting.withdraw(given, world.supervisor)
    assert "李明" in refused(lambda: services.review(again, world.hr))
    last = publish(computed_run(world.organisation), world)
    assert last.scorecards.get(manager=world.am).score == 80


@pytest.mark.parametrize("score", [70, None])
def test_soft_scores_given_or_taken_back_since_stop_the_review(run, world, score):
    services.give_soft_scores(world.supervisor, "2026-10", {(world.am.pk, "soft:attitude"): (score, "")})
    text = refused(lambda: services.review(run, world.hr))
    assert "李明（评分或导入数据）" in text
    assert "王芳" not in text
    assert not changes.since(computed_run(world.organisation))


def test_the_same_score_again_is_no_change(run, world):
    services.give_soft_scores(world.supervisor, "2026-10", {(world.am.pk, "soft:attitude"): (80, "核对过")})
    assert publish(run, world).state == Run.State.PUBLISHED


def test_a_target_imported_since_stops_the_review(world):
    """The indicator is made from it, and no card shows it by itself."""
    scheme(world.organisation, [leaf("attainment")])
    run = computed_run(world.organisation)
    target = ImportedValue.objects.create(
        organisation=world.organisation, manager=world.am, period="2026-10", metric="import:sales_target", value=500
    )
    assert "李明" in refused(lambda: services.review(run, world.hr))
    run = computed_run(world.organisation)
    assert not changes.since(run)
    target.delete()
    assert changes.since(run).people == 1


def test_what_changes_between_check_and_publication_stops_the_publication(run, world):
    """Givers are refused by then; what still came in by another way is not published over."""
    given = points(world)
    run = services.review(computed_run(world.organisation), world.hr)
    for change in (lambda: points(world), lambda: adjusting.withdraw(given, world.supervisor)):
        refused(change)
    SoftScore.objects.filter(manager=world.am).update(score=60)
    assert "李明" in refused(lambda: services.publish(run, world.actors["admin"]))
    assert "退回重算" in page_of(run, world)
    services.send_back(run, world.hr, "重算")
    assert publish(computed_run(world.organisation), world).scorecards.get(manager=world.am).score == 62


def test_what_changes_while_it_is_computed_shows_as_changed(world):
    """Measured before, scored after: the score is without it, and nobody may take it for counted."""
    scheme(world.organisation, [leaf("soft:attitude", high="100")])
    soft(world.am, 80, world.supervisor)
    run = computed_run(world.organisation)
    services.give_soft_scores(world.supervisor, "2026-10", {(world.am.pk, "soft:attitude"): (60, "")})
    scoring.score(run, run.as_of)
    assert run.scorecards.get(manager=world.am).score == 80
    assert "李明" in refused(lambda: services.review(run, world.hr))


def test_an_open_correction_leaves_the_published_month_on_the_boards(run, world):
    services.publish(services.review(run, world.hr), world.actors["admin"])
    services.new_version(run, world.hr, "更正")
    browser = Browser()
    browser.force_login(world.am)
    assert browser.get(reverse("kpi:board")).context["run"] == run
    fixed = computed_run(world.organisation)
    services.publish(services.review(fixed, world.hr), world.actors["admin"])
    assert browser.get(reverse("kpi:board")).context["choices"] == [fixed]


def test_a_correction_counts_what_was_given_for_it(run, world):
    published = publish(run, world)
    refused(lambda: points(world))
    new = services.new_version(published, world.hr, "更正")
    assert not changes.since(new)
    new = computed_run(world.organisation)
    points(world)
    refused(lambda: services.review(new, world.hr))
    assert publish(computed_run(world.organisation), world).scorecards.get(manager=world.am).score == 82
    assert not changes.since(published)


def test_a_quarter_waits_for_its_months(run, world):
    """Soft scores of its months and their published scores both count for a quarter."""
    scheme(world.organisation, [leaf("soft:attitude", high="100")], name="季度", period="quarter")
    quarter = computed_run(world.organisation, "2026-Q4")
    assert not changes.since(quarter)
    services.give_soft_scores(world.supervisor, "2026-10", {(world.am.pk, "soft:attitude"): (60, "")})
    assert "李明" in refused(lambda: services.review(quarter, world.hr))
    scheme(world.organisation, [leaf("month_scores", high="100")], name="季度二", period="quarter")
    computed_run(world.organisation, "2026-Q4")
    second = Run.objects.get(scheme__name="季度二")
    assert not changes.since(second)
    publish(computed_run(world.organisation), world)
    assert changes.since(second).people == 3


def test_nobody_gives_while_a_run_is_checked(run, world):
    """A check that is not through yet holds up whoever begins to give."""
    other = connections.create_connection("default")
    try:
        with other.cursor() as cursor:
            cursor.execute("SET lock_timeout = '200ms'")
            services.review(run, world.hr)  # the test's transaction is still open
            with pytest.raises(OperationalError, match="lock timeout"):
                cursor.execute(
                    "SELECT pg_advisory_xact_lock_shared(hashtext('zf_given'), %s)", [world.organisation.pk % 2**31]
                )
    finally:
        other.close()


def test_an_archived_run_has_no_step_ahead(world):
    month = periods.Period.month(periods.today()).previous
    scheme(world.organisation, [leaf("soft:attitude", high="100")])
    services.change_settings(world.organisation, second_person=False, appeal_days=0)
    run = services.publish(services.review(computed_run(world.organisation, str(month)), world.hr), world.hr)

    def shown():
        browser = Browser()
        browser.force_login(world.hr)
        steps = browser.get(reverse("kpi:run", args=[run.pk])).context["steps"]
        return browser.get(reverse("home")).content.decode(), [step.state for step in steps]

    home, steps = shown()
    assert "6/8" in home
    assert steps == ["done"] * 6 + ["now", "ahead"]
    with periods.clock_at(periods.now() + dt.timedelta(days=1)):
        services.lock(run, world.hr)
    home, steps = shown()
    assert "8/8" in home
    assert "下一步：归档" not in home
    assert steps == ["done"] * 8

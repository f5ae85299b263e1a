"""HR's month costs as many statements for eighteen account managers as for three: nothing walks over people in SQL."""

import datetime as dt
from decimal import Decimal

import pytest
from django.db import connection
from django.test import Client as Browser
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from crm.lib import jobs, periods
from crm.lib.models import Job
from kpi import honouring, services
from kpi.careers import ladder, terms
from kpi.models import CoachingCase, PaySheet
from kpi.pay import services as pay
from kpi.reports import completeness
from people.models import Level, Notification
from people.services import create_unit
from tests.kpi.helpers import computed_run, leaf, scheme, soft
from tests.world import person

pytestmark = pytest.mark.django_db
PAGES = ("data", "compute", "soft", "preview", "review", "publish", "appeals", "archive")


def month_of(world, period):
    """Statements of each act and page of HR's month, by name."""
    counts = {}

    def counted(name, act):
        with CaptureQueriesContext(
            connection,
        ) as seen:
            found = act()
        counts[name] = len(seen)
        return found

    month = periods.Period.parse(period)
    run = counted("compute", lambda: computed_run(world.organisation, period))
    counted("who lacks", lambda: completeness.who_lacks(run))
    run = counted("review", lambda: services.review(run, world.hr))
    run = counted("publish", lambda: services.publish(run, world.actors["admin"]))
    counted("honour", lambda: honouring.give(run, [one.key for one in honouring.proposals(run)], world.hr))
    counted("grade moves", lambda: ladder.propose(world.organisation, month))
    counted("bottom", lambda: terms.year_ranks(world.organisation.pk, 2026))
    pay.request(world.organisation, month, world.hr)
    counted("pay", lambda: jobs.run(job_of(period).pk))
    counted("pay final", lambda: pay.finalise(PaySheet.objects.get(period=period), world.hr))
    browser = Browser()
    browser.force_login(world.hr)
    for step in PAGES:
        address = f"{reverse('kpi:run', args=[run.pk])}?step={step}"
        browser.get(address)
        counted(f"page {step}", lambda address=address: browser.get(address))
    for name in ("board", "growth", "heat", "careers", "moves", "bottom", "coaching"):
        counted(f"page {name}", lambda name=name: browser.get(reverse(f"kpi:{name}")))
    return counts


def job_of(period):
    return Job.objects.get(kind="pay_sheet", period=period)


def test_nothing_grows_with_the_people(world):
    scheme(world.organisation, [leaf("soft:attitude", "0.5", high="100"), leaf("journal_on_time", "0.5")])
    rungs = ladder.install(world.organisation)

    def marks(period):
        for place, manager in enumerate(world.managers.values()):
            if manager.organisation_id == world.organisation.pk:
                soft(manager, 95 - 5 * place % 70, world.supervisor, period=period)

    for manager in list(world.managers.values())[:3]:
        ladder.set_grade(manager, rungs[1], dt.date(2026, 1, 5), "定级", world.hr)
    marks("2026-08")
    few = month_of(world, "2026-08")
    for number in range(15):
        grid = create_unit(world.units["north"], f"MANY-{number}", f"网格{number}", Level.GRID)
        world.managers[f"many{number}"] = manager = person(grid, f"am.many{number}", f"新人{number}", "am")
        ladder.set_grade(manager, rungs[1], dt.date(2026, 1, 5), "定级", world.hr)
    marks("2026-09")
    many = month_of(world, "2026-09")
    assert CoachingCase.objects.filter(period="2026-09").count() > 5
    # A month with coaching cases has a few statements more than one without; fifteen people more would bring fifteen.
    grown = {name: (few[name], count) for name, count in many.items() if count > few[name] + 8}
    assert grown == {}


def test_reminding_everybody_is_one_notice_each(world):
    """Two teams lack marks and visits: one notice for each supervisor, naming both; HR hears of the facts."""
    scheme(world.organisation, [leaf("soft:attitude", high="100", missing="wait")])
    run = computed_run(world.organisation)
    browser = Browser()
    browser.force_login(world.hr)
    for _twice in range(2):
        answer = browser.post(reverse("kpi:remind", args=[run.pk]), {"all": "1"}, follow=True)
    assert "周建国" in answer.content.decode()
    told = Notification.objects.filter(key__startswith=f"remind:{run.pk}:all")
    by_name = {one.user.name: one.text for one in told.select_related("user")}
    assert set(by_name) == {"周建国", "钱勇", "吴敏"}
    assert told.count() == 3
    assert "走访、日志、主管评分" in by_name["周建国"]
    assert by_name["吴敏"].startswith("2026-10 考核缺数据：销售数据")


def test_supervisors_are_told_of_their_own_cases_alone(world):
    scheme(world.organisation, [leaf("soft:attitude", high="100")])
    for relation, score in {"own": 20, "team": 20, "other_team": 20}.items():
        soft(world.managers[relation], Decimal(score), world.supervisor)
    run = services.publish(services.review(computed_run(world.organisation), world.hr), world.actors["admin"])
    cases = CoachingCase.objects.filter(period=run.period)
    assert cases.count() == 3
    told = {one.user.name: one.text for one in Notification.objects.filter(key=f"coaching:{run.pk}")}
    assert told == {"周建国": "2026-10：有 2 条辅导建议待确认。", "钱勇": "2026-10：有 1 条辅导建议待确认。"}

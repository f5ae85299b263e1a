"""The first minutes of the other posts: first login, own password, first page, first work; timed, with pictures."""

import datetime as dt

import pytest
from playwright.sync_api import expect

from crm.lib import jobs
from journals.models import Review
from kpi.models import Run
from service.models import ServiceRequest
from tests.experience.camera import Hand, note, snap
from tests.experience.test_first_hour import TEN_MINUTES, first_login
from tests.journals.helpers import DAY, handed_in
from tests.journals.helpers import visit as visit_of_day
from tests.kpi.helpers import leaf, scheme, soft, visit
from tests.service.helpers import request_of
from visits.models import Visit

SLIP = "Kunming-2026-first"


def newcomer(world, page_of, role):
    """(hand, page) of somebody who comes for the first time, signed in, on the first page."""
    person = world.actors[role]
    person.set_password(SLIP)
    person.must_change_password = True
    person.save()
    hand, page = Hand(), page_of()
    first_login(hand, page, person.username, SLIP)
    page.wait_for_url("**/me/")
    hand.goto(page, "/")
    expect(page.locator("[data-tour-start]")).to_be_visible()  # a walk round is offered
    hand.lap("首次登录、改密码、首页 first login, own password, first page")
    return hand, page


@pytest.fixture
def at_once(monkeypatch):
    """A job is done as soon as it is asked for: what workers do is looked at elsewhere."""
    monkeypatch.setattr(jobs, "ring", jobs.run)


@pytest.mark.django_db(transaction=True)
def test_each_post_does_its_first_work(world, page_of, at_once):
    _supervisor(world, page_of)
    _hr(world, page_of)
    _back_office(world, page_of)


def _supervisor(world, page_of):
    for hour, note_ in ((9, "陈列整齐，价签齐全"), (10, "缺软珍，已报"), (11, "新品上柜，反响不错")):
        visit_of_day(world.am, world.clients["own"], DAY, hour, note=note_, minutes=18)
    for back in (0, 1, 2):
        handed_in(world.am, DAY - dt.timedelta(days=back))
    handed_in(world.managers["team"], DAY)
    hand, page = newcomer(world, page_of, "supervisor")
    snap(page, "supervisor-home")
    hand.goto(page, "/journals/desk/")
    snap(page, "supervisor-desk", most=1000)
    hand.type(page.locator("[name=evaluation]"), "走访有重点，缺货记得清楚。")
    hand.click(page.locator(".jn-marks label.zf-choice").nth(3))
    here = page.url
    hand.click(page.locator("[data-accept]"))
    page.wait_for_url(lambda url: url != here)
    assert Review.objects.get().reviewer == world.supervisor
    hand.lap("批阅第一篇日志 a first review")
    hand.goto(page, f"/visits/verify/?month={DAY:%Y-%m}")
    snap(page, "supervisor-verify", most=1000)
    hand.click(page.locator("[data-check-all]"))
    hand.click(page.locator("form[data-bulk] button.btn-primary"))
    assert Visit.objects.exclude(verified_at=None).count() == 3
    hand.lap("核实走访 visits verified")
    assert hand.seconds < TEN_MINUTES
    note("supervisor", hand.laps)


def _hr(world, page_of):
    scheme(
        world.organisation,
        [leaf("visits_made", "0.6", high="4"), leaf("soft:attitude", "0.4", high="100", missing="wait")],
    )
    for relation, visits in {"own": 4, "team": 3, "other_team": 2}.items():
        soft(world.managers[relation], 70 + visits * 5, world.supervisor)
        for day in range(12, 12 + visits):
            visit(world.clients[relation], dt.date(2026, 10, day))
    hand, page = newcomer(world, page_of, "hr")
    snap(page, "hr-home")
    hand.goto(page, "/kpi/runs/")
    page.locator("select[name=period]").select_option("2026-10")
    hand.click(page.locator('form[action$="/kpi/runs/compute/"] button').last)
    run = Run.objects.get(period="2026-10")
    hand.lap("开始一个月 a month opened and computed")
    hand.goto(page, f"/kpi/runs/{run.pk}/?step=data")
    snap(page, "hr-run", most=1000)
    hand.goto(page, f"/kpi/runs/{run.pk}/?step=preview")
    expect(page.locator("canvas").first).to_be_visible()
    snap(page, "hr-preview", most=1200)
    hand.lap("看缺的数据和分布 missing data and the spread looked at")
    assert hand.seconds < TEN_MINUTES
    note("hr", hand.laps)


def _back_office(world, page_of):
    request = request_of(world.clients["own"], by=world.am, text="周三少送一条软珍，请补送。")
    hand, page = newcomer(world, page_of, "back_office")
    snap(page, "back-office-home")
    hand.goto(page, f"/service/{request.pk}/")
    snap(page, "back-office-request", most=1000)
    hand.click(page.get_by_role("button", name="开始办理"))
    hand.click(page.locator("summary").filter(has_text="登记结果"))
    hand.type(page.locator("#note-resolve"), "已联系配送，明早补送。")
    hand.click(page.get_by_role("button", name="登记结果"))
    assert ServiceRequest.objects.get().state == "resolved"
    hand.lap("办第一张业务单 a first request handled")
    assert hand.seconds < TEN_MINUTES
    note("back_office", hand.laps)

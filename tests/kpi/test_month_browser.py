"""HR's month in a browser, from missing data to the pay slip, with everybody who has a hand in it."""

import datetime as dt

import pytest
from playwright.sync_api import Page, expect

from crm.lib import jobs, periods
from kpi.careers import ladder
from kpi.models import Appeal, Honour, PaySheet, Run, Scorecard, Training
from kpi.pay.services import install
from people.models import Notification
from tests.browser import press
from tests.kpi.helpers import leaf, scheme, visit

MONTH = "2026-10"


@pytest.fixture
def at_once(monkeypatch):
    """A job is done as soon as it is asked for: what workers do is looked at elsewhere."""
    monkeypatch.setattr(jobs, "ring", jobs.run)


@pytest.fixture
def company(transactional_db, world, at_once):
    """A month with visits; half of the score is the supervisors' word, without which nobody's card may go out."""
    scheme(
        world.organisation,
        [leaf("visits_made", "0.5", high="4"), leaf("soft:attitude", "0.5", high="100", missing="wait")],
    )
    install(world.organisation)
    rungs = ladder.install(world.organisation)
    for relation, visits in {"own": 4, "team": 3, "other_team": 2}.items():
        ladder.set_grade(world.managers[relation], rungs[1], dt.date(2026, 1, 5), "定级", world.hr)
        for day in range(12, 12 + visits):
            visit(world.clients[relation], dt.date(2026, 10, day))
    return world


def send(page: Page, action: str, **fields: str) -> None:
    """Fill the form that leads to an address, send it, and say yes where the page asks."""
    form = page.locator(f'form[action$="{action}"]').first
    if not form.is_visible():
        page.locator("details.zf-fold").filter(has=form).locator("summary").first.click()
    for name, value in fields.items():
        form.locator(f"[name={name}]").fill(value)
    press(form.locator("button").last)


def give_marks(page: Page, *marks: str) -> None:
    page.goto(f"/kpi/soft/?period={MONTH}")
    fields = page.locator("input[type=number]")
    for place, mark in enumerate(marks):
        fields.nth(place).fill(mark)
    press(page.get_by_role("button", name="保存"))


def score(world, relation: str) -> str:
    return str(Scorecard.objects.filter(manager=world.managers[relation]).latest("run__version").score)


def test_the_month(company, page_of, monkeypatch):
    world = company
    hr, admin = page_of(world.hr), page_of(world.actors["admin"])
    north, south = page_of(world.supervisor), page_of(world.actors["supervisor_south"])
    manager = page_of(world.am, phone=True)

    # The month is opened and computed; the checklist says what is missing and who has to act.
    hr.goto("/kpi/runs/")
    hr.locator("select[name=period]").select_option(MONTH)
    send(hr, "/kpi/runs/compute/")
    run = Run.objects.get(period=MONTH)
    here = f"/kpi/runs/{run.pk}/"
    hr.goto(f"{here}?step=data")
    row = hr.locator("tr").filter(has_text="城北市场部")
    expect(row.locator('[data-state="missing"]').last).to_be_visible()
    press(row.locator("form", has=hr.locator('input[value="soft"]')).locator("button"))
    expect(hr.get_by_text("已提醒：周建国").or_(hr.get_by_text("周建国").first)).to_be_visible()
    assert Notification.objects.filter(user=world.supervisor, key__contains=":soft:").exists()

    # Nothing can be confirmed before the supervisors have scored; they do, and HR computes again.
    hr.goto(f"{here}?step=review")
    expect(hr.locator(f'form[action$="{here}review/"]')).to_have_count(0)
    give_marks(north, "96", "80")
    give_marks(south, "70")
    hr.goto(f"{here}?step=soft")
    expect(hr.get_by_text("周建国")).to_be_visible()
    send(hr, "/kpi/runs/compute/")
    assert [score(world, relation) for relation in ("own", "team", "other_team")] == ["98.00", "77.50", "60.00"]

    # Preview, review, publication by a second person.
    hr.goto(f"{here}?step=preview")
    expect(hr.get_by_role("link", name="李明").first).to_be_visible()
    expect(hr.locator("canvas").first).to_be_visible()
    hr.goto(f"{here}?step=review")
    send(hr, f"{here}review/", note="分布正常")
    hr.goto(f"{here}?step=publish")
    expect(hr.locator(f'form[action$="{here}publish/"]')).to_have_count(0)
    admin.goto(f"{here}?step=publish")
    send(admin, f"{here}publish/")
    run.refresh_from_db()
    assert (run.state, run.reviewed_by, run.published_by) == ("published", world.hr, world.actors["admin"])

    # The manager reads the card on a phone, has seen it, and appeals against the supervisor's mark.
    manager.goto("/kpi/mine/")
    expect(manager.get_by_text("98.00").first).to_be_visible()
    card = Scorecard.objects.get(run=run, manager=world.am)
    send(manager, f"/kpi/cards/{card.pk}/seen/")
    line = card.lines.get(metric="soft:attitude")
    send(manager, f"/kpi/lines/{line.pk}/appeal/", text="当月支援城南一周，未计入评分")
    send(manager, f"/kpi/cards/{card.pk}/comment/", text="请核对")
    card.refresh_from_db()
    assert card.acknowledged_at is not None

    # HR upholds the appeal and opens a corrected version; the supervisor corrects the mark.
    hr.goto("/kpi/appeals/")
    expect(hr.get_by_text("当月支援城南一周")).to_be_visible()
    appeal = Appeal.objects.get()
    form = hr.locator(f'form[action$="/kpi/appeals/{appeal.pk}/answer/"]').first
    if not form.is_visible():
        hr.locator("details.zf-fold summary").first.click()
    form.locator("[name=text]").fill("属实，重新评分")
    press(form.locator('[value="upheld"]').first)
    appeal.refresh_from_db()
    assert appeal.state == "upheld"
    hr.goto(f"{here}?step=appeals")
    send(hr, f"{here}correct/", note="申诉成立，更正态度评分")
    corrected = Run.objects.get(period=MONTH, version=2)
    give_marks(north, "100")
    there = f"/kpi/runs/{corrected.pk}/"
    hr.goto(f"{there}?step=soft")
    send(hr, "/kpi/runs/compute/")
    hr.goto(f"{there}?step=review")
    send(hr, f"{there}review/", note="更正")
    admin.goto(f"{there}?step=publish")
    send(admin, f"{there}publish/")
    manager.goto("/kpi/mine/")
    expect(manager.get_by_text("100.00").first).to_be_visible()
    assert Scorecard.objects.get(pk=card.pk).score == 98

    # After the days for appeals: archive, honours with the training as a prize, and the pay sheet.
    later = corrected.appeals_until or periods.today() + dt.timedelta(days=6)
    monkeypatch.setattr(periods, "today", lambda: later + dt.timedelta(days=6))
    hr.goto(f"{there}?step=archive")
    send(hr, f"{there}lock/")
    hr.goto(f"{there}?step=archive")
    send(hr, f"{there}honour/")
    assert Honour.objects.get(kind="champion").manager == world.am
    assert Training.objects.get().manager == world.am
    hr.goto("/kpi/pay/")
    hr.locator("select[name=period]").select_option(MONTH)
    send(hr, "/kpi/pay/open/")
    sheet = PaySheet.objects.get()
    send(hr, f"/kpi/pay/{sheet.pk}/final/")
    expect(hr.get_by_text("定稿").first).to_be_visible()
    manager.goto("/kpi/pay/mine/")
    expect(manager.get_by_text("¥3,600.00").first).to_be_visible()
    # 2,000 × 100 ÷ 100: earned this month, paid with the quarter.
    expect(manager.get_by_text("¥2,000.00").first).to_be_visible()
    corrected.refresh_from_db()
    assert corrected.state == "locked"

"""The whole loop in a browser, in Chinese: import, tier, due list, visit, journal, review, score, alert.

Everything is done as the people do it, on real services, with a real worker; only the organisation and its staff are
there beforehand.
"""

import datetime as dt
import re

import pytest
from playwright.sync_api import Page, expect

from clients.models import ClientTier
from crm.lib import jobs, periods
from crm.lib.models import Job
from journals.models import Journal
from kpi.models import Run, Scorecard
from people.models import Level, Role
from people.services import add_person, create_organisation, create_unit
from retention.models import Alert
from tests.browser import press
from visits.models import Visit

pytestmark = pytest.mark.django_db(transaction=True)

SHOPS = ["兴隆便利店", "惠民超市", "老街烟酒店", "福来食杂店", "顺达便利店", "好邻居超市", "金叶商店", "桥头小卖部"]
FALLING = "老街烟酒店"
WAIT = 60_000  # ms: a job on a busy machine


@pytest.fixture
def company(transactional_db):
    """A tobacco company with one department, one grid and one person of each role, all there for half a year."""
    joined = periods.add_months(periods.this_month(), -6)
    organisation = create_organisation("YUNLING", "云岭县烟草公司", "tobacco")
    department = create_unit(organisation, "YUNLING-N", "城北市场部", Level.DEPARTMENT)
    grid = create_unit(department, "YUNLING-N1", "东街网格", Level.GRID)
    people = {
        Role.AM: add_person(grid, "liming", "李明", Role.AM, joined_on=joined),
        Role.SUPERVISOR: add_person(department, "zhoujianguo", "周建国", Role.SUPERVISOR, joined_on=joined),
        Role.HR: add_person(organisation, "wumin", "吴敏", Role.HR, joined_on=joined),
        Role.ADMIN: add_person(organisation, "sunli", "孙丽", Role.ADMIN, joined_on=joined),
    }
    return people


def clients_file() -> bytes:
    lines = ["客户编码,客户名称,业态,网格,客户经理,地址,经度,纬度,建档日期"]
    opened = periods.add_months(periods.this_month(), -5)
    lines += [
        f"5301000{number:05},{name},便利店,东街网格,liming,东街{number}号,{102.7 + number / 1000},25.04,{opened}"
        for number, name in enumerate(SHOPS)
    ]
    return "\r\n".join(lines).encode("gb18030")


def facts_file() -> bytes:
    """Twenty-six months; one shop sells half of what it sold a year before."""
    lines = ["客户编码,月份,金额,数量"]
    for back in range(26, 0, -1):
        month = periods.add_months(periods.this_month(), -back)
        for number, name in enumerate(SHOPS):
            amount = 10_000 + 1_000 * number
            if name == FALLING and back <= 12:
                amount //= 2
            lines.append(f"5301000{number:05},{month:%Y-%m},{amount},{amount / 200}")
    return "\r\n".join(lines).encode()


def take_in(page: Page, kind: str, name: str, content: bytes, rows: int) -> None:
    page.goto("/clients/imports/")
    page.locator("label.zf-choice").filter(has_text=kind).click()
    page.locator("input[type=file]").set_input_files({"name": name, "mimeType": "text/csv", "buffer": content})
    page.get_by_role("button", name="上传并检查").click()
    expect(page.get_by_text("导入结果预览")).to_be_visible()
    page.get_by_role("button", name="确认导入").click()
    result, done = page.get_by_role("link", name="查看结果"), page.get_by_text("全部导入成功")
    result.or_(done).first.wait_for(timeout=WAIT)  # a quick worker is done before the page is there
    if not done.is_visible():
        result.click()
    expect(done).to_be_visible()
    assert f"{rows:,}" in page.locator(".zf-stats").inner_text()


def test_the_whole_loop(company, page_of, celery_worker):
    celery_worker(concurrency=2)
    month = f"{periods.add_months(periods.this_month(), -1):%Y-%m}"

    # The administrator brings clients and facts.
    admin = page_of(company[Role.ADMIN])
    take_in(admin, "客户", "客户.csv", clients_file(), len(SHOPS))
    take_in(admin, "月度数据", "销量.csv", facts_file(), 26 * len(SHOPS))

    # HR puts the clients into tiers.
    hr = page_of(company[Role.HR])
    hr.goto("/clients/tiers/")
    hr.locator("summary").filter(has_text="计算").click()
    hr.locator(".zf-fold-body button").click()
    expect(hr.get_by_text("已完成").first).to_be_visible(timeout=WAIT)
    assert ClientTier.objects.count() == len(SHOPS)

    # The account manager sees on a phone who is due, and why, and logs the first visit.
    phone = page_of(company[Role.AM], phone=True)
    phone.context.grant_permissions(["geolocation"])
    phone.context.set_geolocation({"longitude": 102.7, "latitude": 25.04, "accuracy": 12})
    phone.goto("/")
    expect(phone.get_by_text(re.compile("今天应访|今天休息"))).to_be_visible()
    phone.locator("li.vs-due").filter(has_text=FALLING).locator(".vs-go").click()
    expect(phone.get_by_text("已签到")).to_be_visible()
    phone.get_by_label("订货指导").check()
    phone.get_by_role("button", name="全部正常").click()
    phone.locator("[name=demand]").fill("畅销规格总是不够，希望多投放一些。")
    phone.locator("[name=next_step]").fill("带新品样盒回访")
    phone.get_by_text("3 天内").click()
    phone.get_by_role("button", name="保存并下一户").click()
    expect(phone.get_by_text("已保存")).to_be_visible()
    made = Visit.objects.get()
    assert (made.client.name, made.distance_m is not None, made.manager) == (FALLING, True, company[Role.AM])
    phone.goto("/tasks/")
    expect(phone.get_by_text("带新品样盒回访")).to_be_visible()

    # The day's journal has drafted itself; the account manager adds a few words and hands it in.
    phone.goto("/journals/write/")
    expect(phone.get_by_text(FALLING).first).to_be_visible()
    phone.locator("[name=summary]").fill("今天走访老街烟酒店，客户反映畅销规格不足。")
    phone.locator("[name=market]").fill("周边竞品促销力度加大。")
    phone.get_by_role("button", name="预览并提交").click()
    expect(phone.get_by_text("畅销规格不足")).to_be_visible()
    phone.get_by_role("button", name="提交", exact=True).click()
    phone.wait_for_url("**/journals/*/")
    assert Journal.objects.get().state == "submitted"

    # The supervisor reviews it by keyboard, and gives the soft score.
    supervisor = page_of(company[Role.SUPERVISOR])
    supervisor.goto("/journals/desk/")
    expect(supervisor.get_by_text("周边竞品促销力度加大。")).to_be_visible()
    supervisor.keyboard.press("5")
    supervisor.locator("[name=evaluation]").fill("问题抓得准。")
    supervisor.locator("[name=requirement]").fill("三天内落实货源调剂")
    supervisor.keyboard.press("Control+Enter")
    expect(supervisor.get_by_text("都批完了")).to_be_visible()
    phone.goto("/tasks/")
    expect(phone.get_by_text("三天内落实货源调剂")).to_be_visible()
    supervisor.goto(f"/kpi/soft/?period={month}")
    supervisor.locator("input[type=number]").first.fill("88")
    press(supervisor.get_by_role("button", name="保存"))

    # HR computes last month, checks it; a second person publishes.
    hr.goto("/kpi/runs/")
    hr.locator("select[name=period]").select_option(month)
    press(hr.get_by_role("button", name="开启并计算"))
    run = Run.objects.get(period=month)
    jobs.wait(Job.objects.get(kind="score_managers", period=month).pk, timeout=WAIT / 1000)
    hr.goto(f"/kpi/runs/{run.pk}/?step=compute")
    expect(hr.get_by_text("数据指纹").first).to_be_visible()
    hr.goto(f"/kpi/runs/{run.pk}/?step=preview")
    expect(hr.get_by_role("link", name="李明").first).to_be_visible()
    hr.goto(f"/kpi/runs/{run.pk}/?step=review")
    press(hr.get_by_role("button", name="确认数据无误"))
    admin.goto(f"/kpi/runs/{run.pk}/?step=publish")
    admin.get_by_role("button", name="发布").click()
    admin.locator("#zf-confirm").get_by_role("button", name="发布").click()
    expect(admin.get_by_text("已发布").first).to_be_visible()

    # The account manager opens the own card and clicks a number down to its rows.
    card = Scorecard.objects.get(run=run)
    phone.goto("/kpi/mine/")
    expect(phone.get_by_text(str(card.score)).first).to_be_visible()
    growth = card.lines.get(metric__contains="growth")
    phone.goto(f"/kpi/lines/{growth.pk}/")
    expect(phone.get_by_text(FALLING)).to_be_visible()

    # The alert about the falling shop is there after HR asks for it, with its figures, and becomes a task.
    hr.goto("/alerts/")
    hr.get_by_role("button", name="立即检查预警").click()
    expect(hr.get_by_text("已完成").first).to_be_visible(timeout=WAIT)
    phone.goto("/alerts/?kind=sales_drop_yoy")
    expect(phone.get_by_text("同比下降 50%")).to_be_visible()
    fold = phone.locator("details.zf-fold").filter(has=phone.locator("form[action$='/act/']")).first
    fold.locator("summary").click()
    fold.locator("select[name=act]").select_option("task")
    fold.get_by_role("button").click()
    expect(phone.get_by_text("李明的走访计划和任务")).to_be_visible()
    alert = Alert.objects.get(kind="sales_drop_yoy")
    assert (alert.client.name, alert.state) == (FALLING, "acting")
    assert alert.steps.get().task.due_on == periods.today() + dt.timedelta(days=1)
    assert alert.raised_on == periods.today() - dt.timedelta(days=1)

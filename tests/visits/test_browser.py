"""The account manager's day in a real browser on a phone, with and without a signal."""

import datetime as dt
import re

import pytest
from playwright.sync_api import expect

from crm.lib import periods
from tests import world as worlds
from tests.visits.make import visit
from tests.world import client_of
from visits.models import Photo, Visit
from visits.services import verify

PLACE = {"longitude": 102.7104, "latitude": 25.04, "accuracy": 15}

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def world():
    return worlds.build()


@pytest.fixture
def am(world, page_of):
    """The account manager's phone, standing 40 m from the client."""
    page = page_of(world.am, phone=True)
    page.context.grant_permissions(["geolocation"])
    page.context.set_geolocation(PLACE)
    return page


def until(page, script):
    """Wait until an asynchronous function answers true; wait_for_function would take its promise for a yes."""
    for _attempt in range(150):
        if page.evaluate(script):
            return
        page.wait_for_timeout(100)
    raise AssertionError(f"never true: {script}")


def ready(page):
    """The service worker is at work and the pages of the day are on the device."""
    page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    until(
        page,
        """async () => {
            const rows = [...document.querySelectorAll("[data-day-route] [data-client]")];
            const wanted = rows.flatMap((row) => [row.dataset.form, row.dataset.page]);
            const cache = await caches.open("zf-pages");
            const kept = (await cache.keys()).map((request) => request.url.replace(location.origin, ""));
            return rows.length > 0 && wanted.every((address) => kept.includes(address));
        }""",
    )


def nothing_waits(page):
    """Everything on the device has reached the server."""
    until(page, "() => window.zoufangVisits.count().then((n) => n === 0)")


def waiting(page) -> int:
    return page.evaluate("window.zoufangVisits.count()")


def put_in_queue(page, client):
    """A visit that waits on the device."""
    page.evaluate(
        """client => window.zoufangVisits.add({
            client_uuid: crypto.randomUUID(),
            name: "别人的店",
            fields: {client, checked_in_at: new Date().toISOString(), mode: "on_site", purpose: "routine"},
        })""",
        str(client.pk),
    )


def test_a_visit_is_logged_with_place_checklist_and_next_step(world, am):
    am.goto("/visits/due/")
    am.get_by_role("link", name="走访", exact=True).first.click()
    expect(am.locator("[data-checkin]")).to_contain_text("已签到 · 距客户 40 m · 精度 15 米")
    am.get_by_role("radio", name="陈列", exact=True).check()
    am.get_by_role("button", name="全部正常").click()
    am.get_by_role("button", name="畅销牌号货源不足").click()
    am.get_by_label("接下来做什么").fill("向公司反映货源")
    am.get_by_role("button", name="3 天内").click()
    am.get_by_role("button", name="保存并下一户").click()
    am.wait_for_url("**/visits/due/")
    expect(am.get_by_text("已保存，第 1 户")).to_be_visible()
    made = Visit.objects.get()
    assert (made.purpose, made.demand, made.next_step) == ("display", "畅销牌号货源不足", "向公司反映货源")
    assert (made.distance_m, made.accuracy_m) == (40, 15)
    assert set(made.checklist.values()) == {"yes"}
    assert (made.next_step_on - made.day).days == 3
    assert waiting(am) == 0


def test_back_after_saving_leads_to_where_one_came_from_and_saves_nothing_again(world, am):
    client = world.clients["own"]
    am.goto(f"/clients/{client.pk}/")
    am.goto(f"/visits/new/?client={client.pk}")
    am.get_by_label("工作内容").fill("价签换好了")
    am.get_by_role("button", name="保存", exact=True).click()
    am.wait_for_url(f"**/visits/{Visit.objects.get().pk}/" if Visit.objects.exists() else re.compile(r"/visits/\d+/$"))
    am.go_back()
    am.wait_for_url(f"**/clients/{client.pk}/")
    assert Visit.objects.count() == 1


def test_the_same_form_again_is_the_same_visit(world, am):
    """Where the form itself is come back to, as without room on the device, it is still at the visit that it sent."""
    address = f"/visits/new/?client={world.clients['own'].pk}"
    am.goto(address)
    number = am.evaluate("document.querySelector('[name=client_uuid]').value")
    am.evaluate("localStorage.clear()")
    am.reload()
    assert am.evaluate("document.querySelector('[name=client_uuid]').value") == number
    am.goto("/")
    am.evaluate("localStorage.clear()")
    am.goto(address)
    assert am.evaluate("document.querySelector('[name=client_uuid]').value") != number


def test_refused_location_asks_for_the_reason(world, page_of):
    page = page_of(world.am, phone=True)
    page.goto(f"/visits/new/?client={world.clients['own'].pk}")
    expect(page.get_by_text("未定位原因")).to_be_visible()
    page.get_by_role("button", name="保存并下一户").click()
    page.wait_for_url("**/visits/due/")
    made = Visit.objects.get()
    assert (made.distance_m, made.no_place_reason) == (None, "denied")


def test_what_the_server_refuses_is_told_and_stays_in_the_form(world, am):
    am.goto(f"/visits/new/?client={world.clients['own'].pk}")
    am.get_by_label("工作内容").fill("价签换好了")
    am.get_by_label("完成日期").fill("2020-01-01")
    am.get_by_role("button", name="保存并下一户").click()
    expect(am.locator("[data-form-errors]")).to_contain_text("完成日期早于本次走访")
    expect(am.get_by_label("工作内容")).to_have_value("价签换好了")
    am.get_by_label("完成日期").fill("")
    am.get_by_role("button", name="保存并下一户").click()
    am.wait_for_url("**/visits/due/")
    assert Visit.objects.get().note == "价签换好了"


def test_without_a_signal_reload_and_a_signal_again(world, am):
    second = client_of(world.am, "x1", "第二家", longitude=102.72, latitude=25.04)
    am.goto("/visits/due/")
    ready(am)
    am.context.set_offline(True)

    am.reload()
    expect(am.get_by_role("heading", name="今日走访")).to_be_visible()
    am.goto(f"/visits/new/?client={world.clients['own'].pk}")
    for note, then in (("没有信号时记的", f"/visits/new/?client={second.pk}"), ("第二条也没有信号", "/visits/due/")):
        am.get_by_label("工作内容").fill(note)
        am.get_by_role("button", name="保存并下一户").click()
        am.wait_for_url(lambda url, then=then: url.endswith(then))  # the way of the day is on the device
    assert waiting(am) == 2
    expect(am.locator("#zf-offline")).to_contain_text("2")
    expect(am.get_by_text("待上传").first).to_be_visible()

    am.goto("/visits/list-that-is-not-kept/")
    expect(am.get_by_role("heading", name="本机上的走访")).to_be_visible()
    expect(am.get_by_text("没有信号时记的")).to_be_visible()
    assert not Visit.objects.exists()

    for address, heading in ((f"/clients/{second.pk}/", "第二家"), ("/journals/write/", "工作日志")):
        am.goto(address)
        expect(am.get_by_role("heading", name=heading).first).to_be_visible()
    am.get_by_label("小结").fill("今天没有信号，照样写了日志")
    expect(am.locator("[data-draft-state]").first).to_contain_text("已自动保存")
    am.get_by_role("button", name="预览并提交").click()  # nothing to send it by: it stays, and says so
    expect(am.locator(".zf-toast", has_text="离线")).to_be_visible()
    am.goto(f"/journals/write/{periods.today()}/")  # where the address without a day leads
    expect(am.get_by_label("小结")).to_have_value("今天没有信号，照样写了日志")

    am.context.set_offline(False)
    am.reload()
    expect(am.get_by_label("小结")).to_have_value("今天没有信号，照样写了日志")
    nothing_waits(am)
    assert set(Visit.objects.values_list("note", flat=True)) == {"没有信号时记的", "第二条也没有信号"}
    am.goto("/visits/due/")
    expect(am.get_by_text("已访 2 户")).to_be_visible()  # on a rest day, too


def test_the_queue_survives_closing_the_page(world, am):
    am.goto("/visits/due/")
    ready(am)
    am.context.set_offline(True)
    am.goto(f"/visits/new/?client={world.clients['own'].pk}")
    am.get_by_label("工作内容").fill("关机前记的")
    am.get_by_role("button", name="保存并下一户").click()
    am.wait_for_url("**/visits/due/")
    context = am.context
    am.close()
    context.set_offline(False)
    again = context.new_page()
    again.goto("/")
    nothing_waits(again)
    assert Visit.objects.get().note == "关机前记的"


def test_a_reload_in_the_middle_keeps_the_check_in_and_what_was_typed(world, am):
    am.goto(f"/visits/new/?client={world.clients['own'].pk}")
    uuid, start = (am.locator(f"[name={name}]").input_value() for name in ("client_uuid", "checked_in_at"))
    am.get_by_label("工作内容").fill("写到一半")
    expect(am.locator("[data-draft-state]")).to_contain_text("已自动保存")
    am.reload()
    expect(am.get_by_label("工作内容")).to_have_value("写到一半")
    assert am.locator("[name=client_uuid]").input_value() == uuid
    assert am.locator("[name=checked_in_at]").input_value() == start
    am.get_by_role("button", name="保存并下一户").click()
    am.wait_for_url("**/visits/due/")
    am.goto(f"/visits/new/?client={world.clients['own'].pk}")
    expect(am.get_by_label("工作内容")).to_have_value("")
    assert am.locator("[name=client_uuid]").input_value() != uuid


def test_an_expired_session_keeps_the_visit_and_no_page_until_the_next_login(world, am):
    am.goto("/visits/due/")
    ready(am)
    am.goto(f"/visits/new/?client={world.clients['own'].pk}")
    am.get_by_label("工作内容").fill("登录过期时记的")
    am.wait_for_load_state("networkidle")
    am.context.clear_cookies(name="sessionid")
    am.get_by_role("button", name="保存并下一户").click()
    am.wait_for_url(re.compile("/login/"))
    assert not Visit.objects.exists()
    am.wait_for_function("caches.has('zf-pages').then((there) => !there)")
    am.locator("[name=username]").fill(world.am.username)
    am.locator("[name=password]").fill(worlds.PASSWORD)
    am.locator("button.btn-primary").click()
    expect(am.get_by_role("heading", name="今日走访")).to_be_visible()
    nothing_waits(am)
    assert Visit.objects.get().note == "登录过期时记的"


def test_logging_out_asks_when_something_waits_and_leaves_nothing_behind(world, am):
    am.goto("/visits/due/")
    ready(am)
    put_in_queue(am, world.clients["team"])
    questions = []
    am.on("dialog", lambda dialog: (questions.append(dialog.message), dialog.accept()))
    am.goto("/me/")
    am.locator("main form[data-logout] button").click()
    am.wait_for_url(re.compile("/login/"))
    assert questions == ["本机还有 1 条走访未上传，退出后将丢失，确定退出吗？"]
    assert am.evaluate("indexedDB.databases().then((all) => all.map((one) => one.name))") == []
    assert am.evaluate("caches.keys().then((all) => all.filter((name) => name.startsWith('zf-pages')))") == []
    assert not am.evaluate("Object.keys(localStorage).filter((key) => /^zf-(visit|draft|kept)/.test(key))")


def test_a_refused_visit_is_shown_with_its_reason_and_can_be_discarded(world, am):
    am.goto("/visits/queue/")
    expect(am.get_by_text("没有待上传的走访")).to_be_visible()
    put_in_queue(am, world.clients["team"])
    am.get_by_role("button", name="立即上传").click()
    expect(am.get_by_text("该客户不归您管，走访当天也不归您管。")).to_be_visible()
    am.on("dialog", lambda dialog: dialog.accept())
    am.get_by_role("button", name="丢弃").click()
    expect(am.get_by_text("没有待上传的走访")).to_be_visible()
    assert waiting(am) == 0


def test_a_photo_that_comes_too_late_stays_with_the_reason_until_it_is_discarded(world, am):
    """The visit arrived, its photo did not, and meanwhile the supervisor verified the visit."""
    made = visit(world.am, world.clients["own"], periods.now() - dt.timedelta(hours=1))
    assert verify([made.pk], world.supervisor, "属实").done == 1
    am.goto("/visits/queue/")
    am.evaluate(
        """async ([client, id]) => {
            const canvas = new OffscreenCanvas(40, 30);
            canvas.getContext("2d").fillRect(0, 0, 9, 9);
            const photo = {kind: "photo", blob: await canvas.convertToBlob({type: "image/jpeg"})};
            const fields = {client, checked_in_at: new Date().toISOString(), mode: "on_site", purpose: "routine"};
            await window.zoufangVisits.add({client_uuid: id, name: "兴隆便利店", fields, photos: [photo]});
        }""",
        [str(world.clients["own"].pk), str(made.client_uuid)],
    )
    am.get_by_role("button", name="立即上传").click()
    expect(am.get_by_text("走访已核实，不能再修改。")).to_be_visible()
    assert (waiting(am), Visit.objects.count(), Photo.objects.count()) == (1, 1, 0)
    am.on("dialog", lambda dialog: dialog.accept())
    am.get_by_role("button", name="丢弃").click()
    expect(am.get_by_text("没有待上传的走访")).to_be_visible()

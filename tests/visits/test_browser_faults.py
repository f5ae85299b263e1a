"""What goes wrong on a phone, in a real browser: each has its outcome, and nothing typed or taken is lost."""

import datetime as dt
import os
import re
import struct
import zlib

import pytest
from playwright.sync_api import expect

from clients.models import Client, Ownership
from crm.lib import periods
from journals.models import Journal
from people.models import Task
from tests import world as worlds
from tests.visits.test_browser import PLACE, nothing_waits, ready, until, waiting
from tests.world import client_of
from visits.models import Photo, PhotoOrigin, PlannedVisit, Visit

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def world():
    return worlds.build()


@pytest.fixture(autouse=True)
def media(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture
def am(world, page_of):
    page = page_of(world.am, phone=True)
    page.context.grant_permissions(["geolocation"])
    page.context.set_geolocation(PLACE)
    return page


def form_of(page, client):
    page.goto(f"/visits/new/?client={client.pk}")
    expect(page.locator("fieldset[data-photos]")).to_be_visible(timeout=15_000)


def ready_offline(page):
    """The signal goes while the visit is open; its page and the day's list are on the device."""
    page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    page.evaluate("caches.open('zf-pages').then((cache) => cache.add('/visits/due/'))")
    page.context.set_offline(True)


def save(page):
    page.get_by_role("button", name="保存并下一户").click()
    page.wait_for_url("**/visits/due/")


def big_picture(path, width=4000, height=2600):
    """A PNG of noise: it does not compress, so the file is as big as the picture."""

    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    rows = b"".join(b"\0" + os.urandom(width * 3) for _row in range(height))
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    path.write_bytes(
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows, 0)) + chunk(b"IEND", b"")
    )
    return path


def test_a_photo_of_thirty_megabytes_is_made_small_on_the_phone(world, am, tmp_path):
    file = big_picture(tmp_path / "big.png")
    assert file.stat().st_size > 30_000_000
    form_of(am, world.clients["own"])
    sizes = []
    am.on("request", lambda request: "/photos/" in request.url and sizes.append(len(request.post_data_buffer or b"")))
    am.locator("[data-photo-input]").set_input_files(file)
    expect(am.locator("[data-photo-list] img")).to_have_count(1)
    save(am)
    nothing_waits(am)
    photo = Photo.objects.get()
    assert (photo.width, photo.height) == (1600, 1040)
    assert max(sizes, default=0) < 4_000_000
    assert PhotoOrigin.objects.get().longitude == pytest.approx(PLACE["longitude"])


def test_photos_and_signature_survive_a_reload_and_go_out_once(world, am, tmp_path):
    form_of(am, world.clients["own"])
    am.locator("[data-photo-input]").set_input_files([big_picture(tmp_path / f"{n}.png", 40 + n, 30) for n in range(2)])
    expect(am.locator("[data-photo-list] img")).to_have_count(2)
    am.locator("[data-photo-input]").set_input_files(big_picture(tmp_path / "wrong.png", 50, 30))
    expect(am.locator("[data-photo-list] img")).to_have_count(3)
    am.locator("[data-photo-list] img").nth(2).tap()  # a look at it takes nothing away
    expect(am.locator("[data-photo-list] img")).to_have_count(3)
    am.get_by_role("button", name="移除照片").nth(2).tap()
    expect(am.locator("[data-photo-list] img")).to_have_count(2)
    am.get_by_text("客户签名").click()
    sign(am)
    am.get_by_label("工作内容").fill("客户签了字")
    am.context.set_offline(True)
    am.context.set_offline(False)
    until(am, f"() => {KEPT}.then((kept) => kept.length === 3)")
    am.reload()
    expect(am.locator("[data-photo-list] img")).to_have_count(2)
    expect(am.get_by_label("工作内容")).to_have_value("客户签了字")
    save(am)
    nothing_waits(am)
    assert sorted(Photo.objects.values_list("kind", flat=True)) == ["photo", "photo", "signature"]
    am.goto(f"/visits/new/?client={world.clients['own'].pk}")
    expect(am.locator("fieldset[data-photos]")).to_be_visible()
    expect(am.locator("[data-photo-list] img")).to_have_count(0)


def test_who_saves_at_once_loses_neither_photo_nor_signature(world, am, tmp_path):
    """A slow phone takes a second for each picture; the visit waits for them."""
    am.add_init_script(SLOW_PICTURES)
    form_of(am, world.clients["own"])
    am.get_by_label("工作内容").fill("刚拍就保存")
    am.get_by_text("客户签名").click()
    am.locator("[data-photo-input]").set_input_files([big_picture(tmp_path / f"{n}.png", 40, 30) for n in range(2)])
    sign(am)
    save(am)
    nothing_waits(am)
    assert sorted(Photo.objects.values_list("kind", flat=True)) == ["photo", "photo", "signature"]


KEPT = "window.zoufangVisits.drafts.load(document.querySelector('[data-visit-form]').elements.client_uuid.value)"
SLOW_PICTURES = """
    const toBlob = HTMLCanvasElement.prototype.toBlob;
    HTMLCanvasElement.prototype.toBlob = function (...rest) { setTimeout(() => toBlob.apply(this, rest), 1000); };
"""


def sign(page):
    canvas = page.locator("canvas.vs-signature")
    canvas.hover(position={"x": 20, "y": 30})  # waits until pictures above have found their place
    page.mouse.down()
    for step in range(1, 5):
        canvas.hover(position={"x": 20 + 25 * step, "y": 30 + 8 * step}, force=True)
    page.mouse.up()


def test_a_double_tap_makes_one_visit(world, am):
    form_of(am, world.clients["own"])
    am.get_by_label("工作内容").fill("手快点了两下")
    am.get_by_role("button", name="保存并下一户").dblclick()
    am.wait_for_url("**/visits/due/")
    nothing_waits(am)
    assert Visit.objects.count() == 1


# A browser in a network that leads nowhere: it believes to be online, and is never told that it was not.
BELIEVES = """
    Object.defineProperty(navigator, "onLine", { get: () => true });
    const listen = window.addEventListener;
    window.addEventListener = function (name, ...rest) { if (name !== "online") listen.call(this, name, ...rest); };
"""


def test_a_signal_that_comes_back_unannounced(world, am):
    """What waits is sent again by itself, without a reload."""
    am.add_init_script(BELIEVES)
    am.goto("/visits/due/")
    ready(am)
    am.context.set_offline(True)
    form_of(am, world.clients["own"])
    am.get_by_label("工作内容").fill("信号假满格")
    save(am)
    assert waiting(am) == 1
    am.context.set_offline(False)
    nothing_waits(am)
    assert Visit.objects.get().note == "信号假满格"


def test_a_form_that_did_not_get_through_comes_back(world, am):
    """Without the browser knowing: the journal's own page again, with what was typed, and it says so."""
    am.add_init_script(BELIEVES)
    am.goto("/visits/due/")
    ready(am)
    am.context.set_offline(True)
    am.goto("/journals/write/")
    am.get_by_label("小结").fill("没有送出去的日志")
    am.locator("[name=market]").fill("平稳")
    expect(am.locator("[data-draft-state]").first).to_contain_text("已自动保存")
    am.get_by_role("button", name="预览并提交").click()
    expect(am.locator(".zf-toast", has_text="离线")).to_be_visible()
    expect(am.get_by_label("小结")).to_have_value("没有送出去的日志")
    assert not Journal.objects.exclude(submitted_at=None).exists()
    am.context.set_offline(False)
    am.get_by_role("button", name="预览并提交").click()
    am.get_by_role("button", name="提交", exact=True).click()
    am.wait_for_url(re.compile(r"/journals/\d+/"))
    assert Journal.objects.get().submitted_at


def test_the_session_ends_while_offline(world, am):
    am.goto("/visits/due/")
    ready(am)
    am.context.set_offline(True)
    form_of(am, world.clients["own"])
    am.get_by_label("工作内容").fill("离线又过期")
    save(am)
    am.context.clear_cookies(name="sessionid")
    am.context.set_offline(False)
    am.goto("/visits/queue/")
    am.wait_for_url(re.compile("/login/"))
    assert not Visit.objects.exists()
    am.locator("[name=username]").fill(world.am.username)
    am.locator("[name=password]").fill(worlds.PASSWORD)
    am.locator("button.btn-primary").click()
    am.wait_for_url("**/visits/queue/")
    nothing_waits(am)
    assert Visit.objects.get().note == "离线又过期"


@pytest.mark.parametrize(("since", "arrives"), [(0, True), (-1, False)], ids=["today", "yesterday"])
def test_the_client_is_handed_over_while_offline(world, am, since, arrives):
    """A visit of a day on which the client was the own is taken; another one stays on the phone with the reason."""
    am.goto("/visits/due/")
    ready(am)
    am.context.set_offline(True)
    form_of(am, world.clients["own"])
    am.get_by_label("工作内容").fill("移交前后的走访")
    save(am)
    today, client = periods.today(), world.clients["own"]
    last = today if arrives else today + dt.timedelta(days=since)
    Ownership.objects.filter(client=client).update(valid_to=last)
    Ownership.objects.create(client=client, owner=world.managers["team"], valid_from=last + dt.timedelta(days=1))
    Client.objects.filter(pk=client.pk).update(owner=world.managers["team"])
    am.context.set_offline(False)
    if arrives:
        nothing_waits(am)
        assert Visit.objects.get().note == "移交前后的走访"
        return
    am.goto("/visits/queue/")
    expect(am.get_by_text("该客户不归您管，走访当天也不归您管。")).to_be_visible()
    expect(am.get_by_text("移交前后的走访")).to_be_visible()
    assert waiting(am) == 1
    assert not Visit.objects.exists()


@pytest.mark.parametrize(("hours", "days"), [(-5, 0), (0, 30)], ids=["clock five hours slow", "thirty days offline"])
def test_clocks_and_long_absence(world, am, hours, days):
    """A slow clock is put right by the time of sending; a visit of a month ago keeps its day."""
    am.goto("/visits/due/")
    off = dt.timedelta(hours=hours)
    if hours:
        am.clock.install(time=dt.datetime.now() + off)
    begun = periods.now() - dt.timedelta(days=days)
    am.evaluate(
        """([client, begun]) => window.zoufangVisits.add({
            client_uuid: crypto.randomUUID(), name: "兴隆便利店",
            fields: {client, checked_in_at: begun, mode: "on_site", purpose: "routine", note: "很久以后才上传"},
        })""",
        [str(world.clients["own"].pk), (begun + off).isoformat()],
    )
    am.evaluate("window.zoufangVisits.send()")
    made = Visit.objects.get()
    assert abs(made.checked_in_at - begun) < dt.timedelta(minutes=3)
    assert made.day == periods.local(begun).date()


def test_a_plan_is_moved_by_finger_and_by_keyboard(world, page_of):
    day = periods.today() + dt.timedelta(days=1)
    day += dt.timedelta(days=(8 - day.isoweekday()) % 7 + 7)  # a Monday to come
    line = PlannedVisit.objects.create(manager=world.am, client=world.clients["own"], day=day)
    page = page_of(world.am, phone=True)
    page.goto(f"/visits/plan/?view=week&day={day}")
    item = page.locator(f'[data-line="{line.pk}"]')
    start = item.bounding_box()
    x, y = start["x"] + 40, start["y"] + start["height"] / 2
    cdp = page.context.new_cdp_session(page)
    cdp.send("Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": [{"x": x, "y": y}]})
    page.wait_for_timeout(500)
    target = page.locator(f'[data-day="{day + dt.timedelta(days=1)}"]').bounding_box()
    to = {"x": x, "y": target["y"] + target["height"] / 2}
    cdp.send("Input.dispatchTouchEvent", {"type": "touchMove", "touchPoints": [to]})
    with page.expect_response("**/move/") as moved:
        cdp.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    assert moved.value.ok
    line.refresh_from_db()
    assert line.day == day + dt.timedelta(days=1)

    item.focus()
    page.keyboard.press("Space")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    with page.expect_response("**/move/"):
        page.keyboard.press("Enter")
    line.refresh_from_db()
    assert line.day == day + dt.timedelta(days=3)
    item.focus()
    page.keyboard.press("Space")
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("Escape")
    page.wait_for_timeout(300)
    line.refresh_from_db()
    assert line.day == day + dt.timedelta(days=3)


def test_a_page_beside_the_visit_loses_nothing(world, am):
    form_of(am, world.clients["own"])
    am.get_by_label("工作内容").fill("客户要投诉送货")
    am.get_by_text("开业务单、传递单").click()
    am.get_by_role("button", name="送货偏晚").click()
    with am.context.expect_page() as opened:
        am.get_by_role("link", name="投诉", exact=True).click()
    expect(opened.value).to_have_url(re.compile(rf"/service/new/\?client={world.clients['own'].pk}.*kind=complaint"))
    expect(opened.value.locator("[name=text]")).to_have_value("送货偏晚")
    opened.value.close()
    expect(am.get_by_label("工作内容")).to_have_value("客户要投诉送货")

    ready_offline(am)
    am.get_by_role("link", name="投诉", exact=True).click()
    expect(am.get_by_text("没有信号，已随走访记下")).to_be_visible()
    am.get_by_role("checkbox", name="联系人", exact=True).check()
    save(am)
    assert not Visit.objects.exists()
    am.context.set_offline(False)
    nothing_waits(am)
    made = Visit.objects.get()
    assert {(task.source, task.note) for task in Task.objects.all()} == {
        (f"visit:{made.pk}:complaint", "送货偏晚"),
        (f"visit:{made.pk}:contact", "送货偏晚"),
    }
    am.goto(Task.objects.get(source__endswith="complaint").url)
    expect(am.get_by_role("radio", name="投诉")).to_be_checked()


def test_timing_of_the_form_on_a_slow_phone(world, am, capsys):
    """400 kbit/s, 400 ms round trip, a processor four times slower: recorded, not judged."""
    for number in range(8):
        client_of(world.am, f"x{number}", f"店{number}", longitude=102.71 + number / 100, latitude=25.04)
    am.goto("/visits/due/")
    ready(am)
    cdp = am.context.new_cdp_session(am)
    speed = 400 * 1024 / 8
    cdp.send("Network.enable")
    cdp.send(
        "Network.emulateNetworkConditions",
        {"offline": False, "latency": 400, "downloadThroughput": speed, "uploadThroughput": speed},
    )
    cdp.send("Emulation.setCPUThrottlingRate", {"rate": 4})
    am.set_default_timeout(60_000)
    here = f"/visits/new/?client={world.clients['own'].pk}"
    am.goto(here)
    told = am.evaluate(
        """() => {
            const [page] = performance.getEntriesByType("navigation");
            const paint = performance.getEntriesByName("first-contentful-paint")[0];
            return {paint: paint?.startTime ?? 0, ready: page.domContentLoadedEventEnd, size: page.transferSize};
        }"""
    )
    began = periods.now()
    am.get_by_role("radio", name="陈列", exact=True).check()
    am.get_by_role("button", name="全部正常").click()
    am.get_by_role("button", name="畅销牌号货源不足").click()
    am.get_by_role("button", name="保存并下一户").click()
    am.wait_for_url(lambda url: not url.endswith(here))  # the next client's form
    spent = (periods.now() - began).total_seconds()
    assert told["ready"] > 0
    assert Visit.objects.count() == 1
    with capsys.disabled():
        print(
            f"\nvisit form, slow phone: first paint {told['paint']:.0f} ms, ready {told['ready']:.0f} ms, "
            f"{told['size'] / 1024:.0f} kB; four taps and saved in {spent:.1f} s"
        )

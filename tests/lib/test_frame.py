"""The frame of every page in a real browser: drafts, confirmations, rows, charts, progress, theme, phone."""

from collections import Counter
from types import SimpleNamespace

import pytest
from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.template import engines
from django.urls import include, path
from playwright.sync_api import Page, expect

pytestmark = [pytest.mark.urls("tests.lib.test_frame"), pytest.mark.django_db(transaction=True)]

posts: Counter[str] = Counter()
polls: Counter[str] = Counter()


class NoteForm(forms.Form):
    title = forms.CharField(label="标题")
    day = forms.DateField(label="日期")
    secret = forms.CharField(label="口令", widget=forms.PasswordInput, required=False)


def page_with(request: HttpRequest, content: str, **values: object) -> HttpResponse:
    source = '{% extends "base.html" %}{% block title %}T{% endblock %}{% block page_title %}样页{% endblock %}'
    template = engines["django"].from_string(f"{source}{{% block content %}}{content}{{% endblock %}}")
    return HttpResponse(template.render(values, request))


def note(request: HttpRequest) -> HttpResponse:
    form = NoteForm(request.POST or None)
    if request.method == "POST":
        posts["note"] += 1
        if form.is_valid():
            messages.success(request, "已存")
            return redirect("/frame/note/")
    return page_with(request, '{% include "parts/form.html" with draft="note" %}', form=form)


def act(request: HttpRequest) -> HttpResponse:
    if request.method == "POST":
        posts[request.POST["name"]] += 1
        return redirect("/frame/act/")
    return page_with(
        request,
        """<form method="post">{% csrf_token %}
        <button name="name" value="asked" data-confirm="真的？">问</button></form>
        <form method="post" class="twice">{% csrf_token %}<button name="name" value="once">交</button></form>""",
    )


def rows(request: HttpRequest) -> HttpResponse:
    return page_with(
        request,
        """<div class="zf-panel zf-panel-flush"><table class="table zf-table zf-cards">
        <thead><tr><th scope="col">客户</th><th scope="col">销售额</th></tr></thead><tbody>
        {% for n in numbers %}<tr data-href="/frame/act/?row={{ n }}" tabindex="0">
        <td class="zf-main-cell"><a href="/frame/act/?row={{ n }}">客户{{ n }}</a></td>
        <td data-label="销售额">{{ n }}</td>
        </tr>{% endfor %}</tbody></table></div>""",
        numbers=range(3),
    )


def pictures(request: HttpRequest) -> HttpResponse:
    option = {
        "xAxis": {"data": ["一月", "=二月"]},
        "yAxis": {},
        "series": [{"type": "bar", "name": "销量", "data": [1, -2]}],
    }
    return page_with(request, '{% chart "sales" option "销量好吗？" %}', option=option)


def job(request: HttpRequest) -> HttpResponse:
    polls["job"] += 1
    done = polls["job"] > 2
    row = SimpleNamespace(
        pk=1, label="算分", state="done" if done else "running", finished=done, percent=100 if done else 40,
        get_state_display="已完成" if done else "进行中", message="", seconds_left=None, error="",
    )  # fmt: skip
    values = {"job": row, "poll_url": "/frame/job/"}
    if request.htmx:
        return render(request, "parts/progress.html", values)
    return page_with(request, '{% include "parts/progress.html" %}', **values)


urlpatterns = [
    path("frame/note/", note),
    path("frame/act/", act),
    path("frame/rows/", rows),
    path("frame/pictures/", pictures),
    path("frame/job/", job),
    path("", include("crm.urls")),
]


@pytest.fixture(autouse=True)
def _counts():
    posts.clear()
    polls.clear()


@pytest.fixture
def desk(page_of, world) -> Page:
    return page_of(world.am)


@pytest.fixture
def pocket(page_of, world) -> Page:
    return page_of(world.am, phone=True)


def drafts(page: Page) -> list[str]:
    return page.evaluate("Object.keys(localStorage).filter((key) => key.startsWith('zf-draft:'))")


def write_note(page: Page, title: str) -> None:
    page.goto("/frame/note/")
    page.fill("#id_title", title)
    page.fill("#id_secret", "geheim")
    expect(page.locator("[data-draft-state]")).to_contain_text("已自动保存")


def test_a_draft_survives_leaving_and_keeps_no_password(desk):
    write_note(desk, "半句话")
    desk.goto("/frame/rows/")
    desk.goto("/frame/note/")
    expect(desk.locator("#id_title")).to_have_value("半句话")
    expect(desk.locator("[data-draft-state]")).to_contain_text("已恢复")
    assert "geheim" not in desk.evaluate("JSON.stringify(localStorage)")


def test_a_restored_draft_can_be_discarded(desk):
    write_note(desk, "不要了")
    desk.reload()
    desk.get_by_role("button", name="放弃草稿").click()
    expect(desk.locator("#id_title")).to_have_value("")
    assert drafts(desk) == []


def test_a_rejected_form_keeps_its_draft_and_a_taken_one_drops_it(desk):
    write_note(desk, "缺日期")
    desk.get_by_role("button", name="保存").click()
    expect(desk.locator("[data-form-errors]")).to_contain_text("日期")
    assert len(drafts(desk)) == 1
    desk.fill("#id_day", "2026-01-05")
    desk.get_by_role("button", name="保存").click()
    expect(desk.locator(".zf-toast")).to_contain_text("已存")
    assert drafts(desk) == []
    expect(desk.locator("#id_title")).to_have_value("")


def test_a_session_that_ended_keeps_the_draft(desk):
    write_note(desk, "登录过期")
    desk.fill("#id_day", "2026-01-05")
    desk.context.clear_cookies(name="sessionid")
    desk.get_by_role("button", name="保存").click()
    desk.wait_for_url("**/login/**")
    assert len(drafts(desk)) == 1


def test_logging_out_drops_drafts(desk):
    write_note(desk, "别人不该看到")
    desk.locator(".zf-user").click()
    desk.get_by_role("button", name="退出登录").click()
    desk.wait_for_url("**/login/**")
    assert drafts(desk) == []


def test_a_question_is_asked_first(desk):
    desk.goto("/frame/act/")
    desk.get_by_role("button", name="问").click()
    expect(desk.get_by_role("dialog")).to_contain_text("真的？")
    desk.get_by_role("button", name="取消").click()
    expect(desk.get_by_role("dialog")).to_be_hidden()
    assert posts["asked"] == 0
    desk.get_by_role("button", name="问").click()
    with desk.expect_navigation():
        desk.get_by_role("button", name="确定").click()
    assert posts["asked"] == 1


def test_a_form_is_sent_once(desk):
    desk.goto("/frame/act/")
    with desk.expect_navigation():
        desk.evaluate(
            "() => { const button = document.querySelector('.twice button'); button.click(); button.click(); }"
        )
    assert posts["once"] == 1


def test_rows_open_by_click_and_by_keys(desk):
    desk.goto("/frame/rows/")
    desk.get_by_role("cell", name="1", exact=True).click()
    desk.wait_for_url("**/?row=1")
    desk.goto("/frame/rows/")
    for key in ("j", "j", "j", "k"):
        desk.keyboard.press(key)
    desk.keyboard.press("Enter")
    desk.wait_for_url("**/?row=1")


def test_a_chart_draws_and_gives_its_numbers(desk):
    desk.goto("/frame/pictures/")
    expect(desk.locator("#sales canvas")).to_be_visible()
    with desk.expect_download() as picture:
        desk.get_by_role("button", name="下载图片").click()
    assert picture.value.suggested_filename == "销量好吗？.png"
    assert picture.value.path().read_bytes().startswith(b"\x89PNG")
    with desk.expect_download() as table:
        desk.get_by_role("button", name="下载数据").click()
    assert table.value.path().read_text("utf-8-sig").splitlines() == [",销量", "一月,1", "'=二月,-2"]


def test_echarts_is_fetched_only_where_there_is_a_chart(desk):
    fetched = []
    desk.on("request", lambda request: fetched.append(request.url))
    desk.goto("/frame/rows/", wait_until="networkidle")
    assert not [url for url in fetched if "echarts" in url]
    desk.goto("/frame/pictures/", wait_until="networkidle")
    assert [url for url in fetched if "echarts" in url]


def test_progress_is_polled_until_it_is_done(desk):
    desk.goto("/frame/job/")
    expect(desk.locator(".zf-job")).to_contain_text("进行中")
    expect(desk.locator(".zf-job")).to_contain_text("已完成", timeout=10_000)
    desk.wait_for_timeout(2500)
    assert polls["job"] == 3


def test_the_theme_follows_the_device_until_somebody_chooses(desk):
    desk.emulate_media(color_scheme="dark")
    desk.goto("/frame/rows/")
    theme = desk.locator("html")
    expect(theme).to_have_attribute("data-bs-theme", "dark")
    desk.get_by_role("button", name="切换深浅色").first.click()
    desk.reload()
    expect(theme).to_have_attribute("data-bs-theme", "light")
    desk.get_by_role("button", name="切换深浅色").first.click()
    desk.emulate_media(color_scheme="light")
    expect(theme).to_have_attribute("data-bs-theme", "light")


def test_being_offline_is_said(desk):
    desk.goto("/frame/rows/")
    desk.context.set_offline(True)
    expect(desk.locator("#zf-offline")).to_contain_text("离线")
    desk.evaluate("document.dispatchEvent(new CustomEvent('zf:pending', {detail: {count: 3, url: '/'}}))")
    expect(desk.get_by_role("link", name="离线：3 条走访待上传")).to_be_visible()
    desk.context.set_offline(False)


@pytest.mark.parametrize("address", ["/frame/rows/", "/frame/note/", "/frame/pictures/", "/frame/job/"])
def test_nothing_is_wider_than_the_phone(pocket, address):
    pocket.goto(address)
    assert pocket.evaluate("document.documentElement.scrollWidth") == 390


def test_thumbs_find_their_targets(pocket):
    pocket.goto("/frame/note/")
    targets = pocket.locator(".zf-bottom-item, .zf-top .zf-tool:visible, .zf-user, .zf-form .btn, .form-control")
    sizes = [box for box in (target.bounding_box() for target in targets.all()) if box]
    assert len(sizes) >= 8
    assert all(box["height"] >= 44 and box["width"] >= 44 for box in sizes)


def test_on_a_phone_the_menu_comes_from_the_side_and_rows_are_cards(pocket):
    pocket.goto("/frame/rows/")
    expect(pocket.get_by_role("navigation", name="主导航")).to_be_hidden()
    pocket.get_by_role("button", name="菜单", exact=True).click()
    expect(pocket.get_by_role("navigation", name="主导航")).to_be_visible()
    pocket.keyboard.press("Escape")
    expect(pocket.get_by_role("navigation", name="主导航")).to_be_hidden()
    assert pocket.locator("tbody tr").first.evaluate("(row) => getComputedStyle(row).display") == "flex"


def test_an_error_page_says_what_to_do(desk):
    desk.goto("/frame/nowhere/")
    expect(desk.get_by_role("heading", name="找不到这个页面")).to_be_visible()
    desk.get_by_role("link", name="回到首页").click()
    expect(desk.get_by_role("heading", name="今日")).to_be_visible()

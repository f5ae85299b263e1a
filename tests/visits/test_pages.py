import datetime as dt
import uuid

import pytest
from django.test import Client as Browser

from clients.models import ClientTier, Contact
from crm.lib import slots
from crm.lib.periods import Period
from crm.lib.timeline import client_timeline
from people.models import Task
from tests.visits.make import TODAY, at, visit
from tests.world import client_of
from visits import checklists
from visits.models import ChecklistTemplate, ClientTrace, Mode, PlannedVisit, TraceFlag, Visit
from visits.services import verify

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("wednesday")]


@pytest.fixture
def am(world):
    browser = Browser()
    browser.force_login(world.am)
    return browser


@pytest.fixture
def supervisor(world):
    browser = Browser()
    browser.force_login(world.supervisor)
    return browser


def form_of(client, **fields):
    return {
        "client": client.pk,
        "client_uuid": uuid.uuid4(),
        "mode": "on_site",
        "purpose": "routine",
        "checked_in_at": at(9).isoformat(),
        "checked_out_at": at(9, 20).isoformat(),
        **fields,
    }


def text(answer) -> str:
    return answer.content.decode()


# --- The form ----------------------------------------------------------------------------------------------------


def test_save_and_next_leads_to_the_next_client_and_counts(world, am):
    other = client_of(world.am, "x1", "下一家")
    answer = am.post("/visits/new/", form_of(world.clients["own"], then="next"), follow=True)
    assert answer.redirect_chain[-1][0] == f"/visits/new/?client={other.pk}"
    assert "已保存，第 1 户" in text(answer)
    answer = am.post("/visits/new/", form_of(other, then="next", checked_in_at=at(10).isoformat()), follow=True)
    assert answer.redirect_chain[-1][0] == "/visits/due/"
    assert "已保存，第 2 户" in text(answer)


def test_everything_typed_is_saved(world, am):
    data = form_of(
        world.clients["own"],
        purpose="display",
        item_display="yes",
        item_stock="no",
        people_met="李老板",
        demand="畅销牌号货源不足",
        note="更换价签",
        result="follow_up",
        next_step="送海报",
        next_step_on="2026-11-20",
        next_appointment_at="2026-12-02T10:30",
        longitude="102.7105",
        latitude="25.04",
        accuracy_m="14.6",
        then="stay",
    )
    answer = am.post("/visits/new/", data)
    made = Visit.objects.get()
    assert answer.headers["Location"] == f"/visits/{made.pk}/"
    assert (made.purpose, made.checklist) == ("display", {"display": "yes", "stock": "no"})
    assert (made.people_met, made.demand, made.note) == ("李老板", "畅销牌号货源不足", "更换价签")
    assert (made.result, made.next_step, made.next_step_on) == ("follow_up", "送海报", dt.date(2026, 11, 20))
    assert made.next_appointment_at == at(10, 30, day=dt.date(2026, 12, 2))
    assert (made.distance_m, made.accuracy_m, made.no_place_reason) == (50, 15, "")


def test_double_tap(world, am):
    data = form_of(world.clients["own"], next_step="送海报")
    first, second = am.post("/visits/new/", data), am.post("/visits/new/", data)
    assert first.headers["Location"] == second.headers["Location"]
    assert (Visit.objects.count(), Task.objects.count()) == (1, 1)


@pytest.mark.parametrize(
    ("place", "reason"),
    [
        ({}, "other"),
        ({"no_place_reason": "denied"}, "denied"),
        ({"longitude": "200", "latitude": "25"}, "other"),
        ({"longitude": "nan", "latitude": "25", "no_place_reason": "no_signal"}, "no_signal"),
        ({"longitude": "102.7"}, "other"),
        ({"no_place_reason": "made up"}, "other"),
    ],
)
def test_a_bad_position_costs_the_place_and_not_the_visit(world, am, place, reason):
    am.post("/visits/new/", form_of(world.clients["own"], **place))
    made = Visit.objects.get()
    assert (made.longitude, made.latitude, made.distance_m, made.no_place_reason) == (None, None, None, reason)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("next_step_on", "2026-11-17"),
        ("next_appointment_at", "2026-11-18T08:59"),
        ("checked_in_at", "gestern"),
        ("client_uuid", "1"),
        ("mode", "telepathy"),
    ],
)
def test_what_cannot_be_taken_comes_back_with_what_was_typed(world, am, field, value):
    answer = am.post("/visits/new/", form_of(world.clients["own"], note="货架缺两个牌号", **{field: value}))
    assert answer.status_code == 200
    assert not Visit.objects.exists()
    assert "货架缺两个牌号" in text(answer)
    assert "data-form-errors" in text(answer)


def test_the_form_knows_why_the_client_is_due_and_what_was_said_last(world, am):
    client = world.clients["own"]
    visit(world.am, client, at(9, day=TODAY - dt.timedelta(days=36)), demand="希望多给畅销牌号")
    page = text(am.get(f"/visits/new/?client={client.pk}"))
    assert "逾期 6 天 · B 级每 30 天" in page
    assert "希望多给畅销牌号" in page


def test_the_checklist_is_the_industrys(world, am):
    page = text(am.get(f"/visits/new/?client={world.clients['own'].pk}"))
    assert "价签齐全正确" in page
    beta = Browser()
    beta.force_login(world.managers["other_org"])
    page = text(beta.get(f"/visits/new/?client={world.clients['other_org'].pk}"))
    assert "已推荐产品" in page
    assert "价签齐全正确" not in page


def test_without_a_client_the_list_of_the_day_is_shown(am):
    assert am.get("/visits/new/").headers["Location"] == "/visits/due/"


@pytest.mark.parametrize("number", ["", "x", "99999999999999999999", "0", "-1"])
def test_clients_that_do_not_exist(am, number):
    assert am.post("/visits/new/", {"client": number}).status_code == 404
    if number:
        assert am.get(f"/visits/new/?client={number}").status_code == 404


def test_a_call_in_two_taps(world, am):
    client = world.clients["own"]
    Contact.objects.create(client=client, name="王店长", phone="13900000000", taboos="不谈家事")
    page = text(am.get(f"/visits/contact/?client={client.pk}"))
    assert "tel:13900000000" in page
    assert "不谈家事" in page
    data = form_of(client, mode="phone", result="done", checked_out_at="")
    assert am.post("/visits/contact/", data).headers["Location"] == "/visits/due/"
    made = Visit.objects.get()
    assert (made.mode, made.no_place_reason) == (Mode.PHONE, "")
    assert ClientTrace.objects.get().last_call_on == TODAY
    assert not TraceFlag.objects.exists()


# --- Corrections and the seal ------------------------------------------------------------------------------------


def test_correct_an_own_visit_until_it_is_verified(world, am):
    made = visit(world.am, world.clients["own"], checklist={"display": "yes"})
    assert am.get(f"/visits/{made.pk}/edit/").status_code == 200
    am.post(f"/visits/{made.pk}/edit/", {"purpose": "order", "note": "补记一笔", "item_display": "no"})
    made.refresh_from_db()
    assert (made.purpose, made.note, made.checklist) == ("order", "补记一笔", {"display": "no"})
    verify([made.pk], world.supervisor, "属实")
    assert am.get(f"/visits/{made.pk}/edit/").status_code == 403
    assert am.post(f"/visits/{made.pk}/edit/", {"purpose": "care"}).status_code == 403


def test_a_corrected_next_step_lies_after_the_visit_too(world, am):
    made = visit(world.am, world.clients["own"])
    step = {"purpose": "routine", "next_step": "送宣传画", "next_step_on": "2019-05-05"}
    page = text(am.post(f"/visits/{made.pk}/edit/", step))
    assert "完成日期早于本次走访" in page
    assert "送宣传画" in page
    made.refresh_from_db()
    assert made.next_step == ""
    am.post(f"/visits/{made.pk}/edit/", {**step, "next_step_on": made.day.isoformat()})
    made.refresh_from_db()
    assert made.next_step == "送宣传画"


def test_who_was_visited_today_is_told_to_be_on_the_form_and_the_client_page(world, am):
    client = world.clients["own"]
    visit(world.am, client, at(9, day=TODAY - dt.timedelta(days=36)))
    visit(world.am, client, at(9))
    page = text(am.get(f"/visits/new/?client={client.pk}"))
    assert "今天已访 · B 级每 30 天" in page
    assert 'class="zf-late">今天已访' not in page
    page = text(am.get(f"/clients/{client.pk}/?tab=visits"))
    assert "今天已访 · B 级每 30 天 · 下次应在12月18日前走访" in page
    assert "上次走访" not in page


def test_verify_in_bulk_and_singly(world, supervisor):
    one, two = visit(world.am, world.clients["own"], at(9)), visit(world.am, world.clients["own"], at(11))
    doubtful = visit(world.am, world.clients["own"], at(13), minutes=1)
    page = text(supervisor.get("/visits/verify/?month=2026-11"))
    assert f'value="{one.pk}"' in page
    assert f'name="ids" value="{doubtful.pk}"' not in page
    answer = supervisor.post(
        "/visits/verify/?month=2026-11", {"ids": [one.pk, doubtful.pk], "opinion": "属实"}, follow=True
    )
    assert "已核实 1 条走访" in text(answer)
    assert "1 条走访有疑点未判定" in text(answer)
    answer = supervisor.post("/visits/verify/", {"ids": two.pk, "back": two.pk, "opinion": "记录清楚"})
    assert answer.headers["Location"] == f"/visits/{two.pk}/"
    assert set(Visit.objects.filter(verified_by=world.supervisor)) == {one, two}


def test_verify_everything_of_a_manager_but_what_is_doubtful(world, supervisor):
    """Also what stands on following pages; other managers, months and open doubts are left alone."""
    clear = [visit(world.am, world.clients["own"], at(9 + n)) for n in range(3)]
    doubtful = visit(world.am, world.clients["own"], at(13))
    TraceFlag.objects.create(visit=doubtful, kind="too_short", figures={"seconds": 30, "least": 120})
    others = visit(world.managers["team"], world.clients["team"], at(9))
    earlier = visit(world.am, world.clients["own"], at(9, day=dt.date(2026, 10, 30)))
    address = f"/visits/verify/?month=2026-11&manager={world.am.pk}"
    assert "全部核实（3 条）" in text(supervisor.get(address))
    answer = supervisor.post(address, {"all": "yes", "opinion": "属实"}, follow=True)
    assert "已核实 3 条走访" in text(answer)
    assert set(Visit.objects.exclude(verified_at=None)) == set(clear)
    assert {made.verification_opinion for made in Visit.objects.filter(pk__in=[made.pk for made in clear])} == {"属实"}
    assert not Visit.objects.filter(pk__in=[doubtful.pk, others.pk, earlier.pk]).exclude(verified_at=None).exists()
    assert "请先勾选" in text(supervisor.post(address, {"all": "yes"}, follow=True))


def test_verify_lists_one_month_and_one_manager(world, supervisor):
    visit(world.am, world.clients["own"], at(9), note="本月的记录")
    visit(world.am, world.clients["own"], at(9, day=dt.date(2026, 10, 31)), note="上月的记录")
    visit(world.managers["team"], world.clients["team"], at(9), note="同事的记录")
    page = text(supervisor.get(f"/visits/verify/?month=2026-11&manager={world.am.pk}"))
    assert "本月的记录" in page
    assert "上月的记录" not in page
    assert "同事的记录" not in page


def test_judge_on_the_desk(world, supervisor):
    flag = visit(world.am, world.clients["own"], minutes=1).flags.get()
    page = text(supervisor.get("/visits/flags/"))
    assert "现场停留 60 秒，不足 120 秒" in page
    answer = supervisor.post(f"/visits/flags/{flag.pk}/judge/", {"state": "explained", "note": ""}, follow=True)
    assert "请填写判定说明" in text(answer)
    supervisor.post(f"/visits/flags/{flag.pk}/judge/", {"state": "explained", "note": "送样品，属实"})
    flag.refresh_from_db()
    assert flag.state == "explained"
    assert "送样品，属实" in text(supervisor.get("/visits/flags/?state=explained"))


# --- Lists -------------------------------------------------------------------------------------------------------


def test_the_log_is_the_own_one_or_the_teams(world, am, supervisor):
    visit(world.am, world.clients["own"], note="我的记录")
    visit(world.managers["team"], world.clients["team"], note="同事的记录")
    visit(world.managers["other_team"], world.clients["other_team"], note="别组的记录")
    mine, teams = text(am.get("/visits/")), text(supervisor.get("/visits/"))
    assert [word in mine for word in ("我的记录", "同事的记录", "别组的记录")] == [True, False, False]
    assert [word in teams for word in ("我的记录", "同事的记录", "别组的记录")] == [True, True, False]


@pytest.mark.parametrize(
    ("query", "shown"),
    [
        ("", {"上门", "电话记", "有疑点的"}),
        ("mode=phone", {"电话记"}),
        ("doubt=open", {"有疑点的"}),
        ("doubt=any", {"有疑点的"}),
        ("state=verified", {"上门"}),
        ("month=2026-10", set()),
        ("month=nonsense", {"上门", "电话记", "有疑点的"}),
        ("q=兴隆", {"上门", "电话记", "有疑点的"}),
        ("q=惠民", set()),
        ("before=abc", {"上门", "电话记", "有疑点的"}),
    ],
)
def test_filters(world, am, query, shown):
    first = visit(world.am, world.clients["own"], at(9), note="上门记录一")
    visit(world.am, world.clients["own"], at(10), mode=Mode.PHONE, note="电话记录二")
    visit(world.am, world.clients["own"], at(11), minutes=1, note="有疑点的记录三")
    verify([first.pk], world.supervisor, "")
    page = text(am.get(f"/visits/?{query}"))
    assert {word for word in ("上门记录一", "电话记录二", "有疑点的记录三") if word in page} == {
        {"上门": "上门记录一", "电话记": "电话记录二", "有疑点的": "有疑点的记录三"}[word] for word in shown
    }


def test_pages_go_on_where_they_stopped(world, am):
    made = [visit(world.am, world.clients["own"], at(8, 0) + dt.timedelta(minutes=n % 7)) for n in range(45)]
    first = am.get("/visits/")
    seen = [row.pk for row in first.context["visits"]]
    second = am.get("/visits/" + first.context["page"]["next_url"])
    seen += [row.pk for row in second.context["visits"]]
    assert len(seen) == 45
    assert set(seen) == {row.pk for row in made}
    assert second.context["page"]["next_url"] == ""


# --- Routine, appointments, slots ---------------------------------------------------------------------------------


def test_routine_counts_clients_once_and_calls(world):
    from visits.routine import routine_of

    fresh = client_of(world.am, "n1", "新店", opened_on=TODAY - dt.timedelta(days=89))
    old = client_of(world.am, "n2", "老店", opened_on=TODAY - dt.timedelta(days=90))
    potential = client_of(world.am, "n3", "潜在", stage="potential")
    for number, client in enumerate([fresh, old, potential, fresh]):
        visit(world.am, client, at(9 + number))
    visit(world.am, old, at(14), mode=Mode.PHONE)
    visit(world.am, old, at(9, day=TODAY - dt.timedelta(days=1)))
    found = routine_of(world.am)
    assert (found.new.done, found.old.done, found.calls.done, found.clients) == (2, 1, 1, 3)
    assert (found.new.wanted, found.old.wanted, found.calls.wanted) == (2, 3, 4)
    assert found.old.share == 33


def test_tomorrows_appointments_are_confirmed_once(world, am):
    tomorrow = TODAY + dt.timedelta(days=1)
    visit(world.am, world.clients["own"], next_appointment_at=at(10, day=tomorrow))
    plan = PlannedVisit.objects.get(day=tomorrow)
    assert "10:00" in text(am.get("/visits/due/"))
    am.post(f"/visits/appointments/{plan.pk}/confirm/")
    plan.refresh_from_db()
    first = plan.confirmed_at
    am.post(f"/visits/appointments/{plan.pk}/confirm/")
    plan.refresh_from_db()
    assert first
    assert plan.confirmed_at == first


def test_home_of_the_account_manager(world, am):
    visit(world.am, client_of(world.am, "x1", "访过的店"), at(9))
    page = text(am.get("/"))
    assert "今天应访 2 户，已访 1 户" in page
    assert "兴隆便利店" in page


def test_home_of_the_supervisor(world, supervisor):
    visit(world.am, world.clients["own"], minutes=1)
    page = text(supervisor.get("/"))
    assert "待判疑点" in page


def test_journal_sections(world):
    ClientTier.objects.filter(client=world.clients["own"]).update(tier="A")
    visit(world.am, world.clients["own"], at(9, 12), demand="货源不足", next_step="报需求")
    visit(world.am, world.clients["own"], at(11), mode=Mode.PHONE)
    visit(world.am, world.clients["own"], at(9, day=TODAY - dt.timedelta(days=1)))
    found = [s for s in slots.journal_sections.collect(world.am, Period.parse("2026-11-18")) if "走访" in s["title"]]
    assert found == [
        {"title": "走访 1 户", "lines": ["09:12 兴隆便利店 (A) · 例行走访 · 20 分钟 · 货源不足 · 下一步：报需求"]}
    ]
    week = list(slots.journal_sections.collect(world.am, Period.parse("2026-W47")))
    assert len(next(s for s in week if s["title"] == "走访 1 户")["lines"]) == 2
    assert any(s["title"] == "电话与线上联系 1 次" for s in week)


def test_timeline_shows_what_one_may_see(world):
    made = visit(world.am, world.clients["own"], demand="货源不足")
    items = [i for i in client_timeline.collect([world.clients["own"].pk], world.am, 10) if "/visits/" in i["url"]]
    assert [(item["url"], item["text"]) for item in items] == [(f"/visits/{made.pk}/", "货源不足")]
    stranger = world.actors["supervisor_south"]
    assert not [i for i in client_timeline.collect([world.clients["own"].pk], stranger, 10) if "/visits/" in i["url"]]


# --- Checklists ---------------------------------------------------------------------------------------------------


@pytest.fixture
def hr(world):
    browser = Browser()
    browser.force_login(world.hr)
    return browser


def test_a_changed_checklist_is_a_new_version_and_old_visits_keep_theirs(world, hr):
    made = visit(world.am, world.clients["own"], checklist={"display": "yes"})
    codes = ["display", "stock", ""]
    hr.post("/visits/checklists/shop/", {"code": codes, "label": ["陈列规范", "库存够卖一周", "明码标价"]})
    versions = list(ChecklistTemplate.objects.order_by("version"))
    assert [(row.version, row.is_current) for row in versions] == [(1, False), (2, True)]
    assert versions[1].items == [
        {"code": "display", "label": ""},
        {"code": "stock", "label": "库存够卖一周"},
        {"code": "item-1", "label": "明码标价"},
    ]
    made.refresh_from_db()
    assert made.checklist_template == versions[0]
    assert checklists.in_words(made.checklist_template, made.checklist) == [("陈列规范", "yes")]


def test_saving_the_same_checklist_makes_no_version(world, hr):
    items = [("display", "陈列规范"), ("", "明码标价")]
    first = checklists.revise(world.organisation, "shop", items)
    again = checklists.revise(world.organisation, "shop", [("display", "陈列规范"), ("item-1", "明码标价")])
    assert first.pk == again.pk


def test_refused_checklists(world, hr):
    answer = hr.post("/visits/checklists/shop/", {"code": ["", ""], "label": ["一样", "一样"]})
    assert "重复" in text(answer)
    answer = hr.post("/visits/checklists/shop/", {"code": [""] * 21, "label": [f"第{n}项" for n in range(21)]})
    assert "最多 20 项" in text(answer)
    assert not ChecklistTemplate.objects.exists()
    assert hr.get("/visits/checklists/person/").status_code == 404

"""The client page and its forms: who may change what, and nobody's work is lost."""

import datetime as dt

import pytest
from django.test import Client as Browser

from clients.models import Client, Contact, Ownership, ServiceStandard
from clients.tiering import schemes
from crm.lib import jobs, periods
from people.models import User
from tests.clients.helpers import sent_back
from tests.facts import fact

pytestmark = pytest.mark.django_db


def browser(world, role="am"):
    made = Browser()
    made.force_login(world.actors[role])
    return made


def test_why_in_words_and_figures(world):
    client = world.clients["own"]
    fact(client, "2026-03", 12345)
    growth = {"measure": "growth_yoy", "normalise": "linear", "low": 0, "high": 1, "missing": "half", "weight": 0.5}
    rules = {
        "criteria": [{"measure": "amount_12m", "weight": 0.5}, growth],
        "bands": [{"tier": "A", "share": 0.5}, {"tier": "B", "share": 0.5}],
    }
    schemes.publish(world.organisation, "规则", rules, dt.date(2020, 1, 1))
    jobs.run(jobs.request("tier_clients", world.organisation.pk, period="2026-03").pk)
    answer = browser(world).get(f"/clients/{client.pk}/")
    lines = [line["text"] for line in answer.context["why"]]
    assert lines[0] == "近 12 个月金额 ¥1.2万：不低于 100.0% 的客户（权重 50%）"
    assert lines[1] == "较上一年度 12 个月增长：暂无数据，按 50.0% 计（权重 50%）"
    assert "3 户中排第 1" in lines[2]
    assert "为什么是 A 级" in answer.content.decode()


def test_an_account_manager_changes_contact_data_only(world):
    client = world.clients["own"]
    posted = {"version": 1, "phone": "13900000000", "name": "改名", "owner": world.managers["team"].pk, "code": "X"}
    assert browser(world).post(f"/clients/{client.pk}/edit/", posted).status_code == 302
    client.refresh_from_db()
    assert (client.phone, client.name, client.owner, client.version) == ("13900000000", "兴隆便利店", world.am, 2)


def file_of(client, **changes):
    return {
        "version": client.version,
        "code": client.code,
        "name": client.name,
        "kind": client.kind,
        "stage": client.stage,
        "org": client.org_id,
        "owner": client.owner_id,
        **changes,
    }


def test_a_new_owner_goes_into_the_history(world):
    client, team = world.clients["own"], world.managers["team"]
    posted = file_of(client, owner=team.pk, name="兴隆超市")
    assert browser(world, "supervisor").post(f"/clients/{client.pk}/edit/", posted).status_code == 302
    client.refresh_from_db()
    assert (client.owner, client.pinyin) == (team, "xlcs xinglongchaoshi")
    today = periods.today()
    spans = list(Ownership.objects.filter(client=client).values_list("owner", "valid_to", "changed_by"))
    assert spans == [(world.am.pk, today - dt.timedelta(days=1), None), (team.pk, None, world.supervisor.pk)]
    assert browser(world).get(f"/clients/{client.pk}/").status_code == 404


def test_a_client_is_not_moved_into_a_unit_that_is_switched_off(world):
    client, team = world.clients["own"], world.units["team"]
    type(team).objects.filter(pk__in=[team.pk, client.org_id]).update(is_active=False)
    page = browser(world, "supervisor").post(f"/clients/{client.pk}/edit/", file_of(client, org=team.pk))
    assert "org" in page.context["form"].errors
    assert browser(world, "supervisor").post(f"/clients/{client.pk}/edit/", file_of(client)).status_code == 302


def test_an_owner_who_has_left_or_is_of_another_team_stays_until_another_is_chosen(world):
    client, south = world.clients["own"], world.managers["other_team"]
    page, own = browser(world, "supervisor"), f"/clients/{world.clients['own'].pk}/edit/"
    User.objects.filter(pk=world.am.pk).update(is_active=False)
    for owner in (world.am, south):
        Client.objects.filter(pk=client.pk).update(owner=owner)
        assert page.post(own, sent_back(page.get(own).context["form"]) | {"phone": owner.username}).status_code == 302
        client.refresh_from_db()
        assert (client.owner, client.phone) == (owner, owner.username)


def test_an_owner_outside_of_sight_is_refused(world):
    client = world.clients["own"]
    posted = file_of(client, owner=world.managers["other_team"].pk)
    answer = browser(world, "supervisor").post(f"/clients/{client.pk}/edit/", posted)
    assert answer.context["form"].errors.keys() == {"owner"}


def test_two_at_once_lose_nothing(world):
    client = world.clients["own"]
    browser(world).post(f"/clients/{client.pk}/edit/", {"version": 1, "phone": "1"})
    answer = browser(world).post(f"/clients/{client.pk}/edit/", {"version": 1, "phone": "2", "note": "second"})
    assert answer.status_code == 200
    assert answer.context["form"].non_field_errors()
    client.refresh_from_db()
    assert (client.phone, client.note) == ("1", "")


def test_half_a_place_and_a_taken_code_are_refused(world):
    client = world.clients["own"]
    taken = world.clients["team"].code
    posted = file_of(client, code=taken, longitude="102", opened_on="2999-01-01")
    answer = browser(world, "supervisor").post(f"/clients/{client.pk}/edit/", posted)
    assert {"code", "opened_on"} <= answer.context["form"].errors.keys()
    answer = browser(world, "supervisor").post(f"/clients/{client.pk}/edit/", file_of(client, longitude="102"))
    assert answer.context["form"].errors.keys() == {"latitude"}


def test_a_new_client_of_an_account_manager_is_the_own(world):
    posted = {"code": "N 1", "name": "新开小店", "kind": "shop", "stage": "potential"}
    assert browser(world).post("/clients/new/", posted).status_code == 302
    client = Client.objects.get(code="N1")
    assert (client.owner, client.org, client.pinyin) == (world.am, world.am.unit, "xkxd xinkaixiaodian")
    assert Ownership.objects.get(client=client).owner == world.am


def test_contacts(world):
    client = world.clients["own"]
    ask = browser(world)
    ask.post(f"/clients/{client.pk}/contacts/new/", {"name": "张三", "is_main": "on", "taboos": "不喝酒"})
    ask.post(f"/clients/{client.pk}/contacts/new/", {"name": "李四", "is_main": "on", "birthday": "1980-02-29"})
    assert list(Contact.objects.values_list("name", "is_main")) == [("李四", True), ("张三", False)]
    page = ask.get(f"/clients/{client.pk}/").content.decode()
    assert "不喝酒" in page
    answer = ask.post(f"/clients/{client.pk}/contacts/new/", {"name": "王五", "birthday": "2999-01-01"})
    assert answer.context["form"].errors.keys() == {"birthday"}
    ask.post(f"/clients/contacts/{Contact.objects.get(name='张三').pk}/delete/")
    assert Contact.objects.count() == 1


def test_chart_lays_a_year_before_behind(world):
    client = world.clients["own"]
    fact(client, "2026-03", 20)
    fact(client, "2025-03", 10)
    context = browser(world).get(f"/clients/{client.pk}/").context
    before, now = (series["data"] for series in context["chart"]["series"])
    assert (len(now), now[-1], now[0]) == (13, 20, 10)
    assert (before[-1], before[0]) == (10, None)
    assert (context["total"], context["change"]) == (20, 1)


def test_standards_are_changed_within_limits(world):
    hr = browser(world, "hr")
    found = list(ServiceStandard.objects.filter(organisation=world.organisation))
    posted = {"form-TOTAL_FORMS": len(found), "form-INITIAL_FORMS": len(found)}
    for number, one in enumerate(found):
        posted |= {
            f"form-{number}-{name}": getattr(one, name)
            for name in ("visit_days", "call_days", "response_hours", "visit_minutes", "menu")
        }
        posted[f"form-{number}-id"] = one.pk
    assert hr.post("/clients/tiers/standards/", {**posted, "form-0-visit_days": 10}).status_code == 302
    assert ServiceStandard.objects.get(pk=found[0].pk).visit_days == 10
    answer = hr.post("/clients/tiers/standards/", {**posted, "form-0-visit_days": 0})
    assert answer.status_code == 200
    other = ServiceStandard.objects.filter(organisation=world.other_organisation).first()
    hr.post("/clients/tiers/standards/", {**posted, "form-0-id": other.pk, "form-0-visit_days": 10})
    other.refresh_from_db()
    assert other.visit_days == 15


def test_a_leave_cover_sees_the_client_for_its_time_only(world):
    client, cover = world.clients["own"], world.managers["team"]
    ask, today = browser(world, "supervisor"), periods.today()
    other = Browser()
    other.force_login(cover)
    assert other.get(f"/clients/{client.pk}/").status_code == 404
    posted = {"user": cover.pk, "part": "休假代管", "valid_from": today, "valid_to": today + dt.timedelta(days=7)}
    assert ask.post(f"/clients/{client.pk}/team/new/", posted).status_code == 302
    assert other.get(f"/clients/{client.pk}/").status_code == 200
    answer = ask.post(f"/clients/{client.pk}/team/new/", posted)
    assert "user" in answer.context["form"].errors
    answer = ask.post(f"/clients/{client.pk}/team/new/", {**posted, "valid_to": today - dt.timedelta(days=1)})
    assert "valid_to" in answer.context["form"].errors
    member = client.team.get()
    client.team.update(valid_from=today - dt.timedelta(days=3))
    ask.post(f"/clients/team/{member.pk}/end/")
    member.refresh_from_db()
    assert member.valid_to == today - dt.timedelta(days=1)
    assert other.get(f"/clients/{client.pk}/").status_code == 404
    client.refresh_from_db()
    assert client.owner == world.am

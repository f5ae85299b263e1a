"""Requests on their pages: register, work, call back; what other pages show of them."""

import datetime as dt
import uuid

import pytest
from django.test import Client as Browser

from crm.lib import periods, slots
from crm.lib.periods import Period, clock_at, today
from service.models import InformationSlip, ServiceRequest
from service.services import act
from service.services.slips import give_slip
from tests.service.helpers import NOW, led_to, request_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def office(world):
    browser = Browser()
    browser.force_login(world.actors["back_office"])
    return browser


@pytest.fixture
def am(world):
    browser = Browser()
    browser.force_login(world.am)
    return browser


def test_the_back_office_finds_who_calls_and_registers_once(world, office):
    page = office.get("/service/new/?q=老街").content.decode()
    client = world.clients["other_team"]
    assert client.name in page
    form = {
        "uuid": uuid.uuid4(),
        "kind": "complaint",
        "category": "supply",
        "channel": "phone",
        "priority": "normal",
        "text": "三期没有货",
        "phone": "13900001111",
    }
    url = office.post(f"/service/new/?client={client.pk}", form).headers["Location"]
    assert office.post(f"/service/new/?client={client.pk}", form).headers["Location"] == url
    made = ServiceRequest.objects.get()
    assert (made.client, made.registered_by) == (client, world.actors["back_office"])
    assert "三期没有货" in office.get(url).content.decode()


def test_bad_input_says_what_is_wrong(world, am):
    url = f"/service/new/?client={world.clients['own'].pk}"
    form = {
        "uuid": "x",
        "kind": "gift",
        "category": "no-such",
        "channel": "link",
        "priority": "normal",
        "text": "a\0b",
        "phone": "call me",
        "wanted_at": "2020-01-01T10:00",
    }
    page = am.post(url, form)
    assert set(page.context["form"].errors) == {"uuid", "kind", "category", "channel", "text", "phone", "wanted_at"}
    assert not ServiceRequest.objects.exists()
    for client in ("x", "-1", "9" * 30, "999999"):
        assert am.get(f"/service/new/?client={client}").status_code == 404


def test_only_what_is_allowed_next_is_offered(world, office, am):
    made = request_of(world.clients["own"], world.am)
    page = office.get(f"/service/{made.pk}/")
    assert [act.name for act in page.context["acts"]] == ["start", "transfer", "classify", "note", "cancel"]
    page = am.get(f"/service/{made.pk}/")
    assert [act.name for act in page.context["acts"]] == ["note", "cancel"]
    office.post(f"/service/{made.pk}/resolve/", {"note": "跳步"})
    made.refresh_from_db()
    assert made.state == "assigned"
    assert am.post(f"/service/{made.pk}/start/").status_code == 403
    assert office.post(f"/service/{made.pk}/dance/").status_code == 404


def test_a_bad_callback_reopens(world, am):
    made = led_to(request_of(world.clients["own"], world.am), "resolved", world.actors["back_office"], world.am)
    page = am.get("/service/callbacks/").content.decode()
    assert f"/service/{made.pk}/call_back/" in page
    am.post(f"/service/{made.pk}/call_back/", {"satisfaction": "2", "note": "没补齐", "then": "reopen"})
    made.refresh_from_db()
    assert (made.state, made.reopened) == ("reopened", 1)
    assert made.events.get(act="call_back").data == {"satisfaction": 2}


def test_lists_show_each_request_where_it_belongs(world, office):
    with clock_at(NOW):
        late = request_of(world.clients["own"], text="早就该办")

    def texts(query):
        return [item.text for item in office.get(f"/service/{query}").context["page"].items]

    with clock_at(NOW.replace(day=25)):
        fresh = request_of(world.clients["team"], text="刚来的", kind="complaint", category="supply")
        assert texts("?tab=late") == [late.text]
    assert texts("?tab=mine&kind=complaint") == [fresh.text]
    assert texts("?tab=unit&q=惠民") == [fresh.text]
    assert texts("?tab=done") == []


def test_what_is_not_settled_is_not_called_back_without_being_reopened(world, am):
    case = led_to(request_of(world.clients["own"]), "resolved", world.actors["back_office"], world.am)
    url = f"/service/{case.pk}/call_back/"
    am.post(url, {"satisfaction": "1", "then": "reopen", "note": ""})
    case.refresh_from_db()
    assert case.state == "resolved", "it stays on the list of calls until the reason is written down"
    am.post(url, {"satisfaction": "1", "then": "reopen", "note": "还是少一条"})
    case.refresh_from_db()
    assert case.state == "reopened"


def test_repeated_complaints_stand_together(world, office):
    first, second = (request_of(world.clients["own"], kind="complaint", category="supply") for _twice in range(2))
    page = office.get(f"/service/{second.pk}/")
    assert page.context["complaints"] == 2
    assert page.context["others"] == [first]
    assert office.get(f"/service/{first.pk}/").context["complaints"] == 1
    act(first, "cancel", world.actors["back_office"], note="登记错了")
    assert office.get(f"/service/{second.pk}/").context["complaints"] == 1, "what was taken back is no complaint"


def test_other_pages_show_requests_and_slips(world, am):
    client = world.clients["own"]
    made = request_of(client, world.am, text="烟柜灯不亮")
    slip = give_slip(world.am, uuid=uuid.uuid4(), category="delivery", content="请固定时间", client=client)
    for address in (f"/clients/{client.pk}/", f"/clients/{client.pk}/?tab=service", "/"):
        assert "烟柜灯不亮" in am.get(address).content.decode(), address
    period = Period.parse(str(today()))
    entry = next(entry for entry in slots.journal_sections.entries if entry.name == "service")
    sections = list(entry.build(world.am, period))
    assert [len(section["lines"]) for section in sections] == [1, 1]
    assert sections[0]["lines"][0]["url"] == f"/service/{made.pk}/"
    assert slip.number in sections[1]["lines"][0]["text"]
    assert list(entry.build(world.managers["team"], period)) == []


def test_home_tells_a_supervisor_of_what_presses_in_the_own_unit(client, world):
    """Late requests and serious ones, each of the own unit's clients: another team's are not there."""
    late = request_of(world.clients["team"], world.managers["team"], text="迟到的")
    ServiceRequest.objects.filter(pk=late.pk).update(due_at=periods.now() - dt.timedelta(hours=1))
    request_of(world.clients["own"], world.am, kind="complaint", category="other", text="严重的", is_serious=True)
    request_of(world.clients["own"], world.am, text="不急的")
    theirs = world.managers["other_team"]
    request_of(world.clients["other_team"], theirs, text="别组的", is_serious=True)
    ServiceRequest.objects.filter(text="别组的").update(handler=theirs, handler_unit=theirs.unit)
    client.force_login(world.supervisor)
    page = client.get("/").content.decode()
    assert [text for text in ("迟到的", "严重的", "不急的", "别组的") if text in page] == ["迟到的", "严重的"]


def test_home_tells_a_manager_of_what_is_unsettled(client, world):
    """Open requests and those to be called back about, of the own clients; what is done is not there."""
    states = {"新的": None, "待回访": "resolved", "回访过": "called_back"}
    for text, state in states.items():
        request = request_of(world.clients["own"], world.am, text=text)
        if state:
            led_to(request, state, world.actors["back_office"], world.am)
    request_of(world.clients["other_team"], world.managers["other_team"], text="别人的")
    client.force_login(world.am)
    page = client.get("/").content.decode()
    assert [text for text in (*states, "别人的") if text in page] == ["新的", "待回访"]


@pytest.mark.parametrize(
    ("page", "words", "model"), [("", "text", ServiceRequest), ("slips/", "content", InformationSlip)]
)
def test_other_words_in_a_form_sent_before_are_not_lost(world, am, page, words, model):
    """Back to the page before, write of another thing, send: told that it was not taken, and taken when sent again."""
    url = f"/service/{page}new/?client={world.clients['own'].pk}"
    form = {"uuid": str(uuid.uuid4()), "kind": "request", "category": "delivery", "channel": "visit"}
    form |= {"priority": "normal", words: "少送一条"}
    first = am.post(url, form)
    assert am.post(url, form).headers["Location"] == first.headers["Location"], "twice by a double click"
    refused = am.post(url, {**form, words: "柜台坏了"})
    assert (refused.status_code, model.objects.count()) == (200, 1)
    key = refused.context["form"]["uuid"].value()
    assert am.post(url, {**form, words: "柜台坏了", "uuid": key}).status_code == 302
    assert list(model.objects.order_by("pk").values_list(words, flat=True)) == ["少送一条", "柜台坏了"]

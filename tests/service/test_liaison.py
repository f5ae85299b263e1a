"""Delivery staff and inspectors on a phone: what concerns them arrives, goes to the client's manager and comes back."""

import uuid

import pytest

from people.models import Role
from service.services.slips import give_slip
from tests import world as worlds
from tests.service.helpers import request_of
from tests.service.test_phone import fits

pytestmark = pytest.mark.django_db(transaction=True)


def staff(world, username, name, title):
    person = worlds.person(world.units["north"], username, name, Role.BACK_OFFICE)
    person.post_title = title
    person.save()
    return person


def tap(page, act):
    """Press an act of a request that needs nothing, or open the fold of one that does."""
    page.locator(f'form[action$="/{act}/"] > button').first.tap()


def fold(page, act):
    """The opened form of an act."""
    page.locator(f'details:has(form[action$="/{act}/"]) > summary').tap()
    return page.locator(f'form[action$="/{act}/"]')


def test_a_driver_answers_hands_over_to_the_manager_and_gets_it_back(page_of, world):
    driver = staff(world, "driver", "唐顺", "送货员")
    staff(world, "inspector", "曹燕", "专卖管理员")
    request = request_of(world.clients["own"], world.actors["back_office"], text="少送一条")
    assert request.handler == driver

    phone = page_of(driver, phone=True)
    phone.goto("/")
    phone.locator(f'a[href="/service/{request.pk}/"]').first.tap()
    phone.wait_for_url(f"**/service/{request.pk}/")
    assert fits(phone)
    tap(phone, "start")
    form = fold(phone, "transfer")
    form.locator("select").select_option(label=world.am.name)
    form.locator("textarea").fill("店里说没收到提前通知，请客户经理去解释")
    form.locator("button").tap()
    phone.locator(".zf-facts", has_text=world.am.name).first.wait_for()

    manager = page_of(world.am, phone=True)
    manager.goto("/")
    manager.locator(f'a[href="/service/{request.pk}/"]').first.tap()
    tap(manager, "start")
    form = fold(manager, "transfer")
    form.locator("select").select_option(label=driver.name)  # who had it before stands on top
    form.locator("textarea").fill("已说明，请明天补送")
    form.locator("button").tap()
    manager.locator(".zf-facts", has_text=driver.name).first.wait_for()

    phone.goto(f"/service/{request.pk}/")
    tap(phone, "start")
    form = fold(phone, "resolve")
    form.locator("textarea").fill("已补送，客户签收")
    form.locator("button").tap()
    phone.wait_for_selector("text=已补送，客户签收")
    request.refresh_from_db()
    assert (request.state, request.handler) == ("resolved", driver)
    acts = [event.act for event in request.events.order_by("pk")]
    assert acts == ["register", "assign", "start", "transfer", "start", "transfer", "start", "resolve"]


def test_an_inspector_sends_a_slip_to_the_manager_who_answers_on_the_phone(page_of, world):
    inspector = staff(world, "inspector", "曹燕", "专卖管理员")
    client = world.clients["own"]
    phone = page_of(inspector, phone=True)
    phone.goto(f"/service/slips/new/?client={client.pk}")
    assert fits(phone)
    phone.select_option("[name=category]", "market")
    phone.fill("[name=content]", "柜台有外地标签的烟，请走访时核实")
    phone.select_option("[name=receiver]", label=world.am.name)
    phone.locator(".zf-form button.btn-primary").tap()
    phone.wait_for_url("**/service/slips/*/")
    address = phone.url

    manager = page_of(world.am, phone=True)
    manager.goto("/")
    manager.locator('a[href^="/service/slips/"]', has_text="信息传递单").first.tap()
    manager.wait_for_url("**/service/slips/*/")
    assert fits(manager)
    manager.locator('form[action$="/advance/"] button').tap()
    for text in ("已到店看过", "确是串货，已提醒"):
        manager.locator("textarea[name=text]").fill(text)
        manager.locator('form[action$="/advance/"] button').tap()
        manager.wait_for_selector(f"text={text}")
    phone.goto(address)
    assert phone.locator("text=确是串货，已提醒").count() == 1


def test_the_manager_of_the_client_can_be_given_a_slip_by_its_receiver(world, client):
    """Passed on by the office, not by anybody to whom it is none of their business."""
    driver = staff(world, "driver", "唐顺", "送货员")
    shop = world.clients["own"]
    slip = give_slip(world.supervisor, uuid=uuid.uuid4(), category="delivery", content="换送货时间", client=shop)
    assert slip.receiver == driver
    client.force_login(driver)
    assert world.am.name in client.get(f"/service/slips/{slip.pk}/").content.decode()
    other = world.managers["team"]
    client.post(f"/service/slips/{slip.pk}/pass-on/", {"receiver": other.pk})
    slip.refresh_from_db()
    assert slip.receiver == driver
    client.post(f"/service/slips/{slip.pk}/pass-on/", {"receiver": world.am.pk})
    slip.refresh_from_db()
    assert slip.receiver == world.am

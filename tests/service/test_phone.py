"""Clients on a phone, in a real browser: a survey, and a complaint through the own link."""

import pytest

from service.links import token_of as link_of
from service.models import Answer, ServiceRequest
from service.services.surveys import token_of
from tests.service.test_surveys import a_wave

pytestmark = pytest.mark.django_db(transaction=True)


def fits(page) -> bool:
    return page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")


def test_a_client_answers_on_a_phone(phone, world):
    invitation = a_wave(world).invitations.get(client=world.clients["own"])
    phone.goto(f"/service/s/{token_of(invitation)}/")
    assert fits(phone)
    for number in range(9):
        phone.locator(f'label:has(input[name="s{number}"][value="4"])').tap()
        if number != 8:
            phone.locator(f'label:has(input[name="i{number}"][value="5"])').tap()
    phone.locator('label:has(input[name="overall"][value="4"])').tap()
    phone.locator("button.btn-primary").tap()
    phone.wait_for_selector("[data-form-errors]")  # one importance is missing: nothing else is lost
    assert phone.locator('input[name="s3"][value="4"]').is_checked()
    assert not Answer.objects.exists()
    phone.locator('label:has(input[name="i8"][value="3"])').tap()
    phone.locator("button.btn-primary").tap()
    phone.wait_for_selector("h1:has-text('感谢')")
    stored = Answer.objects.get()
    assert (stored.satisfaction, stored.importance) == ([4] * 9, [5] * 8 + [3])
    phone.reload()
    assert phone.locator("form").count() == 0


def test_a_client_complains_through_the_own_link(phone, world):
    phone.goto(f"/service/c/{link_of(world.clients['own'])}/")
    assert fits(phone)
    phone.locator('label:has(input[value="complaint"])').tap()
    phone.select_option("[name=category]", "delivery")
    phone.fill("[name=text]", "少送一条，司机说下周补")
    phone.fill("[name=phone]", "13900001111")
    phone.locator("button.btn-primary").tap()
    phone.wait_for_selector("h1:has-text('谢谢')")
    made = ServiceRequest.objects.get()
    assert (made.kind, made.channel, made.text) == ("complaint", "link", "少送一条，司机说下周补")

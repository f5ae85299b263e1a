"""Clients on a phone, in a real browser: a survey, and a complaint through the own link."""

import pytest
from playwright.sync_api import expect

from service.links import token_of as link_of
from service.models import Answer, ServiceRequest, Wave
from service.services.surveys import token_of

pytestmark = pytest.mark.django_db(transaction=True)


def fits(page) -> bool:
    return page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")


def design_and_send(page) -> Wave:
    """A survey with own questions: three added, one removed, the last moved up to the first place; sent to all."""
    page.goto("/service/surveys/new/")
    page.get_by_label("名称").fill("带自编题的问卷")
    for number, (kind, label) in enumerate((("several", "缺哪些货"), ("text", "删去的一题"), ("one", "经营几年"))):
        page.get_by_role("button", name="加一题").click()
        row = page.locator("[data-question]").nth(number)
        row.locator("[name$=-section]").select_option("before")
        row.locator("[name$=-kind]").select_option(kind)
        row.locator("[name$=-label]").fill(label)
    expect(page.locator("[data-options]").nth(1)).to_be_hidden()  # what is answered in own words has none
    page.locator("[name$=-options]").nth(0).fill("卷烟\n酒水\n饮料")
    page.locator("[name$=-options]").nth(2).fill("不到三年\n三年以上")
    page.locator("[data-remove]").nth(1).click()
    page.locator("[data-question]").nth(2).locator('[data-move="-1"]').click()  # over the one that is gone, too
    page.locator("main button.btn-primary").click()
    page.wait_for_url("**/service/surveys/send/**")
    page.locator("[name=name]").fill("冬季调查")
    page.locator("[name=percent]").fill("100")
    page.locator("main button.btn-primary").click()
    page.wait_for_url("**/links/")
    return Wave.objects.get(name="冬季调查")


def test_hr_designs_and_a_client_answers_on_a_phone(phone, page_of, world):
    wave = design_and_send(page_of(world.actors["hr"]))
    assert [question["label"] for question in wave.survey.asked("before")] == ["经营几年", "缺哪些货"]
    invitation = wave.invitations.get(client=world.clients["own"])
    phone.goto(f"/service/s/{token_of(invitation)}/")
    assert fits(phone)
    phone.locator('label:has-text("三年以上")').tap()
    for option in ("卷烟", "饮料"):
        phone.locator(f'label:has-text("{option}")').tap()
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
    assert sorted(stored.extra.values(), key=str) == [1, [0, 2]]
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

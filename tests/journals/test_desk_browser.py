"""The review desk by keyboard, and the editor that keeps what is typed."""

import datetime as dt

import pytest

from journals.models import Journal, Review
from people.models import Task
from tests.journals.helpers import DAY, handed_in, visit

pytestmark = [pytest.mark.django_db(transaction=True)]


def test_five_journals_by_keyboard(page_of, world):
    authors = [world.am, world.managers["team"]]
    journals = [handed_in(author, DAY - dt.timedelta(days=back)) for back in (0, 1) for author in authors]
    visit(world.am, world.clients["own"])
    page = page_of(world.supervisor)
    page.goto("/journals/desk/")
    first = page.url
    page.keyboard.press("j")
    page.wait_for_url(lambda url: url != first)
    page.keyboard.press("k")
    page.wait_for_url(first)

    # Accept: a mark, praise, Ctrl-Enter, and the next one is open.
    page.keyboard.press("4")
    page.keyboard.press("p")
    page.keyboard.press("Control+Enter")
    page.wait_for_url(lambda url: url != first)
    review = Review.objects.get()
    assert (review.mark, review.praise, review.decision) == (4, True, "accepted")

    # Digits and letters typed into a text stay text.
    second = page.url
    page.locator("[name=evaluation]").click()
    page.keyboard.type("3 r j")
    assert page.locator("[name=evaluation]").input_value() == "3 r j"
    assert page.locator("[name=mark]:checked").count() == 0
    page.keyboard.press("Escape")

    # Return: the requirement is asked for first, then Ctrl-Enter from inside the text.
    page.keyboard.press("r")
    page.keyboard.type("补充三户的具体情况")
    page.keyboard.press("Control+Enter")
    page.wait_for_url(lambda url: url != second)
    returned = Review.objects.get(decision="returned")
    assert returned.evaluation == "3 r j"
    assert Task.objects.get(source=f"review:{returned.version_id}").title == "补充三户的具体情况"

    for _each in range(2):
        here = page.url
        page.keyboard.press("5")
        page.keyboard.press("Control+Enter")
        page.wait_for_url(lambda url, here=here: url != here)
    assert not Journal.objects.filter(state="submitted").exists()
    assert Review.objects.count() == len(journals)


def test_the_second_supervisor_keeps_the_words_and_hears_who_was_first(page_of, world):
    from journals import services
    from tests.world import person

    colleague = person(world.units["north"], "supervisor.two", "何静", "supervisor")
    journal = handed_in(world.am)
    page = page_of(colleague)
    page.goto(f"/journals/desk/{journal.pk}/")
    page.locator("[name=evaluation]").fill("写得不错")
    services.review(journal, 1, world.supervisor, mark=5)
    page.keyboard.press("Control+Enter")
    page.locator("[data-form-errors]").wait_for()
    assert world.supervisor.name in page.locator("[data-form-errors]").inner_text()
    assert page.locator("[name=evaluation]").input_value() == "写得不错"
    assert Review.objects.get().reviewer == world.supervisor


def test_the_editor_saves_on_the_server_and_hands_in(page_of, world):
    page = page_of(world.am)
    page.goto(f"/journals/write/{DAY}/")
    page.locator("[name=summary]").fill("走访 8 户，两户缺货。")
    page.locator("#journal-saved svg").wait_for()
    journal = Journal.objects.get(author=world.am, day=DAY)
    assert journal.draft == {"summary": "走访 8 户，两户缺货。"}
    page.locator("[name=market]").fill("动销平稳。")
    page.locator("form.jn-form button.btn-primary").click()
    page.wait_for_url("**/preview/")
    page.locator("main form button.btn-primary").click()
    page.wait_for_url(f"**/journals/{journal.pk}/")
    assert journal.versions.get().sections == {"summary": "走访 8 户，两户缺货。", "market": "动销平稳。"}

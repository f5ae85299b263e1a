"""Opening, drafting, handing in, reviewing and returning journals."""

import datetime as dt

import pytest
from django.core.exceptions import ValidationError
from django.test import Client

from crm.lib import periods
from journals import drafting, services
from journals.models import Journal, JournalVersion, Review
from journals.rules import rules_of
from people.models import Notification, Task
from people.services import finish_task, give_task, transfer
from tests.journals.helpers import DAY, TEXTS, handed_in, visit
from visits.models import PlannedVisit

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def noon(monkeypatch):
    """It is noon on Friday, 2026-11-20."""
    moment = periods.at(dt.date(2026, 11, 20), 12)
    monkeypatch.setattr(periods, "now", lambda: moment)
    return moment


def test_a_journal_is_opened_once_with_its_deadline(world):
    journal = services.open_journal(world.am, "day", DAY)
    assert services.open_journal(world.am, "day", DAY) == journal
    assert journal.due_at == periods.at(dt.date(2026, 11, 20), 9)
    assert journal.org == world.am.unit
    assert journal.is_late  # nothing handed in, and 9 o'clock has passed


@pytest.mark.parametrize(
    ("kind", "day", "start", "due"),
    [
        ("day", "2026-11-20", "2026-11-20", "2026-11-23 09:00"),  # Friday: the deadline moves off the weekend
        ("week", "2026-11-18", "2026-11-16", "2026-11-23 12:00"),
        ("month", "2026-11-18", "2026-11-01", "2026-12-03 23:59"),
        ("month", "2026-09-30", "2026-09-01", "2026-10-08 23:59"),  # the 3rd is a holiday
    ],
)
def test_deadlines(world, kind, day, start, due):
    journal = services.open_journal(world.am, kind, dt.date.fromisoformat(day))
    assert journal.day.isoformat() == start
    assert f"{periods.local(journal.due_at):%Y-%m-%d %H:%M}" == due


def test_an_organisation_sets_its_own_deadlines(world):
    world.organisation.settings = {
        "journals": {"deadlines": {"day": [0, "20:00"]}, "move_off_rest_days": False},
        "work_days": {"rest": ["2026-11-19"]},
    }
    world.organisation.save()
    rules = rules_of(world.organisation.pk)
    assert rules.due_at(services.span("day", DAY)) == periods.at(DAY, 20)
    assert rules.due_at(services.span("week", DAY)) == periods.at(dt.date(2026, 11, 23), 12)
    assert DAY not in rules.expected_days(DAY, DAY + dt.timedelta(days=1))


def test_the_future_cannot_be_written_and_the_past_can(world):
    with pytest.raises(ValidationError):
        services.open_journal(world.am, "day", dt.date(2026, 11, 21))
    assert services.open_journal(world.am, "day", dt.date(2026, 10, 9)).is_late


def test_drafts_are_kept_and_never_written_over(world):
    journal = services.open_journal(world.am, "day", DAY)
    stamp = services.stamp(journal)
    saved = services.save_draft(journal, {"summary": "  一户 ", "other": "x"}, seen=stamp)
    assert saved.draft == {"summary": "一户"}


def test_a_draft_changed_elsewhere_is_a_conflict(world, monkeypatch):
    journal = services.open_journal(world.am, "day", DAY)
    stamp = services.stamp(journal)
    later = periods.now() + dt.timedelta(minutes=5)
    monkeypatch.setattr(periods, "now", lambda: later)
    services.save_draft(journal, {"summary": "手机"}, seen=stamp)
    with pytest.raises(services.Conflict):
        services.save_draft(journal, {"summary": "电脑"}, seen=stamp)
    journal.refresh_from_db()
    assert journal.draft == {"summary": "手机"}


def test_handing_in_keeps_the_facts_as_they_were(world):
    client = world.clients["own"]
    visit(world.am, client)
    task = give_task(world.am, "补价签", DAY)
    finish_task(task, "已补")
    Task.objects.filter(pk=task.pk).update(done_at=periods.at(DAY, 15))
    journal = services.open_journal(world.am, "day", DAY)
    version = services.submit(journal, TEXTS)
    lines = [line["text"] for fact in version.facts for line in fact["lines"]]
    assert any(client.name in line for line in lines)
    assert any("补价签 · 已补" in line for line in lines)
    visit(world.am, client, hour=16)
    version.refresh_from_db()
    assert [line["text"] for fact in version.facts for line in fact["lines"]] == lines
    journal.refresh_from_db()
    assert (journal.state, journal.draft, version.number) == ("submitted", {}, 1)


def test_a_summary_is_needed(world):
    journal = services.open_journal(world.am, "day", DAY)
    with pytest.raises(ValidationError) as caught:
        services.submit(journal, {"market": "平稳"})
    assert set(caught.value.message_dict) == {"summary"}
    assert not JournalVersion.objects.exists()


def test_handing_in_twice_changes_nothing(world):
    journal = handed_in(world.am)
    with pytest.raises(services.Conflict):
        services.submit(journal, {"summary": "另一篇"})
    assert journal.versions.count() == 1


def test_a_requirement_becomes_a_task_with_a_date(world):
    journal = handed_in(world.am)
    found = services.review(journal, 1, world.supervisor, mark=4, requirement="三天内给兴隆一个答复", praise=True)
    assert found.task.owner == world.am
    assert found.task.due_on == dt.date(2026, 11, 25)  # three work days after Friday
    assert found.requirement_due_on == found.task.due_on
    journal.refresh_from_db()
    assert journal.state == "reviewed"
    assert Notification.objects.filter(user=world.am, key=f"review:{found.pk}").count() == 1


def test_a_return_needs_a_reason_and_the_answer_is_a_new_version(world):
    journal = handed_in(world.am)
    with pytest.raises(ValidationError):
        services.return_(journal, 1, world.supervisor, " ")
    returned = services.return_(journal, 1, world.supervisor, "市场动态太空，补充后重交")
    journal.refresh_from_db()
    assert journal.state == "returned"
    assert services.texts_of(journal) == TEXTS
    first = journal.submitted_at
    services.submit(journal, {**TEXTS, "market": "软珍卖得快，23 元一包，三户断货。"})
    journal.refresh_from_db()
    assert [version.number for version in journal.versions.all()] == [1, 2]
    assert journal.versions.get(number=1).sections["market"] == TEXTS["market"]
    assert journal.submitted_at == first  # whether it was late is decided by the first
    returned.task.refresh_from_db()
    assert returned.task.done_at is not None
    assert Notification.objects.filter(user=world.supervisor, key=f"journal:{journal.pk}:2").exists()


def test_the_second_supervisor_hears_who_was_first(world):
    journal = handed_in(world.am)
    services.review(journal, 1, world.supervisor, mark=5, evaluation="写得具体")
    with pytest.raises(services.Conflict) as caught:
        services.review(journal, 1, world.actors["supervisor_south"], mark=1, evaluation="太简单")
    assert world.supervisor.name in caught.value.messages[0]
    assert Review.objects.get(journal=journal).mark == 5
    assert Task.objects.filter(about=f"journal:{journal.pk}").count() == 0


def test_who_became_supervisor_reviews_no_journal_of_their_own(world):
    journal = handed_in(world.am)
    transfer(world.am, world.units["north"], "supervisor", periods.today())
    browser = Client()
    browser.force_login(world.am)
    answer = browser.post(f"/journals/desk/{journal.pk}/", {"version": 1, "decision": "accepted", "mark": 5})
    assert answer.status_code == 403
    assert not Review.objects.exists()


def test_an_older_version_cannot_be_reviewed(world):
    journal = handed_in(world.am)
    services.return_(journal, 1, world.supervisor, "重写")
    journal.refresh_from_db()
    services.submit(journal, TEXTS)
    with pytest.raises(services.Conflict):
        services.review(journal, 3, world.supervisor, mark=3)
    services.review(journal, 2, world.supervisor, mark=3)
    assert journal.reviews.count() == 2


def test_a_review_says_something(world):
    journal = handed_in(world.am)
    with pytest.raises(ValidationError):
        services.review(journal, 1, world.supervisor)
    assert not Review.objects.exists()


def test_the_plan_of_the_next_work_day_begins_the_text(world):
    monday = dt.date(2026, 11, 23)
    PlannedVisit.objects.create(manager=world.am, client=world.clients["own"], day=monday)
    give_task(world.am, "交月度计划", monday)
    texts = drafting.prefill(world.am, services.span("day", dt.date(2026, 11, 20)), rules_of(world.organisation.pk))
    assert "兴隆便利店" in texts["plan"]
    assert "交月度计划" in texts["plan"]


def test_the_inbox_is_the_nearest_supervisors(world):
    from people.models import Role
    from tests.world import person

    director = person(world.organisation, "director", "马总", Role.SUPERVISOR)
    journal = handed_in(world.am)
    inbox = Journal.objects.inbox_of
    assert list(inbox(world.supervisor)) == [journal]
    assert not inbox(director).exists()
    assert Journal.objects.reviewable_by(director).filter(pk=journal.pk).exists()
    assert not inbox(world.actors["supervisor_south"]).exists()
    world.supervisor.is_active = False
    world.supervisor.save()
    assert list(inbox(director)) == [journal]


def page_of(user, path):
    browser = Client()
    browser.force_login(user)
    return browser.get(path).content.decode()


def test_the_supervisor_sees_that_the_review_was_read(world):
    journal = handed_in(world.am)
    services.review(journal, 1, world.supervisor, mark=4)
    path = f"/journals/{journal.pk}/"
    assert "本人未读" in page_of(world.supervisor, path)
    page_of(world.managers["team"], path)  # a colleague who may not see it reads nothing
    assert "本人未读" in page_of(world.supervisor, path)
    page_of(world.am, path)
    assert "本人未读" not in page_of(world.supervisor, path)


def test_a_requirement_is_followed_to_its_end(world):
    journal = handed_in(world.am)
    review = services.review(journal, 1, world.supervisor, mark=3, requirement="三天内回访兴隆便利店")
    assert "三天内回访兴隆便利店" in page_of(world.supervisor, "/journals/requirements/")
    finish_task(review.task, "已回访，答应补货")
    assert "三天内回访兴隆便利店" not in page_of(world.supervisor, "/journals/requirements/")
    done = page_of(world.supervisor, "/journals/requirements/?view=done")
    assert "已回访，答应补货" in done
    assert "已回访，答应补货" in page_of(world.am, f"/journals/{journal.pk}/")

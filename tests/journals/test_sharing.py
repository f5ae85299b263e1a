"""Best journals, phrases, articles and ideas."""

import datetime as dt

import pytest
from django.core.exceptions import ValidationError
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.test import Client

from crm.lib import periods
from journals import services, sharing
from journals.models import Article, Idea, Meeting, Phrase
from people.models import Notification
from tests.journals.helpers import handed_in

pytestmark = pytest.mark.django_db


def praised(world):
    journal = handed_in(world.am)
    return services.review(journal, 1, world.supervisor, mark=5, evaluation="写得具体", praise=True)


def test_a_praised_journal_is_shown_only_with_consent(world):
    review = praised(world)
    colleague = world.managers["other_team"]
    assert not sharing.best_journals(colleague).exists()
    sharing.set_consent(world.am, True)
    assert list(sharing.best_journals(colleague)) == [review]
    assert not sharing.best_journals(world.managers["other_org"]).exists()
    sharing.set_consent(world.am, False)
    assert not sharing.best_journals(colleague).exists()


def test_a_model_journal_hides_the_requirement(world):
    journal = handed_in(world.am)
    review = services.review(journal, 1, world.supervisor, mark=5, requirement="三天内回访", praise=True)
    sharing.set_consent(world.am, True)
    browser = Client()
    browser.force_login(world.managers["other_team"])
    page = browser.get(f"/journals/best/{review.pk}/").content.decode()
    assert "走访 8 户" in page
    assert "三天内回访" not in page
    assert browser.get(f"/journals/{journal.pk}/").status_code == 404


def test_phrases_belong_to_their_owner(world):
    sharing.add_usual_phrases(world.supervisor)
    count = Phrase.objects.count()
    sharing.add_usual_phrases(world.supervisor)
    assert Phrase.objects.count() == count > 5
    assert not Phrase.objects.visible_to(world.actors["supervisor_south"]).exists()


def article(author, title="新品知识"):
    return Article.objects.create(author=author, unit=sharing.readers_unit(author), title=title, text="口味偏清甜。")


def test_articles_reach_everybody_below_and_are_marked_read(world):
    found = article(world.supervisor)
    south = world.managers["other_team"]
    assert list(Article.objects.unread_by(world.am)) == [found]
    assert not Article.objects.visible_to(south).exists()
    sharing.mark_read(found, world.am)
    first = found.reads.get().read_at
    sharing.mark_read(found, world.am)
    assert found.reads.get().read_at == first
    assert not Article.objects.unread_by(world.am).exists()
    assert list(Article.objects.visible_to(world.hr)) == [found]


def test_a_case_of_an_account_manager_reaches_the_team(world):
    found = article(world.am, "一次挽回")
    assert found.unit == world.units["north"]
    assert list(Article.objects.visible_to(world.managers["team"])) == [found]
    sharing.withdraw(found)
    assert not Article.objects.visible_to(world.managers["team"]).exists()
    assert list(Article.objects.visible_to(world.am)) == [found]


def test_an_idea_has_an_answer_due_and_is_answered_once(world, monkeypatch):
    monkeypatch.setattr(periods, "now", lambda: periods.at(dt.date(2026, 11, 20), 12))
    idea = sharing.hand_in_idea(world.am, "合并山区线路", "两条线路并成隔周一条。")
    assert idea.answer_due_on == dt.date(2026, 12, 1)  # seven work days
    assert Notification.objects.filter(user=world.supervisor, key=f"idea:{idea.pk}").exists()
    assert not Idea.objects.editable_by(world.am).exists()
    assert list(Idea.objects.editable_by(world.supervisor)) == [idea]
    with pytest.raises(ValidationError):
        sharing.answer_idea(idea, world.supervisor, "declined", "试过不行", award=True)
    sharing.answer_idea(idea, world.supervisor, "adopted", "下月起试行", award=True)
    with pytest.raises(ValidationError):
        sharing.answer_idea(idea, world.hr, "declined", "不行")
    idea.refresh_from_db()
    assert (idea.answer, idea.award, idea.answered_by) == ("adopted", True, world.supervisor)
    assert Notification.objects.filter(user=world.am, key=f"idea:{idea.pk}:answer").exists()


@pytest.mark.parametrize("statement", ["UPDATE journals_idea SET answer = 'declined'", "DELETE FROM journals_idea"])
def test_an_answered_idea_is_sealed(world, statement):
    idea = sharing.hand_in_idea(world.am, "合并线路", "隔周一条。")
    sharing.answer_idea(idea, world.supervisor, "adopted", "下月起试行")
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)


def test_an_answer_without_words_is_refused_by_the_database(world):
    idea = sharing.hand_in_idea(world.am, "合并线路", "隔周一条。")
    with pytest.raises(IntegrityError), transaction.atomic():
        Idea.objects.filter(pk=idea.pk).update(answer="adopted", answered_at=periods.now(), answered_by=world.hr)


@pytest.mark.parametrize("address", ["articles/", "ideas/", "meetings/"])
def test_what_is_older_is_on_the_next_page(world, address):
    now = periods.now()
    for number in range(51):
        made = {"created_at": now - dt.timedelta(minutes=number)}
        Article.objects.create(
            unit=world.units["north"], author=world.supervisor, title=f"晨读{number}", text="…", **made
        )
        Idea.objects.create(
            author=world.am, org=world.am.unit, title=f"建议{number}", text="…", answer_due_on=periods.today(), **made
        )
        Meeting.objects.create(
            unit=world.units["north"], created_by=world.supervisor, title=f"例会{number}", begins_at=now, kind="daily"
        )
    browser = Client()
    browser.force_login(world.supervisor)
    page = browser.get(f"/journals/{address}").context["page"]
    assert len(page.items) == 50
    assert len(browser.get(f"/journals/{address}{page.next_url}").context["page"].items) == 1


def test_everybody_who_has_read_an_article_is_counted(world, monkeypatch):
    monkeypatch.setattr("journals.views.sharing.SHOWN", 1)
    article = Article.objects.create(unit=world.units["north"], author=world.supervisor, title="晨读", text="…")
    for name in ("own", "team"):
        sharing.mark_read(article, world.managers[name])
    browser = Client()
    browser.force_login(world.supervisor)
    assert browser.get(f"/journals/articles/{article.pk}/").context["read_count"] == 2

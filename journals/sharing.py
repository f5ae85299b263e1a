"""Verbs on phrases, articles and ideas."""

import datetime as dt
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from crm.lib import periods
from journals.models import Article, ArticleRead, Idea, Phrase, Review
from journals.rules import rules_for
from people.models import OrgUnit, User
from people.services import notify, supervisors_of

CONSENT = "share_praised_journals"  # key in a person's preferences

USUAL_PHRASES = {
    Phrase.Part.EVALUATION: (
        gettext_lazy("Concrete, with figures and the course of things."),
        gettext_lazy("Complete, but the market findings are thin."),
        gettext_lazy("Too short: one cannot see what was done."),
    ),
    Phrase.Part.REQUIREMENT: (
        gettext_lazy("Write problems by client: which one, what, who acts, until when."),
        gettext_lazy("Give the client an answer within three days and write down the result."),
    ),
    Phrase.Part.SUGGESTION: (
        gettext_lazy("Tell the team about it in the morning meeting."),
        gettext_lazy("Look at the figures first, then go to the client."),
    ),
}


def add_usual_phrases(owner: User) -> None:
    """A first set of phrases; those that are there already stay."""
    Phrase.objects.bulk_create(
        [Phrase(owner=owner, part=part, text=str(text)) for part, texts in USUAL_PHRASES.items() for text in texts],
        ignore_conflicts=True,
    )


def set_consent(user: User, given: bool) -> None:
    """Whether the person's praised journals are shown to all as models."""
    user.preferences = {**user.preferences, CONSENT: given}
    user.save(update_fields=["preferences"])


def consents(user: User) -> bool:
    """Whether the person's praised journals are shown: as said, else as the organisation's rule says."""
    return bool(user.preferences.get(CONSENT, rules_for(user).share_praised))


def best_journals(user: Any) -> Any:
    """Praised reviews of journals in the person's organisation whose authors agree, the newest first."""
    if user.sight.path is None:
        return Review.objects.none()
    agrees = Q(**{f"journal__author__preferences__{CONSENT}": True})
    if rules_for(user).share_praised:
        agrees |= ~Q(journal__author__preferences__has_key=CONSENT)
    return (
        Review.objects.filter(
            agrees,
            praise=True,
            decision=Review.Decision.ACCEPTED,
            journal__org__organisation=user.organisation_id,
        )
        .select_related("journal__author", "journal__org", "reviewer", "version")
        .order_by("-created_at", "-pk")
    )


def readers_unit(author: User) -> OrgUnit:
    """Whom an author's article reaches: the own unit; an account manager writes for the supervisor's whole unit."""
    if not author.is_am:
        return author.unit
    above = supervisors_of(author)
    return above[0].unit if above else author.unit


def mark_read(article: Article, user: User) -> None:
    """The person has opened the article: the first time counts."""
    if article.author_id != user.pk:
        ArticleRead.objects.bulk_create([ArticleRead(article=article, user=user)], ignore_conflicts=True)


def withdraw(article: Article) -> None:
    """Take an article back from its readers; it stays on file."""
    Article.objects.filter(pk=article.pk, withdrawn_at=None).update(withdrawn_at=periods.now())


@transaction.atomic
def hand_in_idea(author: User, title: str, text: str) -> Idea:
    """A proposal to the supervisors, with the day by which they owe an answer."""
    idea = Idea.objects.create(
        author=author,
        org_id=author.unit_id,
        title=title,
        text=text,
        answer_due_on=rules_for(author).idea_due_on(periods.today()),
    )
    notify(
        supervisors_of(author),
        _("%(name)s has an idea: %(title)s") % {"name": author.name, "title": title},
        url=reverse("journals:idea", args=[idea.pk]),
        key=f"idea:{idea.pk}",
    )
    return idea


@transaction.atomic
def answer_idea(idea: Idea, by: User, answer: str, text: str, *, award: bool = False) -> Idea:
    """Answer a proposal once and for all; the author hears of it. ValidationError when it has an answer already."""
    row = Idea.objects.select_for_update().get(pk=idea.pk)
    if row.answered_at:
        raise ValidationError(_("This idea has been answered meanwhile. Nothing was overwritten."))
    if award and answer == Idea.Answer.DECLINED:
        raise ValidationError({"award": _("Only an idea that is adopted or on trial can be awarded.")})
    row.answer, row.answer_text, row.award = answer, text, award
    row.answered_by, row.answered_at = by, periods.now()
    row.save(update_fields=["answer", "answer_text", "award", "answered_by", "answered_at"])
    notify(
        [row.author],
        _("Your idea “%(title)s” has an answer: %(answer)s") % {"title": row.title, "answer": row.get_answer_display()},
        url=reverse("journals:idea", args=[row.pk]),
        key=f"idea:{row.pk}:answer",
    )
    return row


def new_articles(user: User, since: dt.timedelta = dt.timedelta(days=14)) -> Any:
    """Articles of the last days that the person has not opened."""
    return Article.objects.unread_by(user).filter(created_at__gte=periods.now() - since).select_related("author")

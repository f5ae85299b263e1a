"""Verbs on journals: open, keep a draft, hand in, review, return."""

import datetime as dt
from collections.abc import Mapping
from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.db.models import Max
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from crm.lib import periods
from crm.lib.periods import Period
from journals import drafting
from journals.models import Journal, JournalKind, JournalVersion, Review
from journals.rules import Rules, rules_for, rules_of
from journals.sections import LONGEST, sections_of
from people.models import OrgUnit, Posting, User
from people.services import finish_task, give_task, notify


class Conflict(ValidationError):
    """Somebody else, or the same person elsewhere, was quicker: nothing was written."""


def span(kind: str, day: dt.date) -> Period:
    """The day, week or month that a journal is about."""
    match kind:
        case JournalKind.WEEK:
            return Period.week(day)
        case JournalKind.MONTH:
            return Period.month(day)
    return Period(periods.DAY, day, day)


def new_journal(author: User, kind: str, day: dt.date, rules: Rules | None = None) -> Journal:
    """The journal of a span, not saved yet; ValidationError for a span that has not begun."""
    period = span(kind, day)
    if period.start > periods.today():
        raise ValidationError(_("This day has not come yet. A journal can be written from the day itself on."))
    rules = rules or rules_for(author)
    return Journal(
        author=author, org=unit_on(author, period.end), kind=kind, day=period.start, due_at=rules.due_at(period)
    )


def unit_on(person: User, day: dt.date) -> OrgUnit:
    """Where a person worked on a day."""
    posting = Posting.objects.during(day, day).filter(user=person).select_related("unit").first()
    return posting.unit if posting else person.unit


def open_journal(author: User, kind: str, day: dt.date) -> Journal:
    """The author's journal of the span around ``day``, made when there is none; ValidationError for the future."""
    new = new_journal(author, kind, day)
    journal, _created = Journal.objects.get_or_create(
        author=author, kind=kind, day=new.day, defaults={"org": new.org, "due_at": new.due_at}
    )
    return journal


def texts_of(journal: Journal) -> dict[str, str]:
    """What stands in the editor: the draft, else the version that came back."""
    if journal.draft or not journal.pk:
        return dict(journal.draft)
    version = journal.versions.order_by("-number").first()
    return dict(version.sections) if version else {}


@transaction.atomic
def save_draft(journal: Journal, sections: Mapping[str, str], *, seen: str | None = None) -> Journal:
    """Keep what is written so far. ``seen``: stamp of the draft that it started from; a newer one is a Conflict."""
    row = Journal.objects.select_for_update().get(pk=journal.pk)
    if row.state not in (Journal.State.DRAFT, Journal.State.RETURNED):
        raise Conflict(_("This journal has been handed in already. What is written here was not saved."))
    if seen and seen != stamp(row):
        raise Conflict(
            _("This journal was changed elsewhere at %(time)s. Load the page again to see that text.")
            % {"time": date_format(periods.local(row.updated_at), "H:i")}
        )
    row.draft = cleaned(row.kind, sections)
    row.updated_at = periods.now()
    row.save(update_fields=["draft", "updated_at"])
    return row


def stamp(journal: Journal) -> str:
    """Names a state of the draft; empty for a journal that is not saved yet."""
    return journal.updated_at.isoformat() if journal.pk else ""


def cleaned(kind: str, sections: Mapping[str, str]) -> dict[str, str]:
    """The texts of a kind's sections without blank ends; ValidationError by section when one is too long."""
    texts = {section.code: sections.get(section.code, "").strip() for section in sections_of(kind)}
    long = {
        code: _("At most %(n)d characters.") % {"n": LONGEST} for code, text in texts.items() if len(text) > LONGEST
    }
    if long:
        raise ValidationError(long)
    return {code: text for code, text in texts.items() if text}


@transaction.atomic
def submit(journal: Journal, sections: Mapping[str, str], *, at: dt.datetime | None = None) -> JournalVersion:
    """Hand in a text with the facts as they are now: a new sealed version. ``at``: the moment, if not now."""
    row = Journal.objects.select_for_update().select_related("author__unit").get(pk=journal.pk)
    if row.state not in (Journal.State.DRAFT, Journal.State.RETURNED):
        raise Conflict(_("This journal has been handed in already. Every version stays as it is."))
    texts = cleaned(row.kind, sections)
    missing = [section for section in sections_of(row.kind) if section.required and not texts.get(section.code)]
    if missing:
        raise ValidationError({section.code: _("Please write this section before handing in.") for section in missing})
    moment = at or periods.now()
    number = (row.versions.aggregate(last=Max("number"))["last"] or 0) + 1
    version = JournalVersion.objects.create(
        journal=row,
        number=number,
        sections=texts,
        facts=drafting.facts(row.author, row.period),
        submitted_at=moment,
    )
    if number > 1:
        close_return(row, number - 1)
    row.state, row.draft, row.updated_at = Journal.State.SUBMITTED, {}, moment
    row.submitted_at = row.submitted_at or moment
    row.save(update_fields=["state", "draft", "updated_at", "submitted_at"])
    return version


def close_return(journal: Journal, number: int) -> None:
    """The answer to a return: its task is done, and who returned it hears of it."""
    review = Review.objects.filter(version__journal=journal, version__number=number).select_related("task", "reviewer")
    for found in review:
        if found.task:
            finish_task(found.task, _("Resubmitted"))
        notify(
            [found.reviewer],
            _("%(name)s has handed in “%(title)s” again") % {"name": journal.author.name, "title": journal.title},
            url=reverse("journals:desk-journal", args=[journal.pk]),
            key=f"journal:{journal.pk}:{number + 1}",
        )


@transaction.atomic
def review(
    journal: Journal,
    number: int,
    reviewer: User,
    *,
    decision: str = Review.Decision.ACCEPTED,
    evaluation: str = "",
    requirement: str = "",
    requirement_due_on: dt.date | None = None,
    suggestion: str = "",
    mark: int | None = None,
    praise: bool = False,
    at: dt.datetime | None = None,
) -> Review:
    """A supervisor's word on version ``number``, never on the own one.

    Conflict when it has one already or is not the latest any more.
    """
    row = Journal.objects.select_for_update().select_related("author__unit").get(pk=journal.pk)
    version = row.versions.order_by("-number").first()
    if row.author_id == reviewer.pk:
        raise PermissionDenied
    check_open(row, version, number)
    evaluation, requirement, suggestion = evaluation.strip(), requirement.strip(), suggestion.strip()
    returned = decision == Review.Decision.RETURNED
    if returned and not requirement:
        raise ValidationError({"requirement": _("Say what has to be changed before returning it.")})
    if not returned and not (mark or evaluation):
        raise ValidationError({"mark": _("Give a mark or write an evaluation.")})
    moment = at or periods.now()
    task = None
    if requirement:
        due_on = requirement_due_on or rules_of(row.author.organisation_id).task_due_on(periods.local(moment).date())
        task = give_task(
            row.author,
            requirement,
            due_on,
            by=reviewer,
            source=f"review:{version.pk}",
            about=f"journal:{row.pk}",
            url=reverse("journals:detail", args=[row.pk]),
            note=_("Requirement to “%(title)s”") % {"title": row.title},
        )
        requirement_due_on = due_on
    found = Review.objects.create(
        journal=row,
        version=version,
        reviewer=reviewer,
        decision=decision,
        evaluation=evaluation,
        requirement=requirement,
        requirement_due_on=requirement_due_on if requirement else None,
        suggestion=suggestion,
        mark=mark,
        praise=praise and not returned,
        task=task,
        created_at=moment,
    )
    row.state = Journal.State.RETURNED if returned else Journal.State.REVIEWED
    row.reviewed_at, row.review_read_at, row.updated_at = moment, None, moment
    row.save(update_fields=["state", "reviewed_at", "review_read_at", "updated_at"])
    tell_author(row, found)
    return found


def return_(journal: Journal, number: int, reviewer: User, requirement: str, **values: Any) -> Review:
    """Give a version back with what has to be changed; the author then writes a new one."""
    return review(journal, number, reviewer, decision=Review.Decision.RETURNED, requirement=requirement, **values)


def check_open(journal: Journal, version: JournalVersion | None, number: int) -> None:
    """Conflict, in words, when version ``number`` cannot be reviewed any more."""
    done = Review.objects.filter(version__journal=journal, version__number=number).select_related("reviewer").first()
    if done:
        raise Conflict(
            _("%(name)s has reviewed this journal at %(time)s. Your words were not saved, nothing was overwritten.")
            % {"name": done.reviewer.name, "time": date_format(periods.local(done.created_at), "H:i")}
        )
    if version is None or version.number != number or journal.state != Journal.State.SUBMITTED:
        raise Conflict(_("This journal has changed meanwhile. Please read the newest version."))


def tell_author(journal: Journal, found: Review) -> None:
    """The author hears of the review once."""
    names = {"name": found.reviewer.name, "title": journal.title}
    if found.decision == Review.Decision.RETURNED:
        text = _("%(name)s has returned “%(title)s”: please revise it") % names
    elif found.praise:
        text = _("%(name)s has reviewed and praised “%(title)s”") % names
    else:
        text = _("%(name)s has reviewed “%(title)s”") % names
    notify([journal.author], text, url=reverse("journals:detail", args=[journal.pk]), key=f"review:{found.pk}")


def mark_read(journal: Journal) -> None:
    """The author has seen the review: the first time counts."""
    Journal.objects.filter(pk=journal.pk, review_read_at=None).exclude(reviewed_at=None).update(
        review_read_at=periods.now()
    )


def last_return(journal: Journal) -> Review | None:
    """The review that a returned journal came back with."""
    if journal.state != Journal.State.RETURNED:
        return None
    return journal.reviews.select_related("reviewer").order_by("-created_at").first()

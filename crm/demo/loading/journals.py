"""Journals with their sealed versions, reviews, and the tasks that requirements became."""

import datetime as dt
from collections import defaultdict
from collections.abc import Callable, Sequence
from typing import Any

from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _

from clients.models import ClientTier
from crm.demo.diaries import Diarist, Diary, ReviewText
from crm.demo.loading.base import Loading, aware, copy_in, supervisor_of
from crm.demo.loading.visits import Held, done_on
from crm.demo.styles import STYLES
from crm.lib import periods, sql
from crm.lib.workdays import is_work_day
from journals import drafting
from journals.models import Journal, JournalKind, JournalVersion, Review
from journals.rules import rules_of
from people.models import Role, Task
from visits.models import Visit
from visits.slots import journal_parts

FRESH = dt.timedelta(days=2)


def load_journals(loading: Loading, held: Held, visits: Sequence[Visit]) -> list[Diary]:
    """The journals of every day, then those of weeks and months, which sum up the days' ones."""
    diaries = _write(loading, held)
    known = _Known(loading, visits)
    # The product's own collecting asks the database for each journal: for those that people still open.
    last_month = periods.month_of(loading.today) - dt.timedelta(days=1)

    def facts_of(journal: Journal) -> list[drafting.Fact]:
        fresh = loading.today - FRESH
        if journal.period.end < (min(fresh, last_month) if journal.kind == JournalKind.MONTH else fresh):
            return known.facts(journal)
        return drafting.facts(journal.author, journal.period)

    with translation.override("zh-hans"):
        _put_in(loading, [diary for diary in diaries if diary.kind == JournalKind.DAY], facts_of)
        sql.analyze("journals_journal", "journals_journalversion", "journals_review", "people_task")
        # Weeks sum up the days' journals that are in now, and months the weeks'.
        for kind in (JournalKind.WEEK, JournalKind.MONTH):
            _put_in(loading, [diary for diary in diaries if diary.kind == kind], facts_of)
    return diaries


def _put_in(loading: Loading, diaries: Sequence[Diary], facts_of: Callable[[Journal], list[drafting.Fact]]) -> None:
    """Journals with versions, reviews and tasks; ``facts_of`` says what the system knew of a journal's span."""
    rules = rules_of(loading.organisation.pk)
    journals = [_journal(loading, diary, rules) for diary in diaries]
    copy_in(journals)
    versions: list[JournalVersion] = []
    told: list[tuple[Journal, JournalVersion, ReviewText, Diary]] = []
    for diary, journal in zip(diaries, journals, strict=True):
        facts = facts_of(journal)
        for number, (moment, sections) in enumerate(diary.versions, start=1):
            version = JournalVersion(
                journal=journal, number=number, sections=sections, facts=facts, submitted_at=aware(moment)
            )
            versions.append(version)
            review = diary.reviews[number - 1] if number <= len(diary.reviews) else None
            if review:
                told.append((journal, version, review, diary))
    copy_in(versions)
    tasks = {
        version.pk: _task(loading, journal, version, review, diary)
        for journal, version, review, diary in told
        if review.requirement
    }
    copy_in(list(tasks.values()))
    copy_in(
        [_review(loading, journal, version, review, tasks.get(version.pk)) for journal, version, review, _d in told]
    )


class _Known:
    """What `journals.drafting.facts` finds of visits and tasks, from the rows at hand: no query a journal."""

    def __init__(self, loading: Loading, visits: Sequence[Visit]):
        self.visits: dict[tuple[int, dt.date], list[Visit]] = defaultdict(list)
        for tier in ClientTier.objects.filter(client__organisation=loading.organisation):
            loading.clients[tier.client_id].standing = tier
        for visit in sorted(visits, key=lambda visit: visit.checked_in_at):
            self.visits[visit.manager_id, visit.day].append(visit)
        self.tasks: dict[tuple[int, dt.date], list[Task]] = defaultdict(list)
        done = Task.objects.filter(owner__in=[user.pk for user in loading.users.values()]).exclude(done_at=None)
        for task in done.order_by("done_at", "pk"):
            self.tasks[task.owner_id, periods.local(task.done_at).date()].append(task)

    def facts(self, journal: Journal) -> list[drafting.Fact]:
        """Visits, calls and tasks of a journal's span, and the time line of a day."""
        period = journal.period
        days = [period.start + dt.timedelta(days=step) for step in range((period.end - period.start).days + 1)]
        made = [visit for day in days for visit in self.visits.get((journal.author_id, day), ())]
        done = [task for day in days for task in self.tasks.get((journal.author_id, day), ())]
        most = 0 if period.kind == periods.DAY else drafting.LATEST
        found = [drafting.normal(section, period) for section in journal_parts(made, period, most)]
        rest = drafting.tasks_section(done, period), period.kind == periods.DAY and drafting.time_line_section(made)
        return found + [section for section in rest if section]


def _write(loading: Loading, held: Held) -> list[Diary]:
    managers = loading.staff(Role.AM)
    model = next(person["name"] for person in managers if person["style"] == "excellent")
    junior = next((person["name"] for person in managers if person["style"] in ("new", "unsure")), model)
    diarist = Diarist(loading.stream("journals"), loading.profile, loading.now, model, junior)
    diaries: list[Diary] = []
    for person in managers:
        own = [entry for entry in held if entry[0].manager == person["username"] and entry[0].day <= loading.today]
        reviewer = supervisor_of(loading, person["username"])["reviewer"]
        days = [entry for entry in own if is_work_day(entry[0].day)]
        first = max(loading.first_day, loading.users[person["username"]].joined_on)
        diaries += diarist.write(days, reviewer)
        for kind in (JournalKind.WEEK, JournalKind.MONTH):
            diaries += diarist.write_spans(kind, own, first, reviewer)
    return diaries


def _journal(loading: Loading, diary: Diary, rules: Any) -> Journal:
    author = loading.users[diary.manager]
    review = diary.reviews[-1] if len(diary.reviews) == len(diary.versions) else None
    last = diary.reviews[-1] if diary.reviews else None
    state = Journal.State.SUBMITTED
    if review:
        state = Journal.State.RETURNED if review.returned else Journal.State.REVIEWED
    moments = [moment for moment, _sections in diary.versions] + ([last.at] if last else [])
    journal = Journal(
        author=author,
        org=author.unit,
        kind=diary.kind,
        day=diary.day,
        state=state,
        submitted_at=aware(diary.versions[0][0]),
        reviewed_at=aware(last.at) if last else None,
        updated_at=aware(max(moments)),
    )
    journal.due_at = rules.due_at(journal.period)
    if review:
        read_at = review.at + dt.timedelta(
            hours=loading.stream(f"read {diary.manager} {diary.kind} {diary.day}").uniform(0.3, 20)
        )
        journal.review_read_at = aware(read_at) if read_at < loading.now else None
    return journal


def _review(loading: Loading, journal: Journal, version: JournalVersion, text: ReviewText, task: Task | None) -> Review:
    supervisor = supervisor_of(loading, journal.author.username)
    return Review(
        journal=journal,
        version=version,
        reviewer=loading.users[supervisor["username"]],
        decision=Review.Decision.RETURNED if text.returned else Review.Decision.ACCEPTED,
        evaluation=text.evaluation,
        requirement=text.requirement,
        requirement_due_on=text.requirement_due_on,
        suggestion=text.suggestion,
        mark=text.mark,
        praise=text.praise,
        task=task,
        created_at=aware(text.at),
    )


def _task(loading: Loading, journal: Journal, version: JournalVersion, text: ReviewText, diary: Diary) -> Task:
    """The requirement as the author's task: done with the next version, or as punctually as the author is."""
    supervisor = supervisor_of(loading, journal.author.username)
    assert text.requirement_due_on is not None
    task = Task(
        owner=journal.author,
        org_id=journal.author.unit_id,
        title=text.requirement[:200],
        due_on=text.requirement_due_on,
        source=f"review:{version.pk}",
        about=f"journal:{journal.pk}",
        url=reverse("journals:detail", args=[journal.pk]),
        note=_("Requirement to “%(title)s”") % {"title": journal.title},
        created_by=loading.users[supervisor["username"]],
        created_at=aware(text.at),
    )
    done: dt.datetime | None
    if text.returned:
        done = diary.versions[version.number][0] if len(diary.versions) > version.number else None
        task.done_note = _("Resubmitted") if done else ""
    else:
        style = next(person["style"] for person in loading.staff(Role.AM) if person["username"] == diary.manager)
        rng = loading.stream(f"requirement {diary.manager} {diary.kind} {diary.day}")
        done = done_on(rng, text.at.date(), text.requirement_due_on, STYLES[style].follow_up)
    if done and done < loading.now:
        task.done_at = aware(done)
    return task


def counts(diaries: Sequence[Diary]) -> dict[str, int]:
    """How many journals, reviews and returns there are."""
    reviews = [review for diary in diaries for review in diary.reviews if review]
    return {"journals": len(diaries), "reviews": len(reviews), "returned": sum(review.returned for review in reviews)}

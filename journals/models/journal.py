"""Journals, their sealed versions and their reviews."""

import datetime as dt

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext

from crm.lib import periods
from crm.lib.periods import Period
from journals.querysets import JournalQuerySet, JournalRowQuerySet
from people.models import OrgUnit, Task, User


class JournalKind(models.TextChoices):
    """What span a journal is about."""

    DAY = "day", _("Work journal")
    WEEK = "week", _("Work summary")
    MONTH = "month", _("Market report")


class Journal(models.Model):
    """One person's journal of a day, week or month; its text lives in versions, the draft here."""

    class State(models.TextChoices):
        DRAFT = "draft", _("Draft")
        SUBMITTED = "submitted", _("Submitted")
        RETURNED = "returned", _("Returned")
        REVIEWED = "reviewed", _("Reviewed")

    author = models.ForeignKey(User, models.PROTECT, related_name="journals", db_index=False)
    org = models.ForeignKey(
        OrgUnit, models.PROTECT, related_name="+", db_index=False, help_text="the author's unit at that time"
    )
    kind = models.CharField(max_length=10, choices=JournalKind, default=JournalKind.DAY)
    day = models.DateField(help_text="first day of the span")
    state = models.CharField(max_length=10, choices=State, default=State.DRAFT)
    draft = models.JSONField(default=dict, help_text="section code → text while nothing is submitted")
    due_at = models.DateTimeField()
    submitted_at = models.DateTimeField(null=True, help_text="of the first version: decides whether it was late")
    reviewed_at = models.DateTimeField(null=True)
    review_read_at = models.DateTimeField(null=True, help_text="when the author first saw the latest review")
    updated_at = models.DateTimeField(default=periods.now)

    objects = JournalQuerySet.as_manager()

    class Meta:
        ordering = ["-day", "author_id"]
        constraints = [models.UniqueConstraint(fields=["author", "kind", "day"], name="journal_once")]
        indexes = [
            models.Index(fields=["author", "-day"], name="journal_author_day"),
            models.Index(fields=["org", "-day"], name="journal_org_day"),
            models.Index(fields=["-day", "-id"], name="journal_newest"),  # the list of many units, in its own order
            models.Index(fields=["org", "submitted_at"], condition=Q(state="submitted"), name="journal_inbox"),
        ]

    def __str__(self) -> str:
        return f"{self.author} {self.day}"

    @property
    def is_late(self) -> bool:
        """Submitted after the deadline, or not yet and the deadline has passed."""
        return (self.submitted_at or periods.now()) > self.due_at

    def waits_for(self, user: User) -> bool:
        """Whether it can be reviewed by a person who sees it: ``reviewable_by`` for one row at hand."""
        return user.is_supervisor and self.author_id != user.pk and self.state == self.State.SUBMITTED

    @property
    def period(self) -> Period:
        """The span of days that it is about."""
        match self.kind:
            case JournalKind.WEEK:
                return Period.week(self.day)
            case JournalKind.MONTH:
                return Period.month(self.day)
        return Period(periods.DAY, self.day, self.day)

    @property
    def span_text(self) -> str:
        """The span as people write it: Fri, Nov 20, Nov 16 – Nov 22, November 2026."""
        match self.kind:
            case JournalKind.WEEK:
                end = self.day + dt.timedelta(days=6)
                style = pgettext("date format", "M j")
                return f"{date_format(self.day, style)} – {date_format(end, style)}"
            case JournalKind.MONTH:
                return date_format(self.day, "YEAR_MONTH_FORMAT")
        return date_format(self.day, pgettext("date format", "D, M j"))

    @property
    def title(self) -> str:
        """Kind and span in words."""
        return f"{self.get_kind_display()} {self.span_text}"


class JournalVersion(models.Model):
    """The text as submitted, with the facts of the span beside it. Sealed."""

    journal = models.ForeignKey(Journal, models.PROTECT, related_name="versions", db_index=False)
    number = models.PositiveSmallIntegerField()
    sections = models.JSONField(help_text="section code → text, as the author wrote it")
    facts = models.JSONField(help_text="what the system knew of the span: [{title, lines}]")
    submitted_at = models.DateTimeField(default=periods.now)

    objects = JournalRowQuerySet.as_manager()

    class Meta:
        ordering = ["journal_id", "number"]
        constraints = [models.UniqueConstraint(fields=["journal", "number"], name="journal_version_once")]

    def __str__(self) -> str:
        return f"{self.journal} v{self.number}"


class Review(models.Model):
    """A supervisor's word on a version, in three parts. Sealed."""

    class Decision(models.TextChoices):
        ACCEPTED = "accepted", _("Accepted")
        RETURNED = "returned", _("Returned")

    journal = models.ForeignKey(Journal, models.PROTECT, related_name="reviews")
    version = models.OneToOneField(JournalVersion, models.PROTECT, related_name="review")
    reviewer = models.ForeignKey(User, models.PROTECT, related_name="reviews")
    decision = models.CharField(max_length=10, choices=Decision, default=Decision.ACCEPTED)
    evaluation = models.TextField(_("evaluation"), blank=True)
    requirement = models.TextField(_("requirement"), blank=True)
    requirement_due_on = models.DateField(_("to be done by"), null=True, blank=True)
    suggestion = models.TextField(_("suggestion"), blank=True)
    mark = models.PositiveSmallIntegerField(
        _("mark"), null=True, blank=True, validators=[MinValueValidator(1), MaxValueValidator(5)]
    )
    praise = models.BooleanField(_("praise"), default=False)
    task = models.OneToOneField(Task, models.PROTECT, null=True, related_name="+")
    created_at = models.DateTimeField(default=periods.now)

    objects = JournalRowQuerySet.as_manager()

    class Meta:
        ordering = ["created_at"]
        constraints = [
            models.CheckConstraint(condition=Q(mark=None) | Q(mark__range=(1, 5)), name="review_mark_1_to_5"),
            models.CheckConstraint(
                condition=~Q(decision="returned") | ~Q(requirement=""), name="review_return_says_what"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.journal} {self.decision}"

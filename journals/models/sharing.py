"""What people reuse and share: phrases of a reviewer, articles to read, ideas upward."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from crm.lib import periods
from journals.querysets import ArticleQuerySet, IdeaQuerySet, OwnQuerySet
from people.models import OrgUnit, User


class Phrase(models.Model):
    """A reviewer's own turn of words for one part of a review."""

    class Part(models.TextChoices):
        EVALUATION = "evaluation", _("Evaluation")
        REQUIREMENT = "requirement", _("Requirement")
        SUGGESTION = "suggestion", _("Suggestion")

    owner = models.ForeignKey(User, models.CASCADE, related_name="phrases", db_index=False)
    part = models.CharField(pgettext_lazy("review", "part"), max_length=20, choices=Part)
    text = models.CharField(_("phrase"), max_length=200)

    objects = OwnQuerySet.as_manager()

    class Meta:
        ordering = ["part", "pk"]
        constraints = [models.UniqueConstraint(fields=["owner", "part", "text"], name="phrase_once")]

    def __str__(self) -> str:
        return self.text


class Article(models.Model):
    """Something worth reading by everybody of a unit: a knowledge note, a case, a special report."""

    class Kind(models.TextChoices):
        NOTE = "note", _("Knowledge note")
        CASE = "case", _("Case")
        REPORT = "report", _("Special report")

    unit = models.ForeignKey(OrgUnit, models.PROTECT, related_name="+", help_text="who reads it: this unit and below")
    author = models.ForeignKey(User, models.PROTECT, related_name="articles")
    kind = models.CharField(_("kind"), max_length=10, choices=Kind, default=Kind.NOTE)
    title = models.CharField(_("title"), max_length=100)
    text = models.TextField(_("text"), max_length=20000)
    created_at = models.DateTimeField(default=periods.now)
    withdrawn_at = models.DateTimeField(null=True)
    readers = models.ManyToManyField(User, through="ArticleRead", related_name="+")

    objects = ArticleQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at", "-pk"]
        indexes = [models.Index(fields=["unit", "-created_at"], name="article_of_unit")]

    def __str__(self) -> str:
        return self.title


class ArticleRead(models.Model):
    """Who read an article, and when first."""

    article = models.ForeignKey(Article, models.CASCADE, related_name="reads")
    user = models.ForeignKey(User, models.CASCADE, related_name="+")
    read_at = models.DateTimeField(default=periods.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["article", "user"], name="article_read_once")]

    def __str__(self) -> str:
        return f"{self.user} {self.article}"


class Idea(models.Model):
    """A proposal upwards with an answer due. Sealed once answered."""

    class Answer(models.TextChoices):
        ADOPTED = "adopted", _("Adopted")
        TRIED = "tried", _("On trial")
        DECLINED = "declined", _("Not adopted")

    author = models.ForeignKey(User, models.PROTECT, related_name="ideas")
    org = models.ForeignKey(OrgUnit, models.PROTECT, related_name="+", help_text="the author's unit at that time")
    title = models.CharField(_("title"), max_length=100)
    text = models.TextField(_("proposal"), max_length=4000)
    created_at = models.DateTimeField(default=periods.now)
    answer_due_on = models.DateField()
    answer = models.CharField(_("answer"), max_length=10, choices=Answer, blank=True)
    answer_text = models.TextField(_("reason and next step"), blank=True, max_length=4000)
    award = models.BooleanField(_("innovation award"), default=False)
    answered_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    answered_at = models.DateTimeField(null=True)

    objects = IdeaQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at", "-pk"]
        indexes = [models.Index(fields=["org", "-created_at"], name="idea_of_unit")]
        constraints = [
            models.CheckConstraint(
                condition=Q(answered_at=None, answer="")
                | (Q(answered_at__isnull=False) & ~Q(answer="") & ~Q(answer_text="") & Q(answered_by__isnull=False)),
                name="idea_answer_is_whole",
            ),
            models.CheckConstraint(condition=Q(award=False) | Q(answer__in=("adopted", "tried")), name="idea_award"),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def is_late(self) -> bool:
        """Whether its day has passed unanswered."""
        return self.answered_at is None and self.answer_due_on < periods.today()

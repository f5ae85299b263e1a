"""The weekly sample: a draw that anyone can redo, what it drew, and the second readings."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from crm.lib import periods
from journals.models.journal import Journal
from journals.querysets import DrawQuerySet, DrawRowQuerySet
from people.models import OrgUnit, User


class Draw(models.Model):
    """One unit's sample of a week. Sealed: with the seed, the rule and the population the list can be made again."""

    class Level(models.TextChoices):
        FIRST = "first", _("First reading")
        SECOND = "second", _("Second reading")

    organisation = models.ForeignKey(OrgUnit, models.PROTECT, related_name="+")
    unit = models.ForeignKey(OrgUnit, models.PROTECT, related_name="draws", help_text="whose supervisors read it")
    level = models.CharField(
        max_length=10, choices=Level, help_text="first: journals of the own people; second: what those below reviewed"
    )
    week = models.DateField(help_text="its Monday")
    seed = models.CharField(max_length=64)
    share = models.DecimalField(max_digits=5, decimal_places=4)
    least = models.PositiveSmallIntegerField(help_text="of every stratum")
    units = models.JSONField(help_text="ids of the units whose journals are the population")
    cutoff = models.DateTimeField(help_text="journals handed in (second reading: reviewed) until then")
    population = models.PositiveIntegerField()
    created_at = models.DateTimeField(default=periods.now)

    objects = DrawQuerySet.as_manager()

    class Meta:
        ordering = ["-week", "unit_id", "level"]
        constraints = [models.UniqueConstraint(fields=["unit", "level", "week"], name="draw_once")]

    def __str__(self) -> str:
        return f"{self.unit} {self.week} {self.level}"

    @property
    def period(self) -> periods.Period:
        """The week."""
        return periods.Period.week(self.week)


class SampledJournal(models.Model):
    """A journal that a draw picked. Sealed."""

    draw = models.ForeignKey(Draw, models.PROTECT, related_name="items")
    journal = models.ForeignKey(Journal, models.PROTECT, related_name="samples")
    stratum = models.PositiveBigIntegerField(help_text="the author (first reading) or the reviewer (second)")

    objects = DrawRowQuerySet.as_manager()

    class Meta:
        ordering = ["draw_id", "stratum", "journal_id"]
        constraints = [models.UniqueConstraint(fields=["draw", "journal"], name="sampled_once")]

    def __str__(self) -> str:
        return f"{self.draw}: {self.journal}"


class SecondReading(models.Model):
    """What the level above thinks of a journal and its review. Sealed."""

    class Verdict(models.TextChoices):
        AGREES = "agrees", _("Review is right")
        TOO_KIND = "too_kind", _("Review is too kind")
        TOO_STRICT = "too_strict", _("Review is too strict")
        SHALLOW = "shallow", _("Review says too little")

    item = models.OneToOneField(SampledJournal, models.PROTECT, related_name="reading")
    reader = models.ForeignKey(User, models.PROTECT, related_name="+")
    verdict = models.CharField(_("verdict"), max_length=10, choices=Verdict)
    opinion = models.TextField(_("opinion"), blank=True, max_length=2000)
    created_at = models.DateTimeField(default=periods.now)

    objects = DrawRowQuerySet.as_manager()

    def __str__(self) -> str:
        return f"{self.item} {self.verdict}"

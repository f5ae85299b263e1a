"""Work done together with delivery staff, inspectors and other posts."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from clients.models import Client
from crm.lib import periods
from journals.querysets import JointWorkQuerySet
from people.models import OrgUnit, Task, User


class JointWork(models.Model):
    """What two posts did and found together on a day. Sealed once the other one has confirmed it."""

    class Kind(models.TextChoices):
        DELIVERY = "delivery", _("With delivery")
        INSPECTION = "inspection", _("With monopoly inspection")
        OTHER = "other", _("With another post")

    author = models.ForeignKey(User, models.PROTECT, related_name="+")
    partner = models.ForeignKey(
        User, models.PROTECT, related_name="+", verbose_name=pgettext_lazy("joint work", "together with")
    )
    org = models.ForeignKey(OrgUnit, models.PROTECT, related_name="+", help_text="the author's unit at that time")
    kind = models.CharField(_("kind"), max_length=10, choices=Kind, default=Kind.DELIVERY)
    day = models.DateField(_("day"), default=periods.today)
    client = models.ForeignKey(Client, models.PROTECT, null=True, related_name="+")
    text = models.TextField(_("done and found"), max_length=2000)
    task = models.OneToOneField(Task, models.PROTECT, null=True, related_name="+", help_text="what was agreed")
    created_at = models.DateTimeField(default=periods.now)
    confirmed_at = models.DateTimeField(null=True)
    confirmation = models.CharField(pgettext_lazy("joint work", "word"), max_length=300, blank=True)

    objects = JointWorkQuerySet.as_manager()

    class Meta:
        ordering = ["-day", "-pk"]
        indexes = [
            models.Index(fields=["author", "-day"], name="joint_of_author"),
            models.Index(fields=["partner", "-day"], name="joint_of_partner"),
            models.Index(fields=["org", "-day"], name="joint_of_unit"),
        ]
        constraints = [
            models.CheckConstraint(condition=~Q(author=F("partner")), name="joint_with_another"),
            models.CheckConstraint(
                condition=Q(confirmation="") | Q(confirmed_at__isnull=False), name="joint_word_when_confirmed"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.author} + {self.partner} {self.day}"

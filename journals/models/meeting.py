"""Meetings: agenda, attendance, minutes, and action items that become tasks."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from journals.querysets import MeetingQuerySet
from people.models import OrgUnit, Task, User


class Meeting(models.Model):
    """A meeting of a unit. Sealed, with its attendance and actions, once the minutes are closed."""

    class Kind(models.TextChoices):
        DAILY = "daily", _("Daily meeting")
        WEEKLY = "weekly", _("Weekly meeting")
        MONTHLY = "monthly", _("Monthly meeting")
        SPECIAL = "special", _("Special meeting")

    unit = models.ForeignKey(OrgUnit, models.PROTECT, related_name="+")
    kind = models.CharField(_("kind"), max_length=10, choices=Kind, default=Kind.DAILY)
    title = models.CharField(_("title"), max_length=100)
    begins_at = models.DateTimeField(_("begins at"))
    place = models.CharField(_("place"), max_length=100, blank=True)
    agenda = models.TextField(_("agenda"), blank=True, max_length=4000)
    minutes = models.TextField(pgettext_lazy("meeting", "minutes"), blank=True, max_length=20000)
    created_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    closed_at = models.DateTimeField(null=True)

    objects = MeetingQuerySet.as_manager()

    class Meta:
        ordering = ["-begins_at", "-pk"]
        indexes = [models.Index(fields=["unit", "-begins_at"], name="meeting_of_unit")]
        constraints = [
            models.CheckConstraint(condition=Q(closed_at=None) | ~Q(minutes=""), name="meeting_closed_has_minutes")
        ]

    def __str__(self) -> str:
        return self.title


class Attendance(models.Model):
    """Somebody invited to a meeting, and whether they came."""

    class State(models.TextChoices):
        INVITED = "invited", _("Invited")
        PRESENT = "present", _("Present")
        EXCUSED = "excused", _("Excused")
        ABSENT = "absent", _("Absent")

    meeting = models.ForeignKey(Meeting, models.CASCADE, related_name="attendance")
    user = models.ForeignKey(User, models.PROTECT, related_name="+")
    state = models.CharField(max_length=10, choices=State, default=State.INVITED)

    class Meta:
        ordering = ["meeting_id", "user__name", "pk"]
        constraints = [models.UniqueConstraint(fields=["meeting", "user"], name="attendance_once")]

    def __str__(self) -> str:
        return f"{self.user} {self.state}"


class Action(models.Model):
    """What a meeting decided that somebody does; it is a task of theirs."""

    meeting = models.ForeignKey(Meeting, models.CASCADE, related_name="actions")
    task = models.OneToOneField(Task, models.PROTECT, related_name="+")

    class Meta:
        ordering = ["meeting_id", "pk"]

    def __str__(self) -> str:
        return str(self.task)

"""Coaching cases: a type proposed by rule, confirmed by the supervisor, actions, and the score before and after."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from crm.lib import periods
from kpi.querysets import CaseQuerySet
from people.models import OrgUnit, Task, User


class CoachingType(models.TextChoices):
    """The seven types of account managers that a supervisor handles each in another way."""

    UNSURE = "unsure", _("Unsure")
    NO_DRIVE = "no_drive", _("No drive")
    COMPLAINTS = "complaints", _("Complaint-causing")
    WEAK_FINISH = "weak_finish", _("Strong start, weak finish")
    RESENTFUL = "resentful", _("Resentful")
    COMPLACENT = "complacent", _("Complacent")
    EXCELLENT = "excellent", pgettext_lazy("coaching", "Excellent")


class CoachingCase(models.Model):
    """A manager who needs attention of a kind; the figures say why. The supervisor confirms, corrects or dismisses."""

    class State(models.TextChoices):
        PROPOSED = "proposed", _("Proposed")
        CONFIRMED = "confirmed", _("Confirmed")
        DISMISSED = "dismissed", _("Dismissed")
        CLOSED = "closed", _("Closed")

    organisation = models.ForeignKey(OrgUnit, models.PROTECT, related_name="+")
    manager = models.ForeignKey(User, models.PROTECT, related_name="coaching_cases")
    org = models.ForeignKey(OrgUnit, models.PROTECT, related_name="+")
    period = models.CharField(max_length=10, help_text="month whose figures proposed it")
    proposed = models.CharField(max_length=12, choices=CoachingType)
    type = models.CharField(_("type"), max_length=12, choices=CoachingType, help_text="as the supervisor sees it")
    figures = models.JSONField(help_text="[[what, value, limit], …] as measured")
    state = models.CharField(max_length=10, choices=State, default=State.PROPOSED)
    score_before = models.DecimalField(max_digits=6, decimal_places=2, null=True)
    score_after = models.DecimalField(max_digits=6, decimal_places=2, null=True)
    period_after = models.CharField(max_length=10, blank=True)
    note = models.CharField(_("note"), max_length=300, blank=True)
    created_at = models.DateTimeField(default=periods.now)
    decided_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)

    objects = CaseQuerySet.as_manager()

    class Meta:
        ordering = ["-period", "org__path", "manager__username"]
        constraints = [
            models.UniqueConstraint(
                fields=["manager"], condition=Q(state__in=["proposed", "confirmed"]), name="coaching_case_one_open"
            ),
            models.UniqueConstraint(fields=["manager", "period"], name="coaching_case_once_a_period"),
            models.CheckConstraint(
                condition=Q(state="proposed", decided_by=None, decided_at=None)
                | Q(state__in=["confirmed", "dismissed", "closed"], decided_at__isnull=False),
                name="coaching_case_decision_whole",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.manager} {self.period} {self.type}"


class CoachingAction(models.Model):
    """Something that the supervisor does about a case, as a task."""

    class Kind(models.TextChoices):
        JOINT_VISIT = "joint_visit", _("Joint visits")
        TRAINING = "training", _("Training of knowledge and skills")
        TALK = "talk", _("A talk, one to one")
        STAGE_GOALS = "stage_goals", _("Goals for each stage, checked")
        NEW_AREA = "new_area", _("Another area")
        EXPLAIN = "explain", _("Rules and policy explained")
        TEAM = "team", _("Team activities, a say in matters")
        PRAISE = "praise", _("Praise and recognition")
        HARDER_GOALS = "harder_goals", _("Harder goals")
        MENTOR = "mentor", _("Helps others as a mentor")
        FIND_CAUSE = "find_cause", _("Causes of the complaints traced")

    case = models.ForeignKey(CoachingCase, models.PROTECT, related_name="actions")
    kind = models.CharField(max_length=12, choices=Kind)
    task = models.OneToOneField(Task, models.PROTECT, related_name="coaching_action")

    class Meta:
        ordering = ["task__due_on", "pk"]
        constraints = [models.UniqueConstraint(fields=["case", "kind"], name="coaching_action_once")]

    def __str__(self) -> str:
        return f"{self.case_id} {self.kind}"

"""The ladder of grades, who stands where, terms of appointment, exams, training and rotation."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from clients.querysets import OrganisationRowQuerySet
from crm.lib import periods
from kpi.models.honours import Honour
from kpi.querysets import CareerQuerySet, RotationQuerySet
from people.models import OrgUnit, Role, User


class PostGrade(models.Model):
    """A rung of an organisation's ladder; ``position`` rises with it. What a manager must show to get there."""

    organisation = models.ForeignKey(OrgUnit, models.PROTECT, related_name="+")
    code = models.CharField(_("code"), max_length=20)
    name = models.CharField(_("name"), max_length=40)
    position = models.PositiveSmallIntegerField(_("place on the ladder"), help_text=_("1 is the lowest."))
    monthly_pay = models.DecimalField(_("grade pay a month"), max_digits=10, decimal_places=2, default=0)
    exam_mark = models.DecimalField(
        _("least mark in the grade exam"), max_digits=5, decimal_places=2, null=True, blank=True,
        help_text=_("In percent; empty: no exam is needed."),
    )  # fmt: skip
    metric = models.CharField(_("or an indicator in its place"), max_length=40, blank=True)
    metric_least = models.DecimalField(_("at least"), max_digits=20, decimal_places=4, null=True, blank=True)
    is_active = models.BooleanField(_("in use"), default=True)

    objects = OrganisationRowQuerySet.as_manager()

    class Meta:
        ordering = ["organisation_id", "position"]
        constraints = [
            models.UniqueConstraint(fields=["organisation", "code"], name="post_grade_code_once"),
            models.UniqueConstraint(fields=["organisation", "position"], name="post_grade_place_once"),
            models.CheckConstraint(condition=Q(monthly_pay__gte=0), name="post_grade_pay_not_negative"),
            models.CheckConstraint(
                condition=Q(metric="", metric_least=None) | (~Q(metric="") & Q(metric_least__isnull=False)),
                name="post_grade_metric_whole",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class GradeMove(models.Model):
    """A step up or down that the rules propose after a period, with the figures; HR decides, once."""

    class Kind(models.TextChoices):
        PROMOTE = "promote", _("Promote")
        DEMOTE = "demote", _("Demote")

    class State(models.TextChoices):
        PROPOSED = "proposed", _("Proposed")
        ACCEPTED = "accepted", _("Accepted")
        DECLINED = "declined", _("Declined")

    organisation = models.ForeignKey(OrgUnit, models.PROTECT, related_name="+")
    manager = models.ForeignKey(User, models.PROTECT, related_name="grade_moves")
    period = models.CharField(max_length=10)
    kind = models.CharField(max_length=10, choices=Kind)
    from_grade = models.ForeignKey(PostGrade, models.PROTECT, related_name="+")
    to_grade = models.ForeignKey(PostGrade, models.PROTECT, related_name="+")
    figures = models.JSONField(help_text="scores, missing proof of qualification")
    state = models.CharField(max_length=10, choices=State, default=State.PROPOSED)
    note = models.CharField(_("reason"), max_length=300, blank=True)
    decided_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True)

    objects = CareerQuerySet.as_manager()

    class Meta:
        ordering = ["-period", "kind", "manager__username"]
        constraints = [
            models.UniqueConstraint(fields=["manager", "period"], name="grade_move_once_a_period"),
            models.CheckConstraint(
                condition=Q(state="proposed", decided_by=None, decided_at=None)
                | Q(state__in=["accepted", "declined"], decided_by__isnull=False, decided_at__isnull=False),
                name="grade_move_decision_whole",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.manager} {self.from_grade} → {self.to_grade}"


class GradeChange(models.Model):
    """A manager's grade from a day on, until the next change. Never changes."""

    organisation = models.ForeignKey(OrgUnit, models.PROTECT, related_name="+")
    manager = models.ForeignKey(User, models.PROTECT, related_name="grade_changes")
    grade = models.ForeignKey(PostGrade, models.PROTECT, related_name="changes")
    valid_from = models.DateField(_("from"))
    reason = models.CharField(_("reason"), max_length=300)
    move = models.OneToOneField(GradeMove, models.PROTECT, null=True, related_name="change")
    decided_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField(default=periods.now)

    objects = CareerQuerySet.as_manager()

    class Meta:
        ordering = ["manager_id", "-valid_from"]
        constraints = [
            models.UniqueConstraint(fields=["manager", "valid_from"], name="grade_change_once_a_day"),
            models.CheckConstraint(condition=~Q(reason=""), name="grade_change_has_a_reason"),
        ]

    def __str__(self) -> str:
        return f"{self.manager} {self.grade} {self.valid_from}"


class Term(models.Model):
    """A term of appointment; how it ends is decided once."""

    class Decision(models.TextChoices):
        RENEW = "renew", pgettext_lazy("term", "Renew")
        PROMOTE = "promote", _("Renew at a higher grade")
        DEMOTE = "demote", _("Renew at a lower grade")
        DISMISS = "dismiss", _("Do not renew")

    organisation = models.ForeignKey(OrgUnit, models.PROTECT, related_name="+")
    manager = models.ForeignKey(User, models.PROTECT, related_name="terms")
    starts_on = models.DateField(_("from"))
    ends_on = models.DateField(_("to"))
    decision = models.CharField(max_length=10, choices=Decision, blank=True)
    reason = models.CharField(_("reason"), max_length=300, blank=True)
    decided_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True)

    objects = CareerQuerySet.as_manager()

    class Meta:
        ordering = ["ends_on", "manager__username"]
        constraints = [
            models.CheckConstraint(condition=Q(ends_on__gt=F("starts_on")), name="term_ends_after_start"),
            models.UniqueConstraint(fields=["manager"], condition=Q(decision=""), name="term_one_open"),
            models.CheckConstraint(
                condition=Q(decision="", decided_by=None, decided_at=None, reason="")
                | (~Q(decision="") & ~Q(reason="") & Q(decided_by__isnull=False, decided_at__isnull=False)),
                name="term_decision_whole",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.manager} {self.starts_on}–{self.ends_on}"


class Exam(models.Model):
    """An exam for a grade, or the half-yearly skills exam."""

    class Kind(models.TextChoices):
        GRADE = "grade", _("Grade exam")
        SKILLS = "skills", _("Half-yearly skills exam")

    organisation = models.ForeignKey(OrgUnit, models.PROTECT, related_name="+")
    kind = models.CharField(_("kind"), max_length=10, choices=Kind, default=Kind.SKILLS)
    name = models.CharField(_("name"), max_length=80)
    held_on = models.DateField(_("day"))
    full_mark = models.DecimalField(_("full mark"), max_digits=5, decimal_places=1, default=100)
    pass_mark = models.DecimalField(_("pass mark"), max_digits=5, decimal_places=1, default=60)
    interview_share = models.DecimalField(
        _("share of the interview"), max_digits=3, decimal_places=2, default=0,
        help_text=_("0 without an interview; 0.4 counts it as 40 %."),
    )  # fmt: skip

    objects = OrganisationRowQuerySet.as_manager()

    class Meta:
        ordering = ["-held_on", "name"]
        constraints = [
            models.UniqueConstraint(fields=["organisation", "name"], name="exam_name_once"),
            models.CheckConstraint(
                condition=Q(full_mark__gt=0, pass_mark__gt=0, pass_mark__lte=F("full_mark")), name="exam_marks_sound"
            ),
            models.CheckConstraint(condition=Q(interview_share__range=(0, 1)), name="exam_interview_share_0_to_1"),
        ]

    def __str__(self) -> str:
        return self.name


class ExamResult(models.Model):
    """What a manager reached; ``mark`` is out of 100, written part and interview together."""

    exam = models.ForeignKey(Exam, models.PROTECT, related_name="results")
    manager = models.ForeignKey(User, models.PROTECT, related_name="exam_results")
    written = models.DecimalField(max_digits=5, decimal_places=1)
    interview = models.DecimalField(max_digits=5, decimal_places=1, null=True)
    mark = models.DecimalField(max_digits=5, decimal_places=2)
    entered_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    entered_at = models.DateTimeField(default=periods.now)

    class Meta:
        ordering = ["-mark"]
        constraints = [
            models.UniqueConstraint(fields=["exam", "manager"], name="exam_result_once"),
            models.CheckConstraint(condition=Q(mark__range=(0, 100)), name="exam_result_0_to_100"),
        ]

    def __str__(self) -> str:
        return f"{self.exam} {self.manager_id} {self.mark}"


class Training(models.Model):
    """A training that somebody is sent to: as the prize of an honour, or because it is needed."""

    organisation = models.ForeignKey(OrgUnit, models.PROTECT, related_name="+")
    manager = models.ForeignKey(User, models.PROTECT, related_name="trainings", verbose_name=_("account manager"))
    honour = models.OneToOneField(Honour, models.PROTECT, null=True, related_name="training")
    title = models.CharField(_("training"), max_length=120)
    place = models.CharField(_("place"), max_length=80, blank=True)
    starts_on = models.DateField(_("day"), null=True, blank=True)
    attended_on = models.DateField(null=True)
    given_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    given_at = models.DateTimeField(default=periods.now)

    objects = CareerQuerySet.as_manager()

    class Meta:
        ordering = [F("attended_on").desc(nulls_first=True), "-given_at"]

    def __str__(self) -> str:
        return f"{self.manager} {self.title}"


class Rotation(models.Model):
    """A change of post for a time or for good, planned by HR and carried out on its day by a transfer."""

    organisation = models.ForeignKey(OrgUnit, models.PROTECT, related_name="+")
    person = models.ForeignKey(User, models.PROTECT, related_name="rotations", verbose_name=_("person"))
    unit = models.ForeignKey(OrgUnit, models.PROTECT, related_name="+", verbose_name=_("to unit"))
    role = models.CharField(_("as"), max_length=20, choices=Role)
    starts_on = models.DateField(_("from"))
    ends_on = models.DateField(_("until the day"), null=True, blank=True, help_text=_("Empty: for good."))
    reason = models.CharField(_("reason"), max_length=300)
    planned_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    planned_at = models.DateTimeField(default=periods.now)
    carried_out_at = models.DateTimeField(null=True)
    dropped_at = models.DateTimeField(null=True)

    objects = RotationQuerySet.as_manager()

    class Meta:
        ordering = ["-starts_on", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_on=None) | Q(ends_on__gt=F("starts_on")), name="rotation_ends_after_start"
            ),
            models.CheckConstraint(condition=Q(carried_out_at=None) | Q(dropped_at=None), name="rotation_one_end"),
        ]

    def __str__(self) -> str:
        return f"{self.person} → {self.unit}"

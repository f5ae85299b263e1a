"""Forms of the ladder, exams, training and rotation."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from crm.lib.forms import choose_from
from kpi import metrics
from kpi.models import Exam, PostGrade, Rotation, Training
from people.forms import UnitChoice
from people.models import OrgUnit, Role, User


class DateInput(forms.DateInput):
    """The browser's own date field."""

    input_type = "date"

    def format_value(self, value: Any) -> Any:
        return value.isoformat() if hasattr(value, "isoformat") else value


class RungForm(forms.ModelForm):
    """A rung of the ladder."""

    class Meta:
        model = PostGrade
        fields = ["name", "code", "position", "monthly_pay", "exam_mark", "metric", "metric_least", "is_active"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["metric"] = forms.ChoiceField(
            label=self.fields["metric"].label,
            required=False,
            choices=[("", _("none")), *metrics.choices()],
            help_text=_("Reaching it replaces the exam."),
        )

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if bool(data.get("metric")) != (data.get("metric_least") is not None):
            raise ValidationError(_("An indicator needs its least value, and the value an indicator."))
        return data

    def _get_validation_exclusions(self) -> set[str]:
        # The organisation is no field of the form, but codes and places are unique within it.
        return super()._get_validation_exclusions() - {"organisation"}  # type: ignore[misc]


class ExamForm(forms.ModelForm):
    """A new exam."""

    class Meta:
        model = Exam
        fields = ["kind", "name", "held_on", "full_mark", "pass_mark", "interview_share"]
        widgets = {"held_on": DateInput}

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        full, least = data.get("full_mark"), data.get("pass_mark")
        if full is not None and least is not None and not 0 < least <= full:
            self.add_error("pass_mark", _("The pass mark must lie between 0 and the full mark."))
        share = data.get("interview_share")
        if share is not None and not 0 <= share <= 1:
            self.add_error("interview_share", _("Write a share from 0 to 1."))
        return data

    def _get_validation_exclusions(self) -> set[str]:
        return super()._get_validation_exclusions() - {"organisation"}  # type: ignore[misc]


class PersonChoice(forms.ModelChoiceField):
    """A person with the unit."""

    def label_from_instance(self, obj: User) -> str:
        return f"{obj.name} · {obj.unit.name}"


class TrainingForm(forms.ModelForm):
    """Somebody is sent to a training."""

    manager = PersonChoice(User.objects.none(), label=_("Account manager"))

    class Meta:
        model = Training
        fields = ["manager", "title", "place", "starts_on"]
        widgets = {"starts_on": DateInput}

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choose_from(self, "manager", managers_of(user))


class RotationForm(forms.ModelForm):
    """A planned change of post."""

    person = PersonChoice(User.objects.none(), label=_("Person"))
    unit = UnitChoice(OrgUnit.objects.none(), label=_("To unit"))
    role = forms.ChoiceField(
        label=_("As"), choices=[(role.value, role.label) for role in (Role.AM, Role.BACK_OFFICE, Role.SUPERVISOR)]
    )

    class Meta:
        model = Rotation
        fields = ["person", "unit", "role", "starts_on", "ends_on", "reason"]
        widgets = {"starts_on": DateInput, "ends_on": DateInput}

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        staff = User.objects.visible_to(user).active().filter(role__in=[Role.AM, Role.BACK_OFFICE])
        choose_from(self, "person", staff.select_related("unit"))
        choose_from(self, "unit", OrgUnit.objects.visible_to(user))

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        starts_on, ends_on = data.get("starts_on"), data.get("ends_on")
        if starts_on and ends_on and ends_on <= starts_on:
            self.add_error("ends_on", _("The last day must come after the first."))
        return data


def managers_of(user: User) -> Any:
    """The account managers that a person sees, with their units."""
    return User.objects.visible_to(user).active().filter(role=Role.AM).select_related("unit")

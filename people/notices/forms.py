"""Forms of a person's choices and of group robots."""

import datetime as dt
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from crm.lib import outbound
from crm.lib.forms import choose_from
from people.forms import UnitChoice
from people.models import OrgUnit, Robot, User
from people.notices.choices import Choices, choices_of
from people.notices.kinds import DIGEST, NOW, OFF, all_kinds

MODES = [
    (NOW, pgettext_lazy("notice", "At once")),
    (DIGEST, pgettext_lazy("notice", "Daily digest")),
    (OFF, pgettext_lazy("notice", "Not")),
]


class ChoicesForm(forms.Form):
    """Kind × channel as ``email-<kind>`` and ``robot-<kind>``; quiet hours and the hour of the digest."""

    quiet_from = forms.TimeField(label=_("Quiet from"), widget=forms.TimeInput({"type": "time"}, format="%H:%M"))
    quiet_to = forms.TimeField(label=_("Quiet until"), widget=forms.TimeInput({"type": "time"}, format="%H:%M"))
    digest_at = forms.TimeField(label=_("Digest at"), widget=forms.TimeInput({"type": "time"}, format="%H:%M"))

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        chosen = choices_of(user.preferences)
        for name in ("quiet_from", "quiet_to", "digest_at"):
            self.fields[name].initial = getattr(chosen, name)
        for kind in all_kinds():
            mode = forms.ChoiceField(choices=MODES, initial=chosen.email_of(kind.code), label=kind.label)
            mode.widget.attrs["class"] = "form-select"
            wanted = forms.BooleanField(required=False, initial=chosen.robot_of(kind.code), label=kind.label)
            wanted.widget.attrs["class"] = "form-check-input"
            self.fields[f"email-{kind.code}"], self.fields[f"robot-{kind.code}"] = mode, wanted

    def rows(self) -> list[dict[str, Any]]:
        """One row for each kind with its two fields."""
        return [
            {"label": kind.label, "email": self[f"email-{kind.code}"], "robot": self[f"robot-{kind.code}"]}
            for kind in all_kinds()
        ]

    def times(self) -> list[Any]:
        """The fields of times of day."""
        return [self["quiet_from"], self["quiet_to"], self["digest_at"]]

    def choices(self) -> Choices:
        """What has been chosen."""
        values = self.cleaned_data
        codes = [kind.code for kind in all_kinds()]
        times: dict[str, dt.time] = {name: values[name] for name in ("quiet_from", "quiet_to", "digest_at")}
        return Choices(
            email={code: values[f"email-{code}"] for code in codes},
            robot={code: values[f"robot-{code}"] for code in codes},
            **times,
        )


class RobotForm(forms.ModelForm):
    """A group's robot. Address and key of one that is there stay when left empty: they are never shown again."""

    unit = UnitChoice(OrgUnit.objects.none(), label=_("Unit"), help_text=_("Covers everyone in this unit and below."))

    class Meta:
        model = Robot
        fields = ["unit", "maker", "name", "url", "secret", "is_active"]
        widgets = {"url": forms.Textarea(attrs={"rows": 2}), "secret": forms.PasswordInput()}
        help_texts = {
            "name": _("As named in the chat, e.g. “North market team”."),
            "url": _("Copy it from the robot's page in the chat. Anyone who has it can post to the group."),
            "secret": _("DingTalk and Feishu only, if the robot's security setting is a signature."),
        }

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choose_from(self, "unit", OrgUnit.objects.visible_to(user))
        if self.instance.pk:
            self.initial["url"] = ""
            self.fields["url"].required = False
            self.fields["url"].help_text = _("Now %(url)s. Leave empty to keep it.") % {"url": self.instance.masked_url}

    def clean_url(self) -> str:
        url = "".join(self.cleaned_data["url"].split())
        if not url and self.instance.pk:
            return Robot.objects.values_list("url", flat=True).get(pk=self.instance.pk)
        try:
            outbound.check_address(url)
        except outbound.Refused as error:
            raise ValidationError(str(error)) from error
        return url

    def clean_secret(self) -> str:
        typed = self.cleaned_data["secret"].strip()
        if not typed and self.instance.pk:
            return Robot.objects.values_list("secret", flat=True).get(pk=self.instance.pk)
        return str(typed)

    def clean_unit(self) -> OrgUnit:
        unit: OrgUnit = self.cleaned_data["unit"]
        if Robot.objects.filter(unit=unit).exclude(pk=self.instance.pk).exists():
            raise ValidationError(_("This unit has a robot already. Change that one, or choose another unit."))
        return unit

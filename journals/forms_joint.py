"""Form of joint work."""

from typing import Any, cast

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from clients.models import Client
from crm.lib import periods
from crm.lib.forms import choose_from
from journals.joint import partners_of
from journals.models import JointWork
from people.models import User


class PartnerField(forms.ModelChoiceField):
    """A person with post and unit."""

    def label_from_instance(self, obj: User) -> str:
        return f"{obj.name} · {obj.post_title or obj.get_role_display()} · {obj.unit.name}"


class JointWorkForm(forms.ModelForm):
    """Who with whom, at which client, what came of it, and what was agreed."""

    partner = PartnerField(User.objects.none(), label=pgettext_lazy("joint work", "Together with"))
    client_name = forms.CharField(
        label=_("Client"), required=False, max_length=100, help_text=_("Name or code. Leave empty for a whole route.")
    )
    agreed = forms.CharField(label=_("Agreed"), required=False, max_length=200, help_text=_("Becomes a task."))
    agreed_by = forms.ChoiceField(
        label=_("Who does it"),
        choices=[("partner", _("The other one")), ("author", _("I do"))],
        initial="partner",
        required=False,
        widget=forms.RadioSelect,
    )
    agreed_due_on = forms.DateField(
        label=_("Complete by"), required=False, widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d")
    )

    class Meta:
        model = JointWork
        fields = ["kind", "partner", "day", "text"]
        widgets = {
            "day": forms.DateInput({"type": "date"}, format="%Y-%m-%d"),
            "text": forms.Textarea({"rows": 4}),
        }

    field_order = ("kind", "partner", "day", "client_name", "text", "agreed", "agreed_by", "agreed_due_on")

    def __init__(self, *args: Any, user: User, client: Client | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user
        choose_from(self, "partner", partners_of(user))
        if client:
            self.fields["client_name"].initial = client.name

    def clean_day(self) -> Any:
        day = self.cleaned_data["day"]
        if day > periods.today():
            raise ValidationError(_("Joint work is recorded when it is done. Choose today or an earlier day."))
        return day

    def clean_client_name(self) -> Client | None:
        text = self.cleaned_data["client_name"].strip()
        if not text:
            return None
        seen = Client.objects.visible_to(self.user)
        found = list(seen.filter(Q(code=text) | Q(name=text))[:2]) or list(seen.filter(name__contains=text)[:2])
        if len(found) != 1:
            raise ValidationError(
                _("Several clients are called like that: write the code.") if found else _("No such client of yours.")
            )
        return cast(Client, found[0])

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        if values.get("agreed") and not values.get("agreed_due_on"):
            self.add_error("agreed_due_on", _("Say by which day."))
        if values.get("agreed_due_on") and values["agreed_due_on"] < periods.today():
            self.add_error("agreed_due_on", _("Choose today or a later day."))
        return values

    def values(self) -> dict[str, Any]:
        """What the service takes."""
        values = dict(self.cleaned_data)
        values["client"] = values.pop("client_name")
        values["agreed_owner"] = self.user if values.pop("agreed_by") == "author" else values["partner"]
        return values

"""Forms of handovers and leave covers."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from clients.forms.client import DATE
from clients.models import Handover
from crm.lib import periods
from crm.lib.forms import choose_from
from people.models import User


class HandoverForm(forms.ModelForm):
    """First step: from whom to whom, and when. Sent by GET, so that the second step has an address."""

    class Meta:
        model = Handover
        fields = ["giver", "taker", "day", "reason"]
        labels = {"giver": _("Hands over"), "taker": _("Takes over")}
        widgets = {"day": DATE}
        help_texts = {
            "day": _("The clients change hands on this day; if today, at once."),
            "reason": _("e.g. retirement, new grid, other post"),
        }

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        seen = User.objects.visible_to(user)
        choose_from(self, "giver", seen.filter(clients__is_active=True).distinct().order_by("name"))
        choose_from(self, "taker", seen.managers().order_by("name"))
        self.fields["day"].initial = periods.today

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if cleaned.get("giver") and cleaned.get("giver") == cleaned.get("taker"):
            self.add_error("taker", _("Choose two different people."))
        if cleaned.get("day") and cleaned["day"] < periods.today():
            self.add_error("day", _("This day is over. Choose today or a later day."))
        return cleaned


class CoverForm(forms.Form):
    """Who is away, who stands in, from when to when; what does not fit is said by the service."""

    person = forms.ModelChoiceField(User.objects.none(), label=_("Who is away"))
    deputy = forms.ModelChoiceField(
        User.objects.none(),
        label=_("Deputy"),
        help_text=_("Can see and visit the clients until the last day; access then ends automatically."),
    )
    valid_from = forms.DateField(label=_("From"), initial=periods.today, widget=DATE)
    valid_to = forms.DateField(label=_("Last day"), widget=DATE)
    reason = forms.CharField(
        label=_("Reason"), required=False, max_length=120, help_text=_("e.g. annual leave, training, illness")
    )

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        seen = User.objects.visible_to(user).managers().order_by("name")
        choose_from(self, "person", seen)
        choose_from(self, "deputy", seen)

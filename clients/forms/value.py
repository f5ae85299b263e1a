"""Forms of the life cycle."""

from dataclasses import fields
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from clients.forms.client import DATE
from clients.models import Stage
from clients.value.rules import StageRules


class HoldForm(forms.Form):
    """A stage by hand; what does not fit is said by the service."""

    stage = forms.ChoiceField(label=_("Stage"), choices=Stage)
    reason = forms.CharField(label=_("Why override the rules?"), max_length=200)
    until = forms.DateField(label=_("Holds until"), widget=DATE)


class StageRulesForm(forms.Form):
    """The limits of the life cycle."""

    new_months = forms.IntegerField(label=_("New: a client for less than … months"), min_value=1, max_value=24)
    dormant_months = forms.IntegerField(label=_("Dormant: no trade for … months"), min_value=1, max_value=23)
    lost_months = forms.IntegerField(label=_("Lost: no trade for … months"), min_value=2, max_value=24)
    loyal_months = forms.IntegerField(label=_("Loyal: a client for at least … months"), min_value=6, max_value=240)
    loyal_traded = forms.IntegerField(label=_("Loyal: months with trade, of twelve"), min_value=1, max_value=12)
    loyal_keep = forms.IntegerField(label=_("Loyal: % of last year's amount"), min_value=0, max_value=200)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if cleaned.get("dormant_months", 0) >= cleaned.get("lost_months", 99):
            self.add_error("lost_months", _("Lost has to begin later than dormant."))
        if cleaned.get("new_months", 0) > cleaned.get("loyal_months", 999):
            self.add_error("loyal_months", _("Loyal has to begin later than new ends."))
        return {one.name: cleaned[one.name] for one in fields(StageRules) if one.name in cleaned}

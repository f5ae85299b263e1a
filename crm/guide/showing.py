"""What the page of components shows: made-up rows in the shapes that the parts take."""

import datetime as dt
from typing import Any

from django import forms
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from crm.lib import periods
from crm.lib.forms import DateInput
from crm.lib.models import Job


class SampleForm(forms.Form):
    """One field of each kind."""

    name = forms.CharField(label=gettext_lazy("Name"), help_text=gettext_lazy("Help stands below the field."))
    day = forms.DateField(label=gettext_lazy("Day"), widget=DateInput)
    kind = forms.ChoiceField(label=gettext_lazy("Kind"), choices=[("a", gettext_lazy("Food shop"))])
    note = forms.CharField(label=gettext_lazy("Note"), widget=forms.Textarea(attrs={"rows": 2}), required=False)
    agreed = forms.BooleanField(label=gettext_lazy("Call back tomorrow"), required=False)


def everything(request: HttpRequest) -> dict[str, Any]:
    """Context of the page."""
    now = periods.now()
    return {
        "colours": ["brand", "success", "info", "warning", "danger", "late", "risk"],
        "tiers": ["A", "B", "C", "D", ""],
        "grades": ["excellent", "good", "fair", "fail"],
        "tones": ["neutral", "info", "success", "warning", "danger", "brand"],
        "form": SampleForm(),
        "wrong_form": SampleForm({"name": "", "day": "2026-02-30", "kind": "a"}),
        "tabs": [
            {"label": _("All"), "url": "?", "active": True, "count": 12},
            {"label": _("Late"), "url": "?late", "active": False, "count": 3},
        ],
        "filters": [
            {
                "label": _("Tier"),
                "value": "A",
                "clear_url": "?",
                "options": [{"label": each, "url": f"?t={each}", "active": each == "A", "count": 4} for each in "AB"],
            }
        ],
        "search": {"value": "", "placeholder": _("Name or code"), "name": "text"},
        "rows": [
            {"name": _("East Street shop"), "code": "5301", "tier": "A", "amount": 123_456, "late": True},
            {"name": _("West Street shop"), "code": "5302", "tier": "C", "amount": 9_800, "late": False},
        ],
        "page": {"previous_url": "", "next_url": "?page=2", "count_text": _("1–2 of 12")},
        "items": [
            {"when": now, "icon": "map-pin", "title": _("Visit"), "text": _("Display checked, price tags replaced.")},
            {"when": now - dt.timedelta(days=3), "icon": "phone", "title": _("Call"), "text": "", "tone": "warning"},
        ],
        "job": Job(
            pk=0, kind="sample_data", state=Job.State.RUNNING, done_steps=3, total_steps=8,
            started_at=now - dt.timedelta(seconds=30), message=_("County 3 of 8"),
        ),
        "failed": Job(pk=1, kind="sample_data", state=Job.State.FAILED, error=_("The file has no column “code”.")),
        "option": {
            "xAxis": {"type": "category", "data": ["08", "09", "10"], "name": _("Month")},
            "yAxis": {"type": "value"},
            "series": [{"name": _("Sales"), "type": "bar", "data": [120, 90, 140]}],
        },
    }  # fmt: skip

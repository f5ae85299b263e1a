"""Form of an organisation's rules about journals."""

import datetime as dt
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from journals.rules import Rules

SPANS = {
    "day": (_("Work journal: days after the day"), _("Work journal: time")),
    "week": (_("Work summary: days after Sunday"), _("Work summary: time")),
    "month": (_("Market report: days after the month"), _("Market report: time")),
}
CLOCK = forms.TimeInput({"type": "time"}, format="%H:%M")


class DaysField(forms.CharField):
    """Days, one a line or with spaces between them, as a sorted list of ISO dates."""

    widget = forms.Textarea({"rows": 3, "placeholder": "2027-02-05"})

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(required=False, max_length=4000, **kwargs)

    def prepare_value(self, value: Any) -> Any:
        return value if isinstance(value, str) else "\n".join(value or ())

    def clean(self, value: Any) -> list[str]:
        found = set()
        for text in str(super().clean(value)).replace(",", " ").replace("，", " ").split():
            try:
                found.add(dt.date.fromisoformat(text).isoformat())
            except ValueError as error:
                raise ValidationError(_("“%(text)s” is no date. Write it like 2027-02-05.") % {"text": text}) from error
        return sorted(found)


class RulesForm(forms.Form):
    """Deadlines, reviews, samples, answers, consent. Shares are typed in per cent."""

    move_off_rest_days = forms.BooleanField(
        label=_("A deadline on a rest day moves to the next work day"), required=False
    )
    review_hours = forms.IntegerField(label=_("Review within, hours"), min_value=1, max_value=240)
    task_days = forms.IntegerField(label=_("Requirement without a date: work days"), min_value=1, max_value=30)
    idea_days = forms.IntegerField(label=_("Answer to an idea: work days"), min_value=1, max_value=60)
    sample_share = forms.DecimalField(
        label=_("First reading: share of the week's journals, %"), min_value=1, max_value=100, decimal_places=2
    )
    sample_least = forms.IntegerField(label=_("At least this many of each person"), min_value=0, max_value=7)
    second_share = forms.DecimalField(
        label=_("Second reading: share of what was reviewed below, %"), min_value=0, max_value=100, decimal_places=2
    )
    share_praised = forms.BooleanField(
        label=_("Praised journals are shown to all unless the author objects"), required=False
    )

    rest = DaysField(
        label=_("Own days of rest"), help_text=_("Days on which you rest though the state's calendar works.")
    )
    work = DaysField(label=_("Own work days"), help_text=_("Days on which you work though the state's calendar rests."))

    def __init__(self, *args: Any, rules: Rules, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for kind, (days_label, clock_label) in SPANS.items():
            days, clock = rules.deadlines[kind]
            self.fields[f"{kind}_days"] = forms.IntegerField(label=days_label, min_value=0, max_value=15, initial=days)
            self.fields[f"{kind}_clock"] = forms.TimeField(
                label=clock_label, widget=CLOCK, initial=dt.time.fromisoformat(clock)
            )
        for name in ("move_off_rest_days", "review_hours", "task_days", "idea_days", "sample_least", "share_praised"):
            self.fields[name].initial = getattr(rules, name)
        for name in ("rest", "work"):
            self.fields[name].initial = list(rules.changes.get(name, ()))
        for name in ("sample_share", "second_share"):
            self.fields[name].initial = f"{getattr(rules, name) * 100:f}".rstrip("0").rstrip(".")

    def groups(self) -> list[dict[str, Any]]:
        """The fields under headings."""
        return [
            {
                "title": _("Deadlines"),
                "text": _("Applies to journals started from now on; existing ones keep their deadlines."),
                "fields": [self[f"{kind}_{part}"] for kind in SPANS for part in ("days", "clock")]
                + [self["move_off_rest_days"]],
            },
            {
                "title": _("Reviews and answers"),
                "fields": [self["review_hours"], self["task_days"], self["idea_days"]],
            },
            {
                "title": _("Samples"),
                "text": _("From the next draw on. A draw that is there keeps the rule it was drawn by."),
                "fields": [self["sample_share"], self["sample_least"], self["second_share"]],
            },
            {"title": _("Best journals"), "fields": [self["share_praised"]]},
            {
                "title": _("Work-day calendar"),
                "text": _(
                    "Public holidays and make-up work days are known. These days hold for all deadlines and visits."
                ),
                "fields": [self["rest"], self["work"]],
            },
        ]

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        both = set(values.get("rest", ())) & set(values.get("work", ()))
        if both:
            self.add_error("work", _("%(day)s stands in both lists.") % {"day": min(both)})
        return values

    def changes(self) -> dict[str, list[str]]:
        """The organisation's own days."""
        return {name: self.cleaned_data[name] for name in ("rest", "work") if self.cleaned_data[name]}

    def values(self) -> Mapping[str, Any]:
        """What goes into the organisation's settings."""
        values = self.cleaned_data
        plain = ("move_off_rest_days", "review_hours", "task_days", "idea_days", "sample_least", "share_praised")
        return {
            "deadlines": {kind: [values[f"{kind}_days"], f"{values[f'{kind}_clock']:%H:%M}"] for kind in SPANS},
            **{name: values[name] for name in plain},
            **{name: str(Decimal(values[name]) / 100) for name in ("sample_share", "second_share")},
        }

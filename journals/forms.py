"""Forms of the author and of the reviewer."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from crm.lib import periods
from journals.models import Review, SecondReading
from journals.sections import LONGEST, sections_of

MARKS = [(mark, str(mark)) for mark in range(1, 6)]


class JournalForm(forms.Form):
    """The texts of one kind of journal. ``seen`` names the draft that the writer started from."""

    seen = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, kind: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for section in sections_of(kind):
            self.fields[section.code] = forms.CharField(
                label=section.label,
                required=False,
                max_length=LONGEST,
                widget=forms.Textarea(attrs={"rows": 3, "placeholder": section.hint}),
            )

    def texts(self) -> dict[str, str]:
        """The texts as they were typed, checked or not."""
        return {name: self.data.get(name, "") for name in self.fields if name != "seen"}


class ReviewForm(forms.Form):
    """Three parts, a mark, praise. ``version`` is the number of the version that the reviewer has read."""

    version = forms.IntegerField(min_value=1, widget=forms.HiddenInput)
    decision = forms.ChoiceField(choices=Review.Decision, initial=Review.Decision.ACCEPTED)
    mark = forms.TypedChoiceField(
        label=_("Mark"), choices=MARKS, coerce=int, empty_value=None, required=False, widget=forms.RadioSelect
    )
    praise = forms.BooleanField(label=_("Praise"), required=False)
    evaluation = forms.CharField(
        label=_("Evaluation"), required=False, max_length=2000, widget=forms.Textarea(attrs={"rows": 3})
    )
    requirement = forms.CharField(
        label=_("Requirement"), required=False, max_length=2000, widget=forms.Textarea(attrs={"rows": 2})
    )
    requirement_due_on = forms.DateField(
        label=_("Complete by"), required=False, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    suggestion = forms.CharField(
        label=_("Suggestion"), required=False, max_length=2000, widget=forms.Textarea(attrs={"rows": 2})
    )

    def clean_requirement_due_on(self) -> Any:
        day = self.cleaned_data["requirement_due_on"]
        if day and day < periods.today():
            raise forms.ValidationError(_("Choose today or a later day."))
        return day

    def words(self) -> dict[str, Any]:
        """What goes into the review."""
        return {name: value for name, value in self.cleaned_data.items() if name != "version"}


class SecondReadingForm(forms.Form):
    """What the level above thinks of a review."""

    verdict = forms.ChoiceField(
        label=_("Verdict"),
        choices=SecondReading.Verdict,
        initial=SecondReading.Verdict.AGREES,
        widget=forms.RadioSelect,
    )
    opinion = forms.CharField(
        label=_("Opinion"), required=False, max_length=2000, widget=forms.Textarea(attrs={"rows": 3})
    )

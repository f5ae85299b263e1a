"""Forms of surveys: the designer, a wave, and the answer of a client."""

import re
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from people.models import OrgUnit
from service.models import Survey, Wave
from service.services.surveys import indicator_labels, label_of

MARKS = [(str(mark), str(mark)) for mark in range(1, 6)]
OWN_INDICATORS = 3


class SurveyForm(forms.Form):
    """The designer: which of the nine indicators, in whose words, which of one's own, and what else is asked."""

    name = forms.CharField(label=_("Name"), max_length=80)
    nps = forms.BooleanField(label=_("Ask whether they would recommend us (0–10)"), required=False, initial=True)
    text = forms.BooleanField(label=_("Ask for suggestions in own words"), required=False, initial=True)

    def __init__(self, *args: Any, survey: Survey | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        standard = indicator_labels()
        items = survey.questions["indicators"] if survey else [{"code": code, "label": ""} for code in standard]
        own = [item for item in items if item["code"] not in standard]
        chosen = {item["code"]: item for item in items}
        self.rows: list[str] = []
        for code, label in standard.items():
            self._add(code, code in chosen, label_of(chosen[code]) if code in chosen else label)
        for number in range(OWN_INDICATORS):
            present = own[number] if number < len(own) else None
            self._add(f"own{number + 1}", present is not None, present["label"] if present else "")
        if survey:
            self.initial.update(name=survey.name, nps=survey.questions["nps"], text=survey.questions["text"])

    def _add(self, code: str, chosen: bool, label: str) -> None:
        self.rows.append(code)
        self.fields[f"use_{code}"] = forms.BooleanField(required=False, initial=chosen)
        self.fields[f"label_{code}"] = forms.CharField(max_length=40, required=False, initial=label)

    def indicators(self) -> list[dict[str, Any]]:
        """The lines of the designer for the template."""
        return [{"use": self[f"use_{code}"], "label": self[f"label_{code}"]} for code in self.rows]

    def clean(self) -> dict[str, Any]:
        """At least one indicator; one's own need words."""
        values = super().clean() or self.cleaned_data
        if not self.labels():
            raise forms.ValidationError(_("Choose at least one indicator."))
        return values

    def labels(self) -> list[tuple[str, str]]:
        """(code, own label); a standard indicator in its standard words has none of its own."""
        standard = indicator_labels()
        found = []
        for code in self.rows:
            label = self.cleaned_data.get(f"label_{code}", "").strip()
            if self.cleaned_data.get(f"use_{code}") and (label or code in standard):
                found.append((code, "" if label == standard.get(code) else label))
        return found


class WaveForm(forms.ModelForm):
    """Send a survey to a share of a unit's clients."""

    percent = forms.DecimalField(
        label=_("Share of clients (%)"), min_value=0.1, max_value=100, decimal_places=1, initial=5,
        help_text=_("Drawn at random in every tier and business format, at least one of each."),
    )  # fmt: skip
    seed = forms.CharField(
        label=_("Seed"), max_length=40, required=False,
        help_text=_("Leave it empty for a new draw. The same seed draws the same clients again."),
    )  # fmt: skip

    class Meta:
        model = Wave
        fields = ["name", "survey", "unit", "expires_on"]
        widgets = {"expires_on": forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")}

    field_order = ["name", "survey", "unit", "percent", "expires_on", "seed"]

    def __init__(self, *args: Any, user: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["survey"].queryset = Survey.objects.visible_to(user).order_by("-pk")  # type: ignore[attr-defined]
        self.fields["unit"].queryset = OrgUnit.objects.visible_to(user)  # type: ignore[attr-defined]

    def clean_seed(self) -> str:
        """Letters, digits and dashes: it will be typed again by others."""
        seed: str = self.cleaned_data["seed"].strip()
        if seed and not re.fullmatch(r"[\w\-]+", seed):
            raise forms.ValidationError(_("Letters, digits and dashes only."))
        return seed


class AnswerForm(forms.Form):
    """A client's answer: satisfaction and importance of each indicator, the overall mark, what else is asked."""

    overall = forms.TypedChoiceField(label=_("Overall, how content are you with us?"), choices=MARKS, coerce=int)
    nps = forms.TypedChoiceField(
        label=_("Would you recommend us to others?"), choices=[(str(n), str(n)) for n in range(11)], coerce=int,
        required=False, empty_value=None,
    )  # fmt: skip
    comment = forms.CharField(
        label=_("What should we do better?"), max_length=1000, required=False, widget=forms.Textarea(attrs={"rows": 3})
    )

    def __init__(self, *args: Any, survey: Survey, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.survey = survey
        for number, item in enumerate(survey.questions["indicators"]):
            label = label_of(item)
            for side in ("s", "i"):
                self.fields[f"{side}{number}"] = forms.TypedChoiceField(label=label, choices=MARKS, coerce=int)
        for name, wanted in (("nps", survey.questions["nps"]), ("comment", survey.questions["text"])):
            if not wanted:
                del self.fields[name]

    def indicators(self) -> list[dict[str, Any]]:
        """Label and both fields of each indicator for the template."""
        return [
            {"label": label_of(item), "satisfaction": self[f"s{number}"], "importance": self[f"i{number}"]}
            for number, item in enumerate(self.survey.questions["indicators"])
        ]

    def values(self) -> dict[str, Any]:
        """What the service takes."""
        count = len(self.survey.codes)
        return {
            "satisfaction": [self.cleaned_data[f"s{number}"] for number in range(count)],
            "importance": [self.cleaned_data[f"i{number}"] for number in range(count)],
            "overall": self.cleaned_data["overall"],
            "nps": self.cleaned_data.get("nps"),
            "comment": self.cleaned_data.get("comment", ""),
        }

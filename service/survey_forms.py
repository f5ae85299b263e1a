"""Forms of surveys: the designer, a wave, the answer of a client, and the second asking."""

import re
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from people.models import OrgUnit
from service.models import Answer, Recheck, Survey, Wave
from service.services.surveys import MOST_QUESTIONS, indicator_labels, label_of

MARKS = [(str(mark), str(mark)) for mark in range(1, 6)]
CANNOT_SAY = ("0", _("n/a"))
OWN_INDICATORS = 3
MOST_OPTIONS = 12
SECTIONS = {"before": _("Before the indicators"), "after": _("After the indicators")}


class SurveyForm(forms.Form):
    """The designer: which of the nine indicators, in whose words, which of one's own, and what else is asked."""

    name = forms.CharField(label=_("Name"), max_length=80)
    before_title = forms.CharField(
        label=_("Title of the questions before the indicators"), max_length=40, required=False,
        initial=_("About you and your business"),
    )  # fmt: skip
    after_title = forms.CharField(
        label=_("Title of the questions after the indicators"), max_length=40, required=False,
        initial=_("And finally"),
    )  # fmt: skip
    nps = forms.BooleanField(label=_("Ask whether they would recommend us (0–10)"), required=False, initial=True)
    text = forms.BooleanField(label=_("Ask for suggestions in their own words"), required=False, initial=True)

    def __init__(self, *args: Any, survey: Survey | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        standard = indicator_labels()
        items = survey.questions["indicators"] if survey else [{"code": code, "label": ""} for code in standard]
        chosen = {item["code"]: item for item in items}
        self.rows: list[str] = []
        for code, label in standard.items():
            self._add(code, code in chosen, label_of(chosen[code]) if code in chosen else label)
        for code in (f"own{number + 1}" for number in range(OWN_INDICATORS)):
            self._add(code, code in chosen, chosen[code]["label"] if code in chosen else "")
        if survey:
            asked = survey.questions
            self.initial.update(name=survey.name, nps=asked["nps"], text=asked["text"])
            self.initial.update({f"{side}_title": title for side, title in asked.get("titles", {}).items()})

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


class QuestionForm(forms.Form):
    """A question of one's own: where it stands, how it is answered, and between what one chooses."""

    KINDS = (("one", _("Choose one")), ("several", _("Choose several")), ("text", _("Clients' comments")))

    section = forms.ChoiceField(label=_("Place"), choices=SECTIONS)
    kind = forms.ChoiceField(label=_("Kind of answer"), choices=KINDS)
    label = forms.CharField(label=_("Question"), max_length=120)
    options = forms.CharField(
        label=_("Options, one a line"), max_length=1000, required=False, widget=forms.Textarea(attrs={"rows": 4})
    )
    required = forms.BooleanField(label=_("Must be answered"), required=False)

    def clean(self) -> dict[str, Any]:
        """Two to twelve different options where one chooses, none elsewhere."""
        values = super().clean() or self.cleaned_data
        options = [line.strip()[:60] for line in values.get("options", "").splitlines() if line.strip()]
        if values.get("kind") == "text":
            options = []
        elif not 2 <= len(options) <= MOST_OPTIONS:
            self.add_error("options", _("Write 2 to %(n)d options, one a line.") % {"n": MOST_OPTIONS})
        elif len(set(options)) < len(options):
            self.add_error("options", _("Each option once."))
        values["options"] = options
        return values


Questions = forms.formset_factory(
    QuestionForm, extra=0, can_order=True, can_delete=True, max_num=MOST_QUESTIONS, validate_max=True
)


def questions_of(survey: Survey | None) -> list[dict[str, Any]]:
    """What the designer begins with: the own questions of a survey."""
    if survey is None:
        return []
    return [
        {**question, "section": side, "options": "\n".join(question["options"])}
        for side in SECTIONS
        for question in survey.asked(side)
    ]


def sections_of(questions: Any) -> dict[str, list[dict[str, Any]]]:
    """What the service takes, from a valid formset, in the order in which the rows stand."""
    kept = ("kind", "label", "options", "required")
    rows = [form.cleaned_data for form in questions.ordered_forms]
    return {side: [{key: row[key] for key in kept} for row in rows if row["section"] == side] for side in SECTIONS}


class WaveForm(forms.ModelForm):
    """Send a survey to a share of a unit's clients."""

    percent = forms.DecimalField(
        label=_("Share of clients (%)"), min_value=0.1, max_value=100, decimal_places=1, initial=5,
        help_text=_("Drawn at random in every tier and business format, at least one of each."),
    )  # fmt: skip
    seed = forms.CharField(
        label=_("Seed"), max_length=40, required=False,
        help_text=_("Leave empty for a new draw. The same seed draws the same clients."),
    )  # fmt: skip

    class Meta:
        model = Wave
        fields = ["name", "survey", "unit", "expires_on"]
        widgets = {"expires_on": forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")}

    field_order = ["name", "survey", "unit", "percent", "expires_on", "seed"]

    def __init__(self, *args: Any, user: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offered = Survey.objects.visible_to(user).order_by("-pk")
        self.fields["survey"].queryset = offered  # type: ignore[attr-defined]
        self.initial["survey"] = self.initial.get("survey") or offered.first()
        self.fields["unit"].queryset = OrgUnit.objects.visible_to(user)  # type: ignore[attr-defined]

    def clean_seed(self) -> str:
        """Letters, digits and dashes: it will be typed again by others."""
        seed: str = self.cleaned_data["seed"].strip()
        if seed and not re.fullmatch(r"[\w\-]+", seed):
            raise forms.ValidationError(_("Letters, digits and dashes only."))
        return seed


class AnswerForm(forms.Form):
    """A client's answer: satisfaction and importance of each indicator, the overall mark, what else is asked."""

    overall = forms.TypedChoiceField(label=_("Overall, how satisfied are you with us?"), choices=MARKS, coerce=int)
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
            self.fields[f"s{number}"] = forms.TypedChoiceField(label=label, choices=[*MARKS, CANNOT_SAY], coerce=_mark)
            self.fields[f"i{number}"] = forms.TypedChoiceField(label=label, choices=MARKS, coerce=int)
        for side in SECTIONS:
            for question in survey.asked(side):
                self.fields[f"x_{question['code']}"] = _own_field(question)
        for name, wanted in (("nps", survey.questions["nps"]), ("comment", survey.questions["text"])):
            if not wanted:
                del self.fields[name]

    def indicators(self) -> list[dict[str, Any]]:
        """Label and both fields of each indicator for the template."""
        return [
            {"label": label_of(item), "satisfaction": self[f"s{number}"], "importance": self[f"i{number}"]}
            for number, item in enumerate(self.survey.questions["indicators"])
        ]

    def before(self) -> dict[str, Any]:
        """Title and own questions before the indicators."""
        return self._section("before")

    def after(self) -> dict[str, Any]:
        """Title and own questions after the indicators."""
        return self._section("after")

    def _section(self, side: str) -> dict[str, Any]:
        fields = [{"field": self[f"x_{row['code']}"], "kind": row["kind"]} for row in self.survey.asked(side)]
        return {"title": self.survey.questions.get("titles", {}).get(side, ""), "fields": fields}

    def values(self) -> dict[str, Any]:
        """What the service takes."""
        count = len(self.survey.codes)
        own = {
            row["code"]: self.cleaned_data[f"x_{row['code']}"] for side in SECTIONS for row in self.survey.asked(side)
        }
        return {
            "satisfaction": [self.cleaned_data[f"s{number}"] for number in range(count)],
            "importance": [self.cleaned_data[f"i{number}"] for number in range(count)],
            "overall": self.cleaned_data["overall"],
            "nps": self.cleaned_data.get("nps"),
            "comment": self.cleaned_data.get("comment", ""),
            "extra": {code: value for code, value in own.items() if value not in (None, "", [])},
        }


def _mark(value: str) -> int | None:
    """A mark from 1 to 5; None for a client who cannot say."""
    return int(value) or None


def _own_field(question: dict[str, Any]) -> forms.Field:
    """The field of an own question; an option is stored by its place."""
    label, required = question["label"], question["required"]
    options = [(str(place), option) for place, option in enumerate(question["options"])]
    match question["kind"]:
        case "one":
            return forms.TypedChoiceField(
                label=label, choices=options, coerce=int, required=required, empty_value=None, widget=forms.RadioSelect
            )
        case "several":
            return forms.TypedMultipleChoiceField(
                label=label, choices=options, coerce=int, required=required, widget=forms.CheckboxSelectMultiple
            )
        case _:
            return forms.CharField(
                label=label, max_length=500, required=required, widget=forms.Textarea(attrs={"rows": 2})
            )


class InterviewForm(AnswerForm):
    """The same, filled in by one of ours with the client present or on the phone."""

    channel = forms.ChoiceField(
        label=_("How are you talking?"),
        choices=[choice for choice in Answer.Channel.choices if choice[0] != Answer.Channel.LINK],
        initial=Answer.Channel.INTERVIEW,
        widget=forms.RadioSelect,
    )

    def values(self) -> dict[str, Any]:
        """The same, with the way of asking."""
        return {**super().values(), "channel": self.cleaned_data["channel"]}


class RecheckForm(forms.Form):
    """What the client says the second time; the marks count only where the client was asked."""

    outcome = forms.ChoiceField(label=_("What came of it"), choices=Recheck.Outcome, widget=forms.RadioSelect)
    overall = forms.TypedChoiceField(
        label=_("Overall, how satisfied are you with us?"), choices=MARKS, coerce=int, required=False, empty_value=None
    )
    note = forms.CharField(label=_("Note"), max_length=500, required=False, widget=forms.Textarea(attrs={"rows": 2}))

    def __init__(self, *args: Any, items: list[dict[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.items = items
        for item in items:
            self.fields[f"m_{item['code']}"] = forms.TypedChoiceField(
                label=label_of(item), choices=MARKS, coerce=int, required=False, empty_value=None
            )

    def marked(self) -> list[Any]:
        """The fields of the marks, for the template."""
        return [self[f"m_{item['code']}"] for item in self.items] + [self["overall"]]

    def clean(self) -> dict[str, Any]:
        """Every mark, where the client was asked."""
        values = super().clean() or self.cleaned_data
        if values.get("outcome") == Recheck.Outcome.ASKED:
            for field in self.marked():
                if values.get(field.name) is None and field.name not in self.errors:
                    self.add_error(field.name, _("Ask for a mark from 1 to 5."))
        return values

    def values(self) -> dict[str, Any]:
        """What the service takes."""
        given = self.cleaned_data
        marks = {item["code"]: given[f"m_{item['code']}"] for item in self.items}
        return {key: given[key] for key in ("outcome", "overall", "note")} | {"marks": marks}

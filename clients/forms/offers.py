"""Forms of opportunities, referrals, campaigns, product surveys and files."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from clients.forms.client import DATE, UnitChoice
from clients.forms.products import SpanForm, on_offer, possible
from clients.models import Campaign, CampaignTarget, Client, Contract, Opportunity, Product, ProductSurvey, Referral
from clients.models.offers import OpportunityStage
from clients.services import surveys
from crm.lib.forms import choose_from
from people.models import OrgUnit, User

ROWS_3 = forms.Textarea(attrs={"rows": 3})


class OpportunityForm(forms.ModelForm):
    """A chance of business; its stage is moved on its page."""

    class Meta:
        model = Opportunity
        fields = ["title", "product", "amount", "stage", "expected_on", "next_step", "next_step_on", "owner", "note"]
        widgets = {"expected_on": DATE, "next_step_on": DATE, "note": ROWS_3}

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        organisation = self.instance.client.organisation_id
        choose_from(self, "product", on_offer(organisation))
        if self.instance.pk:
            del self.fields["stage"]
        else:
            self.fields["stage"].choices = OpportunityStage.choices[:4]  # type: ignore[attr-defined]
        if user.is_am:
            del self.fields["owner"]
        else:
            choose_from(self, "owner", User.objects.visible_to(user).managers().order_by("name"))

    def clean_expected_on(self) -> Any:
        return possible(self.cleaned_data["expected_on"])

    def clean_next_step_on(self) -> Any:
        return possible(self.cleaned_data["next_step_on"])

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if cleaned.get("next_step") and not cleaned.get("next_step_on"):
            self.add_error("next_step_on", _("By when?"))
        return cleaned


class ReferralForm(forms.ModelForm):
    """Whom a client has recommended us to."""

    class Meta:
        model = Referral
        fields = ["name", "phone", "product", "referred_on", "note"]
        widgets = {"referred_on": DATE}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choose_from(self, "product", on_offer(self.instance.client.organisation_id))

    def clean_referred_on(self) -> Any:
        return possible(self.cleaned_data["referred_on"], past=True)


class OutcomeForm(forms.Form):
    """What came of a referral."""

    chips = True

    outcome = forms.ChoiceField(
        label=pgettext_lazy("referral", "What came of it"), choices=Referral.Outcome, widget=forms.RadioSelect
    )
    code = forms.CharField(
        label=_("Code of the new client"),
        required=False,
        max_length=40,
        help_text=_("If already a client: links the two pages."),
    )
    thanks = forms.CharField(label=_("How we said thank you"), required=False, max_length=120)
    note = forms.CharField(label=_("Note"), required=False, max_length=300)

    def __init__(self, *args: Any, referral: Referral, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user
        self.initial = {
            "outcome": referral.outcome,
            "code": referral.new_client.code if referral.new_client else "",
            "thanks": referral.thanks,
            "note": referral.note,
        }

    def clean_code(self) -> Client | None:
        code = "".join(self.cleaned_data["code"].split())
        if not code:
            return None
        found: Client | None = Client.objects.visible_to(self.user).filter(code=code).first()
        if found is None:
            raise ValidationError(_("There is no client “%(code)s” among yours.") % {"code": code})
        return found


class UndertakingForm(SpanForm):
    """What campaigns and surveys have in common: the unit, the product, the days."""

    unit = UnitChoice(OrgUnit.objects.none(), label=_("Unit"))

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choose_from(self, "unit", OrgUnit.objects.visible_to(user))
        choose_from(self, "product", self.products(user))

    @staticmethod
    def products(user: User) -> Any:
        """What the product can be chosen from."""
        return on_offer(user.organisation_id)


class CampaignForm(UndertakingForm):
    """A campaign: what, for whom, how."""

    class Meta:
        model = Campaign
        fields = ["name", "kind", "product", "unit", "starts_on", "ends_on", "goal", "goal_clients", "plan"]
        widgets = {"starts_on": DATE, "ends_on": DATE, "plan": forms.Textarea(attrs={"rows": 6})}
        help_texts = {"product": _("Clients who take part hold it from that day.")}

    def groups(self) -> list[dict[str, Any]]:
        """How the form is laid out."""
        return [
            {
                "title": _("Basics"),
                "fields": self._of("name", "kind", "product", "unit", "starts_on", "ends_on"),
            },
            {"title": _("Goal and plan"), "fields": self._of("goal", "goal_clients", "plan")},
        ]

    def _of(self, *names: str) -> list[Any]:
        return [self[name] for name in names]


class ResultForm(forms.ModelForm):
    """What came of a campaign with one client."""

    chips = True

    class Meta:
        model = CampaignTarget
        fields = ["result", "quantity", "amount", "note"]
        widgets = {"result": forms.RadioSelect}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["result"].choices = CampaignTarget.Result.choices  # type: ignore[attr-defined]
        self.fields["result"].required = True
        for name in ("quantity", "amount"):
            self.fields[name].min_value = 0  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        for name in ("quantity", "amount"):
            if (cleaned.get(name) or 0) < 0:
                self.add_error(name, _("Not below zero."))
        return cleaned


class SurveyForm(UndertakingForm):
    """A survey before a launch: about which product, and what is asked."""

    lines = forms.CharField(
        label=_("Questions"),
        widget=forms.Textarea(attrs={"rows": 8}),
        help_text=_("One a line: question | type | choices. Types: marks 1 to 5, one of several, yes or no, number."),
    )

    class Meta:
        model = ProductSurvey
        fields = ["name", "product", "unit", "starts_on", "ends_on", "introduction"]
        widgets = {"starts_on": DATE, "ends_on": DATE, "introduction": ROWS_3}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["lines"].initial = surveys.lines_of(self.instance.questions)

    @staticmethod
    def products(user: User) -> Any:
        """Also those that are not launched yet."""

        return Product.objects.filter(organisation=user.organisation_id, withdrawn_on=None)

    def clean_lines(self) -> str:
        lines: str = self.cleaned_data["lines"]
        surveys.set_questions(self.instance, surveys.questions_of(lines))
        return lines


class ReplyForm(forms.Form):
    """A client's answers to a product survey."""

    chips = True

    def __init__(self, *args: Any, questions: list[dict[str, Any]], answers: dict[str, Any], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for question in questions:
            self.fields[question["code"]] = _question_field(question, answers.get(question["code"]))
        self.fields["opinion"] = forms.CharField(
            label=_("In their own words"), required=False, max_length=300, widget=ROWS_3
        )


def _question_field(question: dict[str, Any], value: Any) -> forms.Field:
    label = question["text"]
    if question["type"] == "number":
        return forms.DecimalField(label=label, initial=value, max_digits=12, decimal_places=2)
    choices: Any = {
        "scale": [(str(mark), str(mark)) for mark in range(1, 6)],
        "yes_no": [("yes", _("Yes")), ("no", _("No"))],
    }.get(question["type"]) or [(choice, choice) for choice in question["choices"]]
    initial = {True: "yes", False: "no"}.get(value, value) if isinstance(value, bool) else value
    return forms.ChoiceField(label=label, choices=choices, initial=initial, widget=forms.RadioSelect)


class FileForm(forms.Form):
    """A file with a note."""

    file = forms.FileField(
        label=_("File"), help_text=_("Photo, PDF, Word, Excel, PowerPoint or text, up to 20 MB."), max_length=200
    )
    note = forms.CharField(label=_("Note"), required=False, max_length=200)


class AttachmentForm(FileForm):
    """A file at a client, perhaps of one contract."""

    contract = forms.ModelChoiceField(Contract.objects.none(), label=_("Contract"), required=False)

    def __init__(self, *args: Any, client: Client, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choose_from(self, "contract", client.contracts.all())

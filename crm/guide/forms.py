"""Forms of the setup."""

from typing import Any

from django import forms
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from crm.guide import founding
from people.models import OrgUnit, Profile, Role, User


class FoundingForm(forms.Form):
    """The organisation and its first administrator."""

    profile = forms.ChoiceField(
        label=_("Industry"), choices=Profile, widget=forms.RadioSelect, initial=Profile.TOBACCO,
        help_text=_("Words, tiers, checklists, products, indicators and schemes come with it; change them later."),
    )  # fmt: skip
    name = forms.CharField(label=_("Name of the organisation"), max_length=100)
    code = forms.SlugField(
        label=_("Short code"), max_length=20, help_text=_("Letters and digits, e.g. YL. It begins the codes of units.")
    )
    person = forms.CharField(label=_("Your name"), max_length=60)
    username = forms.CharField(label=_("Your user name"), max_length=40, help_text=_("Or the employee number."))
    password = forms.CharField(
        label=_("Password"), widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}), strip=False
    )

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        if "password" in values:
            person = User(
                username=values.get("username", ""), name=values.get("person", ""), role=Role.ADMIN, unit=OrgUnit()
            )
            try:
                validate_password(values["password"], person)
            except ValidationError as error:
                self.add_error("password", error)
        return values

    def groups(self) -> list[dict[str, Any]]:
        """Organisation first, then who runs it."""
        return [
            {"title": _("Your organisation"), "fields": [self["profile"], self["name"], self["code"]]},
            {"title": _("You, its administrator"), "fields": [self["person"], self["username"], self["password"]]},
        ]

    def save(self) -> User:
        """The administrator, made with the organisation. ValidationError when it cannot be."""
        values = self.cleaned_data
        return founding.found(
            {key: values[key] for key in ("code", "name", "profile")},
            {"username": values["username"], "name": values["person"], "password": values["password"]},
        )


class LinesForm(forms.Form):
    """A list, one entry a line, typed or pasted from a spreadsheet."""

    lines = forms.CharField(widget=forms.Textarea(attrs={"rows": 6, "spellcheck": "false"}), max_length=50_000)

    def __init__(self, *args: Any, label: Any = "", help_text: Any = "", example: str = "", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["lines"]
        field.label, field.help_text = label, help_text
        field.widget.attrs["placeholder"] = example

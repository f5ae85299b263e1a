"""Forms of the client file."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from clients.forms.attributes import fields_for, stored
from clients.industry import USUAL_KIND, has_shops
from clients.models import Client, Contact, TeamMember
from crm.lib import periods
from crm.lib.forms import choose_from
from people.models import OrgUnit, Profile, User

DATE = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")


class UnitChoice(forms.ModelChoiceField):
    """A unit, indented by its depth."""

    def label_from_instance(self, obj: OrgUnit) -> str:
        return "\u3000" * obj.depth + obj.name


class OwnClientForm(forms.ModelForm):
    """What an account manager keeps up to date of the own clients."""

    version = forms.IntegerField(widget=forms.HiddenInput, required=False)

    class Meta:
        model = Client
        fields = ["phone", "address", "longitude", "latitude", "wallet", "is_difficult", "note"]
        widgets: dict[str, forms.Widget] = {"note": forms.Textarea(attrs={"rows": 3})}

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user
        self.fields["version"].initial = self.instance.version
        for name in ("longitude", "latitude"):
            self.fields[name].widget = forms.NumberInput(attrs={"step": "any", "inputmode": "decimal"})
        self.attributes = fields_for(self.instance)
        self.fields |= {name: made for name, (_definition, made) in self.attributes.items()}

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        values = {
            definition.name: stored(cleaned[name])
            for name, (definition, _field) in self.attributes.items()
            if name in cleaned
        }
        kept = {name: value for name, value in self.instance.attributes.items() if name not in values}
        self.instance.attributes = kept | {name: value for name, value in values.items() if value is not None}
        longitude, latitude = cleaned.get("longitude"), cleaned.get("latitude")
        if (longitude is None) != (latitude is None) and not self.errors:
            self.add_error(
                "latitude" if latitude is None else "longitude", _("Give both longitude and latitude, or neither.")
            )
        return cleaned

    def groups(self) -> list[dict[str, Any]]:
        """How the form is laid out."""
        return [
            {"title": _("Contact details"), "fields": self._of("phone", "address", "longitude", "latitude")},
            {"title": _("Good to know"), "fields": self._of("is_difficult", "wallet", "note", *self.attributes)},
        ]

    def _of(self, *names: str) -> list[Any]:
        return [self[name] for name in names if name in self.fields]


class ClientForm(OwnClientForm):
    """The whole file, for supervisors and administrators; also a new client."""

    org = UnitChoice(OrgUnit.objects.none(), label=_("Unit"))
    owner = forms.ModelChoiceField(User.objects.none(), label=_("Account manager"), required=False)

    class Meta(OwnClientForm.Meta):
        fields = [
            "code", "name", "kind", "business_format", "market", "scale", "stage", "org", "owner", "credit_rating",
            "opened_on", "phone", "address", "longitude", "latitude", "wallet", "is_difficult", "is_representative",
            "note",
        ]  # fmt: skip
        widgets: dict[str, forms.Widget] = {**OwnClientForm.Meta.widgets, "opened_on": DATE}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choose_from(self, "org", OrgUnit.objects.visible_to(self.user).open(self.instance.org_id))
        choose_from(self, "owner", User.objects.visible_to(self.user).managers().order_by("name"))
        profile = self.user.unit.profile
        if not self.instance.pk:
            self.initial["kind"] = USUAL_KIND[Profile(profile)]
        for name in ("business_format", "market"):  # kept where a file has one all the same
            if not has_shops(profile) and not getattr(self.instance, name):
                del self.fields[name]
        if self.user.is_am:  # an account manager adds to the own grid, and never gives clients away
            del self.fields["owner"], self.fields["org"]

    def clean_code(self) -> str:
        code = "".join(self.cleaned_data["code"].split())
        others = Client.objects.of_organisation(self.user.organisation_id).exclude(pk=self.instance.pk)
        if others.filter(code=code).exists():
            raise forms.ValidationError(_("Another client has this code already."))
        return code

    def clean_opened_on(self) -> Any:
        day = self.cleaned_data["opened_on"]
        if day and day > periods.today():
            raise forms.ValidationError(_("This day is still to come."))
        return day

    def groups(self) -> list[dict[str, Any]]:
        names = ("code", "name", "kind", "business_format", "market", "scale", "stage", "credit_rating", "opened_on")
        found = [
            {"title": _("Basics"), "fields": self._of(*names)},
            {"title": _("Who looks after it"), "fields": self._of("org", "owner")},
            *super().groups()[:1],
            {
                "title": _("Good to know"),
                "fields": self._of("is_difficult", "is_representative", "wallet", "note", *self.attributes),
            },
        ]
        return [group for group in found if group["fields"]]


class ContactForm(forms.ModelForm):
    """A person at a client."""

    class Meta:
        model = Contact
        fields = [
            "name", "position", "phone", "is_main", "birthday", "is_lunar_birthday", "family", "likes", "taboos",
            "source",
        ]  # fmt: skip
        labels = {"name": pgettext_lazy("person", "Name")}
        widgets = {"birthday": DATE}
        help_texts = {"taboos": _("What must not be said, given or done.")}

    def clean_birthday(self) -> Any:
        day = self.cleaned_data["birthday"]
        if day and not (day.year >= 1900 and day <= periods.today()):
            raise forms.ValidationError(_("This is no possible birthday."))
        return day

    def groups(self) -> list[dict[str, Any]]:
        """How the form is laid out."""
        return [
            {"title": _("Basics"), "fields": [self[name] for name in ("name", "position", "phone", "is_main")]},
            {
                "title": _("Good to know"),
                "fields": [
                    self[name] for name in ("birthday", "is_lunar_birthday", "family", "likes", "taboos", "source")
                ],
            },
        ]


class TeamForm(forms.ModelForm):
    """Somebody who serves a client beside the owner: an expert, an adviser, or a cover for the time of a leave."""

    class Meta:
        model = TeamMember
        fields = ["user", "part", "valid_from", "valid_to"]
        labels = {"user": _("Member of the team"), "valid_from": _("From"), "valid_to": _("Until")}
        help_texts = {
            "part": _("e.g. expert, adviser, leave cover"),
            "valid_to": _("Last day; leave empty if open-ended. They lose access to the client afterwards."),
        }
        widgets = {"valid_from": DATE, "valid_to": DATE}

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        staff = User.objects.active().filter(unit__organisation=user.organisation_id)
        choose_from(self, "user", staff.exclude(pk=self.instance.client.owner_id).order_by("name"))

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        start, end, person = cleaned.get("valid_from"), cleaned.get("valid_to"), cleaned.get("user")
        if start and end and end < start:
            self.add_error("valid_to", _("The last day comes before the first."))
        if person and start:
            spans = TeamMember.objects.filter(client=self.instance.client, user=person)
            if end:
                spans = spans.filter(valid_from__lte=end)
            if spans.exclude(valid_to__lt=start).exists():
                self.add_error("user", _("This person is on the team in that time already."))
        return cleaned

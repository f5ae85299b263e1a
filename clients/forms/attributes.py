"""Attributes: their definition, and their fields in the client form."""

import datetime as dt
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from clients.columns import definitions
from clients.models import AttributeDefinition, Client

PREFIX = "attribute-"
Type = AttributeDefinition.Type
YES_NO = {True: "true", False: "false"}


class AttributeForm(forms.ModelForm):
    """A definition; the key and the type stay once values may be there."""

    choices_text = forms.CharField(
        label=_("Choices"),
        required=False,
        help_text=_("For the type “choice”, one a line"),
        widget=forms.Textarea(attrs={"rows": 4}),
    )

    class Meta:
        model = AttributeDefinition
        fields = ["label", "name", "type", "client_kind", "position", "is_active"]
        labels = {"position": _("Place in the list")}
        help_texts = {
            "name": _("How imports and rules call it, e.g. listing_rate. Cannot be changed later."),
            "position": _("Small numbers come first."),
        }

    field_order = ("label", "name", "type", "choices_text", "client_kind", "position", "is_active")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        kinds: Any = self.fields["client_kind"]
        kinds.choices = [("", _("All kinds of clients")), *(pair for pair in kinds.choices if pair[0])]
        self.fields["choices_text"].initial = "\n".join(self.instance.choices)
        if self.instance.pk:
            del self.fields["name"], self.fields["type"]

    def clean_name(self) -> str:
        name: str = self.cleaned_data["name"]
        taken = AttributeDefinition.objects.filter(organisation=self.instance.organisation_id, name=name)
        if taken.exists():
            raise forms.ValidationError(_("This key is taken."))
        return name

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        kind = cleaned.get("type", self.instance.type)
        lines = [" ".join(line.split()) for line in cleaned.get("choices_text", "").splitlines()]
        choices = list(dict.fromkeys(line for line in lines if line))
        if kind == Type.CHOICE and not choices:
            self.add_error("choices_text", _("List the choices, one a line."))
        self.instance.choices = choices if kind == Type.CHOICE else []
        return cleaned


def fields_for(client: Client, kind: str = "") -> dict[str, tuple[AttributeDefinition, forms.Field]]:
    """Form field name → (definition, field with the client's value) of the attributes of its kind."""
    found = {}
    for definition in definitions(client.organisation_id, kind or client.kind):
        present = client.attributes.get(definition.name)
        made = _field(definition, present)
        made.initial = YES_NO.get(present, present) if definition.type == Type.YES_NO else present
        found[f"{PREFIX}{definition.name}"] = (definition, made)
    return found


def _field(definition: AttributeDefinition, present: Any) -> forms.Field:
    options: dict[str, Any] = {"label": definition.label, "required": False}
    match definition.type:
        case Type.NUMBER:
            return forms.DecimalField(**options, max_digits=18, decimal_places=6)
        case Type.DATE:
            return forms.DateField(**options, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))
        case Type.CHOICE:
            offered = dict.fromkeys([*definition.choices, *([present] if present else [])])  # also one taken out since
            return forms.ChoiceField(**options, choices=[("", "—"), *((one, one) for one in offered)])
        case Type.YES_NO:
            choices = [("", "—"), (YES_NO[True], _("Yes")), (YES_NO[False], _("No"))]
            return forms.TypedChoiceField(
                **options, choices=choices, coerce=lambda value: value == YES_NO[True], empty_value=None
            )
    return forms.CharField(**options, max_length=200)


def stored(value: Any) -> Any:
    """A form's value as JSON keeps it; None for nothing."""
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    if isinstance(value, dt.date):
        return value.isoformat()
    return None if value == "" else value

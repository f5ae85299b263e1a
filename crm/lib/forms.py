"""Small things that several forms need."""

from typing import Any

from django import forms


class DateInput(forms.DateInput):
    """The browser's own date field, which takes its value as 2026-11-23 in every language."""

    input_type = "date"

    def __init__(self, attrs: dict[str, Any] | None = None, format: str = "%Y-%m-%d") -> None:
        super().__init__(attrs, format)


def choose_from(form: forms.BaseForm, name: str, queryset: Any) -> None:
    """
    Limit what a model choice field offers and accepts.

    What the form's row has there already is offered in any case: saving the form without touching the field keeps it.
    """
    field = form.fields[name]
    if not isinstance(field, forms.ModelChoiceField):
        raise TypeError(f"{name} offers no rows")
    present = getattr(getattr(form, "instance", None), f"{name}_id", None)
    field.queryset = queryset | queryset.model.objects.filter(pk=present) if present else queryset

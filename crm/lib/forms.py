"""Small things that several forms need."""

from typing import Any

from django import forms


def choose_from(form: forms.BaseForm, name: str, queryset: Any) -> None:
    """Limit what a model choice field offers and accepts."""
    field = form.fields[name]
    if not isinstance(field, forms.ModelChoiceField):
        raise TypeError(f"{name} offers no rows")
    field.queryset = queryset

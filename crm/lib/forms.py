"""Small things that several forms need."""

from typing import Any

from django import forms


class DateInput(forms.DateInput):
    """The browser's own date field, which takes its value as 2026-11-23 in every language."""

    input_type = "date"

    def __init__(self, attrs: dict[str, Any] | None = None, format: str = "%Y-%m-%d") -> None:
        super().__init__(attrs, format)


def choose_from(form: forms.BaseForm, name: str, queryset: Any) -> None:
    """Limit what a model choice field offers and accepts."""
    field = form.fields[name]
    if not isinstance(field, forms.ModelChoiceField):
        raise TypeError(f"{name} offers no rows")
    field.queryset = queryset

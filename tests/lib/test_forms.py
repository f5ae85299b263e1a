"""Small things that several forms need."""

import datetime as dt
from collections.abc import Iterator
from importlib import import_module

from django.conf import settings
from django.forms import BaseForm, DateInput
from django.utils import translation


def forms_below(parent: type) -> Iterator[type]:
    for child in parent.__subclasses__():
        yield child
        yield from forms_below(child)


def test_every_date_field_gets_its_day_as_browsers_take_it():
    import_module(settings.ROOT_URLCONF)  # whatever a page shows is imported by now
    with translation.override("zh-hans"):
        shown = {
            f"{form.__module__}.{form.__qualname__}.{name}": field.widget.format_value(dt.date(2026, 11, 23))
            for form in forms_below(BaseForm)
            if not form.__module__.startswith("django.")
            for name, field in form.base_fields.items()
            if isinstance(field.widget, DateInput)
            and "date" in (field.widget.input_type, field.widget.attrs.get("type"))
        }
    assert len(shown) > 10
    assert {name: value for name, value in shown.items() if value != "2026-11-23"} == {}

"""What can be wrong with a row, in the reader's language."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _

# reason → text. A row with a problem of one of WARNINGS goes in; any other keeps it out.
TEXTS: dict[str, Any] = {
    "required": _("Empty. Fill this field in."),
    "too_long": _("Longer than %(longest)s characters. Shorten it."),
    "lost_digits": _("“%(value)s” has lost digits in a spreadsheet. Format the column as text and export again."),
    "bad_text": _("Holds characters that are no text. Type it anew, or save the file as UTF-8."),
    "not_number": _("“%(value)s” is not a number. Write digits alone, without a unit."),
    "number_too_big": _("“%(value)s” is too large a number. Check the unit and the point."),
    "not_date": _("“%(value)s” is not a date. Write 2015-03-31."),
    "no_such_date": _("“%(value)s” does not exist in the calendar. Correct the day."),
    "date_out_of_range": _("“%(value)s” is in the future or before 1900. Correct the year."),
    "not_month": _("“%(value)s” is not a month. Write 2015-03."),
    "month_unclear": _("“%(value)s” may be January or October. Write %(year)s-01 or %(year)s-10."),
    "month_out_of_range": _("“%(value)s” is in the future or before 1990. Correct the year."),
    "not_yes_no": _("“%(value)s” is neither yes nor no. Write yes or no."),
    "not_choice": _("“%(value)s” is not known here. Choose one of: %(choices)s."),
    "too_many_cells": _("More cells than the header has: probably a separator inside a text without quotation marks."),
    "duplicate": _("Row %(first)s has the same key. Only the first one is taken."),
    "unknown_unit": _("There is no org unit “%(value)s”. Create it first, or correct its code or name."),
    "ambiguous_unit": _("Several org units are called “%(value)s”. Write the unit's code."),
    "several_grids": _("Several units are called “%(value)s”. Name the unit by its code in a column of its own."),
    "closed_unit": _("The org unit “%(value)s” is switched off. Switch it on first, or write another one."),
    "unknown_owner": _("There is no account manager “%(value)s”. Write an employee number or a user name."),
    "ambiguous_owner": _("Several account managers have the number or user name “%(value)s”. Correct it under Staff."),
    "unknown_client": _("There is no client with the code “%(value)s”. Import the client first."),
    "merged_client": _("“%(value)s” was merged into “%(kept)s”. Change that client, or undo the merge first."),
    "unknown_product": _("There is no product “%(value)s”, or several of that name. Write its code."),
    "unknown_class": _("There is no class “%(value)s” in the catalogue. Create it first, or correct its code or name."),
    "date_impossible": _("“%(value)s” is no possible date. Correct the year, month and day."),
    "below_zero": _("“%(value)s” is below zero. Write it without a sign."),
    "ends_before_start": _("%(value)s lies before the first day. Correct one of the two."),
    "other_clients_loan": _("The loan “%(value)s” belongs to another client. Correct the number or the client's code."),
    "other_clients_contract": _(
        "The contract “%(value)s” belongs to another client. Correct the number or the client's code."
    ),
    "contract_over": _("The contract “%(value)s” has ended. Give the new one a number of its own."),
    "over_principal": _("The balance %(value)s is higher than the principal. Correct one of the two."),
    "no_figures": _("No figure in this row. Fill one in, or take the row out."),
    "not_coordinate": _("“%(value)s” is not a coordinate; left empty."),
    "coordinates_missing": _("No coordinates: the client cannot be shown on the map or checked at visits."),
    "coordinates_half": _("Longitude or latitude is missing; left empty."),
    "coordinates_impossible": _("%(value)s is no place on earth; left empty."),
    "coordinates_turned": _("%(value)s: longitude and latitude look swapped; left empty."),
    "coordinates_swapped": _("%(value)s is outside of the region. Longitude and latitude look swapped."),
    "coordinates_outside": _("%(value)s is outside of the region where the other clients are."),
    "coordinates_far": _("%(km)s km from the middle of the other clients of the same unit. Check the place."),
    "zip_length": _("“%(value)s” has %(length)s digits instead of %(usual)s; kept as it is."),
    "negative": _("%(value)s is negative; taken as a return."),
}
WARNINGS = frozenset(
    {
        "not_coordinate",
        "coordinates_missing",
        "coordinates_half",
        "coordinates_impossible",
        "coordinates_turned",
        "coordinates_swapped",
        "coordinates_outside",
        "coordinates_far",
        "zip_length",
        "negative",
    }
)


def describe(reason: str, params: Mapping[str, Any] | None) -> str:
    """The problem in words."""
    shown = {key: _shortened(value) for key, value in (params or {}).items()}
    return str(TEXTS[reason]) % shown


def _shortened(value: Any) -> Any:
    return f"{value[:60]}…" if isinstance(value, str) and len(value) > 61 else value

"""Verbs on contracts: made, signed, performed step by step, renewed, ended."""

import datetime as dt
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from clients.models import Contract, ContractStep
from crm.lib import periods
from people.models import User


@transaction.atomic
def save_contract(contract: Contract, by: User) -> Contract:
    """Save a new or changed contract."""
    contract.organisation_id = contract.client.organisation_id
    if contract.pk is None:
        contract.made_by = by
    contract.save()
    return contract


@transaction.atomic
def sign(contract: Contract, day: dt.date) -> Contract:
    """Both sides have signed."""
    found = _open(contract)
    if found.signed_on:
        raise ValidationError(_("The contract is signed already."))
    if day > periods.today():
        raise ValidationError(_("This day is still to come."))
    found.signed_on = day
    found.save(update_fields=["signed_on"])
    return found


@transaction.atomic
def end(contract: Contract, day: dt.date, reason: str) -> Contract:
    """Ended before its time, or withdrawn before the signature; with a reason."""
    found = _open(contract)
    if not reason.strip():
        raise ValidationError(_("Give a reason."))
    if day > periods.today():
        raise ValidationError(_("This day is still to come."))
    found.ended_on, found.ended_reason = day, reason.strip()[:200]
    if found.signed_on is None:  # withdrawn: the contract before it is to be renewed still
        found.renews = None
    found.save(update_fields=["ended_on", "ended_reason", "renews"])
    return found


@transaction.atomic
def renew(contract: Contract, by: User, **fields: Any) -> Contract:
    """The contract that follows one, with the same subject unless ``fields`` say otherwise."""
    found = _open(contract)
    if Contract.objects.filter(renews=found).exists():
        raise ValidationError(_("There is a successor already."))
    start = fields.get("starts_on") or found.ends_on + dt.timedelta(days=1)
    values = {
        "client": found.client,
        "organisation_id": found.organisation_id,
        "product": found.product,
        "renews": found,
        "number": _next_number(found),
        "title": found.title,
        "amount": found.amount,
        "starts_on": start,
        "ends_on": _end_after(found, start),
        "notice_days": found.notice_days,
        "made_by": by,
    }
    return Contract.objects.create(**values | fields)


def _end_after(contract: Contract, start: dt.date) -> dt.date:
    """The last day of a term as long as a contract's: of as many months, or days where it has no whole months."""
    day_after = contract.ends_on + dt.timedelta(days=1)
    months = (day_after.year - contract.starts_on.year) * 12 + day_after.month - contract.starts_on.month
    if months and _months_on(contract.starts_on, months) == day_after:
        return _months_on(start, months) - dt.timedelta(days=1)
    return start + (contract.ends_on - contract.starts_on)


def _months_on(day: dt.date, count: int) -> dt.date:
    """The same day so many months later, or that month's last."""
    month = periods.add_months(day, count)
    return month.replace(day=min(day.day, periods.last_day(month).day))


def _next_number(contract: Contract) -> str:
    """The number with -2, -3 … behind it, the first that is free."""
    stem, _dash, tail = contract.number.rpartition("-")
    stem, count = (stem, int(tail)) if stem and contract.renews_id and tail.isdigit() else (contract.number, 1)
    while True:
        count += 1
        number = f"{stem[:50]}-{count}"
        if not Contract.objects.filter(organisation=contract.organisation_id, number=number).exists():
            return number


@transaction.atomic
def perform(step: ContractStep, day: dt.date, by: User, note: str = "") -> ContractStep:
    """A step of a contract has been done; doing it twice keeps the first time."""
    found = ContractStep.objects.select_for_update().get(pk=step.pk)
    if day > periods.today():
        raise ValidationError(_("This day is still to come."))
    if found.done_on is None:
        found.done_on, found.done_by, found.note = day, by, note[:200] or found.note
        found.save(update_fields=["done_on", "done_by", "note"])
    return found


def _open(contract: Contract) -> Contract:
    found: Contract = Contract.objects.select_for_update(of=("self",)).select_related("client").get(pk=contract.pk)
    if found.ended_on:
        raise ValidationError(_("The contract has ended; nothing can be done with it any more."))
    return found

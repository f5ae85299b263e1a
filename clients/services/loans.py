"""Verbs on loans, and the duty of post-loan visits: one open a loan, fulfilled by a visit or by hand."""

import datetime as dt
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _

from clients.models import Client, Loan, LoanCheck
from clients.models.deals import Risk
from crm.lib import periods
from people.models import User

FIRST_CHECK_DAYS = 15  # after the money was paid out: is it used for what it was granted for?
CHECK_DAYS = {Risk.NORMAL: 90, Risk.WATCH: 30, Risk.SUBSTANDARD: 30, Risk.DOUBTFUL: 15, Risk.LOSS: 30}
# An organisation's own figures: settings["loan_check_days"] = {"first": 15, "normal": 90, …}
SETTING = "loan_check_days"
EARLY_DAYS = 30  # a visit so long before the duty's day fulfils it


def interval(loan: Loan, *, first: bool = False) -> int:
    """Days until the next post-loan visit: of the loan itself, else of the organisation, else by the usual rule."""
    own: dict[str, Any] = loan.client.organisation.settings.get(SETTING, {})
    if first:
        return int(own.get("first", FIRST_CHECK_DAYS))
    return loan.check_days or int(own.get(loan.risk, CHECK_DAYS[Risk(loan.risk)]))


@transaction.atomic
def save_loan(loan: Loan, by: User | None) -> Loan:
    """Save a new or changed loan; its duty follows: opened, moved forward by a worse risk class, dropped at the end."""
    loan.organisation_id = loan.client.organisation_id
    loan.changed_by, loan.changed_at = by, periods.now()
    loan.save()
    keep_duty(loan)
    return loan


def keep_duty(loan: Loan) -> None:
    """The open duty as the loan asks for it now."""
    duty = LoanCheck.objects.select_for_update().filter(loan=loan, done_on=None).first()
    if loan.closed_on:
        if duty:
            duty.delete()
        return
    last = loan.checks.filter(done_on__isnull=False).order_by("-done_on").first()
    due = (last.done_on if last else loan.granted_on) + dt.timedelta(days=interval(loan, first=last is None))
    if duty is None:
        LoanCheck.objects.create(loan=loan, client_id=loan.client_id, due_on=due)
    elif due < duty.due_on:  # never later: a better class does not forgive what is due
        duty.due_on = due
        duty.save(update_fields=["due_on"])


@transaction.atomic
def fulfil(client: Client, day: dt.date, by: User, visit_id: int, note: str = "") -> list[LoanCheck]:
    """A post-loan visit to a client fulfils the open duties of its loans that are due within 30 days; those, once."""
    if LoanCheck.objects.filter(client=client, visit_id=visit_id).exists():
        return []
    open_duties = (
        LoanCheck.objects.select_for_update(of=("self",))
        .open()
        .filter(client=client, due_on__lte=day + dt.timedelta(days=EARLY_DAYS), loan__granted_on__lte=day)
        .select_related("loan__client__organisation")
    )
    return [_done(duty, day, by, note=note, visit_id=visit_id) for duty in open_duties]


@transaction.atomic
def report(duty: LoanCheck, day: dt.date, finding: str, note: str, by: User) -> LoanCheck:
    """What a post-loan check has found: closes an open duty, or adds the finding to one that a visit has closed."""
    found = (
        LoanCheck.objects.select_for_update(of=("self",)).select_related("loan__client__organisation").get(pk=duty.pk)
    )
    if found.done_on:
        found.finding, found.note = finding, note[:500]
        found.save(update_fields=["finding", "note"])
        return found
    if not found.loan.granted_on <= day <= periods.today():
        raise ValidationError({"done_on": _("Choose a day between the loan's first day and today.")})
    return _done(found, day, by, finding=finding, note=note)


def _done(
    duty: LoanCheck, day: dt.date, by: User, *, note: str = "", finding: str = "", visit_id: int | None = None
) -> LoanCheck:
    duty.done_on, duty.done_by, duty.visit_id = day, by, visit_id
    duty.finding, duty.note = finding, note[:500]
    duty.save()
    loan = duty.loan
    due = day + dt.timedelta(days=interval(loan))
    if loan.closed_on is None:
        LoanCheck.objects.create(loan=loan, client_id=loan.client_id, due_on=due)
    return duty


def duty_rate(checks: Any) -> tuple[int, int]:
    """(done by their day, all) of duties whose day has passed or that were done."""
    past = checks.filter(due_on__lt=periods.today()) | checks.filter(done_on__isnull=False)
    return past.filter(done_on__lte=F("due_on")).count(), past.count()

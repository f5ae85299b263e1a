"""Verbs on loans, and the duty of post-loan visits: one open a loan, fulfilled by a visit or by hand."""

import datetime as dt
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from clients.models import Client, Loan, LoanCheck
from clients.models.deals import Risk
from crm.lib import periods
from crm.lib.sql import execute
from people.models import OrgUnit, User

FIRST_CHECK_DAYS = 15  # after the money was paid out: is it used for what it was granted for?
CHECK_DAYS = {Risk.NORMAL: 90, Risk.WATCH: 30, Risk.SUBSTANDARD: 30, Risk.DOUBTFUL: 15, Risk.LOSS: 30}
# An organisation's own figures: settings["loan_check_days"] = {"first": 15, "normal": 90, …}
SETTING = "loan_check_days"
EARLY_DAYS = 30  # a visit so long before the duty's day fulfils it


def days_of(organisation: OrgUnit) -> dict[str, int]:
    """Days between post-loan visits by risk class, and "first": an organisation's own figures over the usual ones."""
    usual = {"first": FIRST_CHECK_DAYS, **{risk.value: days for risk, days in CHECK_DAYS.items()}}
    own: dict[str, Any] = organisation.settings.get(SETTING, {})
    return {name: int(own.get(name, days)) for name, days in usual.items()}


def interval(loan: Loan) -> int:
    """Days until the next post-loan visit after one: of the loan itself, else by its risk class."""
    return loan.check_days or days_of(loan.client.organisation)[loan.risk]


@transaction.atomic
def save_loan(loan: Loan, by: User | None) -> Loan:
    """Save a new or changed loan; its duty follows: opened, moved forward by a worse risk class, dropped at the end."""
    loan.organisation_id = loan.client.organisation_id
    loan.changed_by, loan.changed_at = by, periods.now()
    loan.save()
    _keep_duty(loan)
    keep_holdings("SELECT %(loan)s::bigint", {"loan": loan.pk})
    return loan


def _keep_duty(loan: Loan) -> None:
    keep_duties(loan.client.organisation, "SELECT %(loan)s::bigint", {"loan": loan.pk})


def keep_holdings(which: str, params: dict[str, Any]) -> None:
    """
    Let what clients have follow their loans (``which``: query of ids): one holding a running loan, by its number.

    It carries no term: the loan's own date tells when it ends.
    """
    execute(
        f"""
        UPDATE clients_holding AS h SET until = greatest(h.since, coalesce(l.closed_on, %(today)s)), changed_at = now()
        FROM clients_loan AS l
        WHERE l.id IN ({which}) AND h.client_id = l.client_id AND h.reference = l.number AND h.until IS NULL
          AND (l.closed_on IS NOT NULL OR h.product_id IS DISTINCT FROM l.product_id)
        """,
        params | {"today": periods.today()},
    )
    execute(
        f"""
        INSERT INTO clients_holding AS h (organisation_id, client_id, product_id, reference, since, amount,
                                          ended_reason, changed_by_id, changed_at)
        SELECT l.organisation_id, l.client_id, l.product_id, l.number, l.granted_on, l.balance, '', l.changed_by_id,
               now()
        FROM clients_loan AS l WHERE l.id IN ({which}) AND l.closed_on IS NULL AND l.product_id IS NOT NULL
        ON CONFLICT (client_id, product_id, reference) WHERE until IS NULL
        DO UPDATE SET amount = excluded.amount, changed_at = excluded.changed_at
        WHERE h.amount IS DISTINCT FROM excluded.amount
        """,
        params,
    )


def keep_duties(organisation: OrgUnit, which: str, params: dict[str, Any]) -> None:
    """
    Bring the open duties of loans (``which``: query of their ids) in line with how the loans stand.

    Each running loan has one, so many days after the last check or after the money was paid out. It moves forward
    when the class gets worse, never back: a better class does not forgive what is due.
    """
    days = days_of(organisation)
    risks = " ".join(f"WHEN '{risk}' THEN {days[risk]}" for risk in Risk.values)
    execute(
        f"""
        DELETE FROM clients_loancheck AS c USING clients_loan AS l
        WHERE l.id IN ({which}) AND c.loan_id = l.id AND c.done_on IS NULL AND l.closed_on IS NOT NULL
        """,
        params,
    )
    execute(
        f"""
        INSERT INTO clients_loancheck AS c (loan_id, client_id, due_on, finding, note)
        SELECT l.id, l.client_id,
               coalesce(last.done_on + coalesce(l.check_days, CASE l.risk {risks} END), l.granted_on + {days["first"]}),
               '', ''
        FROM clients_loan AS l
        CROSS JOIN LATERAL (SELECT max(d.done_on) AS done_on FROM clients_loancheck AS d WHERE d.loan_id = l.id) AS last
        WHERE l.id IN ({which}) AND l.closed_on IS NULL
        ON CONFLICT (loan_id) WHERE done_on IS NULL
        DO UPDATE SET due_on = excluded.due_on WHERE excluded.due_on < c.due_on
        """,
        params,
    )


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
    _keep_duty(duty.loan)
    return duty

"""The duty of post-loan visits: on the day's list, and fulfilled by a visit on site with that purpose."""

import datetime as dt

import pytest

from clients.models import LoanCheck
from tests.clients.deals import loan
from tests.visits.make import TODAY, visit
from visits import due
from visits.models import Mode, Purpose, Result
from visits.services import revise_visit

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("wednesday")]


@pytest.fixture
def duty(world):
    """A duty that has been late for five days."""
    found = loan(world.clients["own"], granted_on=TODAY - dt.timedelta(days=20))
    return LoanCheck.objects.get(loan=found)


def test_a_late_duty_puts_the_client_on_the_list(world, duty):
    visit(world.am, world.clients["own"], purpose=Purpose.ROUTINE)
    found = [row.text for row in due.standing_of(world.clients["own"]).reasons]
    assert any("5" in text for text in found)
    LoanCheck.objects.filter(pk=duty.pk).update(due_on=TODAY + dt.timedelta(days=4))
    assert due.standing_of(world.clients["own"]).reasons == []


def test_a_visit_with_that_purpose_fulfils_it(world, duty):
    made = visit(world.am, world.clients["own"], purpose=Purpose.POST_LOAN, note="用途与合同一致")
    duty.refresh_from_db()
    assert (duty.done_on, duty.done_by, duty.visit_id, duty.note) == (
        TODAY,
        world.am,
        made.pk,
        "用途与合同一致",
    )
    assert LoanCheck.objects.open().get(loan=duty.loan).due_on == TODAY + dt.timedelta(days=90)


def test_a_visit_corrected_to_that_purpose_fulfils_it_once(world, duty):
    made = visit(world.am, world.clients["own"], purpose=Purpose.ROUTINE)
    for _time in range(2):
        revise_visit(made, purpose=Purpose.POST_LOAN, note="用途与合同一致")
    duty.refresh_from_db()
    assert (duty.done_on, duty.visit_id) == (TODAY, made.pk)
    assert LoanCheck.objects.filter(done_on__isnull=False).count() == 1


@pytest.mark.parametrize(
    "fields",
    [
        {"purpose": Purpose.ROUTINE},
        {"purpose": Purpose.POST_LOAN, "mode": Mode.PHONE},
        {"purpose": Purpose.POST_LOAN, "result": Result.ABSENT},
        {"purpose": Purpose.POST_LOAN, "result": Result.REFUSED},
    ],
)
def test_other_contacts_do_not(world, duty, fields):
    visit(world.am, world.clients["own"], **fields)
    duty.refresh_from_db()
    assert duty.done_on is None

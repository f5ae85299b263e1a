"""Personal data goes when its time is over, and not before; rows and sums stay."""

import datetime as dt

import pytest
from django.core.management import call_command

from clients.models import Client, Contact
from crm import anonymising
from crm.lib import periods
from people.models import SecondFactor, User
from tests.facts import fact
from tests.world import client_of

pytestmark = pytest.mark.django_db
LONG_AGO = dt.timedelta(days=365 * 6)


@pytest.fixture
def gone(world):
    client = client_of(
        world.am, "P1", "刘德胜", kind="person", stage="lost", phone="13900001111", note="住东街三号",
        address="东街 3 号", attributes={"identity": "530102199003071234"}, created_at=periods.now() - LONG_AGO,
    )  # fmt: skip
    Contact.objects.create(client=client, name="刘妻", phone="13900002222")
    return client


def test_a_client_long_gone_is_forgotten(world, gone, capsys):
    call_command("anonymise", "--dry-run")
    assert "clients: 1" in capsys.readouterr().out
    assert Client.objects.get(pk=gone.pk).phone
    call_command("anonymise")
    gone.refresh_from_db()
    assert (gone.phone, gone.note, gone.attributes, gone.address) == ("", "", {}, "")
    assert gone.name == "原客户 P1"
    assert not gone.contacts.exists()
    assert gone.ownerships.count() == 1
    assert anonymising.forget_clients() == 0


@pytest.mark.parametrize("change", [{"stage": "active"}, {"created_at": periods.now() - dt.timedelta(days=300)}])
def test_whoever_is_still_a_client_is_not(gone, change):
    Client.objects.filter(pk=gone.pk).update(**change)
    assert anonymising.forget_clients() == 0


def test_something_new_keeps_the_file(gone):
    fact(gone, f"{periods.today():%Y-%m}", 1)
    assert anonymising.forget_clients() == 0


def test_staff_who_left(world):
    person = world.managers["team"]
    SecondFactor.objects.create(user=person, secret="A")
    User.objects.filter(pk=person.pk).update(phone="13900003333", email="a@example.com", is_active=False)
    person.postings.update(valid_from="2020-01-01", valid_to="2021-01-01")
    assert anonymising.forget_staff() == 1
    person.refresh_from_db()
    assert (person.phone, person.email, person.name) == ("", "", "王芳")
    assert not SecondFactor.objects.exists()
    assert anonymising.forget_staff() == 0


def test_staff_at_work_stay(world):
    User.objects.update(phone="13900003333")
    assert anonymising.forget_staff() == 0

"""Slips: numbered without gaps, routed, answered in order, sealed in the end."""

import threading
import uuid

import pytest
from django.core.exceptions import ValidationError
from django.db import Error, connection, transaction
from django.test import Client as Browser

from crm.lib import periods
from people.models import Role
from service.models import InformationSlip
from service.services.slips import TRANSITIONS, advance, give_slip, pass_on
from tests import world as worlds
from tests.service.helpers import NOW


def slip_of(giver, **fields):
    return give_slip(giver, **{"uuid": uuid.uuid4(), "category": "delivery", "content": "送货时间不稳定", **fields})


@pytest.mark.django_db(transaction=True)
def test_numbers_of_concurrent_givers_have_no_gaps():
    """Eight givers at once, every third of whom fails after the number was taken."""
    world = worlds.build()
    errors = []

    def give(number):
        try:
            with transaction.atomic():
                slip_of(world.am)
                if number % 3 == 0:
                    raise RuntimeError("taken back")
        except RuntimeError:
            pass
        except Exception as error:  # noqa: BLE001 - a thread's error would be lost
            errors.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=give, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not errors
    assert sorted(InformationSlip.objects.values_list("sequence", flat=True)) == [1, 2, 3, 4, 5]


@pytest.mark.django_db
def test_each_unit_and_year_counts_for_itself(world):
    with periods.clock_at(NOW):
        numbers = [slip_of(world.am).number, slip_of(world.am).number, slip_of(world.managers["team"]).number]
    with periods.clock_at(NOW.replace(year=2027)):
        numbers.append(slip_of(world.am).number)
    assert numbers == ["ALPHA-N1-2026-0001", "ALPHA-N1-2026-0002", "ALPHA-N2-2026-0001", "ALPHA-N1-2027-0001"]


@pytest.mark.django_db
def test_a_slip_goes_its_way_and_is_sealed(world):
    office = world.actors["back_office"]
    with periods.clock_at(NOW):
        slip = slip_of(world.am, client=world.clients["own"], suggestion="固定上午送")
    assert (slip.receiver, slip.due_at) == (office, periods.at(NOW.date().replace(day=18), 10))
    with pytest.raises(ValidationError):
        advance(slip, "handled", office, "跳过签收")
    slip = advance(slip, "received", office)
    with pytest.raises(ValidationError):
        advance(slip, "handled", office, "  ")
    slip = advance(slip, "handled", office, "与送货员核对线路")
    slip = advance(slip, "fed_back", office, "改为上午十点前送达")
    assert world.am.notifications.filter(text__contains=slip.number).count() == 1
    assert slip.state not in TRANSITIONS
    with pytest.raises(Error, match="sealed"), transaction.atomic():
        InformationSlip.objects.filter(pk=slip.pk).update(feedback="改写")


@pytest.mark.django_db
def test_passed_on_it_has_to_be_received_anew(world):
    driver = worlds.person(world.organisation, "driver", "唐顺", Role.BACK_OFFICE)
    slip = advance(slip_of(world.am, receiver=world.actors["back_office"]), "received", world.actors["back_office"])
    slip = pass_on(slip, driver, world.actors["back_office"])
    assert (slip.state, slip.receiver, slip.received_at) == ("sent", driver, None)
    with pytest.raises(ValidationError):
        pass_on(slip, world.am, driver)  # back to the giver


@pytest.mark.django_db
def test_passed_back_it_is_told_again(world):
    driver = worlds.person(world.organisation, "driver", "唐顺", Role.BACK_OFFICE)
    office = world.actors["back_office"]
    slip = pass_on(slip_of(world.am, receiver=office), driver, office)
    pass_on(slip, office, driver)
    assert (office.notifications.count(), driver.notifications.count()) == (2, 1)


@pytest.mark.django_db
def test_pages_take_a_slip_from_giver_to_giver(world):
    am, office = Browser(), Browser()
    am.force_login(world.am)
    office.force_login(world.actors["back_office"])
    form = {"uuid": uuid.uuid4(), "category": "delivery", "content": "<script>alert(1)</script>"}
    url = am.post(f"/service/slips/new/?client={world.clients['own'].pk}", form).headers["Location"]
    assert am.post(f"/service/slips/new/?client={world.clients['own'].pk}", form).headers["Location"] == url
    assert "<script>alert" not in am.get(url).content.decode()
    assert am.post(f"{url}advance/", {"state": "received"}).status_code == 403
    for state, text in (("received", ""), ("handled", "与送货员核对"), ("fed_back", "已改上午")):
        assert office.post(f"{url}advance/", {"state": state, "text": text}).status_code == 302
    page = am.get(url).content.decode()
    assert "与送货员核对" in page
    assert "已改上午" in page
    assert "与送货员核对" in am.get(f"{url}print/").content.decode()

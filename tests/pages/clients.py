"""Pages of clients."""

import datetime as dt

from clients.duplicates import judging
from clients.models import Client, Contact, Handover, TierResult
from clients.services import handover as services
from clients.tiering import schemes
from crm.lib import jobs, periods
from crm.lib.models import Job
from tests.facts import fact
from tests.world import client_of

PAGES = {
    "client list of an account manager": ("am", lambda world: "/clients/"),
    "client list of a supervisor": ("supervisor", lambda world: "/clients/"),
    "client list, searched and filtered": ("hr", lambda world: "/clients/?q=xl&tier=B&unit=ALPHA-N"),
    "client page": ("am", lambda world: f"/clients/{world.clients['own'].pk}/"),
    "client form of a supervisor": ("supervisor", lambda world: f"/clients/{world.clients['own'].pk}/edit/"),
    "tiers": ("hr", lambda world: "/clients/tiers/"),
    "duplicates": ("supervisor", lambda world: "/clients/duplicates/"),
    "grids without a representative": ("supervisor", lambda world: "/clients/representatives/"),
    "portfolio of an account manager": ("am", lambda world: "/clients/portfolio/"),
    "portfolio of a unit": ("supervisor", lambda world: "/clients/portfolio/"),
    "handovers": ("supervisor", lambda world: "/clients/handovers/"),
    "handover": ("am", lambda world: f"/clients/handovers/{Handover.objects.earliest('pk').pk}/"),
    "imports": ("hr", lambda world: "/clients/imports/"),
}


def begin(world):
    """One of each: a page may ask a question less while there is nothing at all."""
    a_month(world, dt.date(2025, 12, 1))
    a_pair(world, "D")
    a_handover(world, 1)
    jobs.run(jobs.request("value_clients", world.organisation.pk, period="2025-12").pk)


def a_handover(world, number):
    """A handover to come with some clients, and a leave cover."""
    day = periods.today() + dt.timedelta(days=number)
    rest = Client.objects.filter(handover_rows=None)
    services.plan_handover(world.am, world.managers["team"], day, rest, by=world.supervisor, reason="调岗")
    services.cover_leave(world.am, world.managers["team"], day, day, by=world.supervisor)


def a_pair(world, code):
    """Two clients that look like one."""
    client_of(world.am, f"{code}1", "兴隆小店")
    client_of(world.am, f"{code}2", "兴隆小店")
    judging.pair_by_code(f"{code}1", f"{code}2", world.supervisor)


def grow(world):
    for number in range(30):
        client_of(world.am, f"K{number}", f"兴隆{number}号店")
        Contact.objects.create(client=world.clients["own"], name=f"联系人{number}")
    for number in range(5):
        a_pair(world, f"D{number}")
    a_handover(world, 2)
    jobs.run(jobs.request("value_clients", world.organisation.pk, period="2025-12").pk)
    for number in range(1, 10):
        a_month(world, dt.date(2026, number, 1))


def a_month(world, month):
    """A client's facts and tier of a month, with the job that computed it."""
    client = world.clients["own"]
    fact(client, f"{month:%Y-%m}", 100 * month.month)
    TierResult.objects.create(
        client=client,
        month=month,
        organisation=world.organisation,
        scheme=the_scheme(world),
        tier="AB"[month.month % 2],
        score=50,
        rank=1,
        ranked=1,
        breakdown={"parts": {"amount_12m": [1, 1, 1]}},
    )
    job = jobs.request("tier_clients", world.organisation.pk, period=f"{month:%Y-%m}")
    Job.objects.filter(pk=job.pk).update(state=Job.State.DONE, result={"tiers": {"A": 1}})


def the_scheme(world):
    """A published scheme, made once."""
    found = schemes.TierScheme.objects.for_month(world.organisation.pk, dt.date(2026, 1, 1))
    if found:
        return found
    rules = {"criteria": [{"measure": "amount_12m", "weight": 1}], "bands": [{"tier": "A", "share": 1}]}
    return schemes.publish(world.organisation, "规则", rules, dt.date(2020, 1, 1))

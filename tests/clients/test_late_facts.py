"""Facts that come late or are put right re-tier what depends on them, and nothing else."""

import datetime as dt

import pytest

from clients.duplicates import merge
from clients.models import Client, ClientTier, FactChange, TierResult
from clients.tiering import schemes
from crm.lib import jobs, sql
from crm.lib.models import Job
from people.models import Level
from people.services import create_unit
from tests.clients.helpers import add_client, take_in
from tests.facts import fact

pytestmark = pytest.mark.django_db
MONTHS = ("2026-03", "2026-04", "2026-05")
STAMPS = """
    SELECT c.code, r.month::text, r.tier, r.xmin::text AS stamp
    FROM clients_tierresult AS r JOIN clients_client AS c ON c.id = r.client_id
"""


def done(job):
    job = jobs.run(job.pk)
    assert job.state == "done", job.error
    return job


def tier_all(organisation):
    return [done(jobs.request("tier_clients", organisation.pk, period=month)) for month in MONTHS]


def stamps():
    return {(row["code"], row["month"]): (row["tier"], row["stamp"]) for row in sql.rows(STAMPS)}


@pytest.fixture
def counties(world, settings, tmp_path):
    """Two counties of five clients each, tiered for three months, falling in the second bad month only."""
    settings.MEDIA_ROOT = tmp_path
    Client.objects.filter(organisation=world.organisation).update(is_active=False)
    for county in "AB":
        unit = create_unit(world.organisation, f"C{county}", f"{county}县", Level.COUNTY)
        grid = create_unit(unit, f"C{county}1", f"{county}县网格")
        for number in range(1, 6):
            client = add_client(world, f"{county}{number}")
            Client.objects.filter(pk=client.pk).update(org=grid)
            for month in MONTHS:
                fact(client, month, number * 100)
    rules = {
        "within": "county",
        "criteria": [{"measure": "amount_3m", "weight": 1}],
        "bands": [{"tier": "A", "share": 0.2}, {"tier": "B", "share": 0.4}, {"tier": "C", "share": 0.4}],
        "hold_months": 2,
    }
    schemes.publish(world.organisation, "规则", rules, dt.date(2020, 1, 1))
    tier_all(world.organisation)
    return world


def correct(world, text):
    job, _upload = take_in(world.organisation, f"code,month,amount\n{text}", target="facts")
    assert job.state == "done", job.error
    return Job.objects.filter(kind="retier_clients", organisation_id=world.organisation.pk).first()


def test_others_are_untouched_and_the_result_is_that_of_a_full_run(counties):
    world = counties
    before = stamps()
    done(correct(world, "A1,2026-03,9000\n"))
    after = stamps()
    changed = {code for key, value in after.items() if value != before[key] for code in [key[0]]}
    assert "A1" in changed
    assert all(code.startswith("A") for code in changed)
    assert after["A1", "2026-03-01"][0] == "A"
    assert after["A5", "2026-03-01"][0] == "B"  # the first month: nothing to hold on to
    assert ClientTier.objects.get(client__code="A1").tier == "A"
    assert not FactChange.objects.exists()
    partly = {job.period: (job.hash, job.result) for job in Job.objects.filter(kind="tier_clients")}
    full = tier_all(world.organisation)
    assert {job.period: (job.hash, job.result) for job in full} == partly
    assert stamps() == after  # the full run found nothing to write


def test_months_before_the_fact_are_untouched(counties):
    before = stamps()
    done(correct(counties, "A1,2026-05,9000\n"))
    after = stamps()
    assert {month for (_code, month), value in after.items() if value != before[_code, month]} == {"2026-05-01"}


def test_what_depends_on_nothing_asks_for_nothing(counties):
    assert correct(counties, "A1,2026-03,100\nA1,2026-06,700\n") is None  # the same again; a month without tiers yet
    assert not FactChange.objects.exists()


def test_a_late_fact_of_a_month_before_the_first_tiers_counts(counties):
    job = correct(counties, "B1,2026-02,9000\n")
    assert done(job).result == {"groups": dict.fromkeys(MONTHS, 1)}
    assert TierResult.objects.get(client__code="B1", month="2026-03-01").tier == "A"


def test_a_fact_that_changes_meanwhile_is_not_forgotten(counties):
    world = counties
    job = correct(world, "A1,2026-03,9000\n")
    FactChange.objects.filter(client__code="A1").update(noted_at=dt.datetime(2100, 1, 1, tzinfo=dt.UTC))
    done(job)
    assert FactChange.objects.count() == 1


def test_merged_clients_are_tiered_anew(counties):
    world = counties
    one, two = Client.objects.get(code="A1"), Client.objects.get(code="A5")
    merge.merge(one, two, world.supervisor)
    done(Job.objects.get(kind="retier_clients"))
    found = TierResult.objects.get(client=one, month="2026-05-01")
    assert (found.rank, found.ranked) == (1, 4)
    assert not TierResult.objects.filter(client=two).exists()

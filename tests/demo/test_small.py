"""The small samples: each tells of its own industry, and the product has made the rest of it."""

import datetime as dt
import re

import pytest

from clients.models import Client, ClientTier, ServiceStandard
from crm.demo import small
from crm.demo.telling import words
from crm.lib import periods
from crm.lib.workdays import work_days
from journals.models import JournalVersion, Review
from kpi.models import Scorecard
from service.models import ServiceRequest
from service.rules import rules_of
from tests.shares import some
from visits.models import TraceFlag, Visit
from visits.words import purposes_of

INDUSTRIES = ("telecom", "utility", "insurance")
OTHERS_WORDS = re.compile("卷烟|上柜|零售户|存款|理财|贷款|授信")
NOW = periods.at(dt.date(2026, 11, 5), 16)


@pytest.fixture(autouse=True)
def few(monkeypatch):
    """Nine days instead of eight weeks, and half of the clients: the same work, a little of it."""
    monkeypatch.setattr(small, "DAYS", 9)
    monkeypatch.setattr(small, "CLIENTS", 5)


@pytest.mark.django_db
@pytest.mark.parametrize("profile", some(INDUSTRIES, 0) or INDUSTRIES[:1])
def test_a_sample_is_whole_and_of_its_industry(profile):
    with periods.clock_at(NOW):
        root = small.load(profile)
        assert root.profile == profile
        visits = Visit.objects.filter(organisation=root)
        first = NOW.date() - dt.timedelta(days=9)
        assert set(visits.values_list("day", flat=True)) == set(work_days(first, NOW.date()))
        assert set(visits.values_list("purpose", flat=True)) <= set(dict(purposes_of(profile)))
        clear = visits.filter(day__lt=dt.date(2026, 11, 1)).exclude(flags__state="open")
        assert visits.exclude(verified_at=None).count() == clear.count() > 0
        assert TraceFlag.objects.filter(visit__organisation=root).count() < 0.1 * visits.count()
        clients = Client.objects.filter(organisation=root)
        assert clients.count() == 20
        assert ClientTier.objects.filter(client__in=clients).count() == 20
        tiers = set(ClientTier.objects.values_list("tier", flat=True))
        assert tiers <= set(ServiceStandard.objects.filter(organisation=root).values_list("tier", flat=True))
        assert len(tiers) > 2
        assert Scorecard.objects.filter(run__organisation=root, run__state="published").count() == 4
        assert Review.objects.filter(journal__author__unit__organisation=root).exists()
        requests = ServiceRequest.objects.filter(organisation=root)
        assert {each.category for each in requests} <= set(dict(rules_of(root).choices()))
        assert requests.filter(state="closed").exists()
        said = [visit.note + visit.demand for visit in visits]
        said += [
            text
            for version in JournalVersion.objects.filter(journal__author__unit__path__startswith=root.path)
            for text in version.sections.values()
        ]
        assert not [text for text in said if OTHERS_WORDS.search(text) or set("{}[]|") & set(text)]


@pytest.mark.parametrize("profile", INDUSTRIES)
def test_the_word_files_have_every_part(profile):
    told = words(f"{profile}_story")
    names = {unit["name"] for unit in told["units"]} | {grid for unit in told["units"] for grid in unit["grids"]} | {""}
    assert {person["unit"] for person in told["staff"]} == names
    assert {person["role"] for person in told["staff"] if person.get("login")} == {
        "am", "supervisor", "hr", "back_office", "admin"
    }  # fmt: skip
    assert not OTHERS_WORDS.search(str(told).replace("医院", ""))
    used = {other["code"] for other in (words(f"{each}_story") for each in INDUSTRIES)}
    assert len(used | {cast["code"] for cast in words("cast").values()}) == 5

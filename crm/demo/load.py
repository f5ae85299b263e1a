"""Loads the demo: first what people type, then, through its own jobs, what the product makes of it."""

import gc
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connection, transaction

from crm.demo import SEED, organisation_codes
from crm.demo.loading.alerts import replay_alerts
from crm.demo.loading.base import Loading
from crm.demo.loading.clients import load_clients, load_facts
from crm.demo.loading.deals import load_deals, load_holdings
from crm.demo.loading.journals import counts, load_journals
from crm.demo.loading.keeping import load_keeping, value_clients
from crm.demo.loading.offers import load_offers
from crm.demo.loading.people import create_organisation, load_people
from crm.demo.loading.results import score_months, tier_months
from crm.demo.loading.service import load_service
from crm.demo.loading.team import load_team
from crm.demo.loading.together import load_together
from crm.demo.loading.visits import load_visits
from crm.demo.telling import words
from crm.lib import periods, sql
from people.models import OrgUnit

REGIONS = {"tobacco": "county", "bank": "city"}

Report = Callable[[str], None]


def is_loaded() -> bool:
    """Whether the demo, or somebody else under its codes, is there already."""
    return OrgUnit.objects.filter(code__in=organisation_codes()).exists()


@contextmanager
def _at_a_stroke() -> Iterator[None]:
    """One transaction without savepoints: nothing here goes back to one, and thousands cost more than the rows."""
    features = connection.features
    had = features.uses_savepoints
    with transaction.atomic():
        features.uses_savepoints = False
        try:
            yield
        finally:
            features.uses_savepoints = had


@contextmanager
def _nothing_collected() -> Iterator[None]:
    """No search for cycles: nearly all objects live until the end, and would be walked through again and again."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


@_at_a_stroke()
@_nothing_collected()
def load(seed: int = SEED, report: Report = lambda line: None) -> dict[str, dict[str, int]]:
    """Both organisations, whole or not at all; counts by organisation code. The same seed and moment, the same rows."""
    return {cast["code"]: _load_organisation(profile, cast, seed, report) for profile, cast in words("cast").items()}


@_at_a_stroke()
@_nothing_collected()
def load_one(profile: str, seed: int = SEED) -> dict[str, int]:
    """One of them; its counts."""
    return _load_organisation(profile, words("cast")[profile], seed, lambda line: None)


def _load_organisation(profile: str, cast: dict[str, Any], seed: int, report: Report) -> dict[str, int]:
    now = periods.local(periods.now()).replace(tzinfo=None, microsecond=0)
    region = words(REGIONS[profile])
    started = time.monotonic()

    def done(what: str) -> None:
        report(f"{cast['name']} {what} {time.monotonic() - started:.1f} s")

    loading = Loading(profile, cast, seed, now, create_organisation(cast))
    load_people(loading, region)
    load_clients(loading, region)
    facts = load_facts(loading)
    sql.analyze("clients_client", "clients_ownership", "clients_monthlyfact")
    done("clients")
    load_holdings(loading)
    tier_months(loading)
    value_clients(loading)
    done("tiers")
    held, visits = load_visits(loading)
    sql.analyze("visits_visit", "visits_clienttrace", "visits_plannedvisit", "people_task")
    done("visits")
    load_deals(loading, visits)
    load_offers(loading)
    done("products")
    load_together(loading, visits)
    done("supervisors")
    load_service(loading)
    done("service")
    diaries = load_journals(loading, held, visits)
    done("journals")
    load_team(loading)
    done("team")
    replay_alerts(loading)
    done("alerts")
    sql.analyze("people_posting", "journals_journal", "service_servicerequest", "clients_ownership")
    score_months(loading)
    done("scores")
    load_keeping(loading)
    done("handovers and doubles")
    return {
        "staff": len(loading.users),
        "clients": len(loading.cards),
        "facts": facts,
        "visits": len(visits),
        **counts(diaries),
    }

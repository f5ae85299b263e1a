"""Real shops, dirty as published, through the commands that anyone uses for the own files."""

import json
import os
from pathlib import Path

import pytest
from django.core.management import call_command

from clients.models import Client, MonthlyFact, TierResult, UploadProblem
from people.models import OrgUnit

pytestmark = pytest.mark.django_db
DATA = Path(__file__).resolve().parents[3] / "shared" / "data" / "iowa"
SCHEME = Path(__file__).resolve().parents[1] / "data" / "iowa_tiers.json"


@pytest.fixture
def say(capsys, settings, tmp_path):
    """``say(command, …)``: the JSON that a command prints."""
    if not DATA.is_dir():
        if os.environ.get("CI"):
            pytest.fail(f"{DATA} is missing")
        pytest.skip(f"{DATA} is not here: real shops of Iowa, which are no part of the repository")
    settings.MEDIA_ROOT = tmp_path

    def run(*args, **options):
        capsys.readouterr()
        call_command(*args, **options, json=True)
        return json.loads(capsys.readouterr().out)

    return run


def numbers(answer):
    return {name: answer[name] for name in ("rows", "created", "updated", "unchanged", "rejected")}


def test_from_an_empty_database_to_tiers(say):
    call_command("create_org", "IOWA", "Iowa", profile="tobacco")
    shops = say("import_clients", str(DATA / "clients.csv"), org="IOWA", grid_column="county")
    assert numbers(shops) == {"rows": 1124, "created": 1124, "updated": 0, "unchanged": 0, "rejected": 0}
    assert OrgUnit.objects.filter(level="grid").count() == 99
    assert UploadProblem.objects.filter(reason="coordinates_missing").count() == 52
    assert UploadProblem.objects.filter(reason="zip_length").count() == 680
    # Corning lies in another corner of the state than the county that its row names.
    assert UploadProblem.objects.filter(reason="coordinates_far", params__km=337).exists()
    assert shops["warnings"] == UploadProblem.objects.filter(is_warning=True).count()

    again = say("import_clients", str(DATA / "clients.csv"), org="IOWA", grid_column="county")
    assert numbers(again) == {"rows": 1124, "created": 0, "updated": 0, "unchanged": 1124, "rejected": 0}

    facts = say("import_facts", str(DATA / "sales.csv"), org="IOWA")
    assert numbers(facts) == {"rows": 3372, "created": 3372, "updated": 0, "unchanged": 0, "rejected": 0}
    assert (Client.objects.count(), MonthlyFact.objects.count()) == (1124, 3372)

    call_command("load_scheme", str(SCHEME), org="IOWA")
    for _time in range(2):
        tiers = say("job", "tier_clients", period="2015-12", org="IOWA", here=True)
        assert tiers["result"] == {"tiers": {"A": 112, "B": 337, "C": 450, "D": 225}}
    best = TierResult.objects.order_by("rank").first()
    assert best.client.facts.get(month="2015-12-01").amount > 1_000_000


def test_dry_run_writes_nothing(say):
    call_command("create_org", "IOWA", "Iowa", profile="tobacco")
    shops = say("import_clients", str(DATA / "clients.csv"), org="IOWA", grid_column="county", dry_run=True)
    assert numbers(shops) == {"rows": 1124, "created": 1124, "updated": 0, "unchanged": 0, "rejected": 0}
    assert not Client.objects.exists()
    assert OrgUnit.objects.count() == 1

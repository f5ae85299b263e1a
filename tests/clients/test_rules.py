"""Rules that cannot be used are refused in words that name the faulty part."""

import copy
import json
from decimal import Decimal

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.utils import translation

from clients.models import ServiceStandard, TierScheme
from clients.tiering import schemes
from clients.tiering.rules import RulesError, parse
from people.models import OrgUnit
from people.services import create_organisation

GOOD = {
    "within": "county",
    "criteria": [
        {"measure": "amount_12m", "weight": 0.7},
        {"measure": "growth_yoy", "weight": 0.3, "normalise": "linear", "low": -0.2, "high": 0.2},
    ],
    "bands": [{"tier": "A", "share": 0.1}, {"tier": "B", "share": 0.9}],
}


def changed(**parts):
    return {**copy.deepcopy(GOOD), **parts}


def criterion(**values):
    return changed(criteria=[{"measure": "amount_12m", "weight": 1, **values}])


def test_good_ones():
    rules = parse(GOOD)
    assert rules.tiers == ["A", "B"]
    assert sum(one.weight for one in rules.criteria) == 1


@pytest.mark.parametrize(
    ("rules", "named"),
    [
        ([], ""),
        (changed(bands=[{"tier": "A", "share": 0.1}, {"tier": "B", "share": 0.8}]), "0.9"),
        (changed(bands=[{"tier": "A", "share": 0.5}, {"tier": "A", "share": 0.5}]), "2 (A)"),
        (changed(bands=[{"tier": "A", "share": 0.5}, {"tier": "B", "score": 5}]), "2 (B)"),
        (changed(bands=[{"tier": "A", "share": -0.5}, {"tier": "B", "share": 1.5}]), "1 (A)"),
        (changed(bands=[{"tier": "A", "score": 50}, {"tier": "B", "score": 60}, {"tier": "C", "score": 0}]), "B"),
        (changed(bands=[{"tier": "A", "score": 50}, {"tier": "B", "score": 10}]), "0"),
        (changed(bands=[]), ""),
        (changed(bands=[{"share": 1}]), "1 ()"),
        (changed(criteria=[]), ""),
        (changed(criteria="x"), "criteria"),
        (criterion(weight=0.9), "0.9"),
        (criterion(weight="much"), "much"),
        (criterion(measure="luck"), "luck"),
        (criterion(measure="attribute:x' OR 1=1"), "OR 1=1"),
        (criterion(normalise="magic"), "magic"),
        (criterion(normalise="linear", low=1, high=1), "amount_12m"),
        (criterion(normalise="linear", low=1), "None"),
        (criterion(normalise="table", table=[]), "amount_12m"),
        (criterion(normalise="table", table=[{"from": 1, "points": 2}]), "2"),
        (criterion(normalise="table", table=[{"from": 1, "points": 0}, {"from": 1.0, "points": 1}]), "amount_12m"),
        (changed(criteria=[{"measure": "amount_12m", "weight": 0.5}] * 2), "2 (amount_12m)"),
        (changed(caps=[{"field": "name", "values": ["D"], "tier": "A"}]), "name"),
        (changed(caps=[{"field": "credit_rating", "values": [], "tier": "A"}]), "1"),
        (changed(caps=[{"field": "credit_rating", "values": ["D"], "tier": "Z"}]), "Z"),
        (changed(probation={"months": 3}), "probation"),
        (changed(probation={"months": 1.5, "tier": "N"}), "probation"),
        (changed(hold_months=0), "hold_months"),
        (changed(within="moon"), "moon"),
        (changed(magic=1), "magic"),
        (changed(judgements=[[1, 2], [3, 1]]), ""),
        (changed(judgements=[[1]]), ""),
    ],
)
def test_bad_ones(rules, named):
    with translation.override("en"), pytest.raises(RulesError) as caught:
        parse(rules)
    assert named in str(caught.value)


def test_weights_from_judgements_add_up():
    criteria = [{"measure": name} for name in ("amount_12m", "growth_yoy", "frequency")]
    rules = parse(changed(criteria=criteria, judgements=[[1, 3, 5], ["1/3", 1, 2], ["1/5", "1/2", 1]]))
    weights = [one.weight for one in rules.criteria]
    assert sum(weights) == 1
    assert weights[0] > weights[1] > weights[2] > Decimal("0.1")


def test_contradicting_judgements_are_refused():
    criteria = [{"measure": name} for name in ("amount_12m", "growth_yoy", "frequency")]
    with pytest.raises(RulesError, match=r"0\.10"):
        parse(changed(criteria=criteria, judgements=[[1, 9, "1/9"], ["1/9", 1, 9], [9, "1/9", 1]]))


@pytest.mark.parametrize("name", ["tobacco", "bank", "other"])
def test_shipped_schemes_are_good(name):
    assert parse(schemes.shipped(name)["rules"]).tiers == ["A", "B", "C", "D"]


def test_telecom_has_six_steps_of_big_clients_and_four_of_business():
    tiers = parse(schemes.shipped("telecom")["rules"]).tiers
    assert [tier[0] for tier in tiers] == ["大"] * 6 + ["商"] * 4 + ["普"]


@pytest.mark.django_db
@pytest.mark.parametrize("profile", ["tobacco", "bank", "other"])
def test_a_new_organisation_has_its_defaults(profile):
    organisation = create_organisation("NEW", "新单位", profile)
    assert TierScheme.objects.published().get(organisation=organisation).version == 1
    standards = ServiceStandard.objects.filter(organisation=organisation)
    assert [(one.tier, one.visit_days, one.call_days) for one in standards] == [
        ("A", 15, 7),
        ("B", 30, 15),
        ("C", 60, 30),
        ("D", 90, 45),
    ]


@pytest.mark.django_db
def test_a_taken_code_is_refused(capsys):
    call_command("create_org", "NEW", "新单位", profile="bank")
    assert OrgUnit.objects.get(code="NEW").profile == "bank"
    with pytest.raises(CommandError, match="NEW"):
        call_command("create_org", "NEW", "又一个")
    assert OrgUnit.objects.count() == 1


@pytest.mark.django_db
def test_export_and_load_round_trip(capsys, tmp_path):
    organisation = create_organisation("NEW", "新单位", "tobacco")
    file = tmp_path / "scheme.json"
    data = {"kind": "tier", "name": "自定", "effective_from": "2025-01-01", "rules": GOOD}
    file.write_text(json.dumps(data), encoding="utf-8")
    call_command("load_scheme", str(file), org="NEW")
    capsys.readouterr()
    call_command("export_scheme", org="NEW")
    assert json.loads(capsys.readouterr().out) == data
    call_command("load_scheme", str(file), org="NEW")
    assert TierScheme.objects.filter(organisation=organisation).count() == 2


@pytest.mark.django_db
@pytest.mark.parametrize(
    "text",
    ["{", "[]", '{"kind": "poem"}', '{"kind": "tier"}', '{"kind": "tier", "effective_from": "soon", "rules": {}}'],
)
def test_files_that_are_no_scheme(tmp_path, text):
    create_organisation("NEW", "新单位", "tobacco")
    file = tmp_path / "scheme.json"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(CommandError):
        call_command("load_scheme", str(file), org="NEW")
    assert TierScheme.objects.count() == 1

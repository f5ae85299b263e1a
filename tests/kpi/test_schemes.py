"""Rules are checked node by node, weights come out as exactly 1, shipped schemes are sound."""

from decimal import Decimal

import pytest
from django.db import transaction
from django.db.utils import DatabaseError
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from kpi import defaults
from kpi.models import Scheme
from kpi.schemes import SchemeError, parse
from people.models import Profile
from people.services import create_organisation
from tests.kpi.helpers import leaf

D = Decimal


def rules(*tree, **more):
    return {"tree": list(tree), **more}


def problems(given):
    with translation.override("en"), pytest.raises(SchemeError) as caught:
        parse(given)
    return caught.value.messages


def test_weights_multiply_down_the_tree():
    found = parse(
        rules(
            {
                "code": "a",
                "name": "A",
                "weight": "0.6",
                "children": [leaf("visits_made", "0.25"), leaf("calls_made", "0.75")],
            },
            leaf("sales_growth", "0.4"),
        )
    )
    assert [(one.code, one.weight) for one in found.leaves] == [
        ("visits_made", D("0.15")), ("calls_made", D("0.45")), ("sales_growth", D("0.4")),
    ]  # fmt: skip


@given(st.lists(st.integers(1, 10**6), min_size=1, max_size=20))
def test_flattened_weights_add_up_to_exactly_one(shares):
    total = sum(shares)
    tree = [leaf("visits_made", repr(share / total), code=f"leaf{number}") for number, share in enumerate(shares)]
    found = parse(rules(*tree))
    assert sum(one.weight for one in found.leaves) == 1
    for one, share in zip(found.leaves, shares, strict=True):
        assert abs(one.weight - D(share) / total) < D("0.0001")


def test_weights_by_pairwise_judgement():
    """Consistent judgements 1 : 2 : 4 (each twice as important as the one before) give 1/7, 2/7, 4/7."""
    matrix = [[1, "1/2", "1/4"], [2, 1, "1/2"], [4, 2, 1]]
    tree = [leaf("visits_made", code="a"), leaf("calls_made", code="b"), leaf("sales_amount", code="c")]
    found = parse(rules(*tree, ahp=matrix))
    for one, share in zip(found.leaves, (1, 2, 4), strict=True):
        assert abs(one.weight - D(share) / 7) < D("0.000001")


def test_contradicting_judgements_are_refused_with_the_one_to_reconsider():
    matrix = [[1, 3, "1/5"], ["1/3", 1, 3], [5, "1/3", 1]]
    tree = [leaf("visits_made", code="a"), leaf("calls_made", code="b"), leaf("sales_amount", code="c")]
    (problem,) = problems(rules(*tree, ahp=matrix))
    assert "consistency ratio" in problem
    assert "Reconsider" in problem


@pytest.mark.parametrize(
    ("given_rules", "words"),
    [
        (None, ["must be an object"]),
        (rules(), ["There is nothing below it"]),
        (rules(leaf("visits_made", "0.5"), leaf("calls_made", "0.4")), ["add up to 0.9, not to 1", "Calls 0.4"]),
        (rules(leaf("nonsense")), ["There is no indicator “nonsense”"]),
        (rules(leaf("visits_made", low="x")), ["Visits on site", "low benchmark must be a number"]),
        (rules(leaf("visits_made", high={"percentile": 101})), ["high benchmark must be"]),
        (rules(leaf("visits_made", low="5", high="4")), ["5 lies above the high one 4"]),
        (rules(leaf("visits_made", "0")), ["weight must be a number above 0"]),
        (rules(leaf("visits_made", missing="zero")), ["spread, median, wait"]),
        (rules(leaf("visits_made", direction="up")), ["direction"]),
        (rules(leaf("visits_made", floor="0.9", ceiling="0.5")), ["Floor and ceiling"]),
        (rules(leaf("visits_made", "0.5"), leaf("visits_made", "0.5")), ["“visits_made” occurs twice"]),
        (rules(leaf("visits_made"), group="moon"), ["“moon” is no level"]),
        (rules(leaf("visits_made"), bonus={}), ["are a list of at most 30"]),
        (rules(leaf("visits_made"), bonus=[{"code": "a", "name": "A", "points": "21"}]), ["A: Points are a number"]),
        (rules(leaf("visits_made"), bonus=[{"code": "a", "name": "A", "points": "0.25"}]), ["A: Points are a number"]),
        (rules(leaf("visits_made"), bonus=[{"code": "a b", "name": "A", "points": 1}]), ["A: The code must be"]),
        (rules(leaf("visits_made"), bonus=[{"code": "a", "name": " ", "points": 1}]), ["a: A bonus or penalty rule"]),
        (
            rules(leaf("visits_made"), bonus=[{"code": "a", "name": "A", "points": 1}] * 2),
            ["A: The code “a” occurs twice"],
        ),
        (
            rules(leaf("visits_made"), bonus=[{"code": "a", "name": "A", "points": 1, "metric": "moon"}]),
            ["A: There is no indicator “moon”"],
        ),
        (
            rules(leaf("visits_made"), bonus=[{"code": "a", "name": "A", "points": 1, "metric": "calls_made"}]),
            ["A: A limit is either"],
        ),
        (rules(leaf("visits_made"), grades={"excellent": 70, "good": 75, "fair": 60}), ["must fall"]),
        (rules(leaf("visits_made"), rounding={"mode": "up", "places": 9}), ["Rounding needs"]),
        (
            rules({"code": "a", "name": "Field", "weight": 1, "children": [leaf("visits_made", low=True)]}),
            ["Field › Visits on site: "],
        ),
    ],
)
def test_messages_name_the_node(given_rules, words):
    text = "\n".join(problems(given_rules))
    for word in words:
        assert word in text


@pytest.mark.parametrize("name", defaults.shipped())
def test_shipped_schemes_are_sound_and_named_in_both_languages(name):
    data = defaults.shipped()[name]
    found = parse(data["rules"])
    assert sum(one.weight for one in found.leaves) == 1
    for one in found.leaves:
        with translation.override("zh-hans"):
            chinese = one.label
        with translation.override("en"):
            english = one.label
        assert any("\u4e00" <= sign <= "\u9fff" for sign in chinese), (name, one.code)
        assert not any("\u4e00" <= sign <= "\u9fff" for sign in english), (name, one.code)


@pytest.mark.django_db
@pytest.mark.parametrize("profile", Profile.values)
def test_a_new_organisation_has_a_scheme_in_force(profile):
    organisation = create_organisation("NEW", "新公司", profile)
    scheme = Scheme.objects.get(organisation=organisation)
    assert scheme.is_published
    assert scheme.period_kind == "month"


@pytest.mark.django_db
def test_load_makes_a_version_only_when_something_changed(world):
    data = defaults.shipped()["tobacco_month"]
    first = defaults.load(world.organisation, data)
    assert defaults.load(world.organisation, data) == first
    assert defaults.load(world.organisation, defaults.dump(first)) == first
    changed = {**data, "rules": {**data["rules"], "group": "department"}}
    assert defaults.load(world.organisation, changed).version == 2


@pytest.mark.django_db
def test_rules_of_a_published_scheme_are_sealed(world):
    scheme = defaults.load(world.organisation, defaults.shipped()["tobacco_month"])
    for change in (lambda: Scheme.objects.filter(pk=scheme.pk).update(rules={}), scheme.delete):
        with pytest.raises(DatabaseError, match="sealed"), transaction.atomic():
            change()

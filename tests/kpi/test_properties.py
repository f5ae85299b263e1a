"""What holds for any values: scores stay in 0…100, better is never worse, the order of rows does not matter."""

import json
import random
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from crm.lib import sql
from kpi import scoring
from kpi.models import Run, Scorecard
from kpi.schemes import parse
from tests.kpi.helpers import OCTOBER, leaf, scheme

pytestmark = pytest.mark.django_db
METRICS = ("visits_made", "calls_made", "sales_amount")
numbers = st.one_of(st.none(), st.decimals(-1000, 1000, places=3))
benchmarks = st.one_of(
    st.decimals(-50, 50, places=2).map(str), st.integers(0, 100).map(lambda share: {"percentile": share})
)


@st.composite
def trees(draw):
    shares = [draw(st.integers(1, 9)) for _metric in METRICS]
    nodes = []
    for metric, share in zip(METRICS, shares, strict=True):
        low, high = draw(benchmarks), draw(benchmarks)
        if isinstance(low, str) and isinstance(high, str) and Decimal(low) > Decimal(high):
            low, high = high, low
        nodes.append(
            leaf(
                metric,
                repr(share / sum(shares)),
                low,
                high,
                direction=draw(st.sampled_from(["higher", "lower"])),
                missing=draw(st.sampled_from(["spread", "median"])),
            )
        )
    return nodes


values_of_three = st.lists(st.tuples(numbers, numbers, numbers), min_size=3, max_size=3)


def scores(run, rules, managers, given_values, order=None):
    """Scores by manager after writing the values, in an order of one's own."""
    rows = [
        (run.organisation_id, run.period, metric, manager.pk, value)
        for manager, three in zip(managers, given_values, strict=True)
        for metric, value in zip(METRICS, three, strict=True)
    ]
    random.Random(order).shuffle(rows)
    sql.execute("DELETE FROM kpi_managervalue")
    sql.copy_rows("kpi_managervalue", ["organisation_id", "period", "metric", "manager_id", "value"], rows)
    scoring.write_cards(run, rules, OCTOBER.end)
    return {card.manager_id: card.score for card in Scorecard.objects.filter(run=run)}


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(tree=trees(), given_values=values_of_three, better=st.decimals("0.001", 500, places=3), data=st.data())
def test_scores(world, tree, given_values, better, data):
    Run.objects.all().delete()
    from kpi.models import Scheme

    found = Scheme.objects.filter(organisation=world.organisation).first() or scheme(world.organisation, tree)
    run = Run.objects.create(
        organisation=world.organisation, scheme=found, period="2026-10", starts_on=OCTOBER.start, ends_on=OCTOBER.end
    )
    rules = parse({"tree": json.loads(json.dumps(tree))})
    assert sum(one.weight for one in rules.leaves) == 1
    managers = [world.managers[relation] for relation in ("own", "team", "other_team")]

    first = scores(run, rules, managers, given_values, order=1)
    hash_before = scoring.content_hash(run)
    assert all(score is None or 0 <= score <= 100 for score in first.values())

    assert scores(run, rules, managers, given_values, order=2) == first
    assert scoring.content_hash(run) == hash_before

    place = data.draw(
        st.sampled_from([index for index, value in enumerate(given_values[0]) if value is not None] or [None])
    )
    if place is not None:
        up = better if rules.leaves[place].higher else -better
        raised = [tuple(value + up if index == place else value for index, value in enumerate(given_values[0]))]
        second = scores(run, rules, managers, raised + given_values[1:])
        own = managers[0].pk
        assert second[own] >= first[own]

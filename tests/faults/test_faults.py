"""What needs no running product: schedules come from their seed, and a clock that is wrong ends no month.

The schedules themselves are played by `make faults`.
"""

import datetime as dt

import pytest

from crm.lib import jobs, periods
from tests.faults.schedule import FAULTS, schedule
from tests.kpi.helpers import leaf, scheme


def test_a_seed_is_a_schedule():
    assert schedule(7) == schedule(7) != schedule(8)
    assert {step.fault for seed in range(20) for step in schedule(seed)} == set(FAULTS)


@pytest.mark.django_db
@pytest.mark.parametrize("off", [dt.timedelta(minutes=-59), dt.timedelta(0), dt.timedelta(minutes=59)])
def test_a_clock_an_hour_off_ends_no_month(world, off):
    """A server whose clock runs ahead computes no month that is not over; one that lags computes it later, once."""
    scheme(world.organisation, [leaf("visits_made", "1")])
    first = dt.date(2026, 11, 1)
    asked = {
        kind.name: {periods.Period.parse(period).end for _pk, _scope, period in kind.due(periods.at(first, 0) + off)}
        for kind in jobs.kinds.values()
        if kind.due and periods.MONTH in kind.period_kinds
    }
    assert {"tier_clients", "score_managers", "foresee_trade"} <= set(asked)
    assert max(day for days in asked.values() for day in days) == dt.date(2026, 9, 30)
    with periods.clock_at(periods.at(first, 5) + off):
        assert jobs.request_due() > 0
        assert jobs.request_due() == 0

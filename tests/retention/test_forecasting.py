"""A month's model of an organisation: it holds where clients behave as it says, and gives way where not."""

import datetime as dt

import numpy as np
import pytest

from clients.models import Client, MonthlyFact
from crm.lib import jobs, periods, sql
from retention import forecasting
from retention.models import Forecast, ForecastFit
from tests.retention.helpers import facts, months

pytestmark = pytest.mark.django_db
MONTH = dt.date(2026, 9, 1)
FIRST = dt.date(2024, 10, 1)
SEEN = 24


def buyers(world, number, rate, loss):
    """Clients who trade in a month by chance, each at an own rate, and leave for good after a purchase by chance."""
    rng = np.random.default_rng(7)
    clients = Client.objects.bulk_create(
        Client(organisation=world.organisation, org=world.am.unit, owner=world.am, code=f"F{n:04}", name=f"店{n}")
        for n in range(number)
    )
    rates, losses = rate(rng, number), loss(rng, number)
    calendar = [periods.add_months(FIRST, n) for n in range(SEEN)]
    for month in calendar:
        sql.execute("SELECT zf_ensure_month('clients_monthlyfact', %s)", [month])
    rows = []
    for client, own_rate, own_loss in zip(clients, rates, losses, strict=True):
        begin, active = rng.integers(0, 6), True
        for place in range(begin, SEEN):
            if active and (place == begin or rng.random() < own_rate):
                rows.append((client.pk, calendar[place], world.organisation.pk, 100))
                active = place == begin or rng.random() >= own_loss  # nobody leaves after the first one
    sql.copy_rows("clients_monthlyfact", ("client_id", "month", "organisation_id", "amount"), rows)
    return clients


def test_the_model_holds_where_clients_behave_so(world):
    buyers(world, 900, lambda rng, n: rng.gamma(1.2, 0.16, n).clip(0, 0.9), lambda rng, n: rng.beta(0.8, 6.0, n))
    fitted = forecasting.fit_month(world.organisation, MONTH)
    assert (fitted.method, fitted.why) == (ForecastFit.Method.MODEL, "")
    assert abs(fitted.error) <= forecasting.MOST_ERROR
    assert fitted.clients == 900
    assert len(fitted.calibration) >= 3
    expected = [one["expected"] for one in fitted.calibration]
    assert expected == sorted(expected), "classes from seldom to often"
    assert sum(one["clients"] for one in fitted.calibration) <= 900
    assert forecasting.write(world.organisation, MONTH) == 900
    assert forecasting.write(world.organisation, MONTH) == 0, "again: nothing to write"
    one = Forecast.objects.order_by("-p_active").first()
    assert one.expected_amount == pytest.approx(one.expected_months * 100, abs=1)
    silent = Forecast.objects.filter(client__in=_silent_since(dt.date(2025, 10, 1))).values_list("p_active", flat=True)
    lively = Forecast.objects.filter(client__facts__month=MONTH).values_list("p_active", flat=True)
    assert sum(silent) / len(silent) < sum(lively) / len(lively)
    assert forecasting.latest(world.organisation.pk) == fitted


def _silent_since(day):
    return Client.objects.exclude(pk__in=MonthlyFact.objects.filter(month__gte=day).values("client"))


def test_everybody_every_month_is_alike(world):
    buyers(world, 120, lambda rng, n: np.ones(n), lambda rng, n: np.zeros(n))
    fitted = forecasting.fit_month(world.organisation, MONTH)
    assert (fitted.method, fitted.why) == (ForecastFit.Method.RULES, ForecastFit.Why.ALIKE)


def test_few_clients_or_few_months_go_by_rules(world):
    facts(world.clients["own"], dict.fromkeys(months("2026-05", "2026-09"), 300))
    assert forecasting.fit_month(world.organisation, MONTH).why == ForecastFit.Why.SHORT
    facts(world.clients["team"], {"2026-04": 100, "2026-08": 90})
    assert forecasting.fit_month(world.organisation, MONTH).why == ForecastFit.Why.THIN
    assert forecasting.write(world.organisation, MONTH) == 2
    rows = {row.client_id: row for row in Forecast.objects.all()}
    own, team = rows[world.clients["own"].pk], rows[world.clients["team"].pk]
    assert (own.p_active, own.expected_months, own.expected_amount) == (None, 3, 900)
    assert (team.expected_months, team.expected_amount, team.a_month) == (1, 90, 30)
    later = forecasting.fit_month(world.organisation, periods.add_months(MONTH, 1))
    assert later.method == ForecastFit.Method.RULES
    forecasting.write(world.organisation, periods.add_months(MONTH, 1))
    assert set(Forecast.objects.values_list("month", flat=True)) == {periods.add_months(MONTH, 1)}


def test_before_the_file_of_a_month_is_in_nobody_trades_less(world):
    """The clock asks on the third, whether the facts of the month before have come or not."""
    facts(world.clients["own"], dict.fromkeys(months("2026-05", "2026-09"), 300))
    jobs.run(jobs.request("foresee_trade", world.organisation.pk, period="2026-10").pk)
    found = Forecast.objects.get()
    assert (found.month, found.expected_months, found.expected_amount) == (MONTH, 3, 900)
    assert forecasting.latest(world.organisation.pk).month == MONTH

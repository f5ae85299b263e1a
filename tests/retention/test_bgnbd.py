import csv
import dataclasses
import math
import time
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from retention.bgnbd import NotFitted, Parameters, expected_purchases, fit, log_likelihood, probability_alive


@pytest.fixture(scope="module")
def cdnow():
    """x, t_x and T in weeks of the 2,357 customers of CDNOW, as the package lifetimes carries them."""
    carried = Path(find_spec("lifetimes").origin).parent / "datasets" / "cdnow_customers_summary.csv"
    with carried.open() as lines:
        rows = [[float(row[name]) for name in ("frequency", "recency", "T")] for row in csv.DictReader(lines)]
    assert len(rows) == 2357
    return np.array(rows).T


@pytest.fixture(scope="module")
def fitted(cdnow):
    return fit(*cdnow)


def test_published_parameters(fitted):
    """Fader, Hardie and Lee (2005), table 2."""
    assert fitted.r == pytest.approx(0.243, rel=0.005)
    assert fitted.alpha == pytest.approx(4.414, rel=0.005)
    assert fitted.a == pytest.approx(0.793, rel=0.005)
    assert fitted.b == pytest.approx(2.426, rel=0.005)
    assert round(fitted.log_likelihood, 1) == -9582.4


def test_published_expectations():
    """39 weeks ahead: the authors' Implementing the BG/NBD model for customer base analysis in Excel (2005)."""
    published = Parameters(0.2426, 4.4136, 0.7929, 2.4259, -9582.4)
    assert round(expected_purchases(published, 39, 2, 30.43, 38.86).item(), 3) == 1.226
    assert round(expected_purchases(published, 39).item(), 2) == 1.20


@pytest.mark.filterwarnings("ignore:The 'mode.chained_assignment'")
def test_another_implementation_agrees(cdnow, fitted):
    from lifetimes import BetaGeoFitter

    x, tx, T = cdnow
    other = BetaGeoFitter().fit(x, tx, T)
    assert [fitted.r, fitted.alpha, fitted.a, fitted.b] == pytest.approx(
        [other.params_[name] for name in ("r", "alpha", "a", "b")], rel=1e-3
    )
    assert probability_alive(fitted, x, tx, T) == pytest.approx(other.conditional_probability_alive(x, tx, T), rel=1e-3)
    for t in (1, 13, 52):
        theirs = other.conditional_expected_number_of_purchases_up_to_time(t, x, tx, T)
        assert expected_purchases(fitted, t, x, tx, T) == pytest.approx(theirs, rel=2e-3)


def test_the_maximum_is_one(cdnow, fitted):
    assert log_likelihood(fitted, *cdnow).sum() == pytest.approx(fitted.log_likelihood)
    for name in ("r", "alpha", "a", "b"):
        for factor in (0.98, 1.02):
            beside = dataclasses.replace(fitted, **{name: getattr(fitted, name) * factor})
            assert log_likelihood(beside, *cdnow).sum() < fitted.log_likelihood


def test_the_likelihood_of_one_history_by_hand():
    """x = 1, t_x = 2, T = 3 with r = 1, α = 1, a = 1, b = 1: the buyer stayed silent for one, or was lost at once."""
    # Per buying rate λ ~ Exp(1): ∫ λ e^(−2λ) (½ e^(−λ) + ½) e^(−λ) dλ = ½ / 4² + ½ / 3²
    params = Parameters(1, 1, 1, 1, 0)
    assert log_likelihood(params, 1, 2, 3).item() == pytest.approx(math.log(0.5 / 16 + 0.5 / 9))
    assert probability_alive(params, 1, 2, 3).item() == pytest.approx((0.5 / 16) / (0.5 / 16 + 0.5 / 9))


def test_units_of_time_do_not_matter(cdnow, fitted):
    x, tx, T = cdnow
    days = fit(x, tx * 7, T * 7)
    assert (days.r, days.a, days.b) == pytest.approx((fitted.r, fitted.a, fitted.b), rel=1e-4)
    assert days.alpha == pytest.approx(7 * fitted.alpha, rel=1e-4)
    assert expected_purchases(days, 91, x, tx * 7, T * 7) == pytest.approx(
        expected_purchases(fitted, 13, *cdnow), rel=1e-4
    )


def test_rows_with_counts_are_so_many_clients(cdnow, fitted):
    rows, counts = np.unique(cdnow.T, axis=0, return_counts=True)
    assert len(rows) < 2357
    grouped = fit(*rows.T, counts=counts)
    assert dataclasses.astuple(grouped) == pytest.approx(dataclasses.astuple(fitted), rel=1e-6)
    assert fit(*np.repeat(cdnow, 3, axis=1)).log_likelihood == pytest.approx(3 * fitted.log_likelihood)


def simulated(n, true, observed, rng):
    """Histories of n clients who behave as the model says, seen for `observed` units of time."""
    rate, loss = rng.gamma(true.r, 1 / true.alpha, n), rng.beta(true.a, true.b, n)
    x, tx, now, active = np.zeros(n), np.zeros(n), np.zeros(n), np.ones(n, dtype=bool)
    while active.any():
        now += rng.exponential(1 / rate)
        active &= now <= observed
        x[active] += 1
        tx[active] = now[active]
        active &= rng.random(n) >= loss
    return x, tx, np.full(n, float(observed))


def test_known_parameters_are_found_again_and_expectations_come_true():
    rng = np.random.default_rng(2005)
    true = Parameters(1.5, 3.0, 0.6, 4.0, 0)
    x, tx, T = simulated(20_000, true, 24, rng)
    found = fit(x, tx, T)
    assert [found.r, found.alpha, found.a, found.b] == pytest.approx([1.5, 3.0, 0.6, 4.0], rel=0.1)
    assert expected_purchases(true, 24).item() == pytest.approx(x.mean(), rel=0.02)
    assert expected_purchases(found, 24).item() == pytest.approx(x.mean(), rel=0.01)


def test_a_million_clients_in_months_are_scored_at_once():
    """Monthly facts leave few different histories, so that counts make the fit quick; scoring is by row."""
    rng = np.random.default_rng(7)
    x, tx, T = simulated(100_000, Parameters(0.8, 2.0, 0.6, 4.0, 0), 24, rng)
    tx = np.ceil(tx)
    x = np.where(tx > 0, np.minimum(x, tx), 0)
    began = time.process_time()
    model = fit(np.tile(x, 10), np.tile(tx, 10), np.tile(T, 10))
    expected_purchases(model, 3, np.tile(x, 10), np.tile(tx, 10), np.tile(T, 10))
    assert time.process_time() - began < 5


parameters = st.builds(
    Parameters,
    st.floats(0.05, 20),
    st.floats(0.1, 50),
    st.floats(0.05, 5).filter(lambda a: abs(a - 1) > 0.01),
    st.floats(0.5, 20),
    st.just(0.0),
)


@st.composite
def histories(draw):
    x = draw(st.integers(0, 40))
    tx = draw(st.floats(0.1, 50)) if x else 0.0
    return x, tx, tx + draw(st.floats(0, 50))


@settings(deadline=None)
@given(parameters, histories(), st.floats(0.01, 50))
def test_the_sum_equals_the_formula_of_the_paper(params, history, t):
    from scipy.special import hyp2f1

    x, tx, T = history
    r, alpha, a, b = params.r, params.alpha, params.a, params.b
    if x == 0 and a + b <= 1.01:
        return  # the paper's hypergeometric function has its pole there
    z = t / (alpha + T + t)
    shrink = ((alpha + T) / (alpha + T + t)) ** (r + x)
    above = (a + b + x - 1) / (a - 1) * (1 - shrink * hyp2f1(r + x, b + x, a + b + x - 1, z))
    below = 1 + (a / (b + x - 1) * ((alpha + T) / (alpha + tx)) ** (r + x) if x else 0)
    assert expected_purchases(params, t, *history).item() == pytest.approx(above / below, rel=1e-5, abs=1e-9)


@settings(deadline=None)
@given(parameters, histories(), st.floats(0.01, 50), st.floats(0.01, 20))
def test_longer_silence_lowers_hope_and_longer_futures_raise_sales(params, history, t, more):
    x, tx, T = history
    now, later = probability_alive(params, x, tx, T).item(), probability_alive(params, x, tx, T + more).item()
    assert 0 <= later <= now <= 1
    if x == 0:
        assert now == later == 1
    soon, late = expected_purchases(params, [t, t + more], x, tx, T)
    assert 0 <= soon <= late
    # Nobody is lost: what a client bought before goes on for ever.
    assert late <= (params.r + x) / (params.alpha + T) * (t + more) * (1 + 1e-9)


def test_edges_of_expectation():
    model = Parameters(0.5, 2, 1, 3, 0)  # a = 1 is the pole of the paper's formula
    assert expected_purchases(model, 0, 3, 4, 5).item() == 0
    beside = expected_purchases(dataclasses.replace(model, a=1 + 1e-7), 6, 3, 4, 5)
    assert expected_purchases(model, 6, 3, 4, 5) == pytest.approx(beside)
    hardly_lost = Parameters(3000, 1, 1e-9, 1e9, 0)
    assert expected_purchases(hardly_lost, 1).item() == pytest.approx(3000)
    assert expected_purchases(model, 6, [], [], []).shape == (0,)
    with pytest.raises(ValueError, match="t must not be negative"):
        expected_purchases(model, -1)


@pytest.mark.parametrize(
    "history",
    [(1, 0, 5), (0, 1, 5), (1, 6, 5), (1.5, 2, 5), (-1, 0, 5), (0, 0, -1), (math.nan, 0, 5), (1, math.nan, 5)],
)
def test_impossible_histories_are_refused(history):
    columns = [[good, bad] for good, bad in zip((1, 2, 5), history, strict=True)]
    model = Parameters(1, 1, 1, 1, 0)
    for call in (fit, lambda *rows: probability_alive(model, *rows), lambda *rows: expected_purchases(model, 3, *rows)):
        with pytest.raises(ValueError, match="history 1 is impossible"):
            call(*columns)


def test_thin_or_uniform_data_are_not_fitted(cdnow):
    with pytest.raises(NotFitted, match="99 clients"):
        fit(*cdnow[:, :99])
    with pytest.raises(NotFitted, match="0 came back"):
        fit([0] * 500, [0] * 500, [12] * 500)
    # All buy alike and nobody is lost: no inner maximum.
    with pytest.raises(NotFitted, match="no inner maximum"):
        fit([12] * 500, [12] * 500, [12] * 500)
    with pytest.raises(ValueError, match="counts"):
        fit(*cdnow, counts=[1])

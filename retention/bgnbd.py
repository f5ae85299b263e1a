"""How likely a client is still active, and what trade to expect: the BG/NBD model.

While active, a client buys at random at an own rate (rates differ by a gamma distribution: shape r, scale 1/α) and
after each purchase is lost with an own probability (these differ by a beta distribution: a, b).

Source: P. S. Fader, B. G. S. Hardie and K. L. Lee, "Counting your customers" the easy way: an alternative to the
Pareto/NBD model, Marketing Science 24 (2005) 275–284. What a client's history comes to, as in the paper:
x repeat purchases (the first one not counted), the last of them at time t_x after the first purchase, and T, the time
from the first purchase to the end of observation; all times in one unit of your choice.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

# Fewer clients, or fewer who came back, do not determine four parameters.
LEAST_CLIENTS = 100
LEAST_RETURNED = 30

# Parameters are sought as logarithms, in units of the mean T. An optimum at the edge is no optimum.
EDGE = 12.0
STARTS = ((1.0, 1.0, 1.0, 1.0), (0.25, 0.15, 0.8, 2.5), (4.0, 0.5, 0.5, 10.0))
MOST_STEPS = 500
FLAT = 1e-8  # gradient of the mean log-likelihood, at the best that floating point allows

Array = np.ndarray


class NotFitted(ValueError):
    """The data do not determine the model: too few clients, or nearly all alike. Judge by rules instead."""


@dataclass(frozen=True, slots=True)
class Parameters:
    """A fitted model; 1/alpha is in purchases per unit of time, log_likelihood the sum over all clients."""

    r: float
    alpha: float
    a: float
    b: float
    log_likelihood: float


def fit(x: Any, tx: Any, T: Any, counts: Any = None) -> Parameters:
    """Maximum likelihood parameters of clients with x, t_x and T (arrays of equal length).

    counts: how many clients each row stands for; 1 each without it. Group in SQL where clients are many.
    Raises ValueError for impossible histories, NotFitted when the data are too thin.
    """
    x, tx, T = _histories(x, tx, T)
    many = np.ones(len(x)) if counts is None else np.asarray(counts, dtype=float)
    if many.shape != x.shape or not (many >= 0).all():
        raise ValueError("counts must be one number from 0 up for each row")
    if many.sum() < LEAST_CLIENTS or many[x > 0].sum() < LEAST_RETURNED:
        raise NotFitted(
            f"{many.sum():.0f} clients of whom {many[x > 0].sum():.0f} came back:"
            f" needs {LEAST_CLIENTS} and {LEAST_RETURNED}"
        )
    unit = float((many * T).sum() / many.sum())
    likelihood = _Likelihood(*_grouped(x, tx / unit, T / unit, many))
    value, theta = min((_minimum(likelihood, np.log(start)) for start in STARTS), key=lambda found: found[0])
    if not np.isfinite(value) or np.abs(theta).max() >= EDGE - 1e-6:
        raise NotFitted("the likelihood has no inner maximum: clients hardly differ, or hardly any is lost")
    r, alpha, a, b = np.exp(theta)
    # Scaled times change a density of x purchases by unit^x.
    total = -value * many.sum() - float((many * x).sum()) * np.log(unit)
    return Parameters(r=float(r), alpha=float(alpha) * unit, a=float(a), b=float(b), log_likelihood=float(total))


def log_likelihood(params: Parameters, x: Any, tx: Any, T: Any) -> Array:
    """Log-likelihood of each client's history (equation 6 of the paper, its factors as in A1 to A4 of the notes)."""
    x, tx, T = _histories(x, tx, T)
    rows = _Likelihood(x, tx, T, np.ones(len(x)))
    return rows.each(params.r, params.alpha, params.a, params.b)[0]


def probability_alive(params: Parameters, x: Any, tx: Any, T: Any) -> Array:
    """Probability that a client has not been lost by T, given the history; 1 for who never came back.

    P. S. Fader, B. G. S. Hardie and K. L. Lee, Computing P(alive) using the BG/NBD model (2008).
    """
    x, tx, T = _histories(x, tx, T)
    silence = (params.r + x) * (np.log(params.alpha + T) - np.log(params.alpha + tx))
    odds_lost = np.log(params.a) - np.log(params.b + np.maximum(x, 1) - 1) + silence
    return np.where(x > 0, np.exp(-np.logaddexp(0.0, odds_lost)), 1.0)


def expected_purchases(params: Parameters, t: Any, x: Any = 0, tx: Any = 0, T: Any = 0) -> Array:
    """Expected purchases in the time t after T, given the history; without one, those of a new client in time t.

    Equations 9 and 10 of the paper without their hypergeometric function, which is undefined at a = 1: a client who
    is active at T buys a j-th time more if the negative binomial number K of purchases of one who is never lost
    exceeds j and if the first j have not driven the client away, hence Σ_j P(K > j) · (b + x)_j / (a + b + x)_j.
    """
    t, x, tx, T = np.broadcast_arrays(np.asarray(t, dtype=float), *_histories(x, tx, T))
    if not (np.isfinite(t) & (t >= 0)).all():
        raise ValueError("t must not be negative")
    total = np.zeros_like(x)
    rows = np.flatnonzero(t > 0)
    x_, T_, t_ = x[rows], T[rows], t[rows]
    shape = params.r + x_
    mean = shape * t_ / (params.alpha + T_)
    log_ratio = np.log(t_) - np.log(params.alpha + T_ + t_)
    log_mass = shape * (np.log(params.alpha + T_) - np.log(params.alpha + T_ + t_))
    exceeds = -np.expm1(log_mass)
    stays = np.ones_like(exceeds)
    j = 0
    while len(rows):
        total[rows] += exceeds * stays
        stays *= (params.b + x_ + j) / (params.a + params.b + x_ + j)
        log_mass += np.log((shape + j) / (j + 1)) + log_ratio
        exceeds = np.maximum(exceeds - np.exp(log_mass), 0.0)
        j += 1
        # Behind the mean, a mass that vanishes ends the sum even where rounding has left something over.
        goes_on = (exceeds > 1e-12) & ((log_mass > -40) | (j < mean))
        if np.count_nonzero(goes_on) <= len(rows) // 2:
            rows, x_, shape, mean, log_ratio, log_mass, exceeds, stays = (
                column[goes_on] for column in (rows, x_, shape, mean, log_ratio, log_mass, exceeds, stays)
            )
    return total * probability_alive(params, x, tx, T)


def _histories(x: Any, tx: Any, T: Any) -> tuple[Array, Array, Array]:
    rows = np.broadcast_arrays(*(np.atleast_1d(np.asarray(column, dtype=float)) for column in (x, tx, T)))
    x, tx, T = rows
    possible = np.isfinite(x) & np.isfinite(T) & (x >= 0) & (x == np.floor(x))
    possible &= np.where(x > 0, (tx > 0) & (tx <= T), (tx == 0) & (T >= 0))
    if not possible.all():
        at = int(np.flatnonzero(~possible)[0])
        raise ValueError(
            f"history {at} is impossible: x = {x[at]:g}, t_x = {tx[at]:g}, T = {T[at]:g}; x must be a whole number,"
            " t_x be 0 without a repeat purchase and else above 0 and not after T"
        )
    return x, tx, T


def _grouped(x: Array, tx: Array, T: Array, counts: Array) -> tuple[Array, Array, Array, Array]:
    """Equal histories as one row."""
    key = np.zeros(len(x), dtype=np.int64)
    for column in (x, tx, T):
        values, place = np.unique(column, return_inverse=True)
        # Renumbered at each step, so that the product of three ranges cannot overflow.
        key = np.unique(key * len(values) + place, return_inverse=True)[1]
    _keys, first, group = np.unique(key, return_index=True, return_inverse=True)
    return x[first], tx[first], T[first], np.bincount(group, weights=counts)


class _Likelihood:
    """The mean negative log-likelihood and its gradient in the logarithms of (r, α, a, b)."""

    def __init__(self, x: Array, tx: Array, T: Array, counts: Array):
        self.x, self.tx, self.T = x, tx, T
        self.share = counts / counts.sum()
        self.place = x.astype(np.int64)
        self.steps = np.arange(self.place.max(initial=0), dtype=float)
        self.returned = x > 0

    def __call__(self, theta: Array) -> tuple[float, Array]:
        parameters = np.exp(theta)
        values, gradients = self.each(*parameters)
        # Sums and not dot products: a threaded BLAS is slower where other processes want the cores too.
        slopes = [float((part * self.share).sum()) for part in gradients]
        return -float((values * self.share).sum()), -parameters * np.array(slopes)

    def each(self, r: float, alpha: float, a: float, b: float) -> tuple[Array, tuple[Array, Array, Array, Array]]:
        """By row: the log-likelihood and its derivatives by r, α, a and b."""
        x, T, tx = self.x, self.T, self.tx
        # x is whole, so that ln Γ(c + x) − ln Γ(c) is a sum of x logarithms.
        rise_r, slope_r = self._rising(r)
        rise_b, slope_b = self._rising(b)
        rise_ab, slope_ab = self._rising(a + b)
        log_T, log_tx = np.log(alpha + T), np.log(alpha + tx)
        last = np.where(self.returned, b + x - 1, 1.0)
        active = -(r + x) * log_T
        lost = np.where(self.returned, np.log(a) - np.log(last) - (r + x) * log_tx, -np.inf)
        either = np.logaddexp(active, lost)
        is_lost = np.exp(lost - either)
        values = rise_r + r * np.log(alpha) + rise_b - rise_ab + either
        return values, (
            slope_r + np.log(alpha) - log_T + is_lost * (log_T - log_tx),
            r / alpha - (r + x) * ((1 - is_lost) / (alpha + T) + is_lost / (alpha + tx)),
            is_lost / a - slope_ab,
            slope_b - slope_ab - is_lost / last,
        )

    def _rising(self, c: float) -> tuple[Array, Array]:
        """ln Γ(c + x) − ln Γ(c) and its derivative."""
        steps = c + self.steps
        return _sums(np.log(steps))[self.place], _sums(1 / steps)[self.place]


def _sums(terms: Array) -> Array:
    return np.concatenate(([0.0], np.cumsum(terms)))


def _minimum(function: _Likelihood, theta: Array) -> tuple[float, Array]:
    """BFGS with backtracking (J. Nocedal and S. J. Wright, Numerical Optimization, 2006, chapter 6)."""
    value, gradient = function(theta)
    inverse = np.eye(len(theta))
    for _step in range(MOST_STEPS):
        if np.abs(gradient).max() < FLAT or np.abs(theta).max() >= EDGE:
            break
        direction = -inverse @ gradient
        slope = float(direction @ gradient)
        if slope >= 0:
            inverse, direction, slope = np.eye(len(theta)), -gradient, -float(gradient @ gradient)
        pace = min(1.0, 2.0 / np.abs(direction).max())
        while pace > 1e-12:
            ahead = np.clip(theta + pace * direction, -EDGE, EDGE)
            next_value, next_gradient = function(ahead)
            if next_value <= value + 1e-4 * pace * slope:
                break
            pace /= 2
        else:
            break  # as flat as floating point can tell
        moved, turned, gained = ahead - theta, next_gradient - gradient, value - next_value
        theta, value, gradient = ahead, next_value, next_gradient
        if gained < 1e-15 * abs(value):
            break
        curvature = float(moved @ turned)
        if curvature > 1e-14:
            shift = np.eye(len(theta)) - np.outer(moved, turned) / curvature
            inverse = shift @ inverse @ shift.T + np.outer(moved, moved) / curvature
    return value, theta

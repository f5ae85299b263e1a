"""What the answers of a survey say: quadrants, derived importance, margins of error; and whom to ask."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Hashable, Mapping, Sequence, Set
from dataclasses import dataclass
from fractions import Fraction
from statistics import NormalDist, median
from typing import Any, TypeVar

import numpy as np
from django.db import models
from django.utils.translation import gettext_lazy as _

Key = TypeVar("Key", bound=Hashable)


class Quadrant(models.TextChoices):
    """Fields of the importance-performance grid, in the order in which they ask for attention."""

    CONCENTRATE = "concentrate", _("Concentrate here")
    KEEP_UP = "keep_up", _("Keep up the good work")
    LOW_PRIORITY = "low_priority", _("Low priority")
    OVERKILL = "overkill", _("Possible overkill")


def cut_lines(importance: Any, performance: Any, lines: Any = "mean") -> tuple[float, float]:
    """Where the grid is cut: (importance line, performance line), as in `quadrants`; NaN without attributes."""
    _keys, important, good = _paired(importance, performance)
    return _lines(important, good, lines)


def quadrants(importance: Any, performance: Any, lines: Any = "mean") -> Any:
    """The quadrant of each attribute: a dict by attribute for mappings, a list in their order for anything else.

    ``importance`` and ``performance`` are two mappings of the same attributes, in any order, or two ordered
    collections (list, tuple, array, generator) of the same length; numbers of any kind, on any scale. The grid is cut
    at the means of the attributes, at their medians (``lines="median"``), or at a given pair (importance line,
    performance line). A value on its line counts as high: a single attribute, or attributes that are all equal, lie
    on the means and are kept up. Without attributes there is nothing to name: {} or [].

    Raises ValueError when the two sides do not name the same attributes, when one is a set or text, when a value or a
    line is missing, NaN, infinite or no number, and when ``lines`` is none of the three.

    Source: J. A. Martilla and J. C. James, Importance-performance analysis, Journal of Marketing 41 (1977) 77–79.
    Their example, fourteen attributes of a car dealer's service, falls as in P. Kotler and K. L. Keller, Marketing
    Management, 14th ed. 2012, figure 13.5 (p. 368).
    """
    keys, important, good = _paired(importance, performance)
    importance_line, performance_line = _lines(important, good, lines)
    highs, goods = _at_least(important, importance_line), _at_least(good, performance_line)
    found = [_quadrant(high, well) for high, well in zip(highs, goods, strict=True)]
    return dict(zip(keys, found, strict=True)) if isinstance(importance, Mapping) else found


def _lines(important: list[float], good: list[float], lines: Any) -> tuple[float, float]:
    if lines is None or isinstance(lines, str):
        if lines not in (None, "mean", "median"):
            raise ValueError(f'lines must be "mean", "median" or a pair of numbers, not {lines!r}')
        middle = median if lines == "median" else _mean
        return (middle(important), middle(good)) if important else (math.nan, math.nan)
    try:
        importance_line, performance_line = lines
    except (TypeError, ValueError):
        raise ValueError(f"lines must be a pair (importance line, performance line), not {lines!r}") from None
    if isinstance(lines, Mapping):
        raise ValueError("lines must be a pair (importance line, performance line), not a mapping")
    return _finite(importance_line, "importance line"), _finite(performance_line, "performance line")


def _mean(values: list[float]) -> float:
    return math.fsum(value / len(values) for value in values)


def _quadrant(important: bool, good: bool) -> Quadrant:
    if important:
        return Quadrant.KEEP_UP if good else Quadrant.CONCENTRATE
    return Quadrant.OVERKILL if good else Quadrant.LOW_PRIORITY


def _at_least(values: list[float], line: float) -> list[bool]:
    # A mean of equal numbers can differ from them in the last bit, by far less than 10⁻¹² of the largest.
    slack = 1e-12 * max((abs(value) for value in values), default=0.0)
    return [value >= line - slack for value in values]


def _paired(importance: Any, performance: Any) -> tuple[list[Any], list[float], list[float]]:
    """(attributes or places, importances, performances) of both sides in one order."""
    if isinstance(importance, Mapping) != isinstance(performance, Mapping):
        raise ValueError("importance and performance must both be mappings or both be sequences")
    if isinstance(importance, Mapping):
        keys = list(importance)
        if apart := set(importance) ^ set(performance):
            raise ValueError(f"only one of importance and performance knows {sorted(map(str, apart))}")
        highs, goods = list(importance.values()), [performance[key] for key in keys]
    else:
        highs, goods = _in_order(importance, "importance"), _in_order(performance, "performance")
        if len(highs) != len(goods):
            raise ValueError(f"{len(highs)} importances but {len(goods)} performances")
        keys = list(range(len(highs)))
    return (
        keys,
        [_finite(value, f"importance of {key}") for key, value in zip(keys, highs, strict=True)],
        [_finite(value, f"performance of {key}") for key, value in zip(keys, goods, strict=True)],
    )


def _in_order(values: Any, name: str) -> list[Any]:
    if isinstance(values, (str, bytes, Set)):
        raise ValueError(f"{name} must be a mapping or a sequence of numbers, not a {type(values).__name__}")
    try:
        return list(values)
    except TypeError:
        raise ValueError(f"{name} must be a mapping or a sequence of numbers, not {values!r}") from None


def _finite(value: Any, name: str) -> float:
    try:
        number = math.nan if isinstance(value, (str, bytes, bool)) else float(value)
    except (TypeError, ValueError, OverflowError):
        number = math.nan
    if not math.isfinite(number):
        raise ValueError(f"the {name} is not a number: {value!r}")
    return number


@dataclass(frozen=True, slots=True)
class Correlation:
    """How an attribute moves with overall satisfaction over n answers; None where it does not vary or n < 3."""

    pearson: float | None
    spearman: float | None
    n: int


def derived_importance(answers: Any, overall: Sequence[float | None]) -> Any:
    """Correlation of each attribute's marks with the overall mark: what counts, whatever people say counts.

    answers: a mapping attribute → marks, or rows of marks (one row per respondent, one column per attribute);
    overall: one mark per respondent. None or NaN is no answer and leaves out that pair alone. Returns
    Correlations in the same shape: a dict by attribute, or a list by column. Raises ValueError on unequal lengths.
    """
    whole = np.asarray(overall, dtype=float)
    if isinstance(answers, Mapping):
        return {key: _correlation(np.asarray(marks, dtype=float), whole, key) for key, marks in answers.items()}
    columns = np.asarray(answers, dtype=float)
    if columns.ndim != 2:
        raise ValueError("answers must be a mapping or rows of equal length")
    return [_correlation(columns[:, at], whole, at) for at in range(columns.shape[1])]


def _correlation(marks: np.ndarray, overall: np.ndarray, name: object) -> Correlation:
    if marks.shape != overall.shape:
        raise ValueError(f"{len(marks)} answers about {name} but {len(overall)} overall")
    known = np.isfinite(marks) & np.isfinite(overall)
    x, y = marks[known], overall[known]
    if len(x) < 3:
        return Correlation(None, None, len(x))
    return Correlation(_pearson(x, y), _pearson(_ranks(x), _ranks(y)), len(x))


def _pearson(x: np.ndarray, y: np.ndarray) -> float | None:
    if np.ptp(x) == 0 or np.ptp(y) == 0:
        return None
    x, y = x - x.mean(), y - y.mean()
    r = float(x @ y / math.sqrt(float(x @ x) * float(y @ y)))
    return max(-1.0, min(1.0, r))


def _ranks(values: np.ndarray) -> np.ndarray:
    """Ranks from 1; equal values share the mean of theirs."""
    _values, place, counts = np.unique(values, return_inverse=True, return_counts=True)
    shared: np.ndarray = np.cumsum(counts) - (counts - 1) / 2
    return shared[place]


def standard_error(values: Sequence[float], population: int) -> float | None:
    """Standard error of the mean of a simple random sample without replacement; None for fewer than two values.

    s/√n · √(1 − n/N): W. G. Cochran, Sampling Techniques, 3rd ed., Wiley 1977, formula 2.20.
    Raises ValueError when the sample is larger than the population.
    """
    sample = np.asarray(values, dtype=float)
    if not np.isfinite(sample).all():
        raise ValueError("a sample has no missing values: leave them out")
    return _error(float(sample.std(ddof=1)) if len(sample) > 1 else None, len(sample), population)


def margin_of_error(values: Sequence[float], population: int, *, confidence: float = 0.95) -> float | None:
    """Half the width of the confidence interval of the mean, by Student's t and the finite population correction."""
    error = standard_error(values, population)
    return error if not error else error * student_quantile(confidence, len(values) - 1)


def margin_from(deviation: float | None, n: int, population: int | None, *, confidence: float = 0.95) -> float | None:
    """The same from a standard deviation (n − 1 in its denominator); a population of None is endless."""
    error = _error(deviation, n, population)
    return error if not error else error * student_quantile(confidence, n - 1)


def _error(deviation: float | None, n: int, population: int | None) -> float | None:
    if population is not None and n > population:
        raise ValueError(f"a sample of {n} from a population of {population}")
    if n and n == population:
        return 0.0
    if n < 2 or deviation is None:
        return None
    return deviation / math.sqrt(n) * math.sqrt(1 - n / population if population else 1)


def student_quantile(confidence: float, degrees: int) -> float:
    """t with P(|T| ≤ t) = confidence, for whole degrees of freedom.

    M. Abramowitz and I. A. Stegun, Handbook of Mathematical Functions, 1964: 26.7.3 and 26.7.4, and the
    expansion 26.7.5 from 200 degrees on, where it is exact to seven digits.
    """
    if not 0 < confidence < 1 or degrees < 1:
        raise ValueError("confidence must lie between 0 and 1, degrees of freedom must be at least 1")
    if degrees >= 200:
        z = NormalDist().inv_cdf((1 + confidence) / 2)
        return z + (z**3 + z) / (4 * degrees) + (5 * z**5 + 16 * z**3 + 3 * z) / (96 * degrees**2)
    low, high = 0.0, math.pi / 2
    for _halving in range(60):
        angle = (low + high) / 2
        low, high = (angle, high) if _within(angle, degrees) < confidence else (low, angle)
    return math.sqrt(degrees) * math.tan((low + high) / 2)


def _within(angle: float, degrees: int) -> float:
    """P(|T| ≤ √degrees · tan angle)."""
    sine, cosine = math.sin(angle), math.cos(angle)
    odd = degrees % 2
    term = cosine if odd else 1.0
    total = term if degrees > 1 else 0.0
    for k in range(2 + odd, degrees - 1, 2):
        term *= cosine * cosine * (k - 1) / k
        total += term
    return (angle + sine * total) * 2 / math.pi if odd else sine * total


def allocation(sizes: Mapping[Key, int], share: Any, *, least: int = 1) -> dict[Key, int]:
    """How many to draw from each stratum: in proportion, the rounding by largest remainder, and at least `least`.

    share: above 0, up to 1; 0.05 draws 5 % of the whole (rounded up). No stratum gives more than it has.
    """
    part = Fraction(str(share))
    if not 0 < part <= 1:
        raise ValueError(f"the share must be above 0 and at most 1, not {share}")
    quotas = {key: size * part for key, size in sizes.items()}
    drawn = {key: math.floor(quota) for key, quota in quotas.items()}
    left = math.ceil(sum(quotas.values(), Fraction(0))) - sum(drawn.values())
    for key in sorted(quotas, key=lambda key: (drawn[key] - quotas[key], str(key)))[:left]:
        drawn[key] += 1
    return {key: min(sizes[key], max(least, count)) for key, count in drawn.items()}


def stratified_sample(
    strata: Mapping[Key, Sequence[Any]], share: Any, seed: str | int, *, least: int = 1
) -> dict[Key, list[Any]]:
    """Draw a share of every stratum (see `allocation`), so that anyone with the seed can draw the same again.

    Within a stratum those come first whose SHA-256 of "seed:id" is smallest: the order in which the ids are given
    does not matter, and PostgreSQL draws the same with ORDER BY sha256(convert_to(seed || ':' || id, 'UTF8')).
    """
    counts = allocation({key: len(ids) for key, ids in strata.items()}, share, least=least)
    return {
        key: sorted(ids, key=lambda one: hashlib.sha256(f"{seed}:{one}".encode()).digest())[: counts[key]]
        for key, ids in strata.items()
    }

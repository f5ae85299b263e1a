"""Weights from pairwise judgements: Saaty's analytic hierarchy process (AHP)."""

from __future__ import annotations

import math
import numbers
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

# Mean consistency index of random matrices of order 1 to 15: T. L. Saaty, The Analytic Hierarchy
# Process, McGraw-Hill 1980, p. 21.
RANDOM_INDEX = (0.0, 0.0, 0.58, 0.90, 1.12, 1.24, 1.32, 1.41, 1.45, 1.49, 1.51, 1.48, 1.56, 1.57, 1.59)
MAX_ORDER = len(RANDOM_INDEX)

# Saaty's scale: 1 = equally important … 9 = extremely more important, and the reciprocals.
SCALE = tuple(1 / k for k in range(9, 1, -1)) + tuple(float(k) for k in range(1, 10))

# A matrix with a consistency ratio from here up is not fit for use (Saaty 1980).
CONSISTENCY_LIMIT = 0.10

# People type 0.33 for 1/3 and 0.13 for 1/8: the product of a pair may be off by this much.
RECIPROCAL_TOLERANCE = 0.05

LARGEST = 1e9  # far beyond any judgement, and far from the limits of floating point


class MatrixError(ValueError):
    """A matrix that cannot be used; `row` and `column` count from 0, None when no single cell is at fault."""

    def __init__(self, message: str | Promise, *, row: int | None = None, column: int | None = None, **params: Any):
        super().__init__(message)
        self.row, self.column = row, column
        self.params = {**params}
        if row is not None:
            self.params["row"] = row + 1
        if column is not None:
            self.params["column"] = column + 1

    def __str__(self) -> str:
        return str(self.args[0]) % self.params


@dataclass(frozen=True, slots=True)
class Judgement:
    """One comparison to reconsider: i against j (from 0, i < j), and the matrix' CR once it has the suggested value."""

    i: int
    j: int
    value: float
    suggested: float
    consistency_ratio: float


@dataclass(frozen=True, slots=True)
class Priorities:
    """Weights in the order of the matrix (sum 1) and how far the judgements contradict each other."""

    weights: tuple[float, ...]
    lambda_max: float
    consistency_ratio: float
    worst: Judgement | None

    @property
    def consistent(self) -> bool:
        """Whether the weights may be used."""
        return self.consistency_ratio < CONSISTENCY_LIMIT


def priorities(matrix: Sequence[Sequence[Any]]) -> Priorities:
    """Weights and consistency of a reciprocal judgement matrix of order 1 to 15.

    Cells are numbers, Fractions, Decimals or text such as "1/3". The weights are the principal right
    eigenvector; CR = ((λmax − n) / (n − 1)) / RI. `worst` is the judgement whose change lowers CR most,
    None when nothing contradicts. Raises MatrixError.

    Source: T. L. Saaty, A scaling method for priorities in hierarchical structures, Journal of
    Mathematical Psychology 15 (1977) 234–281.
    """
    judgements = _reciprocal(_numbers(matrix))
    n = len(judgements)
    weights, lambda_max = _principal(judgements)
    ratio = _consistency_ratio(n, lambda_max)
    return Priorities(
        weights=tuple(weights.tolist()),
        lambda_max=lambda_max,
        consistency_ratio=ratio,
        worst=_worst(judgements, lambda_max),
    )


def judgements_to_matrix(n: int, judgements: Mapping[tuple[int, int], Any]) -> list[list[float]]:
    """The full n × n matrix from one judgement per pair (i, j), i ≠ j, either way round. Raises MatrixError."""
    _check_order(n)
    cells = [[1.0] * n for _row in range(n)]
    seen = set()
    for (i, j), given in judgements.items():
        if not (0 <= i < n and 0 <= j < n) or i == j:
            raise MatrixError(
                _("There is no pair %(row)s, %(column)s among %(n)s criteria: remove it."), row=i, column=j, n=n
            )
        pair = (min(i, j), max(i, j))
        if pair in seen:
            raise MatrixError(
                _("Criteria %(row)s and %(column)s are compared twice: keep one judgement."),
                row=pair[0],
                column=pair[1],
            )
        seen.add(pair)
        value = _number(given, i, j)
        cells[i][j], cells[j][i] = value, 1 / value
    for i in range(n):
        for j in range(i + 1, n):
            if (i, j) not in seen:
                raise MatrixError(
                    _("Criteria %(row)s and %(column)s are not compared yet: give a judgement."), row=i, column=j
                )
    return cells


def _check_order(n: int) -> None:
    if n < 1:
        raise MatrixError(_("The matrix is empty: compare at least two criteria."))
    if n > MAX_ORDER:
        raise MatrixError(
            _("%(n)s criteria are too many for one matrix: make groups of at most %(most)s."),
            n=n,
            most=MAX_ORDER,
        )


def _numbers(matrix: Sequence[Sequence[Any]]) -> np.ndarray:
    rows = [list(row) if not isinstance(row, str) and hasattr(row, "__iter__") else [row] for row in matrix]
    n = len(rows)
    _check_order(n)
    for i, row in enumerate(rows):
        if len(row) != n:
            raise MatrixError(
                _("Row %(row)s has %(cells)s cells but the matrix has %(n)s rows: it must be square."),
                row=i,
                cells=len(row),
                n=n,
            )
    return np.array([[_number(cell, i, j) for j, cell in enumerate(row)] for i, row in enumerate(rows)])


def _number(cell: Any, i: int, j: int) -> float:
    value = _parsed(cell)
    if value is None or not math.isfinite(value):
        raise MatrixError(
            _('Row %(row)s, column %(column)s: "%(cell)s" is not a number. Write a number such as 3 or 1/3.'),
            row=i,
            column=j,
            cell=str(cell)[:40],
        )
    if not 1 / LARGEST <= value <= LARGEST:
        raise MatrixError(
            _("Row %(row)s, column %(column)s: %(cell)s is outside the scale. Write a number from 1/9 to 9."),
            row=i,
            column=j,
            cell=str(cell)[:40],
        )
    return value


def _parsed(cell: Any) -> float | None:
    if isinstance(cell, bool):
        return None
    try:
        if isinstance(cell, str):
            above, _slash, below = unicodedata.normalize("NFKC", cell).replace("\u2044", "/").partition("/")
            return float(above) / float(below) if _slash else float(above)
        if isinstance(cell, numbers.Real | Fraction | Decimal):
            return float(cell)
    except (ValueError, ArithmeticError):
        return None
    return None


def _reciprocal(cells: np.ndarray) -> np.ndarray:
    """The same judgements with exact reciprocals: of each pair the larger side counts, for that is how people judge."""
    n = len(cells)
    for i in range(n):
        if abs(cells[i, i] - 1) > 1e-9:
            raise MatrixError(
                _("Row %(row)s, column %(column)s: a criterion compared with itself must be 1."), row=i, column=i
            )
        for j in range(i + 1, n):
            if abs(cells[i, j] * cells[j, i] - 1) > RECIPROCAL_TOLERANCE:
                raise MatrixError(
                    _(
                        "Row %(row)s, column %(column)s is %(value)s, so row %(column)s, column %(row)s "
                        "must be its reciprocal %(expected)s, not %(found)s."
                    ),
                    row=i,
                    column=j,
                    value=f"{cells[i, j]:.4g}",
                    expected=f"{1 / cells[i, j]:.4g}",
                    found=f"{cells[j, i]:.4g}",
                )
    return np.where(cells >= cells.T, cells, 1 / cells.T)


def _principal(judgements: np.ndarray) -> tuple[np.ndarray, float]:
    # Scaling by the rows' geometric means leaves only the contradictions, so that small weights stay exact.
    scale = np.exp(np.log(judgements).mean(axis=1))
    values, vectors = np.linalg.eig(judgements * scale[None, :] / scale[:, None])
    top = int(values.real.argmax())
    weights = np.abs(vectors[:, top].real) * scale
    return weights / weights.sum(), max(float(values[top].real), float(len(judgements)))


def _consistency_ratio(n: int, lambda_max: float) -> float:
    if n < 3:
        return 0.0
    return max(0.0, lambda_max - n) / (n - 1) / RANDOM_INDEX[n - 1]


def _worst(judgements: np.ndarray, lambda_max: float) -> Judgement | None:
    """The judgement whose replacement by what the others imply lowers λmax most.

    What the others imply for i against j is the geometric mean of a_ik · a_kj over all third criteria k,
    brought to the nearest step of Saaty's scale when it lies within it.
    """
    n = len(judgements)
    if lambda_max - n < 1e-9:
        return None
    log = np.log(judgements)
    first, second = np.triu_indices(n, 1)
    # Over all k the sum counts log a_ij itself twice (k = i and k = j).
    implied = (log[first].sum(axis=1) - log[second].sum(axis=1) - 2 * log[first, second]) / (n - 2)
    steps = np.log(SCALE)
    nearest = np.array(SCALE)[np.abs(implied[:, None] - steps[None, :]).argmin(axis=1)]
    suggested = np.where(np.abs(implied) <= steps[-1], nearest, np.exp(implied))
    trials = np.repeat(judgements[None], len(first), axis=0)
    pair = np.arange(len(first))
    trials[pair, first, second] = suggested
    trials[pair, second, first] = 1 / suggested
    lambdas = np.linalg.eigvals(trials).real.max(axis=1)
    # Rounded, so that equal candidates are decided by their place and not by the last bit.
    best = int(lambdas.round(9).argmin())
    if lambdas[best] > lambda_max - 1e-9:
        return None
    i, j = int(first[best]), int(second[best])
    return Judgement(
        i=i,
        j=j,
        value=float(judgements[i, j]),
        suggested=float(suggested[best]),
        consistency_ratio=_consistency_ratio(n, float(lambdas[best])),
    )

"""A short round trip through the clients of a day."""

from __future__ import annotations

import random
from collections import deque
from collections.abc import Iterable, Sequence
from math import isfinite
from typing import Any

import numpy as np

from crm.lib.geo import EARTH_RADIUS_M, check_coordinates

MOST_POINTS = 1000  # the table of distances grows with the square

# Work is bounded by counts and not by the clock, so that the same points always give the same tour.
NEIGHBOURS = 8
LONGEST_MOVED = 3
SHAKE_SPAN = 30  # a shake rewires within so many stops, so that its repair stays local
SHAKES_PER_POINT = 12
LEAST_SHAKES = 100
MOST_SHAKES = 1500
EPSILON = 1e-9  # of the mean distance: less is rounding


def shortest_tour(
    points: Sequence[Sequence[Any]], *, geographic: bool = False, start: int | None = None, closed: bool = True
) -> list[int]:
    """A short order in which to visit the points: every index of `points` once.

    points: (x, y) pairs on a plane; with `geographic`, (longitude, latitude) in degrees, measured along great circles.
    start: the index that comes first; without it 0 for a round trip, the better end for a one-way trip.
    closed: whether the way back to the first point counts.
    Repeatable. Raises ValueError for bad coordinates, a start that does not exist or more than 1,000 points.

    Method: nearest neighbour, 2-opt and Or-opt with neighbour lists, repeated after small random shakes
    (D. S. Johnson and L. A. McGeoch, The traveling salesman problem: a case study in local optimization, 1997).
    """
    places = _places(points, geographic)
    n = len(places)
    if start is not None and not 0 <= start < n:
        raise ValueError(f"start {start} is not one of the {n} points")
    if n <= 3 and (closed or n <= 2):
        first = start or 0
        return [*range(first, n), *range(first)]
    distances = _great_circles(places) if geographic else _straight_lines(places)
    distances /= distances.mean() or 1.0
    if closed:
        return _rotated(_Search(distances).run(start or 0), start or 0)
    # A one-way trip is a round trip through an extra stop at distance 0 from all; a start is tied to it by a huge gain.
    open_ended = np.zeros((n + 1, n + 1))
    open_ended[:n, :n] = distances
    if start is not None:
        open_ended[n, start] = open_ended[start, n] = -1.0 - distances.sum()
    tour = _rotated(_Search(open_ended).run(n), n)[1:]
    return tour[::-1] if start is not None and tour[0] != start else tour


def _places(points: Sequence[Sequence[Any]], geographic: bool) -> np.ndarray:
    if len(points) > MOST_POINTS:
        raise ValueError(f"{len(points)} points are too many for one tour: at most {MOST_POINTS}")
    pairs = []
    for index, point in enumerate(points):
        try:
            x, y = (float(value) for value in point)
        except (TypeError, ValueError):
            raise ValueError(f"point {index} is not a pair of numbers: {point!r:.60}") from None
        if not (isfinite(x) and isfinite(y)):
            raise ValueError(f"point {index} is not finite: {point!r:.60}")
        if geographic:
            check_coordinates(x, y)
        pairs.append((x, y))
    return np.array(pairs, dtype=float).reshape(-1, 2)


def _straight_lines(places: np.ndarray) -> np.ndarray:
    x, y = places.T
    lengths: np.ndarray = np.hypot(x[:, None] - x[None, :], y[:, None] - y[None, :])
    return lengths


def _great_circles(places: np.ndarray) -> np.ndarray:
    longitude, latitude = np.radians(places).T
    half_lon = (longitude[:, None] - longitude[None, :]) / 2
    half_lat = (latitude[:, None] - latitude[None, :]) / 2
    h = np.sin(half_lat) ** 2 + np.cos(latitude)[:, None] * np.cos(latitude)[None, :] * np.sin(half_lon) ** 2
    lengths: np.ndarray = 2 * EARTH_RADIUS_M * np.arcsin(np.sqrt(np.minimum(1.0, h)))
    return lengths


def _rotated(tour: list[int], first: int) -> list[int]:
    """The same round trip from `first`, in the direction whose second stop has the smaller index."""
    at = tour.index(first)
    tour = tour[at:] + tour[:at]
    return tour if tour[1] <= tour[-1] else [tour[0], *reversed(tour[1:])]


class _Search:
    """Iterated local search over round trips: `tour` holds the stops in order, `place` the position of each stop."""

    def __init__(self, distances: np.ndarray):
        self.n = n = len(distances)
        self.d: list[list[float]] = distances.tolist()
        others = distances + np.diag(np.full(n, np.inf))
        self.near: list[list[int]] = np.argsort(others, axis=1, kind="stable")[:, : min(NEIGHBOURS, n - 1)].tolist()
        self.tour: list[int] = []
        self.place: list[int] = [0] * n

    def run(self, first: int) -> list[int]:
        self._set(self._nearest_neighbour(first))
        self._improve(range(self.n))
        rng = random.Random(self.n)
        for _shake in range(min(MOST_SHAKES, max(LEAST_SHAKES, SHAKES_PER_POINT * self.n))):
            tour, place = self.tour[:], self.place[:]
            cost, touched = self._shake(rng)
            if self._improve(touched) < cost:
                self.tour, self.place = tour, place
        return self.tour

    def _nearest_neighbour(self, first: int) -> list[int]:
        left = set(range(self.n)) - {first}
        tour = [first]
        while left:
            row = self.d[tour[-1]]
            nearest = min(left, key=lambda stop: (row[stop], stop))
            left.remove(nearest)
            tour.append(nearest)
        return tour

    def _set(self, tour: list[int]) -> None:
        self.tour = tour
        for position, stop in enumerate(tour):
            self.place[stop] = position

    def _shake(self, rng: random.Random) -> tuple[float, list[int]]:
        """Swap two neighbouring stretches; what that costs, and the stops at the new joints."""
        n, d = self.n, self.d
        longest = min(SHAKE_SPAN, (n - 1) // 2)
        cut = rng.randrange(n)
        one, two = rng.randint(1, longest), rng.randint(1, longest)
        tour = self.tour[cut:] + self.tour[:cut]
        a, b, c, e = tour[0], tour[one - 1], tour[one], tour[one + two - 1]
        before, after = tour[-1], tour[one + two]
        self._set(tour[one : one + two] + tour[:one] + tour[one + two :])
        cost = d[before][c] + d[e][a] + d[b][after] - d[before][a] - d[b][c] - d[e][after]
        return cost, [before, a, b, c, e, after]

    def _improve(self, stops: Iterable[int]) -> float:
        """Apply 2-opt and Or-opt moves around these stops until none helps; the length saved."""
        queue = deque(stops)
        queued = set(queue)
        saved = 0.0
        while queue:
            stop = queue.popleft()
            queued.discard(stop)
            while True:
                gain, touched = self._two_opt(stop)
                if not touched:
                    gain, touched = self._or_opt(stop)
                if not touched:
                    break
                saved += gain
                for other in touched:
                    if other not in queued:
                        queued.add(other)
                        queue.append(other)
        return saved

    def _two_opt(self, a: int) -> tuple[float, tuple[int, ...]]:
        """Replace the edges a–b and c–e by a–c and b–e, where b and e both follow or both precede a and c."""
        d, tour, place, n = self.d, self.tour, self.place, self.n
        from_a = d[a]
        for step in (1, -1):
            b = tour[(place[a] + step) % n]
            to_b = from_a[b]
            from_b = d[b]
            for c in self.near[a]:
                short = to_b - from_a[c]
                if short <= EPSILON:
                    break
                e = tour[(place[c] + step) % n]
                gain = short + d[c][e] - from_b[e]
                if gain > EPSILON:
                    if step == 1:
                        self._reverse(place[b], place[c])
                    else:
                        self._reverse(place[a], place[e])
                    return gain, (a, b, c, e)
        return 0.0, ()

    def _reverse(self, i: int, j: int) -> None:
        """Reverse the stretch from position i on to position j, or, which is the same round trip, the rest."""
        tour, place, n = self.tour, self.place, self.n
        inside = (j - i) % n + 1
        if 2 * inside > n:
            i, j, inside = (j + 1) % n, (i - 1) % n, n - inside
        for _swap in range(inside // 2):
            left, right = tour[i], tour[j]
            tour[i], tour[j] = right, left
            place[right], place[left] = i, j
            i = i + 1 if i + 1 < n else 0
            j = j - 1 if j else n - 1

    def _or_opt(self, a: int) -> tuple[float, tuple[int, ...]]:
        """Move up to three stops that begin or end with a, to where a comes next to one of its neighbours."""
        d, tour, place, n = self.d, self.tour, self.place, self.n
        from_a = d[a]
        for length in range(1, min(LONGEST_MOVED, n - 3) + 1):
            for step in (1, -1):
                # a … z are moved; p and q are left behind, a's side and z's side.
                z = tour[(place[a] + step * (length - 1)) % n]
                p = tour[(place[a] - step) % n]
                q = tour[(place[z] + step) % n]
                room = from_a[p] + d[z][q] - d[p][q]
                for c in self.near[a]:
                    short = room - from_a[c]
                    if short <= EPSILON:
                        break
                    if (place[c] - place[a]) * step % n < length:
                        continue
                    for side in (1, -1):
                        e = tour[(place[c] + side) % n]
                        if (place[e] - place[a]) * step % n < length:
                            continue
                        gain = short + d[c][e] - d[z][e]
                        if gain > EPSILON:
                            self._move(a, z, step, length, c, side)
                            return gain, (a, z, p, q, c, e)
        return 0.0, ()

    def _move(self, a: int, z: int, step: int, length: int, c: int, side: int) -> None:
        first = self.place[a if step == 1 else z]
        tour = self.tour[first:] + self.tour[:first]
        moved, rest = tour[:length], tour[length:]
        if (moved[0] == a) != (side == 1):
            moved.reverse()
        at = rest.index(c) + (side == 1)
        self._set(rest[:at] + moved + rest[at:])

import math
import random
import time
from decimal import Decimal
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crm.lib.geo import distance_m
from visits.routing import MOST_POINTS, shortest_tour


def pairs(text):
    return [tuple(map(int, pair.split(","))) for pair in text.split()]


# G. Reinelt, TSPLIB: a traveling salesman problem library, ORSA Journal on Computing 3 (1991) 376–384.
EIL51 = pairs(
    "37,52 49,49 52,64 20,26 40,30 21,47 17,63 31,62 52,33 51,21 42,41 31,32 5,25 12,42 36,16 52,41 27,23 17,33 13,13 "
    "57,58 62,42 42,57 16,57 8,52 7,38 27,68 30,48 43,67 58,48 58,27 37,69 38,46 46,10 61,33 62,63 63,69 32,22 45,35 "
    "59,15 5,6 10,17 21,10 5,64 30,15 39,10 32,39 25,32 25,55 48,28 56,37 30,40"
)
BERLIN52 = pairs(
    "565,575 25,185 345,750 945,685 845,655 880,660 25,230 525,1000 580,1175 650,1130 1605,620 1220,580 "
    "1465,200 1530,5 845,680 725,370 145,665 415,635 510,875 560,365 300,465 520,585 480,415 835,625 975,580 "
    "1215,245 1320,315 1250,400 660,180 410,250 420,555 575,665 1150,1160 700,580 685,595 685,610 770,610 "
    "795,645 720,635 760,650 475,960 95,260 875,920 700,500 555,815 830,485 1170,65 830,610 605,625 595,360 "
    "1340,725 1740,245"
)
EIL76 = pairs(
    "22,22 36,26 21,45 45,35 55,20 33,34 50,50 55,45 26,59 40,66 55,65 35,51 62,35 62,57 62,24 21,36 33,44 9,56 "
    "62,48 66,14 44,13 26,13 11,28 7,43 17,64 41,46 55,34 35,16 52,26 43,26 31,76 22,53 26,29 50,40 55,50 54,10 "
    "60,15 47,66 30,60 30,50 12,17 15,14 16,19 21,48 50,30 51,42 50,15 48,21 12,38 15,56 29,39 54,38 55,57 67,41 "
    "10,70 6,25 65,27 40,60 70,64 64,4 36,6 30,20 20,30 15,5 50,70 57,72 45,42 38,33 50,4 66,8 59,5 35,60 27,24 "
    "40,20 40,37 40,40"
)
PR76 = pairs(
    "3600,2300 3100,3300 4700,5750 5400,5750 5608,7103 4493,7102 3600,6950 3100,7250 4700,8450 5400,8450 5610,10053 "
    "4492,10052 3600,10800 3100,10950 4700,11650 5400,11650 6650,10800 7300,10950 7300,7250 6650,6950 7300,3300 "
    "6650,2300 5400,1600 8350,2300 7850,3300 9450,5750 10150,5750 10358,7103 9243,7102 8350,6950 7850,7250 "
    "9450,8450 10150,8450 10360,10053 9242,10052 8350,10800 7850,10950 9450,11650 10150,11650 11400,10800 "
    "12050,10950 12050,7250 11400,6950 12050,3300 11400,2300 10150,1600 13100,2300 12600,3300 14200,5750 14900,5750 "
    "15108,7103 13993,7102 13100,6950 12600,7250 14200,8450 14900,8450 15110,10053 13992,10052 13100,10800 "
    "12600,10950 14200,11650 14900,11650 16150,10800 16800,10950 16800,7250 16150,6950 16800,3300 16150,2300 "
    "14900,1600 19800,800 19800,10000 19800,11900 19800,12200 200,12200 200,1100 200,800"
)
RAT99 = pairs(
    "6,4 15,15 24,18 33,12 48,12 57,14 67,10 77,10 86,15 6,21 17,26 23,25 32,35 43,23 55,35 65,36 78,39 87,35 3,53 "
    "12,44 28,53 33,49 47,46 55,52 64,50 71,57 87,57 4,72 15,78 22,70 34,71 42,79 54,77 66,79 78,67 87,73 7,81 "
    "17,95 26,98 32,97 43,88 57,89 64,85 78,83 83,98 5,109 13,111 25,102 38,119 46,107 58,110 67,110 74,113 88,110 "
    "2,124 17,134 23,129 36,131 42,137 53,123 63,135 72,134 87,129 2,146 16,147 25,153 38,155 42,158 57,154 66,151 "
    "73,151 86,149 5,177 13,162 25,169 35,177 46,172 54,166 65,174 73,161 86,162 2,195 14,196 28,189 38,187 46,195 "
    "57,194 63,188 77,193 85,194 8,211 12,217 22,210 34,216 47,203 58,213 66,206 78,210 85,204"
)


def length(points, order, *, closed=True, measure=math.dist):
    stops = [points[index] for index in order]
    return sum(measure(a, b) for a, b in pairwise(stops + stops[:1] if closed else stops))


def whole_number_distance(a, b):
    return int(math.dist(a, b) + 0.5)


def great_circle(a, b):
    return distance_m(*a, *b)


def optimum(points, *, closed=True, start=None, measure=math.dist):
    """Exact length by dynamic programming over subsets (Held and Karp 1962)."""
    n = len(points)
    begins = [start or 0] if closed or start is not None else range(n)
    best = {(1 << begin, begin): 0.0 for begin in begins}
    for size in range(1, n):
        for (visited, last), so_far in [entry for entry in best.items() if entry[0][0].bit_count() == size]:
            for stop in range(n):
                if not visited >> stop & 1:
                    key = (visited | 1 << stop, stop)
                    so_long = so_far + measure(points[last], points[stop])
                    best[key] = min(best.get(key, math.inf), so_long)
    full = (1 << n) - 1
    back = begins[0] if closed else None
    return min(
        total + (measure(points[last], points[back]) if closed else 0)
        for (visited, last), total in best.items()
        if visited == full
    )


def lower_bound(points, steps=150):
    """No round trip is shorter: the best 1-tree under node penalties (Held and Karp 1971)."""
    places = np.array(points, dtype=float)
    distances = np.hypot(*(places[:, None, :] - places[None, :, :]).transpose(2, 0, 1))
    n = len(places)
    penalty = np.zeros(n)
    best = -math.inf
    stride = distances.mean() / 10
    for _step in range(steps):
        weights = distances + penalty[:, None] + penalty[None, :]
        degree = np.zeros(n, dtype=int)
        total = 0.0
        nearest, link = weights[1].copy(), np.full(n, 1)
        nearest[[0, 1]] = math.inf
        for _edge in range(n - 2):
            stop = int(nearest.argmin())
            total += nearest[stop]
            degree[[stop, link[stop]]] += 1
            nearest[stop] = math.inf
            closer = (weights[stop] < nearest) & np.isfinite(nearest)
            nearest[closer], link[closer] = weights[stop][closer], stop
        two = np.argsort(weights[0, 1:])[:2] + 1
        total += weights[0, two].sum()
        degree[two] += 1
        degree[0] += 2
        best = max(best, total - 2 * penalty.sum())
        penalty += stride * (degree - 2)
        stride *= 0.97
    return best


TSPLIB = {
    "eil51": (EIL51, 426),
    "berlin52": (BERLIN52, 7542),
    "eil76": (EIL76, 538),
    "pr76": (PR76, 108159),
    "rat99": (RAT99, 1211),
}


@pytest.mark.parametrize(("points", "best_known"), TSPLIB.values(), ids=TSPLIB)
def test_tsplib_instances_within_one_percent_in_time(points, best_known):
    began = time.process_time()
    order = shortest_tour(points)
    assert time.process_time() - began < 2
    assert sorted(order) == list(range(len(points)))
    assert best_known <= length(points, order, measure=whole_number_distance) <= 1.01 * best_known


@pytest.mark.parametrize("seed", range(5))
def test_a_hundred_random_stops_within_five_percent_of_the_lower_bound_in_time(seed):
    rng = random.Random(seed)
    points = [(rng.random(), rng.random()) for _stop in range(100)]
    began = time.process_time()
    order = shortest_tour(points)
    assert time.process_time() - began < 2
    assert sorted(order) == list(range(100))
    bound = lower_bound(points)
    assert bound <= length(points, order) <= 1.05 * bound


def test_stops_in_clusters():
    rng = random.Random(7)
    centres = [(rng.random(), rng.random()) for _cluster in range(7)]
    points = [(x + rng.random() / 1000, y + rng.random() / 1000) for x, y in centres for _stop in range(12)]
    rng.shuffle(points)
    # Each cluster is entered once: the tour is as short as that through the centres, but for the steps inside.
    assert length(points, shortest_tour(points)) < optimum(centres) + 84 * 0.0015


coordinates = st.integers(-50, 50)
few_points = st.lists(st.tuples(coordinates, coordinates), max_size=8)


@settings(deadline=None)
@given(few_points.filter(bool), st.booleans(), st.data())
def test_up_to_eight_stops_are_exact(points, closed, data):
    start = data.draw(st.none() | st.integers(0, len(points) - 1))
    order = shortest_tour(points, closed=closed, start=start)
    assert sorted(order) == list(range(len(points)))
    if start is not None:
        assert order[0] == start
    assert length(points, order, closed=closed) == pytest.approx(optimum(points, closed=closed, start=start), rel=1e-6)


places = st.tuples(st.floats(73, 135), st.floats(18, 54))


@settings(deadline=None, max_examples=30)
@given(st.lists(places, min_size=1, max_size=7), st.booleans())
def test_great_circles_are_exact_for_few_stops(points, closed):
    order = shortest_tour(points, geographic=True, closed=closed)
    best = optimum(points, closed=closed, measure=great_circle)
    assert length(points, order, closed=closed, measure=great_circle) == pytest.approx(best, rel=1e-6, abs=0.01)


def test_degrees_are_not_a_plane():
    # At 60° north a degree of longitude is half a degree of latitude; over the date line it is one step, not a world.
    corners = [(0, 60), (0, 60.6), (1, 60), (1, 60.6)]
    assert shortest_tour(corners, closed=False, start=0) == [0, 1, 3, 2]
    assert shortest_tour(corners, closed=False, start=0, geographic=True) == [0, 2, 3, 1]
    fiji = [(178.0, -17.0), (-179.0, -17.0), (179.0, -17.0), (-178.0, -17.0)]
    assert shortest_tour(fiji, geographic=True, closed=False) == [0, 2, 1, 3]


@settings(deadline=None, max_examples=20)
@given(st.lists(st.tuples(coordinates, coordinates), min_size=2, max_size=30), st.data())
def test_repeatable_and_begins_where_asked(points, data):
    start = data.draw(st.integers(0, len(points) - 1))
    order = shortest_tour(points, start=start)
    assert order[0] == start
    assert sorted(order) == list(range(len(points)))
    assert order == shortest_tour(points, start=start)
    assert shortest_tour(points)[0] == 0


@pytest.mark.parametrize("closed", [True, False])
def test_nothing_one_and_two(closed):
    assert shortest_tour([], closed=closed) == []
    assert shortest_tour([(3, 4)], closed=closed) == [0]
    assert shortest_tour([(3, 4), (1, 2)], closed=closed) == [0, 1]
    assert shortest_tour([(3, 4), (1, 2)], closed=closed, start=1) == [1, 0]


def test_a_one_way_trip_begins_at_an_end():
    assert shortest_tour([(1, 0), (0, 0), (2, 0), (9, 0)], closed=False) in ([1, 0, 2, 3], [3, 2, 0, 1])
    assert shortest_tour([(1, 0), (0, 0), (2, 0), (9, 0)], closed=False, start=0) == [0, 1, 2, 3]


def test_stops_on_a_line_and_at_one_place():
    line = [(x, 2 * x) for x in (5, 1, 9, 3, 7, 2, 8, 4, 6, 0)]
    assert length(line, shortest_tour(line)) == pytest.approx(2 * math.dist((0, 0), (9, 18)))
    same = [(1, 1)] * 20 + [(2, 1)] * 20
    assert sorted(shortest_tour(same)) == list(range(40))
    assert length(same, shortest_tour(same)) == 2
    assert sorted(shortest_tour([(0, 0)] * 15)) == list(range(15))


def test_arrays_and_decimals_are_points_too():
    expected = shortest_tour(EIL51)
    assert shortest_tour(np.array(EIL51)) == expected
    assert shortest_tour([(Decimal(x), str(y)) for x, y in EIL51]) == expected


@pytest.mark.parametrize(
    ("points", "options", "says"),
    [
        ([(0, 0), (1, math.nan)], {}, "point 1 is not finite"),
        ([(0, math.inf)], {}, "point 0 is not finite"),
        ([(0, 0, 0)], {}, "point 0 is not a pair"),
        ([(0, 0), (1, None)], {}, "point 1 is not a pair"),
        ([3], {}, "point 0 is not a pair"),
        ([(30, 120)], {"geographic": True}, "not a longitude and latitude"),
        ([(0, 0)], {"start": 1}, "start 1"),
        ([(0, 0)], {"start": -1}, "start -1"),
        ([(0, 0)] * (MOST_POINTS + 1), {}, "too many"),
    ],
)
def test_bad_points_are_refused(points, options, says):
    with pytest.raises(ValueError, match=says):
        shortest_tour(points, **options)

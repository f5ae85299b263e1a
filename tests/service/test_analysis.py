import math
import random
import time
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from service.analysis import (
    Quadrant,
    allocation,
    cut_lines,
    derived_importance,
    margin_of_error,
    quadrants,
    standard_error,
    stratified_sample,
    student_quantile,
)

# An automobile dealer's service department, importance and performance on a scale of four:
# J. A. Martilla and J. C. James, Importance-performance analysis, Journal of Marketing 41 (1977) 77–79; its grid as
# drawn in P. Kotler and K. L. Keller, Marketing Management, 14th ed. 2012, table 13.2 and figure 13.5 (pp. 367–368):
# page 367 says in words that attribute 1 has 3.83 and 2.63, and that quadrant A holds 1, 2 and 9.
DEALER = {
    1: ("Job done right the first time", 3.83, 2.63),
    2: ("Fast action on complaints", 3.63, 2.73),
    3: ("Prompt warranty work", 3.60, 3.15),
    4: ("Able to do any job needed", 3.56, 3.00),
    5: ("Service available when needed", 3.41, 3.05),
    6: ("Courteous and friendly service", 3.41, 3.29),
    7: ("Car ready when promised", 3.38, 3.03),
    8: ("Perform only necessary work", 3.37, 3.11),
    9: ("Low prices on service", 3.29, 2.00),
    10: ("Clean up after service work", 3.27, 3.02),
    11: ("Convenient to home", 2.52, 2.25),
    12: ("Convenient to work", 2.43, 2.49),
    13: ("Courtesy buses and rental cars", 2.37, 2.35),
    14: ("Send out maintenance notices", 2.05, 3.33),
}
IMPORTANCE = {number: importance for number, (_name, importance, _performance) in DEALER.items()}
PERFORMANCE = {number: performance for number, (_name, _importance, performance) in DEALER.items()}


def test_the_published_example():
    """Every attribute lies in the field of the published figure: A has 1, 2 and 9, C has 11 to 13, D has 14 alone."""
    found = quadrants(IMPORTANCE, PERFORMANCE)
    fields = {quadrant: [number for number in DEALER if found[number] == quadrant] for quadrant in Quadrant}
    assert fields == {
        Quadrant.CONCENTRATE: [1, 2, 9],
        Quadrant.KEEP_UP: [3, 4, 5, 6, 7, 8, 10],
        Quadrant.LOW_PRIORITY: [11, 12, 13],
        Quadrant.OVERKILL: [14],
    }
    assert cut_lines(IMPORTANCE, PERFORMANCE) == pytest.approx((44.12 / 14, 39.43 / 14))


def test_sequences_give_a_list_in_their_order():
    by_number = quadrants(IMPORTANCE, PERFORMANCE)
    assert quadrants(list(IMPORTANCE.values()), tuple(PERFORMANCE.values())) == list(by_number.values())
    assert quadrants(np.array(list(IMPORTANCE.values())), np.array(list(PERFORMANCE.values()))) == list(
        by_number.values()
    )


def test_given_lines_and_medians():
    importance, performance = {"price": 4, "speed": 2}, {"speed": 4, "price": 3}
    assert quadrants(importance, performance, lines=(3, 3.5)) == {"price": "concentrate", "speed": "overkill"}
    assert quadrants(importance, performance, lines=(Decimal(1), 1)) == {"price": "keep_up", "speed": "keep_up"}
    assert quadrants([1, 2, 30], [9, 8, 1], lines="median") == ["overkill", "keep_up", "concentrate"]
    assert quadrants([1, 2, 30], [9, 8, 1]) == ["overkill", "overkill", "concentrate"]


def test_a_value_on_its_line_counts_as_high():
    assert quadrants([3, 3], [4, 2], lines=(3, 3)) == ["keep_up", "concentrate"]
    assert quadrants([0.1] * 3, [0.7] * 3) == ["keep_up"] * 3
    assert quadrants([Decimal("4.1")] * 7, [Decimal("3.3")] * 7) == ["keep_up"] * 7


def test_nothing_asked():
    assert quadrants({}, {}) == {}
    assert quadrants([], []) == []
    assert all(map(math.isnan, cut_lines([], [])))
    assert cut_lines([], [], (2, 3)) == (2, 3)


def test_one_attribute_lies_on_its_own_means():
    assert quadrants([2], [1]) == ["keep_up"]
    assert quadrants({"price": -3}, {"price": 0}, "median") == {"price": "keep_up"}
    assert quadrants({"price": 2}, {"price": 1}, (3, 3)) == {"price": "low_priority"}


def test_any_ordered_numbers_will_do():
    expected = ["low_priority", "keep_up"]
    values = {"a": 1, "b": 5}
    assert quadrants(values.values(), (value for value in (1, 5))) == expected
    assert quadrants((Fraction(1, 3), Decimal("0.5")), np.array([1, 5])) == expected
    assert quadrants([1e308, 1.7e308], [-1e-300, 1e-300]) == expected  # neither sum overflows nor tiny ones meet
    assert quadrants([1, 5], [1, 5], [5, 5]) == expected
    assert quadrants([1, 5], [1, 5], None) == expected


@pytest.mark.parametrize(
    ("importance", "performance", "lines", "says"),
    [
        ({"price": 1}, {"speed": 1}, "mean", r"\['price', 'speed'\]"),
        ([1, 2], [1], "mean", "2 importances but 1 performances"),
        ({"price": 1}, [1], "mean", "both be"),
        ({"price": None}, {"price": 1}, "mean", "importance of price is not a number"),
        ([1, 2], [1, math.nan], "mean", "performance of 1 is not a number"),
        ([1, math.inf], [1, 2], "mean", "importance of 1 is not a number"),
        ([1, "2"], [1, 2], "mean", "importance of 1 is not a number"),
        ([1, True], [1, 2], "mean", "importance of 1 is not a number"),
        ([1, 10**400], [1, 2], "mean", "importance of 1 is not a number"),
        ([[1, 2]], [[1, 2]], "mean", "importance of 0 is not a number"),
        ({1, 2}, {1, 2}, "mean", "importance must be a mapping or a sequence of numbers, not a set"),
        ([1, 2], "12", "mean", "performance must be a mapping or a sequence of numbers, not a str"),
        (3, [1], "mean", "importance must be a mapping or a sequence of numbers, not 3"),
        (None, None, "mean", "not None"),
        ([1], [1], "mode", "mean"),
        ([1], [1], (1, None), "performance line is not a number"),
        ([1], [1], (math.nan, 1), "importance line is not a number"),
        ([1], [1], (1,), "lines must be a pair"),
        ([1], [1], (1, 2, 3), "lines must be a pair"),
        ([1], [1], 3, "lines must be a pair"),
        ([1], [1], {"importance": 1, "performance": 2}, "not a mapping"),
    ],
)
def test_unequal_or_missing_values_are_refused(importance, performance, lines, says):
    with pytest.raises(ValueError, match=says):
        quadrants(importance, performance, lines=lines)


marks = st.floats(1, 5)


@settings(max_examples=40)
@given(st.dictionaries(st.text(max_size=3), st.tuples(marks, marks), min_size=1, max_size=20))
def test_every_attribute_has_one_quadrant_whatever_the_order_and_the_unit(values):
    importance = {key: pair[0] for key, pair in values.items()}
    performance = {key: pair[1] for key, pair in values.items()}
    found = quadrants(importance, performance)
    assert set(found) == set(values)
    backwards = dict(reversed(performance.items()))
    assert quadrants(dict(reversed(importance.items())), backwards) == found
    highest = max(importance, key=importance.get)
    assert found[highest] in (Quadrant.CONCENTRATE, Quadrant.KEEP_UP)
    assert quadrants({key: 20 * mark for key, mark in importance.items()}, performance) == found


# F. J. Anscombe, Graphs in statistical analysis, The American Statistician 27 (1973) 17–21, data set 1: r = 0.816.
ANSCOMBE = (
    [10, 8, 13, 9, 11, 14, 6, 4, 12, 7, 5],
    [8.04, 6.95, 7.58, 8.81, 8.33, 9.96, 7.24, 4.26, 10.84, 4.82, 5.68],
)


def test_published_correlation():
    (found,) = derived_importance([[x] for x in ANSCOMBE[0]], ANSCOMBE[1])
    assert round(found.pearson, 3) == 0.816
    assert found.n == 11
    # 1 − 6 Σd² / (n³ − n) holds without ties.
    ranks = [sorted(values) for values in ANSCOMBE]
    d2 = sum((ranks[0].index(x) - ranks[1].index(y)) ** 2 for x, y in zip(*ANSCOMBE, strict=True))
    assert found.spearman == pytest.approx(1 - 6 * d2 / (11**3 - 11))


def test_spearman_shares_ranks_among_ties():
    # Ranks 1.5, 1.5, 3, 4 against 1, 2, 3.5, 3.5: Σxy 4, Σx² 4.5 and Σy² 4.5 about the mean.
    found = derived_importance({"speed": [2, 2, 3, 5]}, [1, 2, 4, 4])
    assert found["speed"].spearman == pytest.approx(4 / 4.5)


def test_missing_answers_leave_out_their_pair_alone():
    answers = {
        "speed": [1, 2, None, 4, 5],
        "manner": [5, math.nan, 3, 2, None],
        "price": [3, 3, 3, 3, 3],
        "place": [1, None, None, None, None],
    }
    found = derived_importance(answers, [1, 2, 3, 4, None])
    assert (found["speed"].pearson, found["speed"].n) == (pytest.approx(1), 3)
    assert (found["manner"].spearman, found["manner"].n) == (pytest.approx(-1), 3)
    assert (found["price"].pearson, found["price"].spearman, found["price"].n) == (None, None, 4)
    assert (found["place"].pearson, found["place"].n) == (None, 1)
    with pytest.raises(ValueError, match="2 answers about speed but 3 overall"):
        derived_importance({"speed": [1, 2]}, [1, 2, 3])


@given(st.lists(st.tuples(st.integers(1, 5), st.integers(1, 5)), min_size=3, max_size=40))
def test_correlations_are_bounded_symmetric_and_spearman_knows_only_order(pairs):
    x, y = [pair[0] for pair in pairs], [pair[1] for pair in pairs]
    here, there = derived_importance({0: x}, y)[0], derived_importance({0: y}, x)[0]
    assert (here.pearson is None) == (len(set(x)) == 1 or len(set(y)) == 1)
    if here.pearson is not None:
        assert -1 <= here.pearson <= 1
        assert -1 <= here.spearman <= 1
        assert (there.pearson, there.spearman) == (pytest.approx(here.pearson), pytest.approx(here.spearman))
        assert here.pearson == pytest.approx(np.corrcoef(x, y)[0, 1])
        assert derived_importance({0: [mark**3 for mark in x]}, y)[0].spearman == pytest.approx(here.spearman)


# Signatures on 50 of 676 petition sheets: W. G. Cochran, Sampling Techniques, 3rd ed. 1977, table 2.1.
SIGNATURES = "42*23 41*4 36 32 29 27*2 23 19 16*2 15*2 14 11 10 9 7 6*3 5*2 4 3"
PETITION = []
for entry in SIGNATURES.split():
    signatures, _times, sheets = entry.partition("*")
    PETITION += [int(signatures)] * int(sheets or 1)


def test_published_margin_of_error():
    """Cochran: 19,888 signatures, 80 % limits 18,107 and 21,669 with the normal deviate 1.28."""
    total, error = 676 * np.mean(PETITION), 676 * standard_error(PETITION, 676)
    assert round(total) == 19_888
    assert (total - 1.28 * error, total + 1.28 * error) == pytest.approx((18_107, 21_669), abs=1.5)
    margin = margin_of_error(PETITION, 676, confidence=0.8)
    assert 676 * margin == pytest.approx(1.2991 * error, rel=1e-4)  # Student's deviate of 49 degrees


@pytest.mark.parametrize(
    ("degrees", "quantile"),
    [(1, 12.706), (2, 4.303), (3, 3.182), (4, 2.776), (9, 2.262), (10, 2.228), (30, 2.042), (60, 2.000), (120, 1.980)],
)
def test_published_quantiles_of_student(degrees, quantile):
    assert round(student_quantile(0.95, degrees), 3) == quantile


def test_the_expansion_continues_the_exact_quantiles():
    exact, beyond = student_quantile(0.99, 199), student_quantile(0.99, 200)
    assert 0 < exact - beyond < 2e-4
    assert round(beyond, 4) == 2.6006
    assert student_quantile(0.95, 10**9) == pytest.approx(1.959964, abs=1e-6)
    for confidence, degrees in ((0, 5), (1, 5), (0.9, 0)):
        with pytest.raises(ValueError):
            student_quantile(confidence, degrees)


def test_margins_at_the_edges():
    assert margin_of_error([], 10) is None
    assert margin_of_error([4], 10) is None
    assert margin_of_error([4], 1) == 0
    assert margin_of_error([1, 5], 2) == 0  # everybody answered
    assert margin_of_error([4, 4, 4], 9) == 0
    with pytest.raises(ValueError, match="sample of 2 from a population of 1"):
        margin_of_error([1, 2], 1)
    with pytest.raises(ValueError, match="missing"):
        margin_of_error([1, None], 5)


@given(st.lists(st.integers(1, 5), min_size=2, max_size=30).filter(lambda marks: len(set(marks)) > 1))
def test_the_more_are_asked_the_smaller_the_margin(values):
    n = len(values)
    margins = [margin_of_error(values, population) for population in (n, n + 1, 2 * n, 100 * n)]
    assert margins == sorted(margins)
    assert margin_of_error(values, 100 * n, confidence=0.99) > margins[-1]


strata = st.dictionaries(st.sampled_from("ABCDEFG"), st.sets(st.integers(0, 10_000), max_size=60), max_size=7)


@given(strata, st.sampled_from(("0.05", "0.2", 0.29, Fraction(1, 3), Decimal("0.5"), 1)), st.integers(0, 3))
def test_shares_are_proportional_complete_and_never_more_than_there_are(groups, share, least):
    sizes = {key: len(ids) for key, ids in groups.items()}
    counts = allocation(sizes, share, least=least)
    part = Fraction(str(share))
    for key, size in sizes.items():
        assert min(size, least) <= counts[key] <= size
        assert abs(counts[key] - size * part) < 1 or counts[key] == min(size, least)
    if least == 0:
        assert sum(counts.values()) == math.ceil(sum(sizes.values()) * part)


def test_rounding_of_shares_is_exact():
    assert allocation({"A": 100}, 0.29, least=0) == {"A": 29}
    assert allocation({"A": 100, "B": 300, "C": 7}, "0.05") == {"A": 5, "B": 15, "C": 1}
    assert allocation({"A": 10, "B": 10, "C": 10}, "0.05", least=0) == {"A": 1, "B": 1, "C": 0}
    for share in (0, 1.1, -0.1):
        with pytest.raises(ValueError, match="share"):
            allocation({"A": 1}, share)


@given(strata, st.integers(0, 99), st.randoms(use_true_random=False))
def test_anyone_can_redo_a_draw(groups, seed, rng):
    drawn = stratified_sample({key: sorted(ids) for key, ids in groups.items()}, "0.2", seed)
    shuffled = {key: rng.sample(sorted(ids), len(ids)) for key, ids in reversed(groups.items())}
    assert stratified_sample(shuffled, "0.2", seed) == drawn
    assert {key: len(ids) for key, ids in drawn.items()} == allocation(
        {key: len(ids) for key, ids in groups.items()}, "0.2"
    )
    for key, ids in drawn.items():
        assert set(ids) <= groups[key]
        assert len(set(ids)) == len(ids)


def test_a_draw_is_fair_and_depends_on_the_seed():
    clients = list(range(100))
    times = dict.fromkeys(clients, 0)
    for seed in range(400):
        for client in stratified_sample({"A": clients}, "0.1", seed)["A"]:
            times[client] += 1
    # 400 draws of 10 %: 40 expected, standard deviation 6.
    assert all(40 - 5 * 6 < count < 40 + 5 * 6 for count in times.values())
    assert stratified_sample({"A": clients}, "0.1", 1) != stratified_sample({"A": clients}, "0.1", 2)


def test_the_draw_of_a_known_seed():
    # The order of: printf '%s:%s' 2026 7 | sha256sum, and so on. It must never change: draws are on record.
    assert stratified_sample({"A": range(1, 11)}, 1, 2026)["A"][:3] == [9, 1, 6]


def test_a_survey_of_6200_answers_is_analysed_whole(record_property):
    rng = random.Random(1)
    overall = [rng.randint(1, 5) for _answer in range(6200)]
    names = [f"q{number}" for number in range(9)]
    satisfied = {name: [min(5, max(1, mark + rng.randint(-2, 2))) for mark in overall] for name in names}
    important = {name: [rng.choice((1, 2, 3, 4, 5, None)) for _answer in overall] for name in names}
    managers = [rng.randrange(300) for _answer in overall]

    began = time.process_time()
    derived = derived_importance(satisfied, overall)
    stated = {name: np.nanmean(np.array(marks, dtype=float)) for name, marks in important.items()}
    performance = {name: np.mean(marks) for name, marks in satisfied.items()}
    found = [
        quadrants(stated, performance),
        quadrants({name: one.pearson for name, one in derived.items()}, performance),
    ]
    margins = {name: margin_of_error(marks, 124_000) for name, marks in satisfied.items()}
    columns = {name: np.array(marks) for name, marks in satisfied.items()}
    who = np.array(managers)
    by_manager = {
        (manager, name): margin_of_error(columns[name][who == manager], 400) for manager in range(300) for name in names
    }
    record_property("cpu_seconds", time.process_time() - began)
    assert all(len(quadrant) == 9 for quadrant in found)
    assert all(0.02 < margin < 0.05 for margin in margins.values())
    assert len(by_manager) == 2700

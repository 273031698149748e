from random import Random

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import fisher_exact

from persona.checks.fairness import by_chance, fairness
from persona.policy.fairness import Fairness

RULES = {"watched": [{"id": "sex", "by": "gender", "source": "law"}]}


def _book(*groups, given=None):
    """A row a customer: (group, customers, chosen, score)."""
    rows = [
        {"watched_sex": group, "chosen": n < chosen, "p": score, "given": given, "price": None}
        for group, customers, chosen, score in groups
        for n in range(customers)
    ]
    schema = {"watched_sex": pl.String, "chosen": pl.Boolean, "p": pl.Float64, "given": pl.String, "price": pl.Float64}
    return pl.DataFrame(rows, schema=schema)


def _measured(book, **changes):
    return fairness(book, Fairness.model_validate({**RULES, **changes}), offer="loan")


def test_the_impact_ratio_is_the_share_chosen_over_that_of_the_group_chosen_most():
    (one,) = _measured(_book(("f", 100, 20, 0.1), ("m", 200, 80, 0.1)))
    assert (one.group, one.reference, one.customers, one.chosen) == ("f", "m", 100, 20)
    assert (one.impact_ratio, one.p_value, one.mean_difference) == (0.5, 0.0005, 0.0)
    assert one.breaches == ("impact_ratio",)


@pytest.mark.parametrize(
    ("chosen", "breaches"), [((32, 80), ()), ((30, 80), ()), ((20, 80), ("impact_ratio",)), ((40, 80), ())]
)
def test_four_fifths_are_kept_and_less_is_a_breach_only_where_chance_would_not_do_it(chosen, breaches):
    found = _measured(_book(("f", 100, chosen[0], None), ("m", 200, chosen[1], None)))
    assert [one.breaches for one in found] == [breaches]


def test_a_group_below_the_least_is_counted_and_not_measured():
    (one,) = _measured(_book(("f", 29, 0, 0.1), ("m", 200, 80, 0.1), ("x", 40, 16, 0.1)))[:1]
    assert (one.group, one.customers, one.impact_ratio, one.breaches) == ("f", 29, None, ())


def test_who_is_in_no_group_is_left_out():
    assert _measured(_book((None, 500, 0, 0.1), ("m", 200, 80, 0.1))) == ()


def test_where_nobody_is_chosen_there_is_no_ratio():
    (one,) = _measured(_book(("f", 100, 0, None), ("m", 200, 0, None)))
    assert (one.impact_ratio, one.p_value, one.breaches) == (None, None, ())


def test_scores_that_differ_by_a_standard_deviation_are_a_breach():
    said = (("f", 20, 0.10), ("f", 20, 0.12), ("m", 25, 0.12), ("m", 25, 0.14))
    book = pl.concat([_book((group, 50, chosen, p)) for group, chosen, p in said])
    (one,) = _measured(book)
    assert one.mean_difference == pytest.approx(-1.99, abs=0.001)
    assert one.breaches == ("mean_difference",)


def _priced(**counts):
    """Who is told which price: ``f=(low, high)`` counts those of the group at the lowest and at the highest."""
    rows = [(group, True, place) for group, both in counts.items() for place in (0, 1) for _ in range(both[place])]
    book = pl.DataFrame(rows, {"watched_sex": pl.String, "chosen": pl.Boolean, "price": pl.Float64}, orient="row")
    return book.with_columns(p=pl.lit(0.1), given=pl.lit(None, pl.String))


@pytest.mark.parametrize(
    ("counts", "differ", "breaches"),
    [
        # Means .25 and .5; within the groups 40 * .1875 + 100 * .25 over 138: a spread of .4854.
        ({"f": (30, 10), "m": (50, 50)}, 0.5152, ("price_difference",)),
        ({"f": (20, 20), "m": (50, 50)}, 0.0, ()),
        # .375 beside .5 is a quarter of a spread.
        ({"f": (25, 15), "m": (50, 50)}, 0.2505, ()),
        # More than half a spread, and p = .03; two fifths, and p = .11: chance would do it.
        ({"f": (23, 7), "m": (15, 15)}, 0.5662, ("price_difference",)),
        ({"f": (22, 8), "m": (16, 14)}, 0.4171, ()),
    ],
)
def test_prices_of_a_group_that_lie_apart_are_a_breach_where_chance_would_not_do_it(counts, differ, breaches):
    (one,) = _measured(_priced(**counts))
    assert (one.price_difference, one.breaches) == (differ, breaches)


def test_prices_of_fewer_than_the_least_are_not_measured():
    silent = _book(("f", 20, 0, 0.1), ("m", 20, 0, 0.1)).select(_priced(f=(1, 1)).columns)
    (one,) = _measured(pl.concat([_priced(f=(29, 0), m=(0, 50)), silent]))
    assert one.price_difference is None


def test_one_price_for_one_group_and_another_for_the_other_is_a_breach():
    (one,) = _measured(_priced(f=(40, 0), m=(0, 40)))
    assert one.breaches == ("price_difference",)


def test_among_equals_a_difference_that_lies_in_the_mix_is_gone():
    low = [_book(("f", 80, 8, None), ("m", 20, 2, None), given="low")]
    high = [_book(("f", 20, 10, None), ("m", 80, 40, None), given="high")]
    (one,) = _measured(pl.concat(low + high))
    assert one.impact_ratio == round((18 / 100) / (42 / 100), 4)
    assert one.conditional_ratio == 1.0
    assert one.breaches == ("impact_ratio",)


@given(st.integers(0, 12), st.integers(0, 30), st.integers(0, 12), st.integers(0, 30))
def test_small_counts_are_told_from_chance_as_fishers_test_does(a, b, c, d):
    if (a + c) * (b + d) and a + b and c + d and min((a + c) * (a + b), (a + c) * (c + d)) < 5 * (a + b + c + d):
        wanted = fisher_exact([[a, b], [c, d]])[1]
        assert by_chance(a + b, a, c + d, c) == pytest.approx(wanted, abs=1e-6)


@pytest.mark.parametrize("ratio", [0.5, 0.75, 0.8, 0.9, 1.0])
def test_a_known_ratio_is_found_to_half_a_hundredth(ratio):
    most = 40_000
    (one,) = _measured(_book(("f", most, round(most * 0.2 * ratio), None), ("m", most, round(most * 0.2), None))) or [
        None
    ]
    assert one.impact_ratio == pytest.approx(ratio, abs=0.005)


@settings(max_examples=20)
@given(st.integers(0, 1000))
def test_the_order_of_rows_means_nothing(seed):
    book = _book(("f", 40, 9, 0.11), ("m", 60, 30, 0.13), ("x", 35, 20, 0.1))
    rows = list(range(book.height))
    Random(seed).shuffle(rows)  # noqa: S311 - an order
    assert _measured(book[rows]) == _measured(book)

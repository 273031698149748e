from datetime import date, timedelta

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from persona.scores.habits import habits_of
from persona.scores.next_purchase import HORIZONS, _windows, chances_by, fit_next_purchase, next_purchase
from persona.scores.occasions import occasions

AS_OF = date(2026, 7, 1)


def book(customers=900, *, days=600, seed=9):
    """Purchases of customers of whom each buys every so many days, give or take."""
    rng = np.random.default_rng(seed)
    who, ages = [], []
    for number in range(1, customers + 1):
        gap = rng.gamma(6.0, 12.0)
        # A long run-in, so that the customers' beats are out of step with each other when the book begins.
        days_on = np.cumsum(rng.gamma(6.0, gap / 6.0, 400)) - 1_000
        kept = np.unique((days - days_on[(days_on > 0) & (days_on < days)]).astype(int))
        who += [number] * len(kept)
        ages += kept.tolist()
    booked_on = [AS_OF - timedelta(days=max(age, 1)) for age in ages]
    return pl.DataFrame({"customer_no": who, "booked_on": booked_on, "spent_minor": 1_000})


@pytest.fixture(scope="module")
def bought():
    return book()


@pytest.fixture(scope="module")
def fitted(bought):
    return fit_next_purchase(occasions(range(1, 902), bought, as_of=AS_OF), as_of=AS_OF, what="books")


def test_windows_hold_as_often_as_they_promise(bought):
    start = AS_OF - timedelta(days=90)
    seen = occasions(range(1, 902), bought, as_of=start)
    model, _ = fit_next_purchase(seen, as_of=start, what="books")
    told = next_purchase(habits_of(seen), model, name="books").drop_nulls()
    after = bought.filter(pl.col("booked_on") >= start).group_by("customer_no").agg(pl.col("booked_on").min())
    ahead = told.join(after, on="customer_no", how="left").with_columns(
        ahead=(pl.col("booked_on") - pl.lit(start)).dt.total_days()
    )
    is_inside = (pl.col("next_books_from_days") <= pl.col("ahead")) & (
        pl.col("ahead") < pl.col("next_books_until_days")
    )
    held = ahead.select(is_inside.fill_null(False).sum()).item()
    assert told.height > 300
    assert held == pytest.approx(told["next_books_p"].sum(), rel=0.1)


def test_the_beat_of_a_customer_foretells_better_than_the_beat_of_the_book(fitted):
    _, card = fitted
    assert card.model == "next purchase: books"
    assert card.measured.skill > 0.05


def test_who_bought_yesterday_after_a_long_beat_is_foretold_later_than_who_is_due(fitted):
    beat = [(1, age) for age in range(1, 400, 60)] + [(2, age) for age in range(55, 400, 60)]
    who, ages = zip(*beat, strict=True)
    rows = {"customer_no": who, "booked_on": [AS_OF - timedelta(days=age) for age in ages], "spent_minor": 1_000}
    chances = chances_by(habits_of(occasions([1, 2], pl.DataFrame(rows), as_of=AS_OF)), fitted[0])
    assert chances[0, HORIZONS.index(14)] < chances[1, HORIZONS.index(14)]


@pytest.mark.parametrize(
    ("by", "window"),
    [
        ((0.6, 0.7, 0.8, 0.9, 1.0), (0, 7, 0.6)),
        ((0.1, 0.2, 0.8, 0.9, 1.0), (14, 30, 0.6)),
        ((0.1, 0.2, 0.3, 0.4, 0.45), (0, 0, 0.45)),
        ((0.0, 0.5, 0.5, 0.5, 1.0), (7, 14, 0.5)),
        ((0.0, 0.0, 0.0, 0.5, 1.0), (30, 60, 0.5)),
    ],
)
def test_the_narrowest_likely_window_is_told_and_of_equals_the_first(by, window):
    start, end, chance = _windows(np.array([by]))
    assert (start[0], end[0], chance[0]) == (window[0] if window[1] else start[0], *window[1:])


@given(st.lists(st.floats(0, 1), min_size=5, max_size=5), st.floats(0.5, 1.5))
def test_a_window_told_is_likelier_than_not_at_its_level(steps, level):
    by = np.maximum.accumulate(np.array([steps]), axis=1)
    start, end, chance = _windows(by, level)
    assert end[0] == 0 or (start[0] < end[0] and 0.5 <= chance[0] <= 1)
    assert (end[0] > 0) >= (by[0, -1].round(6) >= 0.5)


def test_where_windows_held_less_than_promised_wider_ones_are_told():
    by = np.array([[0.1, 0.2, 0.7, 0.8, 0.9]])
    assert [int(one[0]) for one in _windows(by)[:2]] == [14, 30]
    start, end, chance = _windows(by, 0.75)
    assert (int(start[0]), int(end[0]), float(chance[0])) == (0, 30, 0.525)


def test_a_batch_has_the_same_windows_as_the_whole_book_and_who_never_bought_has_none(bought, fitted):
    whole = next_purchase(habits_of(occasions(range(1, 902), bought, as_of=AS_OF)), fitted[0], name="books")
    part = next_purchase(habits_of(occasions(range(880, 902), bought.reverse(), as_of=AS_OF)), fitted[0], name="books")
    assert_frame_equal(part, whole.tail(22))
    assert whole.row(-1) == (901, None, None, None)


def test_without_anyone_who_bought_twice_nothing_is_told(bought):
    once = bought.group_by("customer_no").agg(pl.col("booked_on").max(), pl.col("spent_minor").sum())
    seen = occasions(range(1, 4), once, as_of=AS_OF)
    model, card = fit_next_purchase(seen, as_of=AS_OF, what="books")
    assert (model, card.not_trusted_because) == (None, ("nobody has bought on two days",))
    schema = {
        "customer_no": pl.Int64,
        "next_books_from_days": pl.Int64,
        "next_books_until_days": pl.Int64,
        "next_books_p": pl.Float64,
    }
    expected = pl.DataFrame({"customer_no": [1, 2, 3]} | dict.fromkeys(list(schema)[1:]), schema=schema)
    assert_frame_equal(next_purchase(habits_of(seen), model, name="books"), expected)


def test_terms_that_have_moved_far_give_way_to_the_renewals_alone(bought):
    recent = pl.col("booked_on") >= AS_OF - timedelta(days=90)
    dearer = bought.with_columns(spent_minor=pl.when(recent).then(pl.lit(90_000)).otherwise("spent_minor"))
    model, card = fit_next_purchase(occasions(range(1, 902), dearer, as_of=AS_OF), as_of=AS_OF, what="books")
    assert () in model.coefficients
    assert "has moved far since it was learnt from" in " ".join(card.not_trusted_because)
    assert card.drift["usual amount"].is_severe

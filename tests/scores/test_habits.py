"""Habits: appended, folded at once and folded anew are the same to the byte, however the days came into nights."""

from datetime import date, timedelta
from itertools import pairwise

import numpy as np
import polars as pl
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from persona.scores.habits import continued, habits_back, habits_of, kept_habits, table_of
from persona.scores.occasions import occasions, occasions_by

AS_OF = date(2026, 7, 1)
FIRST = date(2024, 1, 1)
KINDS = {"all": pl.lit(value=True), "travel": pl.col("category").is_in(["travel.air"])}
SCHEMA = {"customer_no": pl.Int64, "booked_on": pl.Date, "spent_minor": pl.Int64, "category": pl.String}
ROW = st.tuples(
    st.sampled_from([1, 2, 5]),
    st.integers(-9_000, 1_500),
    st.integers(1, 2**40),
    st.sampled_from(["travel.air", "dining", None]),
)
ROWS = st.lists(ROW, max_size=40)
NIGHTS = st.lists(st.integers(-1_000, 1_600), min_size=2, max_size=5, unique=True).map(sorted)
MONTHLY = [(1, day, 999 + day, "dining") for day in range(-900, 1_500, 30)]


def day(number):
    return FIRST + timedelta(days=number)


def said(rows):
    made = [(who, day(number), spent, word) for who, number, spent, word in rows]
    return pl.DataFrame(made, schema=SCHEMA, orient="row")


def table(rows, until, behind=0):
    """The habits before a day of all rows at once, or as they were some days before it."""
    seen = occasions_by([1, 2, 5], said(rows), KINDS, as_of=day(until))
    return table_of({name: habits_of(one.earlier(behind) if behind else one) for name, one in seen.items()})


def night(kept, rows, start, until):
    """The table of a night that reads only the rows of new days."""
    new = said(rows).filter(pl.col("booked_on").is_between(day(start), day(until), closed="left"))
    seen = occasions_by([1, 2, 5], new, KINDS, as_of=day(until))
    return table_of({name: continued(kept_habits(kept, name, as_of=day(start)), one) for name, one in seen.items()})


@settings(max_examples=60, deadline=None)
@given(ROWS, NIGHTS)
@example(MONTHLY, [-900, 0, 640, 641, 1_500])
def test_habits_that_many_nights_added_to_are_those_folded_at_once(rows, nights):
    kept = table(rows, nights[0])
    for start, until in pairwise(nights):
        kept = night(kept, rows, start, until)
    assert_frame_equal(kept, table(rows, nights[-1]), check_exact=True)


@settings(max_examples=30, deadline=None)
@given(ROWS, NIGHTS)
def test_habits_that_run_ninety_days_behind_are_those_of_ninety_days_before(rows, nights):
    kept = table(rows, nights[0], behind=90)
    for start, until in pairwise(nights):
        kept = night(kept, rows, start - 90, until - 90)
    assert_frame_equal(kept, table(rows, nights[-1], behind=90), check_exact=True)
    assert_frame_equal(kept, table(rows, nights[-1] - 90), check_exact=True)


@settings(max_examples=30, deadline=None)
@given(ROWS)
def test_habits_of_before_and_of_now_in_one_go_are_each_those_of_its_own_day(rows):
    seen = occasions([1, 2, 5], said(rows), as_of=day(1_500))
    for days, made in zip((180, 90, 0), habits_back(seen, 180, 90, 0), strict=True):
        alone = habits_of(occasions([1, 2, 5], said(rows), as_of=day(1_500 - days)))
        assert_frame_equal(table_of({"all": made}), table_of({"all": alone}), check_exact=True)


@settings(max_examples=30, deadline=None)
@given(ROWS, st.lists(ROW, min_size=1, max_size=5), st.integers(0, 1_400), st.integers(1, 100), st.randoms())
def test_who_has_late_rows_is_folded_anew_beside_those_who_are_followed(rows, late, start, days, chance):
    both = rows + late
    chance.shuffle(both)
    touched, until = {who for who, *_ in late}, start + days
    stays = table(rows, start).filter(~pl.col("customer_no").is_in(touched))
    kept = pl.DataFrame({"customer_no": [1, 2, 5]}).join(stays, on="customer_no", how="left", maintain_order="left")
    read = [row for row in both if row[0] in touched or row[1] >= start]
    seen = occasions_by([1, 2, 5], said(read), KINDS, as_of=day(until))
    made = {name: continued(kept_habits(kept, name, as_of=day(start)), one) for name, one in seen.items()}
    assert_frame_equal(table_of(made), table(both, until), check_exact=True)


BOUGHT = pl.DataFrame(
    {
        "customer_no": [1, 1, 1, 2],
        "booked_on": [AS_OF - timedelta(days=age) for age in (30, 10, 10, 1)],
        "spent_minor": [300, 100, 50, 500],
    }
)


@pytest.fixture
def seen():
    return habits_of(occasions([1, 2, 3], BOUGHT, as_of=AS_OF))


def test_first_last_and_count_say_minus_one_and_none_of_who_never_bought(seen):
    assert seen.first_age().tolist() == [30, 1, -1]
    assert seen.last_age().tolist() == [10, 1, -1]
    assert (seen.count.tolist(), seen.spent_minor.tolist()) == ([2, 1, 0], [450, 500, 0])


def test_a_gap_runs_between_two_occasions_of_one_customer(seen):
    number, days = seen.gaps()
    assert (number.tolist(), days.tolist()) == ([1, 0, 0], [20, 0, 0])
    assert (seen.squares.tolist(), seen.longest.tolist()) == ([400, 0, 0], [20, 0, 0])


def test_a_history_runs_from_the_first_occasion(seen):
    history = seen.histories()
    assert history.repeats.tolist() == [1, 0, 0]
    assert history.recency.tolist() == [20, 0, 0]
    assert history.age.tolist() == [30, 1, 0]


@pytest.mark.parametrize("half_life", [7, 30, 90, 180])
def test_a_half_life_halves(seen, half_life):
    old, recent = 0.5 ** (30 / half_life), 0.5 ** (10 / half_life)
    times, sums = seen.faded(half_life)
    assert times.tolist() == pytest.approx([old + recent, 0.5 ** (1 / half_life), 0])
    assert sums.tolist() == pytest.approx([300 * old + 150 * recent, 500 * 0.5 ** (1 / half_life), 0])


@pytest.mark.parametrize("booked_on", [date(1900, 1, 1), date(1, 1, 1)])
def test_a_purchase_of_long_ago_is_counted_and_weighs_nothing(booked_on):
    long_ago = habits_of(occasions([1], BOUGHT.head(1).with_columns(booked_on=pl.lit(booked_on)), as_of=AS_OF))
    assert (long_ago.count[0], long_ago.first_age()[0]) == (1, (AS_OF - booked_on).days)
    assert long_ago.faded(7)[0][0] == 0


def test_habits_of_nobody_and_of_nothing_are_habits():
    for customers in ([], [3]):
        none = habits_of(occasions(customers, BOUGHT.clear(), as_of=AS_OF))
        kept = kept_habits(table_of({"all": none}), "all", as_of=AS_OF)
        assert_frame_equal(table_of({"all": kept}), table_of({"all": none}))
        assert (none.count.tolist(), np.sum(none.times)) == ([0] * len(customers), 0)

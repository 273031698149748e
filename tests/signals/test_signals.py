from datetime import date, timedelta

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from persona.clock import AsOf
from persona.signals import Book, at_shops, folded, habits, lines, regular_shops, signals, streams
from persona.tables import CANONICAL
from persona.tables.profile import signals as contract_of

BOOK = Book(7.0, tuple(range(24)), (1, 2, 3, 4, 5, 6, 7))
WORDS = {"categories": ("dining", "travel", "travel.air"), "subjects": ("mortgage",), "topics": ("reward",)}
CUSTOMERS = pl.DataFrame({"customer_no": [1, 2, 3, 9]})
BOOKED = {
    "customer_no": pl.Int64,
    "age": pl.Int64,
    "amount_minor": pl.Int64,
    "category": pl.String,
    "merchant": pl.String,
    "kind": pl.String,
    "hour": pl.Int8,
}
ROWS = st.lists(
    st.tuples(
        st.sampled_from([1, 2, 3]),
        st.sampled_from([1, 2, 8, 15, 30, 31, 61, 91, 122, 152, 366, 800]),
        st.sampled_from([-999, -500, -1_050, 200_000, 300]),
        st.sampled_from(["dining", "travel.air", "travel", None]),
        st.sampled_from(["CAFE", "BEACH HOTEL", None]),
        st.sampled_from(["purchase", "salary", "refund"]),
        st.sampled_from([None, 8, 20]),
    ),
    max_size=40,
)


def booked(rows, *, as_of):
    day = pl.lit(as_of) - pl.duration(days=pl.col("age"))
    trades = pl.col("kind").is_in(["purchase", "refund"])
    made = pl.DataFrame(rows, schema=BOOKED, orient="row").with_columns(
        booked_on=day,
        weekday=day.dt.weekday(),
        spent_minor=pl.when(trades).then(-pl.col("amount_minor")).otherwise(0),
        counterparty=pl.lit(None, dtype=pl.String),
        channel=pl.lit("card"),
    )
    return made.drop("age")


def empty(table):
    columns = {"customer_no": pl.Int64} | {c.name: c.dtype for c in CANONICAL[table].columns}
    return pl.DataFrame(schema=columns)


def made(customers, bookings, *, as_of=date(2026, 7, 1)):
    said = lines(bookings)
    state = folded(customers["customer_no"].to_numpy(), said, as_of=as_of, words=WORDS["categories"])
    instant, regular = AsOf.at_start_of(as_of, "Europe/Berlin"), streams(said, as_of=as_of)
    paid = at_shops(state.customers, said, regular_shops(regular), as_of=as_of)
    return signals(
        state,
        regular,
        habits(state, paid, empty("events"), as_of=instant),
        events=empty("events"),
        redeemed=empty("redemptions"),
        stated=empty("preferences"),
        as_of=instant,
        book=BOOK,
        subjects=WORDS["subjects"],
        topics=WORDS["topics"],
    )


@settings(max_examples=25, deadline=None)
@given(ROWS, st.integers(0, 1_000))
def test_a_batch_cut_in_two_rows_shuffled_or_days_shifted_give_the_same_signals(rows, seed):
    day = date(2026, 7, 1)
    bookings = booked(rows, as_of=day)
    whole = made(CUSTOMERS, bookings)
    assert_frame_equal(made(CUSTOMERS, bookings.sample(fraction=1, shuffle=True, seed=seed)), whole)
    cuts = [pl.col("customer_no") <= 1, pl.col("customer_no") > 1]
    apart = pl.concat([made(CUSTOMERS.filter(cut), bookings.filter(cut)) for cut in cuts])
    assert_frame_equal(apart, whole)
    # By whole weeks, so that weekdays stay.
    later = day + timedelta(days=7 * 53)
    assert_frame_equal(made(CUSTOMERS, booked(rows, as_of=later), as_of=later), whole)


def test_who_did_nothing_is_there_with_counts_of_nothing_and_unknowns():
    contract = contract_of(**WORDS)
    row = contract.checked(made(CUSTOMERS, booked([], as_of=date(2026, 7, 1)))).row(3, named=True)
    blank = {column.name: None if column.null else 0 for column in contract.columns}
    assert row == blank | {"customer_no": 9, "has_salary": False}

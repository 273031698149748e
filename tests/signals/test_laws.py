"""Laws of all signals: one customer alone has what he has among all, and a plan says what rows in memory say."""

from datetime import date, datetime, timedelta

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from persona.clock import AsOf
from persona.signals.answering import best_channel
from persona.signals.income import income
from persona.signals.journeys import journeys
from persona.signals.life_events import life_dates, tells
from persona.signals.lines import lines
from persona.signals.recurring import recurring
from persona.signals.streams import streams
from persona.tables import CANONICAL

AS_OF = AsOf.at_start_of(date(2026, 7, 1), "Europe/Berlin")
ROW = st.tuples(
    st.integers(1, 4),
    st.integers(1, 500),
    st.sampled_from([-80_000, -1_500, 30_000, 210_000, 230_000]),
    st.sampled_from(["rent", "travel.air", "travel.hotel", None]),
    st.sampled_from(["salary", "benefit", "pension", "purchase"]),
    st.sampled_from(["A", "B", None]),
)
SALARY = [(1, age, 210_000, None, "salary", "A") for age in range(1, 400, 30)]
RENT = [(2, age, -80_000, "rent", "purchase", "B") for age in range(2, 400, 30)]
TEXTS = ("category", "kind", "counterparty")
SCHEMA = {
    "customer_no": pl.Int64,
    "booked_on": pl.Date,
    "amount_minor": pl.Int64,
    **dict.fromkeys(TEXTS, pl.String),
}


def bookings(rows):
    made = [(who, AS_OF.day - timedelta(days=age), *rest) for who, age, *rest in rows + SALARY + RENT]
    frame = pl.DataFrame(made, schema=SCHEMA, orient="row")
    spent = pl.when(pl.col("kind") == "purchase").then(-pl.col("amount_minor").clip(upper_bound=0)).otherwise(0)
    none = pl.lit(None, dtype=pl.String)
    return frame.with_columns(spent_minor=spent, merchant=none, channel=none)


def told(known):
    """Journeys, life events, incomes and payments of whoever is in the rows."""
    since = known.group_by("customer_no").agg(known_since=pl.col("booked_on").min())
    regular = streams(lines(known), as_of=AS_OF.day)
    return (
        journeys(known.filter(pl.col("spent_minor") > 0), as_of=AS_OF.day),
        life_dates(known.filter(tells()), since),
        income(regular),
        recurring(regular, as_of=AS_OF.day),
        regular.drop("series", "shop"),
    )


@settings(max_examples=25, deadline=None)
@given(st.lists(ROW, max_size=40), st.randoms())
def test_one_customer_alone_and_rows_in_any_order_say_what_all_say(rows, chance):
    everyone = told(bookings(rows))
    chance.shuffle(rows)
    again = bookings(rows)
    for customer_no in (1, 2, 3):
        alone = told(again.filter(pl.col("customer_no") == customer_no))
        for one, all_of_them in zip(alone, everyone, strict=True):
            of_him = all_of_them.filter(pl.col("customer_no") == customer_no)
            assert_frame_equal(one, of_him, check_exact=True)


@settings(max_examples=20, deadline=None)
@given(st.lists(ROW, max_size=30))
def test_a_plan_says_what_rows_in_memory_say(rows):
    known = bookings(rows)
    assert_frame_equal(lines(known.lazy()).collect(), lines(known), check_exact=True)
    regular = streams(lines(known), as_of=AS_OF.day)
    assert_frame_equal(income(regular.lazy()).collect(), income(regular), check_exact=True)
    paid = recurring(regular.lazy(), as_of=AS_OF.day)
    assert_frame_equal(paid.collect(), recurring(regular, as_of=AS_OF.day), check_exact=True)


ANSWER = st.tuples(
    st.integers(1, 3),
    st.sampled_from(["email", "sms", "push"]),
    st.sampled_from(["sent", "opened", "clicked", "accepted"]),
)


@settings(max_examples=25, deadline=None)
@given(st.lists(ANSWER, max_size=40), st.randoms())
def test_the_best_channel_of_one_alone_is_the_one_he_has_among_all(rows, chance):
    schema = {"customer_no": pl.Int64} | {c.name: c.dtype for c in CANONICAL["outcomes"].columns}
    at = datetime(2026, 6, 1)  # noqa: DTZ001 - tables hold UTC without a zone
    blank = dict.fromkeys(schema) | {"offer_id": "card", "at": at}
    usual = pl.DataFrame({"channel": ["email", "push", "sms"], "usual": [0.4, 0.3, 0.2]})

    def best(said):
        made = [blank | dict(zip(("customer_no", "channel", "outcome"), one, strict=True)) for one in said]
        return best_channel(pl.DataFrame(made, schema=schema), usual, as_of=AS_OF)

    everyone = best(rows)
    chance.shuffle(rows)
    for customer_no in (1, 2, 3):
        alone = best([row for row in rows if row[0] == customer_no])
        assert_frame_equal(alone, everyone.filter(pl.col("customer_no") == customer_no), check_exact=True)


@pytest.mark.parametrize("days", [364, 1_461])
def test_a_shift_of_all_days_by_years_moves_life_events_by_as_many(days):
    known = bookings([(1, age, 230_000, None, "salary", "A") for age in (15, 45)])
    later = known.with_columns(pl.col("booked_on") + timedelta(days=days))
    since = known.group_by("customer_no").agg(known_since=pl.col("booked_on").min())
    made = life_dates(known.filter(tells()), since)
    moved = life_dates(later.filter(tells()), since.with_columns(pl.col("known_since") + timedelta(days=days)))
    assert moved.select(pl.col("pay_rise_on") - timedelta(days=days)).rows() == made.select("pay_rise_on").rows()

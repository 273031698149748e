"""The state: appended, folded at once and folded again are the same to the byte, whatever comes in which night."""

from datetime import date, timedelta

import polars as pl
import polars.selectors as cs
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from persona.signals import streams as found
from persona.signals.folding import advanced, folded, slices
from persona.signals.lines import lines
from persona.signals.shops import at_shops, at_shops_followed, regular_shops
from persona.signals.state import empty, merged, of_frame, to_frame
from persona.signals.streams import WINDOW_DAYS, renewed, touched

FIRST = date(2024, 1, 1)
WORDS = ("dining", "travel", "travel.air")
CUSTOMERS = [1, 2, 9]
SCHEMA = {
    "customer_no": pl.Int64,
    "booked_on": pl.Date,
    "amount_minor": pl.Int64,
    "spent_minor": pl.Int64,
    "category": pl.String,
    "merchant": pl.String,
    "kind": pl.String,
    "hour": pl.Int8,
}
ROW = st.tuples(
    st.sampled_from([1, 2]),
    st.integers(0, 900),
    st.sampled_from([-999, -500, -333, 200_000, 300]),
    st.sampled_from(["dining", "travel.air", "unheard.of", None]),
    st.sampled_from(["CAFE", "BEACH HOTEL", None]),
    st.sampled_from(["purchase", "salary", "refund"]),
    st.sampled_from([None, 8, 20]),
)
RENT = [(1, day, -999, "dining", "CAFE", "purchase", 8) for day in range(5, 900, 30)]
ROWS = st.lists(ROW, max_size=30).map(lambda rows: rows + RENT)
NIGHTS = st.lists(st.integers(1, 1_000), min_size=1, max_size=5, unique=True).map(sorted)


def day(number):
    return FIRST + timedelta(days=number)


def said(rows):
    made = [
        (who, day(number), amount, -amount if kind != "salary" else 0, category, merchant, kind, hour)
        for who, number, amount, category, merchant, kind, hour in rows
    ]
    texts = {"counterparty": pl.lit(None, dtype=pl.String), "channel": pl.lit("card")}
    return lines(pl.DataFrame(made, schema=SCHEMA, orient="row").with_columns(**texts))


def at_once(rows, until):
    known = said(rows).filter(pl.col("booked_on") < until)
    return folded(CUSTOMERS, known, as_of=until, words=WORDS), found(known, as_of=until)


def shops_at_once(rows, until):
    return at_shops(CUSTOMERS, said(rows), regular_shops(found(said(rows), as_of=until)), as_of=until)


def kept(state):
    """The state as the next night finds it."""
    frame = to_frame(state)
    return of_frame(frame, as_of=state.as_of, words=WORDS)


def night(state, before, rows, until):
    """The next night of a state and streams, which reads only the days that it must."""
    came = said(rows)
    parts = [came.filter(pl.col("booked_on").is_between(a, b, closed="left")) for a, b in slices(state, to=until)]
    gone = touched(came.lazy(), before=state.as_of, as_of=until).collect().to_series()
    window = pl.col("booked_on").is_between(until - timedelta(days=WINDOW_DAYS), until, closed="left")
    own = came.filter(window & pl.col("series").is_in(gone.implode()))
    return advanced(kept(state), pl.concat(parts), to=until), renewed(before, own, gone=gone, as_of=until)


@settings(max_examples=40, deadline=None)
@given(ROWS, NIGHTS)
@example(RENT, [400, 401, 402, 860, 900])
def test_a_state_that_many_nights_appended_to_is_the_one_folded_at_once(rows, nights):
    state, streams = at_once(rows, day(nights[0]))
    for number in nights[1:]:
        state, streams = night(state, streams, rows, day(number))
    whole, all_streams = at_once(rows, day(nights[-1]))
    assert_frame_equal(to_frame(state), to_frame(whole), check_exact=True)
    assert_frame_equal(streams, all_streams, check_exact=True)


@settings(max_examples=60, deadline=None)
@given(ROWS, NIGHTS)
@example(RENT, [400, 401, 402, 860, 900])
@example([*RENT, *((1, day, -700, "dining", "CAFE", "fee", 9) for day in range(3, 900, 31))], [300, 340, 341, 800])
def test_purchases_at_regular_shops_that_many_nights_followed_are_those_counted_at_once(rows, nights):
    kept, before = shops_at_once(rows, day(nights[0])), day(nights[0])
    for until in map(day, nights[1:]):
        came = said(rows)
        gone = touched(came.lazy(), before=before, as_of=until).collect()
        shops = gone["shop"].drop_nulls()
        is_touched = pl.col("shop").is_in(shops.implode()).fill_null(value=False)
        days = slices(folded(CUSTOMERS, came.clear(), as_of=before, words=WORDS), to=until)
        is_sliced = pl.any_horizontal(pl.col("booked_on").is_between(a, b, closed="left") for a, b in days)
        was, now = (regular_shops(found(came, as_of=on)) for on in (before, until))
        read = came.filter(is_touched | is_sliced)
        kept = at_shops_followed(kept, read, shops, since=before, as_of=until, was=was, shops=now)
        before = until
    assert_frame_equal(kept, shops_at_once(rows, before), check_exact=True)


@settings(max_examples=25, deadline=None)
@given(ROWS, st.lists(ROW, min_size=1, max_size=5), st.integers(1, 1_000), st.randoms())
def test_who_has_late_rows_is_folded_anew_and_nobody_else(rows, late, until, chance):
    before, _ = at_once(rows, day(until))
    both = rows + late
    chance.shuffle(both)
    whole, _ = at_once(both, day(until))
    touched_by = {who for who, *_ in late}
    stays = before.only(~pl.Series(before.customers).is_in(touched_by).to_numpy())
    of_them = said(both).filter(pl.col("customer_no").is_in(touched_by) & (pl.col("booked_on") < day(until)))
    anew = folded(sorted(touched_by), of_them, as_of=day(until), words=WORDS)
    assert_frame_equal(to_frame(merged(stays, anew)), to_frame(whole), check_exact=True)


@settings(max_examples=25, deadline=None)
@given(ROWS, st.integers(1, 900))
def test_one_purchase_in_the_moment_is_the_same_as_the_nights(rows, number):
    now = (1, number, -777, "dining", "CAFE", "purchase", 12)
    earlier = [row for row in rows if row[1] < number]
    before, _ = at_once(earlier, day(number))
    moment = advanced(before.only(before.customers == 1), said([now]), to=day(number + 1))
    # What has left a window by then is the night's to take out.
    whole, _ = at_once([*earlier, now], day(number + 1))
    fold = ("known", "first", "last", "visits", "spent", "faded", "seen", "days", "places")
    kept = cs.matches(rf"^({'|'.join(fold)})(\.|$)")
    of_him = to_frame(whole.only(whole.customers == 1))
    assert_frame_equal(to_frame(moment).select(kept), of_him.select(kept), check_exact=True)


def test_a_window_holds_its_days_and_no_more():
    rows = [(1, 1_000 - age, -100, "dining", "CAFE", "purchase", 8) for age in (1, 30, 31, 90, 91, 365, 366)]
    state = folded([1], said(rows), as_of=day(1_000), words=WORDS)
    assert state.purchases[0].tolist() == [2, 4, 6]
    assert state.spending[0, :, 0].tolist() == [200, 400, 600]


def test_only_new_days_and_those_that_leave_a_window_are_read():
    state = folded([1], said(RENT), as_of=day(800), words=WORDS)
    leaving = [(day(800 - days), day(801 - days)) for days in (30, 90, 365)]
    assert slices(state, to=day(801)) == sorted([(day(800), day(801)), *leaving])
    assert slices(state, to=day(1_200)) == [(day(435), day(1_200))]


def test_what_is_kept_is_of_the_smallest_type_that_holds_it_and_reads_back_as_it_was():
    dear = [(1, 5, -(2**40), "dining", "CAFE", "purchase", 8), (2, 5, -300, "dining", "CAFE", "purchase", 8)]
    state = folded([1, 2], said(dear), as_of=day(9), words=WORDS)
    of_both, of_one = to_frame(state), to_frame(state.only(state.customers == 2))
    assert (of_both.schema["spending.30d.dining"], of_one.schema["spending.30d.dining"]) == (pl.Int64, pl.Int16)
    assert kept(state).spending[:, 0, 0].tolist() == [2**40, 300]


def test_a_state_whose_days_were_kept_as_bytes_is_read_too():
    state = folded([1, 2], said(RENT), as_of=day(800), words=WORDS)
    before = state.days.astype(">u8", order="C").view("u1")[:, :92]
    table = to_frame(state).select(~cs.starts_with("days."))
    table = table.with_columns(pl.Series(f"days.{at}", before[:, at]) for at in range(92))
    assert_frame_equal(to_frame(of_frame(table, as_of=day(800), words=WORDS)), to_frame(state))


def test_the_rows_of_a_state_may_come_in_any_order():
    state = folded([1, 2, 3], said(RENT), as_of=day(800), words=WORDS)
    table = to_frame(state)
    assert_frame_equal(to_frame(of_frame(table.reverse(), as_of=day(800), words=WORDS)), table)


def test_a_state_of_nobody_and_one_of_nothing_are_states():
    nobody = folded([], said([]), as_of=day(9), words=WORDS)
    nothing = folded([3], said([]), as_of=day(9), words=WORDS)
    assert to_frame(nobody).height == 0
    assert_frame_equal(to_frame(merged(nobody, nothing)), to_frame(nothing))
    assert_frame_equal(to_frame(kept(nothing)), to_frame(nothing))
    assert empty([3], words=WORDS).only(nothing.customers > 3).customers.tolist() == []


@pytest.mark.parametrize("booked_on", [date(1900, 1, 1), date(1, 1, 1)])
def test_a_booking_of_long_ago_is_counted_and_weighs_nothing(booked_on):
    rows = said(RENT[:1]).with_columns(booked_on=pl.lit(booked_on))
    state = folded([1], rows, as_of=day(800), words=WORDS)
    assert state.first[0] == (booked_on - date(2000, 1, 1)).days
    assert (state.purchases.sum(), state.seen[0, 0]) == (0, True)


def test_a_state_is_left_as_it_was_unless_it_is_used_for_the_last_time():
    before = folded([1, 2], said(RENT[:20]), as_of=day(600), words=WORDS)
    was, lines_of_all = to_frame(before), said(RENT)
    after = advanced(before, lines_of_all, to=day(610))
    assert_frame_equal(to_frame(before), was)
    assert_frame_equal(to_frame(advanced(before, lines_of_all, to=day(610), is_last_use=True)), to_frame(after))


def test_the_lines_of_one_receipt_are_one_occasion():
    receipt = [(1, 5, -amount, category, "CAFE", "purchase", 8) for amount in (300, 500) for category in WORDS[::2]]
    later = [(1, 5, -300, "dining", "CAFE", "purchase", 20), (1, 6, -300, None, None, "purchase", None)]
    whole, single = (
        folded(CUSTOMERS, said(rows), as_of=day(7), words=WORDS)
        for rows in (receipt + later * 2, [receipt[0], receipt[1], *later])
    )
    assert (whole.visits[0] == single.visits[0]).all()
    assert (whole.faded[0] == single.faded[0]).all()
    assert (whole.purchases[0].tolist(), single.purchases[0].tolist()) == ([8] * 3, [4] * 3)
    days = [day(5), day(5), day(6)]
    assert whole.visits[0, 0] == sum(2 ** ((one - date(2000, 1, 1)).days / 30) for one in days)

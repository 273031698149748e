"""A booking of the moment: what a household is after it is what its rows with the booking among them make it."""

import os
from datetime import datetime, timedelta

import polars as pl
import pytest
from fakes import nights
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from persona import signals
from persona.runs.explain import night_of
from persona.runs.household import Household
from persona.runs.moment import folded, household, moved

ROW = st.tuples(
    st.integers(0, 40),
    st.sampled_from([-4_200, -990, 700, 250_000]),
    st.sampled_from(["groceries", "travel.air", "dining", None]),
    st.sampled_from(["MARKET", "BEACH HOTEL", None]),
    st.sampled_from(["purchase", "refund", "salary"]),
)


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    """The household of customer K001 in a bank after one night."""
    root = nights.copied(nights.reference(), tmp_path_factory.mktemp("moment") / "bank")
    before = os.environ | nights.KEY
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("PERSONA_VAULT_KEY", before["PERSONA_VAULT_KEY"])
        with night_of(root, None, lambda *_: None, None) as (night, _):
            who = night.store.crosswalk().filter(pl.col("customer_id") == "K001").row(0, named=True)
            yield household(night, who["bucket"], who["customer_no"]), who["customer_no"]


def bookings(home: Household, customer_no: int, said) -> pl.DataFrame:
    start = datetime.combine(home.night.as_of.day, datetime.min.time()) + timedelta(hours=12)
    like = home.scan("transactions", [0]).collect().clear()
    rows = [
        {
            "customer_no": customer_no,
            "bucket": home.crosswalk()["bucket"][0],
            "booked_at": start + timedelta(days=ahead),
            "amount_minor": amount,
            "currency": "EUR",
            "category": category,
            "merchant": merchant,
            "kind": kind,
        }
        for ahead, amount, category, merchant, kind in said
    ]
    return pl.DataFrame(rows, schema=like.schema)


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(said=st.lists(ROW, min_size=1, max_size=4))
def test_state_payments_and_life_after_a_booking_are_those_of_all_rows_at_once(home, said):
    here, customer_no = home
    after = here.after(bookings(here, customer_no, said))
    day = here.night.as_of.day + timedelta(days=41)
    words = here.night.policy.vocabulary.categories
    known = after.lines.filter(pl.col("booked_on") < day)
    state = signals.folded(here.crosswalk()["customer_no"].to_numpy(), known, as_of=day, words=words)
    life = signals.life_dates(known.filter("is_life"), signals.known_since(state))
    made = folded(after, day=day)
    assert_frame_equal(made["state"], signals.to_frame(state), check_exact=True)
    assert_frame_equal(made["streams"], signals.streams(known, as_of=day), check_exact=True)
    assert_frame_equal(made["life"], life, check_exact=True)
    regular = signals.regular_shops(made["streams"])
    at_shops = signals.at_shops(state.customers, known, regular, as_of=day)
    assert_frame_equal(made["at_regular_shops"], at_shops, check_exact=True)


def test_a_booking_moves_counts_sums_phases_chances_and_propensities_and_nothing_else_does(home):
    here, customer_no = home
    day = here.night.as_of.day + timedelta(days=1)
    rows = bookings(here, customer_no, [(0, -99_000, "travel.air", "AIR", "purchase")])
    found = {one.column: (one.before, one.after) for one in moved(here, rows, customer_no, day=day)}
    assert found["spend_30d_minor"][1] - found["spend_30d_minor"][0] == 99_000
    assert found["purchases_365d_travel_air"][1] - found["purchases_365d_travel_air"][0] == 1
    assert found["affinity_travel_air"][1] > found["affinity_travel_air"][0]
    assert found["journey_ahead_days"][1] == 1
    assert not {"age_years", "holds_card", "logins_30d"} & set(found)
    assert moved(here, rows.clear(), customer_no, day=day) == []
    # What was asked before leaves no trace in what is asked next.
    assert {one.column: (one.before, one.after) for one in moved(here, rows, customer_no, day=day)} == found

from datetime import date

import numpy as np
import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from persona.buckets import hashed
from persona.decisions.holdout import leaks, memberships, new_arms
from persona.policy.rules import Holdout

ARMS = {"unit": pl.String, "experiment": pl.String, "arm": pl.String}
NO_ARMS = pl.DataFrame(schema=ARMS)


def _units(count, *, home_of=lambda n: f"household:{n // 3}"):
    names = [f"K{n}" for n in range(count)]
    homes = [home_of(n) for n in range(count)]
    return pl.DataFrame({"customer_no": range(count), "customer_id": names, "household_key": homes})


def _holdout(share, **more):
    return Holdout(id="global", salt="s", share=share, **more)


def test_membership_is_the_hash_of_the_customer_below_the_share():
    members = memberships(_units(200), [_holdout("0.1")], NO_ARMS)
    drawn = [hashed("s", f"K{n}") % 10_000 < 1_000 for n in range(200)]
    assert members["holdout_global"].to_list() == drawn
    assert 0 < sum(drawn) < 200


def test_the_members_of_a_household_are_in_one_arm():
    members = memberships(_units(300), [_holdout("0.5", per="household")], NO_ARMS)
    assert members.group_by("household_key").agg(pl.col("holdout_global").n_unique())["holdout_global"].max() == 1


def test_two_halves_of_a_book_that_nobody_touched_differ_no_more_often_than_by_chance():
    units, lots = _units(400), 200
    spent = np.random.default_rng(5).gamma(0.7, 300, units.height)
    far = 0
    for number in range(lots):
        held = memberships(units, [Holdout(id="global", salt=f"s{number}", share="0.5")], NO_ARMS)["holdout_global"]
        one, other = spent[held.to_numpy()], spent[~held.to_numpy()]
        apart = one.mean() - other.mean()
        far += abs(apart) > 1.96 * np.sqrt(one.var() / len(one) + other.var() / len(other))
    # At a level of .05 ten of 200; twenty come by chance once in five hundred.
    assert 1 <= far < 20


@settings(deadline=None)
@given(st.integers(0, 100), st.integers(0, 100))
def test_a_share_that_grows_keeps_whom_it_has(one, other):
    small, large = sorted([one, other])
    few, many = (
        memberships(_units(60), [_holdout(f"{share / 100:.2f}")], NO_ARMS)["holdout_global"] for share in (small, large)
    )
    assert (few & ~many).sum() == 0


def test_the_ledger_of_arms_wins_over_the_hash():
    arms = pl.DataFrame([("K0", "global", "holdout"), ("K1", "global", "treated")], schema=ARMS, orient="row")
    nobody, everybody = (
        memberships(_units(2), [_holdout(share)], arms)["holdout_global"].to_list() for share in ("0", "1")
    )
    assert (nobody, everybody) == ([True, False], [True, False])


def test_only_a_holdout_from_all_marketing_makes_a_ghost():
    members = memberships(_units(1), [_holdout("1", offers=("gold",))], NO_ARMS)
    assert members.select("holdout_global", "is_ghost").row(0) == (True, False)


def test_new_arms_are_those_that_the_ledger_does_not_have():
    arms = pl.DataFrame([("K0", "global", "treated")], schema=ARMS, orient="row")
    members = memberships(_units(2), [_holdout("1")], arms)
    rows = new_arms(members, [_holdout("1")], arms, day=date(2026, 7, 1))
    expected = pl.DataFrame(
        {"unit": ["K1"], "experiment": ["global"], "arm": ["holdout"], "since": [date(2026, 7, 1)], "salt": ["s"]}
    )
    assert_frame_equal(rows, expected)


def test_a_household_has_one_row_in_the_ledger_of_arms():
    rule = _holdout("0", per="household")
    rows = new_arms(memberships(_units(3), [rule], NO_ARMS), [rule], NO_ARMS, day=date(2026, 7, 1))
    assert rows.select("unit", "arm").rows() == [("household:0", "treated")]


def test_a_share_that_is_widened_takes_in_whom_the_same_lot_had_left_out_and_lets_nobody_go():
    salted = {**ARMS, "salt": pl.String}
    rows = [("K0", "global", "treated", "s"), ("K1", "global", "treated", "another"), ("K2", "global", "holdout", "s")]
    arms = pl.DataFrame(rows, schema=salted, orient="row")
    units = _units(3)
    nobody, everybody = (memberships(units, [_holdout(share)], arms)["holdout_global"].to_list() for share in "01")
    assert (nobody, everybody) == ([False, False, True], [True, False, True])
    grown = new_arms(memberships(units, [_holdout("1")], arms), [_holdout("1")], arms, day=date(2026, 7, 1))
    assert grown.select("unit", "arm").rows() == [("K0", "holdout")]


def test_an_address_on_both_sides_of_a_holdout_is_a_leak():
    units = _units(4).with_columns(holdout_global=pl.Series([True, False, True, False]))
    people = pl.DataFrame({"customer_no": range(4), "email": ["a", "a", "b", None], "phone": ["1", "2", "1", None]})
    assert leaks(units, people, [_holdout("0.5")]).rows() == [("global", "email", 1, 1)]

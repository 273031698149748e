"""Laws of the allocation on small books, and an oracle that takes all pairs of the book by falling value."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from persona.decisions.allocation import allocated
from persona.decisions.proposals import SCHEMA
from persona.policy.actions import Action
from persona.policy.catalog import Offer
from persona.policy.rules import Limit
from persona.tables.reasons import CODES, LETTERS

BEGIN, END = datetime.fromisoformat("2026-01-01"), datetime.fromisoformat("2027-01-01")


def _offer(name, cap, slot="marketing"):
    return Offer.model_validate(
        {
            "offer": name,
            "group": "cards",
            "name": {},
            "owner": "o",
            "author": "a",
            "class": slot,
            "cap": cap,
            "valid": {"from": "2026-01-01", "until": "2027-01-01"},
            "propensity": {"prior": "0.1"},
            "worth": "1",
            "treatments": [{"id": "mail", "channel": "email", "template": "t", "cost_minor": 0}],
        }
    )


def _actions(caps):
    return [Action(i, _offer(f"offer{i}", cap), 0, "grow", BEGIN, END) for i, cap in enumerate(caps)]


AT_HOME = Limit(id="home", per="household", max=1, days=7)


def _book(rows, homes=()):
    """Proposals from (customer, action, value, is_ghost), their units and room; one seat for each home."""
    frame = pl.DataFrame(
        [
            {"customer_no": c, "slot": 2, "action": a, "value_milli": v, "is_ghost": g, "p": 0.1,
             "tie": (c * 7919 + a * 104729) % 1009, "worth_minor": 1, "context_percent": 0, "lever_percent": 0}
            for c, a, v, g in rows
        ],
        schema={name: dtype for name, dtype in SCHEMA.items() if name != "rank"},
    )  # fmt: skip
    ordered = frame.sort(
        "customer_no", "slot", "value_milli", "tie", "action", descending=[False, False, True, False, False]
    )
    rank = pl.int_range(1, pl.len() + 1, dtype=pl.Int16).over("customer_no")
    customers = sorted({row[0] for row in rows})
    keys = [f"home{homes[c % len(homes)]}" if homes else f"alone{c}" for c in customers]
    units = pl.DataFrame(
        {"customer_no": customers, "household_key": keys}, schema={"customer_no": pl.Int64, "household_key": pl.String}
    )
    return (
        ordered.with_columns(rank=rank).select(SCHEMA.names()),
        units,
        units.select("customer_no", room_home=pl.lit(1)),
    )


def _settled(rows, caps, *, homes=(), limits=()):
    proposals, units, room = _book(rows, homes)
    result = allocated(proposals, _actions(caps), units=units, room=room, limits=limits)
    return {(c, a): LETTERS[r] for c, a, r in result.select("customer_no", "action", "reason").iter_rows()}


CAPS = st.lists(st.one_of(st.none(), st.integers(0, 3)), min_size=3, max_size=3)
PAIRS = st.dictionaries(
    st.tuples(st.integers(1, 8), st.integers(0, 2)), st.tuples(st.sampled_from([-5, 1, 2, 3, 7]), st.booleans())
)
HOMES = st.lists(st.integers(0, 2), min_size=1, max_size=8)


def _rows(pairs, *, ghosts=True):
    is_ghost = {c: g for (c, _), (_, g) in pairs.items()}
    return [(c, a, v, ghosts and is_ghost[c]) for (c, a), (v, _) in pairs.items()]


def _by_falling_value(rows, caps):
    """The oracle: each pair of the book in turn, taken where customer and offer are still free."""
    proposals = _book(rows)[0].filter(pl.col("value_milli") > 0)
    left = [99 if cap is None else cap for cap in caps]
    taken = {}
    ordered = proposals.sort("value_milli", "tie", "customer_no", descending=[True, False, False])
    for row in ordered.iter_rows(named=True):
        if row["customer_no"] not in taken and left[row["action"]] > 0:
            taken[row["customer_no"]] = row["action"]
            left[row["action"]] -= not row["is_ghost"]
    return taken


@settings(deadline=None)
@given(PAIRS, CAPS)
def test_the_plan_is_that_of_all_pairs_by_falling_value(pairs, caps):
    rows = _rows(pairs)
    told = _settled(rows, caps)
    assert {c: a for (c, a), letter in told.items() if letter in "OH"} == _by_falling_value(rows, caps)


@settings(deadline=None)
@given(PAIRS, CAPS, HOMES)
def test_no_cap_and_no_limit_of_a_household_is_passed(pairs, caps, homes):
    told = _settled(_rows(pairs), caps, homes=homes, limits=[AT_HOME])
    sent = [pair for pair, letter in told.items() if letter == "O"]
    for offer, cap in enumerate(caps):
        assert cap is None or sum(a == offer for _, a in sent) <= cap
    by_home = [homes[c % len(homes)] for c, _ in sent]
    assert len(by_home) == len(set(by_home))
    assert len({c for c, _ in sent}) == len(sent)


@settings(deadline=None)
@given(PAIRS, CAPS, HOMES, st.randoms(use_true_random=False))
def test_the_order_of_the_customers_means_nothing(pairs, caps, homes, random):
    proposals, units, room = _book(_rows(pairs), homes)
    order = list(range(units.height))
    random.shuffle(order)
    usual = allocated(proposals, _actions(caps), units=units, room=room, limits=[AT_HOME])
    shuffled = allocated(proposals, _actions(caps), units=units[order], room=room[order], limits=[AT_HOME])
    assert_frame_equal(usual, shuffled)


@settings(deadline=None)
@given(PAIRS, CAPS, HOMES)
def test_ghosts_take_no_place_from_the_treated(pairs, caps, homes):
    rows = _rows(pairs)
    told = _settled(rows, caps, homes=homes, limits=[AT_HOME])
    ghosts = {c for c, _, _, is_ghost in rows if is_ghost}
    alone = {(c, a): letter for (c, a), letter in told.items() if c not in ghosts}
    proposals, units, room = _book(rows, homes)
    treated = proposals.filter(~pl.col("is_ghost"))
    result = allocated(treated, _actions(caps), units=units, room=room, limits=[AT_HOME])
    assert alone == {(c, a): LETTERS[r] for c, a, r in result.select("customer_no", "action", "reason").iter_rows()}


@settings(deadline=None)
@given(PAIRS, CAPS, st.integers(0, 2))
def test_raising_a_cap_never_lowers_what_any_customer_gets(pairs, caps, which):
    """True where no household limit couples the customers."""
    rows = _rows(pairs, ghosts=False)
    value = {(c, a): v for c, a, v, _ in rows}
    wider = [None if i == which else cap for i, cap in enumerate(caps)]
    before, after = (
        {c: value[c, a] for (c, a), letter in _settled(rows, some).items() if letter == "O"} for some in (caps, wider)
    )
    assert all(after.get(c, 0) >= worth for c, worth in before.items())


@settings(deadline=None)
@given(PAIRS, CAPS)
def test_every_proposal_has_one_reason_that_fits_its_place(pairs, caps):
    told = _settled(_rows(pairs), caps)
    value = {pair: v for pair, (v, _) in pairs.items()}
    for (c, a), letter in told.items():
        best = [v for (other, b), v in value.items() if other == c and told[other, b] in "OH"]
        assert letter in "OHNPR"
        assert (letter == "N") == (value[c, a] <= 0)
        if letter == "R":
            assert best[0] >= value[c, a]


def test_service_does_not_compete_with_silence_but_keeps_its_cap():
    proposals, units, room = _book([(1, 0, -5, False), (2, 0, -6, False)])
    service = [replace(action, offer=_offer("notice", 1, "service")) for action in _actions([1])]
    owed = proposals.with_columns(slot=pl.lit(1, dtype=pl.UInt8))
    result = allocated(owed, service, units=units, room=room)
    assert result["reason"].to_list() == [CODES["O"], CODES["P"]]


@pytest.mark.parametrize("room_before", [0, 1])
def test_what_is_owed_takes_its_room_before_marketing_does(room_before):
    limit = Limit(id="day", classes=("marketing", "service"), max=1, days=1)
    proposals, units, _ = _book([(1, 0, 5, False), (2, 1, 9, False), (1, 1, 3, False)])
    actions = [Action(0, _offer("notice", None, "service"), 0, "grow", BEGIN, END), *_actions([None, None])[1:]]
    slot = pl.when(pl.col("action") == 0).then(1).otherwise(2).cast(pl.UInt8)
    room = units.select("customer_no", room_day=pl.lit(room_before))
    mixed = proposals.with_columns(slot=slot).sort("customer_no", "slot", "rank")
    result = allocated(mixed, actions, units=units, room=room, limits=[limit])
    letters = {(c, a): LETTERS[r] for c, a, r in result.select("customer_no", "action", "reason").iter_rows()}
    assert letters == {(1, 0): "O", (1, 1): "L", (2, 1): "O" if room_before else "L"}


def test_an_empty_book_ends_empty():
    proposals, units, room = _book([])
    assert allocated(proposals, _actions([1]), units=units, room=room).height == 0

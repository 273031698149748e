"""Laws of the allocation on small books, and an oracle: the whole integer program, written without the package."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from itertools import product

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal
from scipy.optimize import Bounds, LinearConstraint, milp

from persona.buckets import hashed
from persona.decisions.allocation import allocated
from persona.decisions.proposals import SCHEMA
from persona.policy.actions import Action
from persona.policy.catalog import Offer
from persona.policy.contact import Limited
from persona.policy.rules import Limit
from persona.tables.reasons import CODES, LETTERS

NAMES = [name for name in SCHEMA.names() if name != "expected_loss_minor"]
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
        schema={name: SCHEMA[name] for name in NAMES if name != "rank"},
    )  # fmt: skip
    ordered = frame.sort(
        "customer_no", "slot", "value_milli", "tie", "action", descending=[False, False, True, False, False]
    )
    rank = pl.int_range(1, pl.len() + 1, dtype=pl.Int16).over("customer_no")
    customers = sorted({row[0] for row in rows})
    keys = [f"home{homes[c % len(homes)]}" if homes else f"alone{c}" for c in customers]
    ties = [hashed("tie", f"K{c}") for c in customers]
    schema = {"customer_no": pl.Int64, "household_key": pl.String, "tie": pl.UInt64}
    units = pl.DataFrame({"customer_no": customers, "household_key": keys, "tie": ties}, schema=schema)
    proposals = ordered.with_columns(rank=rank, unknown=pl.lit(None, pl.Int16)).select(*NAMES, "unknown")
    return proposals, units, units.select("customer_no", room_home=pl.lit(1))


def _settled(rows, caps, *, homes=(), limits=()):
    proposals, units, room = _book(rows, homes)
    result = allocated(proposals, _actions(caps), units=units, room=room, limits=limits).proposals
    return {(c, a): LETTERS[r] for c, a, r in result.select("customer_no", "action", "reason").iter_rows()}


CAPS = st.lists(st.one_of(st.none(), st.integers(0, 3)), min_size=3, max_size=3)
PAIRS = st.dictionaries(
    st.tuples(st.integers(1, 8), st.integers(0, 2)), st.tuples(st.sampled_from([-5, 1, 2, 3, 7]), st.booleans())
)
HOMES = st.lists(st.integers(0, 2), min_size=1, max_size=8)


def _rows(pairs, *, ghosts=True):
    is_ghost = {c: g for (c, _), (_, g) in pairs.items()}
    return [(c, a, v, ghosts and is_ghost[c]) for (c, a), (v, _) in pairs.items()]


def _best_value(rows, caps, homes=()):
    """The oracle: the worth of the best plan, by an integer program over the pairs of the treated."""
    pairs = [(c, a, v) for c, a, v, is_ghost in rows if not is_ghost and v > 0]
    if not pairs:
        return 0
    groups = [("customer", c, 1) for c in {c for c, _, _ in pairs}]
    groups += [("action", a, cap) for a, cap in enumerate(caps) if cap is not None]
    groups += [("home", h, 1) for h in set(homes)]
    said = [{"customer": c, "action": a, "home": homes[c % len(homes)] if homes else None} for c, a, _ in pairs]
    matrix = np.array([[float(one[kind] == name) for one in said] for kind, name, _ in groups])
    limits = LinearConstraint(matrix, -np.inf, [most for *_, most in groups])
    worth = np.array([v for *_, v in pairs], dtype=float)
    found = milp(-worth, constraints=limits, integrality=np.ones(len(pairs)), bounds=Bounds(0, 1))
    return round(-found.fun)


def _worth(pairs, told):
    return sum(v for pair, (v, _) in pairs.items() if told[pair] == "O")


@settings(deadline=None)
@given(PAIRS, CAPS)
def test_the_plan_is_worth_as_much_as_the_best_there_is(pairs, caps):
    rows = _rows(pairs)
    assert _worth(pairs, _settled(rows, caps)) == _best_value(rows, caps)


@settings(deadline=None)
@given(PAIRS, HOMES)
def test_a_household_gives_its_seat_to_whom_it_is_worth_most(pairs, homes):
    rows = _rows(pairs, ghosts=False)
    told = _settled(rows, [None] * 3, homes=homes, limits=[AT_HOME])
    assert sum(v for pair, (v, _) in pairs.items() if told[pair] == "O") == _best_value(rows, [None] * 3, homes)


APART = Limited(id="home", offers=("offer0", "offer1"), per="household", max=1, days=1, is_tonight=True)


@settings(deadline=None, max_examples=40)
@given(st.dictionaries(st.tuples(st.integers(1, 4), st.integers(0, 2)), st.integers(1, 9), min_size=1))
def test_a_household_is_told_of_one_of_two_offers_in_conflict_and_of_it_as_often_as_it_is_best(worths):
    proposals, units, room = _book([(c, a, v, False) for (c, a), v in worths.items()], homes=[0, 1])
    made = allocated(proposals, _actions([None] * 3), units=units, room=room, limits=[APART])
    members = sorted({c for c, _ in worths})
    best = 0
    for plan in product([None, 0, 1, 2], repeat=len(members)):
        mine = [(c, a) for c, a in zip(members, plan, strict=True) if a is not None]
        at_home = {(c % 2, a) for c, a in mine}
        if all(one in worths for one in mine) and not any({(h, 0), (h, 1)} <= at_home for h in (0, 1)):
            best = max(best, sum(worths[one] for one in mine))
    plan = made.plans.row(0, named=True)
    assert (plan["value_milli"], plan["bound_milli"]) == (best, best)


@settings(deadline=None)
@given(PAIRS, CAPS, HOMES)
def test_no_plan_is_worth_more_than_the_bound(pairs, caps, homes):
    proposals, units, room = _book(_rows(pairs), homes)
    plans = allocated(proposals, _actions(caps), units=units, room=room, limits=[AT_HOME]).plans
    value, bound = plans.select("value_milli", "bound_milli").row(0)
    assert value <= _best_value(_rows(pairs), caps, homes) <= bound


@settings(deadline=None)
@given(PAIRS, CAPS)
def test_nobody_could_have_more_unless_a_cap_is_passed(pairs, caps):
    told = _settled(_rows(pairs, ghosts=False), caps)
    sent = [pair for pair, letter in told.items() if letter == "O"]
    has = dict(sent)
    for (c, a), (v, _) in pairs.items():
        if v > (pairs[c, has[c]][0] if c in has else 0):
            assert told[c, a] == "P"
            assert sum(other == a for _, other in sent) == caps[a]


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
    for name in ("proposals", "constraints", "plans"):
        assert_frame_equal(getattr(usual, name), getattr(shuffled, name))


@settings(deadline=None)
@given(PAIRS, CAPS, HOMES)
def test_ghosts_take_no_place_from_the_treated(pairs, caps, homes):
    rows = _rows(pairs)
    told = _settled(rows, caps, homes=homes, limits=[AT_HOME])
    ghosts = {c for c, _, _, is_ghost in rows if is_ghost}
    alone = {(c, a): letter for (c, a), letter in told.items() if c not in ghosts}
    proposals, units, room = _book(rows, homes)
    treated = proposals.filter(~pl.col("is_ghost"))
    result = allocated(treated, _actions(caps), units=units, room=room, limits=[AT_HOME]).proposals
    assert alone == {(c, a): LETTERS[r] for c, a, r in result.select("customer_no", "action", "reason").iter_rows()}


@settings(deadline=None)
@given(PAIRS, CAPS, st.integers(0, 2))
def test_raising_a_cap_never_lowers_the_worth_of_the_plan(pairs, caps, which):
    rows = _rows(pairs, ghosts=False)
    wider = [None if i == which else cap for i, cap in enumerate(caps)]
    before, after = (_worth(pairs, _settled(rows, some)) for some in (caps, wider))
    assert before <= after


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
    result = allocated(owed, service, units=units, room=room).proposals
    assert result["reason"].to_list() == [CODES["O"], CODES["P"]]


@pytest.mark.parametrize("room_before", [0, 1])
def test_what_is_owed_takes_its_room_before_marketing_does(room_before):
    limit = Limit(id="day", classes=("marketing", "service"), max=1, days=1)
    proposals, units, _ = _book([(1, 0, 5, False), (2, 1, 9, False), (1, 1, 3, False)])
    actions = [Action(0, _offer("notice", None, "service"), 0, "grow", BEGIN, END), *_actions([None, None])[1:]]
    slot = pl.when(pl.col("action") == 0).then(1).otherwise(2).cast(pl.UInt8)
    room = units.select("customer_no", room_day=pl.lit(room_before))
    mixed = proposals.with_columns(slot=slot).sort("customer_no", "slot", "rank")
    result = allocated(mixed, actions, units=units, room=room, limits=[limit]).proposals
    letters = {(c, a): LETTERS[r] for c, a, r in result.select("customer_no", "action", "reason").iter_rows()}
    assert letters == {(1, 0): "O", (1, 1): "L", (2, 1): "O" if room_before else "L"}


def test_an_empty_book_ends_empty():
    proposals, units, room = _book([])
    assert allocated(proposals, _actions([1]), units=units, room=room).proposals.height == 0

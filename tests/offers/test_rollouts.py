"""Rollouts: a part of the customers first, and more of them as the gates hold."""

from itertools import pairwise

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from persona.buckets import hashed
from persona.clock import AsOf
from persona.offers import open_waves, waiting
from persona.offers.history import contact_history
from persona.policy.rollouts import Rollout

GATE = {"outcomes": ["complained"], "max_share": 0.1, "least": 10, "after_days": 3}


def _rollout(*gates, **more):
    shares = (0.1, 0.5, 1)
    waves = [{"share": shares[0]}, *({"share": s, "gate": g} for s, g in zip(shares[1:], gates, strict=False))]
    return Rollout.model_validate({"id": "slowly", "offers": ["gold"], "waves": waves, **more})


def _opened(rollout, contacts, outcomes, columns, offer, *, told=20, complaints=0, day="2026-07-01", on="2026-06-20"):
    actions = columns(offer("gold"))
    rows = [{"customer_no": n, "at": f"{on} 10:00"} for n in range(told)]
    answers = [{"customer_no": n, "outcome": "complained", "at": "2026-06-21 10:00"} for n in range(complaints)]
    as_of, said = AsOf.parsed(day, "Europe/Berlin"), outcomes(*answers)
    history = contact_history(contacts(*rows), said.clear(), actions=actions, as_of=as_of)
    return open_waves([rollout], history, said, as_of=as_of)["slowly"]


@pytest.mark.parametrize(("told", "complaints", "waves"), [(20, 2, 2), (20, 3, 1), (9, 0, 1), (10, 1, 2)])
def test_the_next_wave_opens_where_enough_were_told_and_few_complained(
    contacts, outcomes, columns, offer, told, complaints, waves
):
    assert _opened(_rollout(GATE), contacts, outcomes, columns, offer, told=told, complaints=complaints) == waves


def test_contacts_count_once_they_had_their_days_to_be_answered(contacts, outcomes, columns, offer):
    early, late = (
        _opened(_rollout(GATE), contacts, outcomes, columns, offer, on="2026-06-28", day=day)
        for day in ("2026-06-30", "2026-07-01")
    )
    assert (early, late) == (1, 2)


def test_a_wave_waits_for_the_gate_before_it_whatever_its_own_says(contacts, outcomes, columns, offer):
    by_hand = {"opened_on": "2026-06-01", "by": "ann"}
    closed = {**GATE, "least": 1_000}
    assert _opened(_rollout(closed, by_hand), contacts, outcomes, columns, offer) == 1
    assert _opened(_rollout(by_hand, closed), contacts, outcomes, columns, offer) == 2
    assert _opened(_rollout(by_hand, by_hand), contacts, outcomes, columns, offer) == 3


def test_a_gate_that_was_opened_by_hand_holds_from_its_day_on(contacts, outcomes, columns, offer):
    rollout = _rollout({"opened_on": "2026-07-01", "by": "ann"})
    days = [_opened(rollout, contacts, outcomes, columns, offer, day=day) for day in ("2026-06-30", "2026-07-01")]
    assert days == [1, 2]


def _units(count):
    names = [f"K{n}" for n in range(count)]
    return pl.DataFrame({"customer_id": names, "household_key": [f"h{n // 2}" for n in range(count)]})


def test_who_waits_is_drawn_by_the_hash_of_the_rollout():
    late = waiting(_units(50), [_rollout(GATE)], {"slowly": 1})["gold"]
    assert late.tolist() == [hashed("rollout:slowly", f"K{n}") % 10_000 >= 1_000 for n in range(50)]


@given(st.integers(1, 3), st.sampled_from(["customer", "household"]))
def test_a_wave_holds_those_of_the_one_before_and_a_household_is_in_one(number, per):
    rollout = _rollout(GATE, GATE, per=per)
    waves = [waiting(_units(60), [rollout], {"slowly": n})["gold"] for n in range(1, number + 1)]
    assert all(not (later & ~earlier).any() for earlier, later in pairwise(waves))
    if per == "household":
        assert (waves[-1][::2] == waves[-1][1::2]).all()


@pytest.mark.parametrize(
    ("waves", "what"),
    [
        (
            [{"share": 0.5}, {"share": 0.5, "gate": GATE}],
            "the share of each wave is larger than that of the one before",
        ),
        ([{"share": 0.5, "gate": GATE}], "the first wave has no gate"),
        ([{"share": 0.1}, {"share": 0.5}], "every wave after the first needs a gate"),
        ([{"share": 0.1}, {"share": 1, "gate": {"opened_on": "2026-07-01"}}], "says by whom"),
        ([{"share": 0.1}, {"share": 1, "gate": {"outcomes": ["complained"]}}], "need a max_share, a min_share or both"),
    ],
)
def test_a_rollout_that_cannot_be_meant_is_refused(waves, what):
    with pytest.raises(ValidationError, match=what):
        Rollout.model_validate({"id": "x", "offers": ["gold"], "waves": waves})

"""Small books with limits of households, of customers and of both: the best plan there is, by an oracle of its own."""

from __future__ import annotations

from datetime import datetime

import numpy as np
import polars as pl
import pytest
from scipy.optimize import Bounds, LinearConstraint, milp

from persona.buckets import hashed
from persona.decisions import market
from persona.decisions.allocation import allocated
from persona.decisions.proposals import SCHEMA
from persona.decisions.terms import ALWAYS, NEVER, Term, Terms
from persona.errors import PolicyErrors
from persona.policy.actions import Action
from persona.policy.catalog import Offer
from persona.policy.constraints import Constraints
from persona.policy.rules import Limit
from persona.tables.reasons import CODES

OFFERS = 4
HOME = Limit(id="home", per="household", max=1, days=7)
OWN = Limit(id="own", per="customer", max=1, days=7, offers=("offer0", "offer1"))


def _action(number):
    said = {
        "offer": f"offer{number}",
        "group": "cards",
        "name": {},
        "owner": "o",
        "author": "a",
        "class": "marketing",
        "valid": {"from": "2026-01-01", "until": "2027-01-01"},
        "propensity": {"prior": "0.1"},
        "worth": "1",
        "treatments": [{"id": "mail", "channel": "email", "template": "t", "cost_minor": 0}],
    }
    begin, end = datetime.fromisoformat("2026-01-01"), datetime.fromisoformat("2027-01-01")
    return Action(number, Offer.model_validate(said), 0, "grow", begin, end)


def _plan(pairs, homes, least, most, k, seats=1):
    """What the package makes of {(customer, offer): value}."""
    customers = sorted({c for c, _ in pairs})
    names = [name for name in SCHEMA.names() if name != "expected_loss_minor"]
    frame = pl.DataFrame(
        [
            {"customer_no": c, "slot": 2, "action": a, "value_milli": v, "is_ghost": False, "p": 0.1,
             "tie": (c * 7919 + a * 104729) % 1009, "worth_minor": 1, "context_percent": 0, "lever_percent": 0}
            for (c, a), v in pairs.items()
        ],
        schema={name: SCHEMA[name] for name in names if name != "rank"},
    ).sort("customer_no", "value_milli", "action", descending=[False, True, False])  # fmt: skip
    rank = pl.int_range(1, pl.len() + 1, dtype=pl.Int16).over("customer_no")
    proposals = frame.with_columns(rank=rank, unknown=pl.lit(None, pl.Int16)).select(*names, "unknown")
    units = pl.DataFrame(
        {
            "customer_no": customers,
            "household_key": [f"home{homes[c]}" for c in customers],
            "tie": [hashed("tie", f"K{c}") for c in customers],
        },
        schema={"customer_no": pl.Int64, "household_key": pl.String, "tie": pl.UInt64},
    )
    said = [{"id": "least", "sum": 1, "min": least}, {"id": "most", "sum": 1, "max": most}]
    rules = Constraints.model_validate(
        {"constraints": said, "per_customer": k, "one_of_each": "offer" if k > 1 else "group"}
    )
    speaks = [tuple(ALWAYS if a in offers else NEVER for a in range(OFFERS)) for offers in ({0}, {1, 2})]
    terms = Terms(
        rules, tuple(Term(one, (1.0,) * OFFERS, of) for one, of in zip(rules.constraints, speaks, strict=True))
    )
    room = units.select("customer_no", room_home=pl.lit(seats), room_own=pl.lit(1))
    actions = [_action(number) for number in range(OFFERS)]
    return allocated(proposals, actions, units=units, room=room, limits=[HOME, OWN], terms=terms)


def _best(pairs, homes, least, most, k, seats=1):
    """The oracle; None: no plan keeps it all."""
    keys = list(pairs)
    rows = [([c == one for c, _ in keys], k) for one in {c for c, _ in keys}]
    rows += [([c == one and a < 2 for c, a in keys], 1) for one in {c for c, _ in keys}]
    rows += [([homes[c] == one for c, _ in keys], seats) for one in set(homes)]
    rows += [([-1.0 * (a == 0) for _, a in keys], -least), ([a in (1, 2) for _, a in keys], most)]
    matrix = np.array([row for row, _ in rows], dtype=float)
    limits = LinearConstraint(matrix, -np.inf, [bound for _, bound in rows])
    worth = np.array(list(pairs.values()), dtype=float)
    found = milp(-worth, constraints=limits, integrality=np.ones(len(keys)), bounds=Bounds(0, 1))
    return None if found.x is None else round(-found.fun)


def _drawn(seed):
    lot = np.random.default_rng(seed)
    many = int(lot.integers(4, 16))
    homes = lot.integers(0, max(2, many // 2), many).tolist()
    pairs = {(c, a): int(lot.integers(1, 100)) for c in range(many) for a in range(OFFERS) if lot.random() < 0.7}
    return pairs or {(0, 0): 1}, homes, int(lot.integers(0, many // 2 + 1)), int(lot.integers(0, many // 2 + 1))


@pytest.mark.parametrize("k", [1, 2])
@pytest.mark.parametrize("seats", [1, 2])
def test_a_small_book_gets_its_best_plan_and_only_what_nothing_keeps_is_refused(k, seats):
    for seed in range(10):
        pairs, homes, least, most = _drawn(seed)
        best = _best(pairs, homes, least, most, k, seats)
        if best is None:
            with pytest.raises(PolicyErrors, match="no plan can keep"):
                _plan(pairs, homes, least, most, k, seats)
        else:
            plan = _plan(pairs, homes, least, most, k, seats).plans.row(0, named=True)
            assert (plan["value_milli"], plan["bound_milli"], plan["in_turn"]) == (best, best, 0), seed


def test_what_would_mend_a_book_with_limits_does_mend_it():
    # Two households of two: each has one seat, so that no more than two can be told of offer 0.
    pairs, homes = {(c, 0): 5 for c in range(4)}, [0, 0, 1, 1]
    with pytest.raises(PolicyErrors, match="min of least 3 -> 2"):
        _plan(pairs, homes, least=3, most=9, k=1)
    assert _plan(pairs, homes, least=2, most=9, k=1).plans["value_milli"].item() == 10


def test_who_lost_a_better_offer_to_the_seat_of_a_household_is_told_of_the_limit():
    made = _plan({(0, 3): 9, (1, 3): 5, (1, 2): 2}, [0, 0], least=0, most=9, k=1)
    told = made.proposals.select("customer_no", "action", "limit_id").rows()
    assert told == [(0, 3, None), (1, 3, "home"), (1, 2, "home")]


def test_the_lines_take_back_from_paper_whom_they_cannot_do_without(night):
    # About half are held out of gold, which all would choose: 15 of the others and 10 of anybody are enough for both.
    offers = [{"offer": "gold", "worth": "4500"}, {"offer": "silver", "worth": "1000"}]
    least = [
        {"id": name, "sum": 1, "where": f"offer_id = '{name}'", "min": most}
        for name, most in (("gold", 15), ("silver", 10))
    ]
    held = [{"id": "h", "salt": "s", "share": 0.5, "offers": ["gold"]}]
    customers = [{"id": f"K{number}"} for number in range(40)]
    plan = night({"offers": offers, "customers": customers, "holdouts": held, "constraints": least}).plan()
    sent = plan.decisions.filter(pl.col("reason") == "O")["offer_id"].to_list()
    assert sent.count("gold") >= 15
    assert sent.count("silver") >= 10


def test_a_book_too_large_to_be_solved_whole_calls_nothing_impossible_that_a_household_could_keep(monkeypatch):
    monkeypatch.setattr(market, "PROVEN_PAIRS", 0)
    # Ten households of two, one seat each: who is worth more wants offer 3, but three are to hear of offer 0.
    pairs = {(c, 0 if c % 2 else 3): 10 + c if c % 2 else 50 + c for c in range(20)}
    plan = _plan(pairs, [c // 2 for c in range(20)], least=3, most=9, k=1)
    told = plan.proposals.filter(pl.col("reason") == CODES["O"])["action"].to_list()
    value, bound, in_turn = plan.plans.select("value_milli", "bound_milli", "in_turn").row(0)
    assert told.count(0) >= 3
    assert value <= bound
    assert (in_turn > 0) == (value < bound)

"""The price that each customer is told: the one worth most of those that are open, and no other."""

from itertools import product
from math import exp, log

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from persona.decisions.prices import answered
from persona.policy.prices import Ladder

POINTS = [{"id": "low", "price": 2}, {"id": "mid", "price": 3}, {"id": "high", "price": 4}]
LADDER = {"kind": "deposit_rate", "term": "rate", "base": "mid", "points": POINTS, "source": "rate table"}
# Of 1,000 a price of 2, 3 or 4 leaves 800, 700 or 600.
DEPOSIT = {"offer": "deposit", "worth": "1000 - 100 * price"}
CURVE = ("deposit", None, log(4.0), 0.0)


def bank(night, customers, *, curves=(CURVE,), offer=None, **ladder):
    said = {**DEPOSIT, **(offer or {}), "price": {**LADDER, **ladder}}
    return night({"offers": [said], "customers": customers, "curves": list(curves)})


def told(plan):
    return dict(plan.decisions.filter(pl.col("reason") == "O").select("customer_id", "price_point").iter_rows())


def test_the_price_that_is_worth_most_is_told(night):
    # The odds of a yes double with each step: 1/2, 2/3, 4/5 of 800, 700, 600 is most at 480; 1/9, 1/5, 1/3 at 200.
    book = bank(night, [{"id": "half", "p": {"deposit": 2 / 3}}, {"id": "rare", "p": {"deposit": 0.2}}])
    plan = book.plan()
    rows = plan.decisions.select("customer_id", "price_point", "p", "worth_minor", "value_milli").rows()
    assert rows == [("half", "high", 0.8, 600, 480_000), ("rare", "high", 0.333333, 600, 200_000)]


def test_who_takes_it_anyway_is_not_given_more(night):
    # 9/10, 18/19, 36/37 of 800, 700, 600.
    assert told(bank(night, [{"id": "sure", "p": {"deposit": 18 / 19}}]).plan()) == {"sure": "low"}


def test_without_an_answer_the_base_price_is_told(night):
    assert told(bank(night, [{"id": "a"}], curves=[]).plan()) == {"a": "mid"}


def test_each_segment_has_its_own_curve(night):
    curves = [("deposit", "DE-BY", log(4.0), 0.0), ("deposit", None, 0.0, 0.0)]
    book = bank(night, [{"id": "south", "profile": {"region": "DE-BY"}}, {"id": "else", "profile": {"region": None}}],
                curves=curves, response={"by": "region"})  # fmt: skip
    assert told(book.plan()) == {"south": "high", "else": "low"}


def test_prices_are_held_against_those_that_the_propensity_was_learnt_at(night):
    # Learnt at the best price: 1/2 there is 1/3 at the base and 1/5 at the worst.
    book = bank(night, [{"id": "a", "p": {"deposit": 0.5}}], curves=[("deposit", None, log(4.0), 0.5)])
    row = book.plan().decisions.row(0, named=True)
    assert (row["price_point"], row["p"]) == ("high", 0.5)


BANDS = {
    "by": "income_minor",
    "table": [{"id": "small", "until": 200_000, "ceiling": 3}, {"id": "large", "from": 200_000, "floor": 4}],
}


def test_nobody_is_told_a_price_outside_of_his_band(night):
    incomes = {"small": 199_999, "large": 200_000, "unknown": None}
    book = bank(night, [{"id": n, "profile": {"income_minor": i}} for n, i in incomes.items()], bands=BANDS)
    plan = book.plan()
    assert told(plan) == {"small": "mid", "large": "high"}
    assert plan.decisions.filter(pl.col("customer_id") == "unknown")["reason"].to_list() == ["U"]
    assert plan.prices.select("band", "customers", "lowest", "highest").rows() == [
        ("small", 1, "low", "mid"),
        ("large", 1, "high", "high"),
    ]


def test_bands_of_words_hold_what_they_name(night):
    bands = {"by": "region", "table": [{"id": "a", "values": ["A"], "ceiling": 2}, {"id": "b", "values": ["B", "C"]}]}
    regions = [{"id": n, "profile": {"region": n}} for n in ("A", "C")]
    assert told(bank(night, regions, bands=bands).plan()) == {"A": "low", "C": "high"}


def test_a_condition_on_the_price_is_asked_of_each_point_and_unknown_closes_it(night):
    book = bank(night, [{"id": "a", "profile": {"age_years": 30}}, {"id": "b", "profile": {"age_years": None}}],
                when="price * 10 <= age_years")  # fmt: skip
    assert told(book.plan()) == {"a": "mid"}


def test_where_the_base_is_closed_the_nearest_open_price_stands_in_for_it(night):
    assert told(bank(night, [{"id": "a"}], curves=[], when="price <> 3").plan()) == {"a": "high"}
    assert told(bank(night, [{"id": "a"}], curves=[], when="price < 3").plan()) == {"a": "low"}


def test_parity_narrows_a_band_to_the_window_in_which_it_is_worth_most(night):
    sure, rare = {"deposit": 18 / 19}, {"deposit": 0.1}
    customers = [{"id": "s1", "p": sure}, {"id": "r1", "p": rare}, {"id": "s2", "p": sure}]
    assert told(bank(night, customers).plan()) == {"s1": "low", "r1": "high", "s2": "low"}
    # Apart by one step: low and mid, since two sure ones weigh more.
    plan = bank(night, customers, parity=1).plan()
    assert told(plan) == {"s1": "low", "r1": "mid", "s2": "low"}
    assert plan.prices.select("band", "customers", "lowest", "highest").rows() == [("all", 3, "low", "mid")]
    assert told(bank(night, customers, parity=0).plan()) == {"s1": "low", "r1": "low", "s2": "low"}


def test_the_window_is_the_one_that_is_worth_most_under_what_is_scarce(night):
    # Five at 720 or 584 and one at 311 or 867: together they are worth more at the low price, the best one at the high.
    sure = [{"id": f"s{n}", "p": {"deposit": 18 / 19}} for n in range(5)]
    rich = {"id": "rich", "p": {"deposit": 0.2}, "profile": {"income_minor": 900_000}}
    book = bank(night, [*sure, rich], parity=0, offer={"worth": "income_minor / 300 - 100 * price"})
    assert set(told(book.plan()).values()) == {"low"}
    one = [{"id": "one", "sum": "1", "max": 1}]
    plan = night({**book.given, "constraints": one}).plan()
    assert told(plan) == {"rich": "high"}
    assert plan.prices.select("lowest", "highest").rows() == [("high", "high")]


def test_whom_parity_leaves_no_price_is_not_eligible(night):
    sure = {"deposit": 18 / 19}
    customers = [{"id": f"s{n}", "p": sure} for n in range(3)] + [{"id": "only", "profile": {"age_years": 16}}]
    plan = bank(night, customers, parity=0, when="price >= 4 OR age_years > 18").plan()
    assert told(plan) == {"s0": "low", "s1": "low", "s2": "low"}
    assert plan.verdicts["reason_0"].to_list()[-1] == 3
    assert plan.decisions["reason"].to_list()[-1] == "U"


def test_ghosts_follow_the_window_and_do_not_move_it(night):
    sure, rare = {"deposit": 18 / 19}, {"deposit": 0.1}
    customers = [{"id": "t", "p": sure}, *({"id": f"g{n}", "p": rare} for n in range(5))]
    book = bank(night, customers, parity=0)
    arms = [{"unit": f"g{n}", "experiment": "all", "arm": "holdout"} for n in range(5)]
    held = night({**book.given, "holdouts": [{"id": "all", "salt": "s", "share": 0}], "arms": arms})
    rows = held.plan().decisions.select("customer_id", "reason", "price_point").rows()
    assert rows == [("t", "O", "low"), *((f"g{n}", "H", "low") for n in range(5))]


def test_a_constraint_that_reads_the_price_makes_columns_of_prices(night):
    rare = [{"id": f"r{n}", "p": {"deposit": 0.2}} for n in range(4)]
    book = bank(night, rare)
    few = night({**book.given, "constraints": [{"id": "few", "sum": "1", "where": "price_point = 'high'", "max": 1}]})
    assert [one.name for one in few.actions] == ["deposit/mail@low", "deposit/mail@mid", "deposit/mail@high"]
    assert sorted(told(few.plan()).values()) == ["high", "mid", "mid", "mid"]
    mean = night({**book.given, "constraints": [{"id": "mean", "average": "price", "max": 3}]})
    assert sorted(told(mean.plan()).values()).count("high") <= sorted(told(mean.plan()).values()).count("low")


def test_the_expected_loss_is_that_of_the_price(night):
    book = bank(night, [{"id": "a", "p": {"deposit": 0.2}}], offer={"expected_loss": "10 * price"})
    rule = [{"id": "loss", "sum": "expected_loss_minor", "max": 10}]
    # 40 at a third is too much, and the price was chosen before.
    assert told(night({**book.given, "constraints": rule}).plan()) == {}
    # The bound reads the price: 30 at a fifth is within it.
    apart = [{**rule[0], "where": "price > 0"}]
    assert told(night({**book.given, "constraints": apart}).plan()) == {"a": "mid"}


incomes = st.lists(st.sampled_from([None, 100_000, 250_000, 900_000]), min_size=1, max_size=6)


@settings(max_examples=10)
@given(
    incomes, st.lists(st.floats(0.01, 0.99), min_size=6, max_size=6), st.sampled_from([None, 0, 1, 2]), st.floats(0, 3)
)
def test_the_plan_is_the_best_of_all_assignments_that_keep_bands_and_parity(night, incomes, chances, parity, slope):
    table = [{"id": "small", "until": 200_000, "ceiling": 3}, {"id": "large", "from": 200_000}]
    customers = [
        {"id": f"K{n}", "profile": {"income_minor": income}, "p": {"deposit": chances[n]}}
        for n, income in enumerate(incomes)
    ]
    bands = {"by": "income_minor", "table": table}
    ladder = {"bands": bands} | ({} if parity is None else {"parity": parity})
    book = bank(night, customers, curves=[("deposit", None, slope, 0.0)], **ladder)
    plan = book.plan()

    known = [(n, income < 200_000) for n, income in enumerate(incomes) if income is not None]
    values = {n: [_value(chances[n], slope, at) for at in range(3)] for n, _ in known}
    every = (one for one in product(range(3), repeat=len(known)) if _is_kept(known, one, parity))
    best = max(sum(values[n][at] for (n, _), at in zip(known, one, strict=True)) for one in every)
    assert plan.plans["value_milli"].sum() == best

    prices = {point["id"]: point["price"] for point in POINTS}
    said = told(plan)
    for is_small in (True, False):
        here = [prices[said[f"K{n}"]] for n, small in known if small is is_small]
        assert all(price <= (3 if is_small else 4) for price in here)
        assert parity is None or not here or max(here) - min(here) <= parity

    backwards = night({**book.given, "customers": customers[::-1]})
    assert told(backwards.plan()) == said


def _value(chance, slope, at):
    if at == 1 or slope * (at - 1) == 0:
        p = chance
    else:
        odds = log(chance / (1 - chance)) + slope * (at - 1) / 2
        p = 1 / (1 + exp(-odds))
    return round(round(p, 6) * (800 - 100 * at) * 1000)


def _is_kept(known, chosen, parity):
    for is_small in (True, False):
        here = [at for (_, small), at in zip(known, chosen, strict=True) if small is is_small]
        if (is_small and 2 in here) or (parity is not None and here and max(here) - min(here) > parity):
            return False
    return True


@given(st.floats(0.001, 0.999), st.floats(0, 5), st.floats(-1, 1), st.floats(-1, 1))
def test_a_better_price_is_never_answered_less(chance, slope, one, other):
    worse, better = (float(answered(np.array([chance]), np.array([slope * x]))[0]) for x in sorted((one, other)))
    assert worse <= better + 1e-12


@pytest.mark.parametrize(("kind", "expected"), [("deposit_rate", (-0.5, 0.0, 0.5)), ("apr", (0.5, 0.0, -0.5))])
def test_what_is_better_for_the_customer_hangs_on_the_kind_of_price(kind, expected):
    assert Ladder.model_validate({**LADDER, "kind": kind}).attraction == expected


def test_batches_are_priced_as_the_whole_book(night):
    chances = (18 / 19, 0.1, 18 / 19, 0.3)
    book = bank(night, [{"id": f"K{n}", "p": {"deposit": p}} for n, p in enumerate(chances)], parity=1)
    whole, parts = book.plan(), book.plan_in_batches(book.customers[2:], book.customers[:2])
    assert parts.decisions.equals(whole.decisions)
    assert parts.prices.equals(whole.prices)

"""Very many action columns: each customer keeps his 64 best, and the run says what its bound speaks of."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from polars.testing import assert_frame_equal

from persona.decisions.beyond import beyond
from persona.tables.reasons import CODES

FREE = {"consents": ["email"], "contacts": [], "household": "household:1"}


def _ranked(values, *, left_out=()):
    return pl.DataFrame(
        {
            "customer_no": [1] * len(values),
            "slot": [2] * len(values),
            "action": list(range(len(values))),
            "rank": list(range(1, len(values) + 1)),
            "is_left_out": [place in left_out for place in range(len(values))],
        },
        schema={
            "customer_no": pl.Int64, "slot": pl.UInt8, "action": pl.Int16, "rank": pl.Int16, "is_left_out": pl.Boolean,
        },
    )  # fmt: skip


def _night(night, count, customers=2):
    offers = [
        {"offer": f"o{n:03d}", "worth": str(1_000 + 10 * n), "propensity": {"prior": "0.5"}} for n in range(count)
    ]
    return night({"offers": offers, "customers": [FREE | {"household": f"household:{n}"} for n in range(customers)]})


def test_up_to_128_columns_nothing_is_set_aside():
    assert beyond(_ranked(range(128)), columns=128).is_empty()


def test_above_them_each_customer_keeps_his_64_best():
    assert beyond(_ranked(range(70)), columns=129)["action"].to_list() == [64, 65, 66, 67, 68, 69]


def test_who_has_64_candidates_keeps_all_of_them_however_many_columns_there_are():
    assert beyond(_ranked(range(64)), columns=500).is_empty()


def test_prices_of_one_action_are_one_candidate():
    ladder = pl.concat([_ranked(range(64)), _ranked(range(64))]).sort("action", maintain_order=True)
    assert beyond(ladder, columns=129).is_empty()


def test_what_an_arm_of_an_experiment_keeps_is_never_set_aside():
    assert beyond(_ranked(range(66), left_out=range(65)), columns=129)["action"].to_list() == [63, 64]


def test_a_night_of_140_columns_tells_what_its_bound_does_not_speak_of(night):
    plan = _night(night, 140).plan()
    assert plan.plans.row(0, named=True) | {"candidates": 128, "beyond": 152} == plan.plans.row(0, named=True)
    assert plan.decisions["offer_id"].to_list() == ["o139", "o139"]
    reasons = [set(plan.verdicts[f"reason_{n}"]) for n in range(140)]
    assert reasons == [{CODES["R"]}] * 139 + [{CODES["O"]}]


@pytest.mark.parametrize("order", [[0, 1, 2], [2, 0, 1]])
def test_neither_the_order_of_rows_nor_how_the_book_is_cut_changes_what_is_kept(night, order):
    given = _night(night, 130, customers=3)
    usual = given.plan()
    cut = given.plan_in_batches(*([given.customers[n]] for n in order))
    for name in ("decisions", "candidates", "verdicts"):
        assert_frame_equal(getattr(usual, name), getattr(cut, name))


def test_what_is_set_aside_is_worth_no_more_than_anything_that_is_kept(night):
    given = _night(night, 140, customers=1)
    kept = given.plan().candidates
    assert kept["value_milli"].min() >= np.rint(0.5 * (1_000 + 10 * 75) * 1_000)

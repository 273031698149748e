from decimal import Decimal
from math import ceil, comb

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from persona.checks.sampling import Plan, drawn, plan, strata, verdict
from persona.policy.rules import Sampling

USUAL = Sampling()


def passes(lot, bad, sample, accept):
    """The probability written out in the other way: draw by draw through the good ones."""
    total = 0.0
    for seen in range(min(accept, sample, bad) + 1):
        if sample - seen <= lot - bad:
            chance = float(comb(sample, seen))
            for turn in range(sample):
                chance *= (bad - turn if turn < seen else lot - bad - (turn - seen)) / (lot - turn)
            total += chance
    return total


def test_a_plan_by_hand():
    # 16 messages, 2 bad at 12.5 %: all 11 of a sample are good with (5 * 4) / (16 * 15) = 0.083; of 10 with 0.125.
    assert plan(16, USUAL) == Plan(16, 11, 0, 0.0, round(20 / 240, 4))


@pytest.mark.parametrize(
    ("lot", "sample", "accept"), [(1, 1, 0), (7, 7, 0), (100, 26, 1), (1_000, 30, 1), (1_000_000, 30, 1)]
)
def test_the_sample_grows_far_slower_than_the_lot(lot, sample, accept):
    assert (plan(lot, USUAL).sample, plan(lot, USUAL).accept) == (sample, accept)


@given(st.integers(1, 400), st.sampled_from(["0", "0.01", "0.04"]), st.sampled_from(["0.065", "0.125", "0.5"]))
def test_every_plan_keeps_both_risks_and_one_message_less_would_not(lot, aql, limit):
    asked = Sampling(aql=Decimal(aql), limiting_quality=Decimal(limit))
    made = plan(lot, asked)
    good = int(Decimal(aql) * lot)
    bad = min(lot, max(ceil(Decimal(limit) * lot), good + 1))
    assert 1 - passes(lot, good, made.sample, made.accept) <= 0.05 + 1e-9
    assert passes(lot, bad, made.sample, made.accept) <= 0.1 + 1e-9
    assert made.sample == 1 or passes(lot, bad, made.sample - 1, made.accept) > 0.1 - 1e-9


def messages(count=40, **changes):
    same = {"offer_id": "stay", "treatment_id": "email", "channel": "email", "locale": "en", "variant": None, **changes}
    rows = [{"message_id": f"m{number}", **same} for number in range(count)]
    return pl.DataFrame(rows, schema_overrides={"variant": pl.String})


def test_each_offer_treatment_language_and_variant_is_a_stratum_of_its_own():
    rows = pl.concat([messages(3), messages(2, locale="de"), messages(4, variant="asleep")])
    found = strata(rows, {("stay", "email"): ("sampled", "medium")}, USUAL)
    assert [(one.name, one.plan.lot, one.mode, one.risk_class) for one in found] == [
        ("stay.email.de", 2, "sampled", "medium"),
        ("stay.email.en.asleep", 4, "sampled", "medium"),
        ("stay.email.en", 3, "sampled", "medium"),
    ]


def test_what_the_playbook_does_not_know_is_looked_at_message_by_message():
    (one,) = strata(messages(200), {}, USUAL)
    assert (one.mode, one.risk_class, one.waits, one.plan) == ("manual", "high", True, Plan(200, 200, 2, 0.0, 0.0))


def test_the_same_messages_are_drawn_whatever_their_order_and_others_in_another_night():
    rows = messages()
    (one,) = strata(rows, {("stay", "email"): ("sampled", "low")}, USUAL)
    ids = drawn(rows, one, run_id="r")
    assert len(set(ids)) == one.plan.sample == 14
    assert drawn(rows.reverse(), one, run_id="r") == ids != drawn(rows, one, run_id="s")


def test_more_bad_messages_than_the_acceptance_number_stop_a_stratum_and_a_gap_leaves_it_open():
    asked = Plan(100, 3, 1, 0.0, 0.0)
    assert verdict(asked, "abc", {"a": True, "b": True, "c": False}) == "released"
    assert verdict(asked, "abc", {"a": False, "b": False}) == "stopped"
    assert verdict(asked, "abc", {"a": False, "b": True}) == "open"

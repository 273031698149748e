from datetime import date, timedelta

import numpy as np
import polars as pl
import pytest

from persona import signals
from persona.segments.lifecycle import PHASES, lifecycle
from persona.signals.cadence import cadence
from persona.signals.trend import trend

STEADY = {
    "customer_no": 1,
    "tenure_days": 1_000,
    "first_purchase_days": 900,
    "cadence_days": 5.0,
    "overdue": 1.0,
    "silence_days": 12,
    "spend_trend": 1.0,
    "purchases_90d": 25,
}
NEVER = {"first_purchase_days": None, "cadence_days": None, "overdue": None, "silence_days": None, "spend_trend": None}
TYPES = {"tenure_days": pl.Int64, "first_purchase_days": pl.Int64, "silence_days": pl.Int64} | dict.fromkeys(
    ["cadence_days", "overdue", "spend_trend"], pl.Float64
)


@pytest.mark.parametrize(
    ("known", "phase"),
    [
        ({}, "steady"),
        ({"spend_trend": None}, "steady"),
        (NEVER, "inactive"),
        (NEVER | {"tenure_days": None}, "inactive"),
        (NEVER | {"tenure_days": 60}, "new"),
        ({"tenure_days": 60, "overdue": 7.0}, "new"),
        ({"tenure_days": None, "first_purchase_days": 60}, "new"),
        ({"first_purchase_days": 60}, "steady"),
        ({"overdue": 6.01, "spend_trend": 2.0}, "lapsed"),
        ({"overdue": 6.0}, "at_risk"),
        ({"overdue": 3.0}, "steady"),
        ({"silence_days": 31, "spend_trend": 2.0}, "returned"),
        ({"silence_days": 30, "spend_trend": 1.31}, "growing"),
        ({"spend_trend": 1.3}, "steady"),
        ({"spend_trend": 0.69}, "declining"),
    ],
)
@pytest.mark.parametrize("frame", [pl.DataFrame, pl.DataFrame.lazy])
def test_the_first_phase_that_fits_is_the_customers(frame, known, phase):
    row = pl.DataFrame([STEADY | known], schema_overrides=TYPES)
    assert lifecycle(frame(row)).lazy().collect().rows() == [(1, phase)]
    assert phase in PHASES


@pytest.mark.parametrize(
    ("past", "known", "phase"),
    [
        ("steady", {"overdue": 5.2}, "steady"),
        ("steady", {"overdue": 5.4}, "at_risk"),
        ("at_risk", {"overdue": 3.1}, "at_risk"),
        ("at_risk", {"overdue": 3.0}, "steady"),
        ("at_risk", {"overdue": 8.2}, "at_risk"),
        ("at_risk", {"overdue": 8.4}, "lapsed"),
        ("lapsed", {"overdue": 6.1}, "lapsed"),
        ("lapsed", {"overdue": 0.2}, "steady"),
        ("steady", {"spend_trend": 1.69}, "steady"),
        ("steady", {"spend_trend": 1.71}, "growing"),
        ("growing", {"spend_trend": 1.0}, "growing"),
        ("growing", {"spend_trend": 0.99}, "steady"),
        ("growing", {"spend_trend": 0.99, "purchases_90d": 2_500}, "steady"),
        ("steady", {"spend_trend": 1.35, "purchases_90d": 2_500}, "growing"),
        ("steady", {"spend_trend": 0.54}, "steady"),
        ("steady", {"spend_trend": 0.53}, "declining"),
        ("declining", {"spend_trend": 0.91}, "declining"),
        ("declining", {"spend_trend": 0.92}, "steady"),
        ("declining", {"spend_trend": 9.0}, "growing"),
        ("steady", NEVER, "inactive"),
        (None, {"overdue": 3.1}, "at_risk"),
    ],
)
@pytest.mark.parametrize("frame", [pl.DataFrame, pl.DataFrame.lazy])
def test_a_phase_is_left_only_for_one_that_is_ten_times_as_likely(frame, past, known, phase):
    row = pl.DataFrame([STEADY | known], schema_overrides=TYPES)
    before = pl.DataFrame({"customer_no": [1], "lifecycle": [past]}, schema_overrides={"lifecycle": pl.String})
    assert lifecycle(frame(row), frame(before)).lazy().collect().rows() == [(1, phase)]


def test_who_was_not_there_the_night_before_has_the_phase_that_fits():
    row = pl.DataFrame([STEADY | {"overdue": 3.1}], schema_overrides=TYPES)
    other = pl.DataFrame({"customer_no": [2], "lifecycle": ["steady"]})
    assert lifecycle(row, other)["lifecycle"].item() == "at_risk"


def test_of_who_buys_as_ever_fewer_than_three_of_a_hundred_change_their_phase_in_a_week():
    draw, people, days = np.random.default_rng(7), 1_000, 540
    counts = draw.poisson(days * np.exp(draw.normal(-1.2, 1, people)))
    who = np.repeat(np.arange(1, people + 1), counts)
    booked_on = np.datetime64("2025-01-01") + draw.integers(0, days, counts.sum())
    bought = pl.DataFrame({"customer_no": who, "booked_on": booked_on}).with_columns(
        category=pl.lit("dining"), spent_minor=pl.lit(100), hour=None, place=None
    )
    last, held = date(2025, 1, 1) + timedelta(days=days), None
    for night in range(49):
        known = _known(bought, range(1, people + 1), last - timedelta(days=48 - night))
        bare, held = lifecycle(known), lifecycle(known, held)
        if night == 41:
            a_week_ago, bare_a_week_ago = held, bare
    assert (held["lifecycle"] != a_week_ago["lifecycle"]).mean() < 0.03
    assert (bare["lifecycle"] != bare_a_week_ago["lifecycle"]).mean() > 0.08


def _known(bought, customers, as_of):
    """What the phase is told by, of the purchases before a day."""
    state = signals.folded(customers, bought.filter(pl.col("booked_on") < as_of), as_of=as_of, words=["dining"])
    firsts = pl.Series("first_purchase_days", state.day - state.first, dtype=pl.Int64)
    counts = pl.DataFrame({"customer_no": state.customers, "purchases_90d": state.purchases[:, 1]})
    counts = counts.with_columns(pl.when(firsts >= 0).then(firsts), tenure_days=pl.lit(900))
    return counts.join(trend(state), on="customer_no").join(cadence(state, book_gap_days=5.0), on="customer_no")

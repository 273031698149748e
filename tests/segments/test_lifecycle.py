import polars as pl
import pytest

from persona.segments.lifecycle import PHASES, lifecycle

STEADY = {
    "customer_no": 1,
    "tenure_days": 1_000,
    "first_purchase_days": 900,
    "cadence_days": 5.0,
    "overdue": 1.0,
    "silence_days": 12,
    "spend_trend": 1.0,
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

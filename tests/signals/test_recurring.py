from datetime import date

import polars as pl
import pytest

from persona.signals.recurring import recurring

STREAM = {
    "customer_no": 1,
    "is_income": False,
    "merchant": "TONWERK",
    "period_days": 30,
    "amount_minor": 1_199,
    "is_running": True,
    "risen_minor": None,
    "risen_on": None,
}
SCHEMA = {"risen_minor": pl.Int64, "risen_on": pl.Date, "merchant": pl.String}


def paid(*streams):
    return pl.DataFrame([STREAM | one for one in streams], schema_overrides=SCHEMA)


@pytest.mark.parametrize("frame", [pl.DataFrame, pl.DataFrame.lazy])
def test_running_payments_are_told_by_the_month(frame):
    # 1,199 + 700 * 4.348 (3,043.6) + 3,000 * .333 (999) = 5,242
    weekly, quarterly = {"period_days": 7, "amount_minor": 700}, {"period_days": 91, "amount_minor": 3_000}
    streams = frame(paid({}, weekly, quarterly, {"is_running": False}, {"is_income": True}))
    made = recurring(streams, as_of=date(2026, 7, 1)).lazy().collect()
    assert made.rows() == [(1, 3, 1_199 + 3_044 + 999, None, None, None)]


def test_the_newest_rise_of_60_days_is_told_and_older_ones_are_not():
    old = {"merchant": "OLD", "risen_minor": 900, "risen_on": date(2026, 5, 1)}
    new = {"merchant": "NEW", "risen_minor": 200, "risen_on": date(2026, 6, 21)}
    last_day = {"merchant": "LAST", "risen_minor": 100, "risen_on": date(2026, 5, 2)}
    names = ["price_rise_merchant", "price_rise_minor", "price_rise_to_minor"]
    given = ((old, new), (old, last_day), (old,))
    told = [recurring(paid(*streams), as_of=date(2026, 7, 1)).select(names).row(0) for streams in given]
    assert told == [("NEW", 200, 1_199), ("LAST", 100, 1_199), (None, None, None)]

from datetime import datetime

import polars as pl
import pytest

from persona.clock import AsOf
from persona.signals.redemptions import redemptions

at = datetime.fromisoformat


@pytest.mark.parametrize("frame", [pl.DataFrame, pl.DataFrame.lazy])
def test_points_of_a_year_are_summed_and_the_kind_with_most_points_is_told(frame):
    rows = [
        (1, 100, "travel", at("2026-06-01")),
        (1, 80, "cashback", at("2026-05-01")),
        (1, 20, "cashback", at("2024-05-01")),
        (1, 999, "charity", at("2026-07-02")),
        (2, 5, None, at("2026-06-01")),
        (2, 1, "charity", at("2026-06-01")),
    ]
    redeemed = pl.DataFrame(rows, schema=["customer_no", "points", "kind", "at"], orient="row")
    made = redemptions(frame(redeemed), as_of=AsOf.parsed("2026-07-01", "UTC")).lazy().collect()
    assert made.rows() == [(1, 180, "cashback"), (2, 6, "charity")]

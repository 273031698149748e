from datetime import datetime

import polars as pl
import pytest

from persona.clock import AsOf
from persona.signals.preferences import preferences

at = datetime.fromisoformat


@pytest.mark.parametrize("frame", [pl.DataFrame, pl.DataFrame.lazy])
def test_the_last_statement_before_as_of_counts(frame):
    rows = [
        (1, "reward", "miles", at("2026-02-01")),
        (1, "reward", "cash", at("2026-01-01")),
        (1, "reward", "points", at("2026-07-01")),
        (2, "other", "x", at("2026-01-01")),
    ]
    stated = pl.DataFrame(rows, schema=["customer_no", "topic", "value", "at"], orient="row")
    made = preferences(frame(stated), as_of=AsOf.parsed("2026-07-01", "UTC"), topics=["reward"]).lazy().collect()
    assert made.rows() == [(1, "miles"), (2, None)]

from datetime import date

import polars as pl
import pytest

from persona.foundation.suppressions import suppressed


@pytest.mark.parametrize(
    ("from_on", "until_on", "counts"),
    [
        (date(2026, 6, 1), None, True),
        (date(2026, 7, 1), None, True),
        (date(2026, 7, 2), None, False),
        (date(2026, 6, 1), date(2026, 7, 1), False),
        (date(2026, 6, 1), date(2026, 7, 2), True),
    ],
)
@pytest.mark.parametrize("frame", [pl.DataFrame, pl.DataFrame.lazy])
def test_a_suppression_holds_from_its_first_day_until_the_day_it_ends(frame, from_on, until_on, counts):
    row = {"customer_no": 1, "type": "fraud", "channel": None, "from_on": from_on, "until_on": until_on}
    schema = {"customer_no": pl.Int64, "type": pl.String, "channel": pl.String, "from_on": pl.Date, "until_on": pl.Date}
    rows = frame(pl.DataFrame([row, row | {"customer_no": None}], schema=schema))
    expected = [(1, "fraud", None)] if counts else []
    assert suppressed(rows, as_of=date(2026, 7, 1)).lazy().collect().rows() == expected

from datetime import date

import polars as pl
from polars.testing import assert_frame_equal

from persona.signals.folding import folded
from persona.signals.recency import recency

CUSTOMERS = [3, 1, 2]


def test_refunds_are_no_purchases_and_who_never_bought_has_no_recency(bookings):
    rows = bookings((1, 1, 500), (1, 30, 500), (1, 31, 500), (1, 366, 500), (2, 5, -200))
    spent = folded(CUSTOMERS, rows, as_of=date(2026, 7, 1), words=[])
    expected = pl.DataFrame(
        {
            "customer_no": [1, 2, 3],
            "recency_days": [1, None, None],
            "first_purchase_days": [366, None, None],
            "purchases_30d": [2, 0, 0],
            "purchases_90d": [3, 0, 0],
            "purchases_365d": [3, 0, 0],
        }
    )
    assert_frame_equal(recency(spent), expected)

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from persona.tables import Column, Contract
from persona.tables.wide import wide

KEY = Column("customer_no", pl.Int64, "", "")
CONTRACT = Contract(
    "t",
    "one row a customer",
    ("customer_no",),
    (
        KEY,
        Column("count", pl.Int64, "", ""),
        Column("is_so", pl.Boolean, "", ""),
        Column("share", pl.Float64, ""),
        Column("word", pl.String, ""),
    ),
)


@pytest.mark.parametrize("frame", [pl.DataFrame, pl.DataFrame.lazy])
def test_every_customer_appears_with_nothing_where_nothing_is_and_unknown_where_unknown(frame):
    customers = pl.DataFrame({"customer_no": [3, 1, 2]})
    counts = pl.DataFrame({"customer_no": [2], "count": [5], "share": [0.5]})
    words = pl.DataFrame({"customer_no": [3], "word": ["coast"], "is_so": [True], "aside": [1]})
    expected = pl.DataFrame(
        [(1, 0, False, None, None), (2, 5, False, 0.5, None), (3, 0, True, None, "coast")],
        schema=CONTRACT.schema,
        orient="row",
    )
    made = wide(frame(customers), frame(counts), frame(words), contract=CONTRACT).lazy().collect()
    assert_frame_equal(made, expected)

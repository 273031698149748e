import polars as pl
import pytest

from persona.signals.income import income

STREAM = {
    "customer_no": 1,
    "is_income": True,
    "merchant": None,
    "counterparty": "tok_a",
    "kind": "salary",
    "period_days": 30,
    "amount_minor": 200_000,
    "is_running": True,
    "risen_minor": None,
}
SCHEMA = {"risen_minor": pl.Int64, "merchant": pl.String, "counterparty": pl.String, "kind": pl.String}


def of(*streams):
    return income(pl.DataFrame([STREAM | one for one in streams], schema_overrides=SCHEMA)).rows()


@pytest.mark.parametrize(
    ("streams", "expected"),
    [
        ([{}], [(1, True, 200_000, None)]),
        ([{"kind": "pension"}], [(1, False, 200_000, None)]),
        ([{}, {"kind": "benefit", "amount_minor": 25_000}], [(1, True, 225_000, None)]),
        ([{}, {"kind": "transfer"}], [(1, True, 200_000, None)]),
        ([{"kind": "transfer"}], [(1, True, 200_000, None)]),
        ([{"kind": None, "counterparty": None}], []),
        ([{"kind": None, "period_days": 91}], []),
        ([{"kind": "transfer"}, {"is_income": False, "kind": "transfer"}], []),
        ([{"is_running": False}], []),
        ([{"risen_minor": 9_000}], [(1, True, 200_000, 9_000)]),
    ],
)
def test_what_says_it_is_income_counts_and_else_what_regularly_comes_from_a_named_payer(streams, expected):
    assert of(*streams) == expected

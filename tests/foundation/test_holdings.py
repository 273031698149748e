from datetime import date

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from persona.foundation.holdings import holding_facts
from persona.tables import CANONICAL, KNOWN
from persona.tables.profile import holdings as contract_of
from persona.tables.wide import wide

AS_OF = date(2026, 7, 1)
COLUMNS = {c.name: c.dtype for c in (*CANONICAL["holdings"].columns, *KNOWN)}


def held(*given):
    known = {"customer_no": 1, "product": "deposit", "delivery_no": 1, "known_on": date(2026, 6, 30)}
    blank = dict.fromkeys(COLUMNS) | known
    return pl.DataFrame([blank | {"holding_id": f"h{i}"} | row for i, row in enumerate(given)], schema=COLUMNS)


@pytest.mark.parametrize("frame", [pl.DataFrame, pl.DataFrame.lazy])
def test_sums_are_of_what_is_held_here_and_the_next_maturity_counts_from_as_of(frame):
    rows = held(
        {"balance_minor": 500_00, "rate": 0.02, "matures_on": date(2026, 7, 31)},
        {"balance_minor": None, "rate": 0.03, "matures_on": date(2026, 6, 30)},
        {"balance_minor": 900_00, "is_external": True, "matures_on": date(2026, 7, 1)},
    )
    facts = holding_facts(frame(rows), as_of=AS_OF, products=["deposit"]).lazy().collect()
    expected = pl.DataFrame(
        {
            "customer_no": [1],
            "holds_deposit": [True],
            "external_deposit": [True],
            "balance_deposit_minor": [500_00],
            "limit_deposit_minor": [None],
            "rate_deposit": [0.03],
            "matures_in_days_deposit": [0],
            "matures_on_deposit": [date(2026, 7, 1)],
        },
        schema=contract_of(["deposit"]).schema,
    )
    assert_frame_equal(facts, expected)


@pytest.mark.parametrize(
    ("opened_on", "closed_on", "holds"),
    [
        (None, None, True),
        (date(2026, 6, 30), None, True),
        (AS_OF, None, False),
        (date(2020, 1, 1), date(2026, 6, 30), False),
        (date(2020, 1, 1), AS_OF, True),
    ],
)
def test_open_is_what_was_opened_and_not_closed_before_as_of(opened_on, closed_on, holds):
    facts = holding_facts(held({"opened_on": opened_on, "closed_on": closed_on}), as_of=AS_OF, products=["deposit"])
    customers = pl.DataFrame({"customer_no": [1, 2]})
    full = wide(customers, facts, contract=contract_of(["deposit"]))
    assert full["holds_deposit"].to_list() == [holds, False]

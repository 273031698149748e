from datetime import date

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from persona.foundation.people import people
from persona.tables import CANONICAL, KNOWN

COLUMNS = {c.name: c.dtype for c in (*CANONICAL["customers"].columns, *KNOWN)}


def rows(*given):
    """Customer rows: what is not given is null."""
    return pl.DataFrame([dict.fromkeys(COLUMNS) | row for row in given], schema=COLUMNS)


def row(customer_no, system, month, **said):
    known = {"customer_no": customer_no, "customer_id": f"K{customer_no}", "source_system": system}
    return known | {"delivery_no": month, "known_on": date(2026, month, 1)} | said


SAID = rows(
    row(1, "cards", 1, region="north", language="de", is_vulnerable=False),
    row(1, "core", 1, region="south", is_vulnerable=True),
    row(1, "core", 2, region="east"),
    row(1, "core", 3, region="west"),
    row(2, "cards", 3, region="late"),
    row(2, "cards", 4, region="later"),
)


@pytest.mark.parametrize("frame", [pl.DataFrame, pl.DataFrame.lazy])
def test_the_newest_known_row_of_the_first_system_that_knows_counts_and_the_oldest_where_none_was_known(frame):
    golden = people(frame(SAID), as_of=date(2026, 3, 1), systems=["core", "cards"]).lazy().collect()
    expected = pl.DataFrame({"customer_no": [1, 2], "region": ["east", "late"], "language": ["de", None]})
    assert_frame_equal(golden.select("customer_no", "region", "language"), expected)


def test_the_order_of_systems_says_who_is_believed():
    golden = people(SAID, as_of=date(2026, 3, 1), systems=["cards", "core"])
    assert golden["region"].to_list() == ["north", "late"]


def test_one_system_that_says_vulnerable_outweighs_another_that_says_not():
    golden = people(SAID, as_of=date(2026, 2, 1), systems=["cards", "core"])
    assert golden["is_vulnerable"].to_list() == [True, None]


def test_the_order_of_rows_means_nothing_and_unlinked_rows_are_left_out():
    stray = rows(row(None, "core", 1, region="nowhere") | {"customer_id": "K9"})
    shuffled = pl.concat([SAID[::-1], stray])
    expected = people(SAID, as_of=date(2026, 3, 1), systems=["core"])
    assert_frame_equal(people(shuffled, as_of=date(2026, 3, 1), systems=["core"]), expected)

import polars as pl
import pytest

from persona.tables.ordered import in_order


@pytest.mark.parametrize("places", [[0, 1, 2, 3], [2, 0, 3, 1]])
def test_rows_come_in_the_order_of_their_key_however_they_lie(places):
    rows = pl.DataFrame({"k": ["a", "a", "b", "b"], "n": [1, 2, 1, 2], "said": ["w", "x", "y", None]})
    assert in_order(rows[places], ("k", "n")).equals(rows)

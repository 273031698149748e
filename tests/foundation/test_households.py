import polars as pl
import pytest

from persona.foundation.households import households


@pytest.mark.parametrize("frame", [pl.DataFrame, pl.DataFrame.lazy])
def test_who_lives_alone_is_a_household_of_one_even_if_another_household_has_his_number(frame):
    people = pl.DataFrame({"customer_no": [3, 1, 2], "customer_id": ["7", "5", "6"], "household_id": [None, "7", "7"]})
    expected = [(1, "household:7", 2), (2, "household:7", 2), (3, "customer:7", 1)]
    assert households(frame(people)).lazy().collect().rows() == expected

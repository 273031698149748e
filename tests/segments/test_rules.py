import polars as pl
import pytest
from polars.testing import assert_frame_equal

from persona.segments.rules import rule_segments


@pytest.mark.parametrize("frame", [pl.DataFrame, pl.DataFrame.lazy])
def test_a_condition_on_a_null_is_unknown_and_every_customer_stays(frame):
    known = pl.DataFrame({"customer_no": [3, 1, 2], "age_years": [None, 17, 40]})
    conditions = {"adults": pl.col("age_years") >= 18, "all": pl.lit(True)}
    expected = pl.DataFrame({"customer_no": [1, 2, 3], "in_adults": [False, True, None], "in_all": [True] * 3})
    assert_frame_equal(rule_segments(frame(known), conditions).lazy().collect(), expected)

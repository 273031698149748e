import polars as pl
import pytest

from persona.segments.main import main_segment

FLAGS = pl.DataFrame(
    [(2, True, True, True), (1, False, None, True), (3, None, None, False)],
    schema=["customer_no", "in_b", "in_a", "in_unranked"],
    orient="row",
)


@pytest.mark.parametrize("frame", [pl.DataFrame, pl.DataFrame.lazy])
@pytest.mark.parametrize(
    ("priorities", "segments"),
    [
        ({"b": 1, "a": 2, "unranked": None}, [None, "b", None]),
        ({"b": 1, "a": 1, "unranked": None}, [None, "a", None]),
        ({"b": 9, "a": 8, "unranked": 10}, ["unranked", "a", None]),
        ({}, [None, None, None]),
    ],
)
def test_the_lowest_priority_that_surely_holds_is_the_main_segment(frame, priorities, segments):
    chosen = main_segment(frame(FLAGS), priorities).lazy().collect()
    assert chosen.rows() == list(zip([1, 2, 3], segments, strict=True))

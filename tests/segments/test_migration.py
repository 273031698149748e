import polars as pl
import pytest
from polars.testing import assert_frame_equal

from persona.segments.migration import changed, migrations, sizes, with_before

NOW = pl.DataFrame({"customer_no": [1, 2, 3], "lifecycle": ["steady", "new", "lapsed"], "segment": ["a", None, "a"]})
BEFORE = pl.DataFrame({"customer_no": [3, 1], "lifecycle": ["at_risk", "steady"], "segment": [None, "b"]})


@pytest.mark.parametrize("frame", [pl.DataFrame, pl.DataFrame.lazy])
def test_the_night_before_stands_beside_tonight_and_is_null_where_nobody_was(frame):
    beside = with_before(frame(NOW), frame(BEFORE)).lazy().collect()
    before = {"lifecycle_before": ["steady", None, "at_risk"], "segment_before": ["b", None, None]}
    assert_frame_equal(beside, NOW.with_columns(**{name: pl.Series(values) for name, values in before.items()}))
    first = with_before(frame(NOW), None).lazy().collect()
    assert_frame_equal(first, NOW.with_columns(**{name: pl.lit(None, dtype=pl.String) for name in before}))


def test_the_matrix_counts_every_way_from_the_night_before():
    beside = with_before(NOW, BEFORE)
    assert migrations(beside, name="segment").rows() == [("b", "a", 1), (None, "a", 1), (None, None, 1)]


def test_sizes_tell_members_and_unknowns():
    flags = pl.DataFrame({"customer_no": [1, 2, 3], "in_b": [True, None, True], "in_a": [None, None, None]})
    typed = flags.with_columns(pl.col("in_a").cast(pl.Boolean))
    assert sizes(typed).rows() == [("a", 0, 3), ("b", 2, 1)]
    assert sizes(typed.select("customer_no")).rows() == []


def test_who_was_seen_both_nights_is_counted_and_who_has_another_label():
    nights = {"pattern": ["p1", "p2", "p1", None, "p1"], "pattern_before": ["p1", "p1", None, "p2", "p1"]}
    assert changed(pl.DataFrame(nights), name="pattern") == (3, 1)
    assert changed(pl.DataFrame(nights).clear(), name="pattern") == (0, 0)

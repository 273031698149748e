from datetime import date

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from persona.offers.conditions import Criterion, distinct_conditions
from persona.offers.judged import judged, planes
from persona.policy.conditions import checked
from persona.policy.places import Place

DAY = date(2026, 7, 1)
COLUMNS = {"age_years": pl.Int64}


def _criterion(index, text):
    when = checked(text, columns=COLUMNS, place=Place("x.yaml"))
    return Criterion(index, "E", f"c{index}", when, True, True, "", "", {})


@pytest.mark.parametrize("frame", [pl.DataFrame, pl.LazyFrame])
def test_each_condition_has_its_bit_and_unknown_is_not_met(frame, catalog, offer, columns, read):
    conditions = [
        {"id": "adult", "when": "age_years >= 18", "source": "1"},
        {"id": "calm", "when": "NOT is_vulnerable", "source": "1"},
    ]
    criteria = distinct_conditions(columns(offer(eligibility=conditions)), catalog(), [], day=DAY, read=read)
    rows = frame({"customer_no": [1, 2, 3], "age_years": [34, 17, None], "is_vulnerable": [False, None, True]})
    planes_of = {"met_0": [3, 0, 0], "unknown_0": [0, 2, 1]}
    expected = pl.DataFrame({"customer_no": [1, 2, 3], **planes_of}).cast({"met_0": pl.UInt64, "unknown_0": pl.UInt64})
    assert_frame_equal(judged(rows, criteria.items).lazy().collect(), expected)


def test_the_65th_condition_is_the_first_bit_of_the_second_plane():
    criteria = [_criterion(i, f"age_years >= {i}") for i in range(65)]
    rows = pl.DataFrame({"customer_no": [1, 2], "age_years": [64, 62]})
    result = judged(rows, criteria)
    assert result.select("met_0", "met_1").rows() == [(2**64 - 1, 1), (2**63 - 1, 0)]


def test_a_condition_without_columns_speaks_of_every_row_and_of_none_where_there_is_none():
    rows = pl.DataFrame({"customer_no": [1, 2], "age_years": [1, 1]})
    result = judged(rows, [_criterion(0, "1 = 1")])
    assert result["met_0"].to_list() == [1, 1]
    assert judged(rows.clear(), [_criterion(0, "1 = 1")]).height == 0


def test_no_condition_still_has_a_plane():
    assert (planes([]), judged(pl.DataFrame({"customer_no": [1]}), []).row(0)) == (1, (1, 0, 0))


@settings(deadline=None)
@given(st.lists(st.one_of(st.none(), st.integers(0, 70)), max_size=12), st.integers(0, 12))
def test_a_batch_is_judged_as_the_whole_is(ages, cut):
    rows = pl.DataFrame(
        {"customer_no": range(len(ages)), "age_years": ages}, schema={"customer_no": pl.Int64, **COLUMNS}
    )
    criteria = [_criterion(i, f"age_years >= {i}") for i in range(66)]
    batches = pl.concat([judged(rows[:cut], criteria), judged(rows[cut:], criteria)])
    assert_frame_equal(batches, judged(rows, criteria))

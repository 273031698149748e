from datetime import date, timedelta

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from persona.signals.journeys import journeys

AS_OF = date(2026, 7, 1)
COLUMNS = ("journeys_365d", "journey_gap_days", "journey_lead_days", "journey_season", "journey_ahead_days")


def bought(*rows):
    made = [{"customer_no": 1, "booked_on": date.fromisoformat(day), "category": category} for day, category in rows]
    return pl.DataFrame(made, schema={"customer_no": pl.Int64, "booked_on": pl.Date, "category": pl.String})


AIR, HOTEL = "travel.air", "travel.hotel"
YEARS = (
    *(("2025-06-20", AIR), ("2025-07-10", HOTEL), ("2025-07-12", HOTEL)),
    *(("2025-11-21", AIR), ("2025-12-01", HOTEL)),
    *(("2026-05-01", AIR), ("2026-05-31", HOTEL), ("2026-06-30", HOTEL)),
)


def told(*rows):
    return dict(zip(COLUMNS, journeys(bought(*rows), as_of=AS_OF).select(COLUMNS).row(0), strict=True))


def test_journeys_are_told_by_their_bills_and_leads_by_what_was_booked_ahead():
    # Bills of 10 and 12 July are one journey, 356 days ago, and three came after it.
    # Leads are 20, 10, 30 and, from 1 May to 30 June, 60.
    expected = {"journeys_365d": 4, "journey_gap_days": 118.7, "journey_lead_days": 25, "journey_ahead_days": None}
    assert told(*YEARS) == expected | {"journey_season": None}


def test_a_season_has_more_than_half_of_the_journeys():
    rows = [("2024-08-01", HOTEL), ("2025-07-10", HOTEL), ("2025-12-01", HOTEL), ("2026-06-10", HOTEL)]
    assert told(*rows)["journey_season"] == "summer"
    assert told(*rows[:3])["journey_season"] == "summer"
    assert told(*rows[:2])["journey_season"] is None


@pytest.mark.parametrize(
    ("rows", "days"),
    [
        ([("2026-06-21", AIR)], 10),
        ([("2026-06-01", HOTEL), ("2026-06-21", AIR)], 10),
        ([("2026-06-21", AIR), ("2026-06-30", HOTEL)], None),
        ([("2026-04-01", AIR)], None),
    ],
)
def test_a_journey_is_ahead_while_no_stay_has_followed_its_booking(rows, days):
    assert told(*rows)["journey_ahead_days"] == days


def test_who_buys_nothing_of_the_kind_has_no_row_and_later_days_are_not_known():
    assert journeys(bought(("2026-06-01", "fuel"), ("2026-07-01", HOTEL)), as_of=AS_OF).is_empty()


def test_neither_the_order_of_rows_nor_a_shift_within_the_week_of_all_days_changes_a_gap_or_a_lead():
    rows = bought(*YEARS)
    assert_frame_equal(journeys(rows.reverse(), as_of=AS_OF), journeys(rows, as_of=AS_OF))
    moved = journeys(rows.with_columns(pl.col("booked_on") + timedelta(days=5)), as_of=AS_OF + timedelta(days=5))
    kept = [name for name in COLUMNS if name != "journey_season"]
    assert_frame_equal(moved.select(kept), journeys(rows, as_of=AS_OF).select(kept))

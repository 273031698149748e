import polars as pl
from polars.testing import assert_frame_equal

from persona.clock import AsOf
from persona.signals.shops import at_shops, regular_shops

DAY = AsOf.parsed("2026-07-01", "Europe/Berlin").day


def test_purchases_of_a_year_at_the_shops_are_counted_by_hour_and_weekday_and_no_others(bookings):
    club, cafe = {"hour": 6, "merchant": "CLUB"}, {"hour": 9, "merchant": "CAFE"}
    rows = bookings((1, 1, 500, club), (1, 365, 500, club), (1, 366, 500, club), (1, 1, 0, club), (1, 1, 500, cafe))
    made = at_shops([1, 2], rows, rows["shop"].head(1), as_of=DAY)
    # 30 June 2026 is a Tuesday, 1 July 2025 too.
    slots = {"hours.6": 2, "weekdays.2": 2}
    empty = {name: [0, 0] for name in made.columns if name != "customer_no"}
    expected = pl.DataFrame({"customer_no": [1, 2]} | empty | {name: [count, 0] for name, count in slots.items()})
    assert_frame_equal(made, expected, check_dtypes=False)


def test_a_purchase_without_a_time_of_day_has_a_weekday_alone(bookings):
    rows = bookings((1, 1, 500, {"hour": None, "merchant": "CLUB"}))
    made = at_shops([1], rows, rows["shop"], as_of=DAY)
    assert made.row(0, named=True) == {name: int(name in {"customer_no", "weekdays.2"}) for name in made.columns}


def test_a_regular_income_makes_no_shop_regular(bookings):
    rows = bookings((1, 1, 500, {"merchant": "CLUB"}))
    streams = pl.DataFrame({"shop": [rows["shop"][0], None], "is_income": [True, False]})
    assert regular_shops(streams).is_empty()

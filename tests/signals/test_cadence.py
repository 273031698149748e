from datetime import date

import polars as pl
from polars.testing import assert_frame_equal

from persona.signals import cadence as module
from persona.signals.cadence import cadence
from persona.signals.folding import folded


def of(rows, *, book_gap_days=10.0):
    spent = folded([1, 2, 3], rows, as_of=date(2026, 7, 1), words=[])
    return cadence(spent, book_gap_days=book_gap_days)


def test_own_gaps_are_shrunk_to_the_books_and_two_purchases_a_day_are_one_day(bookings):
    # Gaps 4 and 8: (12 + 2 * 10) / (2 + 2) = 8; six days after the last: .75. Customer 2 has the book's cadence.
    rows = bookings((1, 18, 5), (1, 14, 5), (1, 6, 5), (1, 6, 7), (2, 30, 5))
    expected = pl.DataFrame(
        {
            "customer_no": [1, 2, 3],
            "cadence_days": [8.0, 10.0, None],
            "overdue": [0.75, 3.0, None],
            "silence_days": [8, None, None],
        }
    )
    assert_frame_equal(of(rows), expected)


def test_a_silence_counts_only_if_it_ended_in_the_last_60_days(bookings):
    ended_lately = of(bookings((1, 300, 5), (1, 60, 5)))["silence_days"].to_list()
    ended_before = of(bookings((1, 300, 5), (1, 61, 5)))["silence_days"].to_list()
    assert (ended_lately, ended_before) == ([240, None, None], [None, None, None])


def test_a_last_purchase_of_more_than_two_years_ago_is_overdue_by_the_books_cadence(bookings):
    assert of(bookings((1, 1_000, 5)))["overdue"].to_list() == [100.0, None, None]


def test_many_customers_are_counted_a_part_at_a_time_alike(bookings, monkeypatch):
    rows = bookings((1, 18, 5), (3, 14, 5), (1, 6, 5), (3, 2, 7))
    expected = of(rows)
    monkeypatch.setattr(module, "_AT_A_TIME", 2)
    assert_frame_equal(of(rows), expected)

from datetime import date

import polars as pl

from persona.signals.book import Book, book
from persona.signals.purchases import purchases


def test_the_book_is_the_mean_gap_and_the_counts_of_all_hours_and_weekdays(bookings):
    rows = bookings((1, 10, 5), (1, 6, 5), (2, 9, 5), (2, 8, 5), (3, 1, 5))
    spent = purchases(pl.DataFrame({"customer_no": [1, 2, 3]}), rows, as_of=date(2026, 7, 1), categories=[])
    acts = pl.DataFrame({"hour": [9, 9, None], "weekday": [1, 7, 7]})
    hours = tuple(2 if hour == 9 else 0 for hour in range(24))
    assert book(spent, acts) == Book(2.5, hours, (1, 0, 0, 0, 0, 0, 2))


def test_a_book_in_which_nobody_bought_twice_buys_weekly(bookings):
    spent = purchases(pl.DataFrame({"customer_no": [1]}), bookings((1, 1, 5)), as_of=date(2026, 7, 1), categories=[])
    acts = pl.DataFrame(schema={"hour": pl.Int8, "weekday": pl.Int8})
    assert book(spent, acts) == Book(7.0, (0,) * 24, (0,) * 7)

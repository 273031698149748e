from datetime import date

import numpy as np

from persona.signals.book import Book, book
from persona.signals.folding import folded


def test_the_book_is_the_mean_gap_and_the_counts_of_all_hours_and_weekdays(bookings):
    rows = bookings((1, 10, 5), (1, 6, 5), (2, 9, 5), (2, 8, 5), (3, 1, 5))
    spent = folded([1, 2, 3], rows, as_of=date(2026, 7, 1), words=[])
    acts = np.array([[0] * 9 + [2] + [0] * 14]), np.array([[1, 0, 0, 0, 0, 0, 2]])
    hours = tuple(2 if hour == 9 else 0 for hour in range(24))
    assert book(spent, *acts) == Book(2.5, hours, (1, 0, 0, 0, 0, 0, 2))


def test_a_book_in_which_nobody_bought_twice_buys_weekly(bookings):
    spent = folded([1], bookings((1, 1, 5)), as_of=date(2026, 7, 1), words=[])
    acts = np.zeros((1, 24), dtype=int), np.zeros((1, 7), dtype=int)
    assert book(spent, *acts) == Book(7.0, (0,) * 24, (0,) * 7)

from datetime import date

from persona.signals.decay import decayed_spending
from persona.signals.folding import folded


def test_a_half_of_the_money_counts_after_90_days_and_a_quarter_after_180(bookings):
    rows = bookings((1, 90, 1_000), (1, 180, 1_000), (2, 90, -1_000))
    spent = folded([1, 2, 3], rows, as_of=date(2026, 7, 1), words=[])
    assert decayed_spending(spent)["spend_decayed_minor"].to_list() == [750, -500, 0]


def test_half_a_minor_unit_is_rounded_up(bookings):
    spent = folded([1, 2], bookings((1, 90, 1), (2, 90, -1)), as_of=date(2026, 7, 1), words=[])
    assert decayed_spending(spent)["spend_decayed_minor"].to_list() == [1, 0]

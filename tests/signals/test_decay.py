from datetime import date

import polars as pl

from persona.signals.decay import UNIT, decayed_spending, decayed_units
from persona.signals.purchases import purchases


def test_a_half_of_the_money_counts_after_90_days_and_a_quarter_after_180(bookings):
    rows = bookings((1, 90, 1_000), (1, 180, 1_000), (2, 90, -1_000))
    spent = purchases(pl.DataFrame({"customer_no": [1, 2, 3]}), rows, as_of=date(2026, 7, 1), categories=[])
    assert decayed_spending(spent)["spend_decayed_minor"].to_list() == [750, -500, 0]


def test_counts_decay_alike_and_are_whole_units(bookings):
    rows = bookings((1, 30, 5), (1, 60, 5))
    spent = purchases(pl.DataFrame({"customer_no": [1]}), rows, as_of=date(2026, 7, 1), categories=[])
    assert decayed_units(spent, half_life_days=30).tolist() == [UNIT * 3 // 4]

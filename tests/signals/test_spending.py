from datetime import date

from persona.signals.folding import folded
from persona.signals.spending import spending

WORDS = ["dining", "travel", "travel.air", "travel.hotel"]


def test_refunds_lower_the_money_and_a_group_is_the_sum_of_what_is_in_it(bookings):
    rows = bookings(
        (1, 1, 1_000, {"category": "travel.air"}),
        (1, 40, -300, {"category": "travel.air"}),
        (1, 100, 50, {"category": "travel"}),
        (1, 400, 70, {"category": "travel.hotel"}),
        (1, 2, 8, {"category": None}),
        (1, 2, 9, {"category": "unheard.of"}),
    )
    spent = spending(folded([1], rows, as_of=date(2026, 7, 1), words=WORDS)).row(0, named=True)
    assert [spent[f"spend_{d}d_minor"] for d in (30, 90, 365)] == [1_017, 717, 767]
    assert [spent[f"spend_{d}d_travel_air_minor"] for d in (30, 90, 365)] == [1_000, 700, 700]
    assert [spent[f"spend_{d}d_travel_minor"] for d in (30, 90, 365)] == [1_000, 700, 750]
    words = ("travel", "travel_air", "travel_hotel", "dining")
    assert [spent[f"purchases_365d_{word}"] for word in words] == [2, 1, 0, 0]

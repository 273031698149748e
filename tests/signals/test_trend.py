from datetime import date

import pytest

from persona.signals.folding import folded
from persona.signals.trend import trend


def of(rows):
    spent = folded([1], rows, as_of=date(2026, 7, 1), words=[])
    return trend(spent)["spend_trend"].item()


def test_who_buys_every_day_is_steady_who_stopped_falls_and_who_began_again_grows(bookings):
    every_day = of(bookings(*((1, age, 100) for age in range(1, 366))))
    stopped = of(bookings(*((1, age, 100) for age in range(60, 366))))
    more = of(bookings(*((1, age, 100) for age in range(1, 31)), (1, 365, 100)))
    assert every_day == pytest.approx(1, abs=0.01)
    assert stopped < 0.5
    assert more > 1.3


def test_a_trend_of_less_than_60_days_is_not_known(bookings):
    assert of(bookings((1, 59, 100), (1, 1, 100))) is None
    assert of(bookings((1, 60, 100), (1, 1, 100))) is not None
    assert of(bookings((1, 90, -100))) is None

from datetime import datetime

import polars as pl
import pytest

from persona.clock import AsOf
from persona.signals.folding import folded
from persona.signals.travel import destinations, trips

AS_OF = AsOf.parsed("2026-07-01", "UTC")
REDEEMED = {"customer_no": pl.Int64, "at": pl.Datetime("us"), "destination": pl.String}


def booked_trips(lines):
    return trips(folded([1], lines, as_of=AS_OF.day, words=[]))


@pytest.mark.parametrize(
    ("merchant", "kind"),
    [
        ("Strandhotel Bahia", "coast"),
        ("ALPENHOTEL HORNBLICK", "mountain"),
        ("CITY HOTEL RAMBLA", "city"),
        ("City Beach Lodge", None),
        ("HOTEL DES ARTS", None),
        (None, None),
    ],
)
@pytest.mark.parametrize("frame", [pl.DataFrame, pl.DataFrame.lazy])
def test_a_merchants_name_tells_a_kind_of_place_or_nothing(frame, bookings, merchant, kind):
    booked = booked_trips(bookings((1, 9, 500, {"category": "travel.hotel", "merchant": merchant})))
    made = destinations(frame(booked), frame(pl.DataFrame(schema=REDEEMED)), as_of=AS_OF).lazy().collect()
    assert made.rows() == ([(1, kind)] if kind else [])


def test_the_place_most_often_booked_or_redeemed_for_counts_and_other_shops_do_not(bookings):
    beach = {"category": "travel.hotel", "merchant": "BEACH RESORT"}
    booked = booked_trips(
        bookings((1, 9, 500, beach), (1, 8, 500, beach | {"category": "dining"}), (1, 7, -500, beach))
    )
    redeemed = pl.DataFrame([(1, datetime.fromisoformat("2026-06-01"), "mountain")] * 2, schema=REDEEMED, orient="row")
    assert destinations(booked, redeemed, as_of=AS_OF).rows() == [(1, "mountain")]
    assert destinations(booked, redeemed.head(1), as_of=AS_OF).rows() == [(1, "coast")]

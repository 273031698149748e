from datetime import date, timedelta

import polars as pl
import pytest

from persona.signals.lines import lines

AS_OF = date(2026, 7, 1)
BOOKINGS = {
    "customer_no": pl.Int64,
    "account_id": pl.String,
    "booked_on": pl.Date,
    "hour": pl.Int8,
    "weekday": pl.Int8,
    "amount_minor": pl.Int64,
    "spent_minor": pl.Int64,
    "category": pl.String,
    "merchant": pl.String,
    "kind": pl.String,
    "channel": pl.String,
    "country": pl.String,
    "counterparty": pl.String,
    "txn_id": pl.String,
}


def made(*rows):
    """Lines of bookings from (customer, days ago, spent) and, where it matters, more columns by name."""
    blank = dict.fromkeys(BOOKINGS) | {"kind": "purchase"}
    full = []
    for number, (customer_no, age, spent, *more) in enumerate(rows):
        booked_on = AS_OF - timedelta(days=age)
        own = {"customer_no": customer_no, "booked_on": booked_on, "weekday": booked_on.isoweekday()}
        money = {"spent_minor": spent, "amount_minor": -spent, "txn_id": f"t{number}"}
        full.append(blank | own | money | (more[0] if more else {}))
    return lines(pl.DataFrame(full, schema=BOOKINGS))


@pytest.fixture
def bookings():
    return made

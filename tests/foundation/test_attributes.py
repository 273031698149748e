from datetime import date

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from persona.foundation.attributes import attributes
from persona.tables import CANONICAL, Column
from persona.tables.profile import attributes as contract_of

COLUMNS = {"customer_no": pl.Int64} | {c.name: c.dtype for c in CANONICAL["customers"].columns} | {"points": pl.Int64}


def people(**said):
    return pl.DataFrame([dict.fromkeys(COLUMNS) | {"customer_no": 1} | said], schema=COLUMNS)


def of(*, as_of=date(2026, 7, 1), **said):
    return attributes(people(**said), as_of=as_of, languages=["en", "de"], country="DE").row(0, named=True)


@pytest.mark.parametrize(
    ("born_on", "as_of", "years"),
    [
        (date(1990, 7, 1), date(2026, 7, 1), 36),
        (date(1990, 7, 2), date(2026, 7, 1), 35),
        (date(2004, 2, 29), date(2026, 2, 28), 21),
        (date(2004, 2, 29), date(2026, 3, 1), 22),
        (date(2027, 1, 1), date(2026, 7, 1), None),
        (date(1800, 1, 1), date(2026, 7, 1), None),
        (None, date(2026, 7, 1), None),
    ],
)
def test_age_is_in_whole_years_and_unknown_where_the_birthday_cannot_be_true(born_on, as_of, years):
    assert of(born_on=born_on, as_of=as_of)["age_years"] == years


@pytest.mark.parametrize(
    ("given", "spoken"), [("de", "de"), ("de-AT", "de"), ("DE_ch", "de"), ("fr", "en"), (None, "en"), ("", "en")]
)
def test_the_language_is_the_nearest_of_the_workspace_or_its_first(given, spoken):
    assert of(language=given)["language"] == spoken


def test_tenure_counts_from_the_day_of_joining_and_a_day_to_come_is_not_known():
    assert (of(since_on=date(2026, 6, 30))["tenure_days"], of(since_on=date(2026, 7, 2))["tenure_days"]) == (1, None)


def test_the_country_is_the_banks_where_none_is_known_and_the_zone_stays_unknown():
    known = of()
    assert (known["country"], known["zone"], of(country="AT")["country"]) == ("DE", None, "AT")


@pytest.mark.parametrize("frame", [pl.DataFrame, pl.DataFrame.lazy])
def test_the_frame_keeps_its_contract_with_the_columns_a_source_declares(frame):
    extra = [Column("points", pl.Int64, "points")]
    said = people(email="tok_a", points=7)
    made = attributes(frame(said), as_of=date(2026, 7, 1), languages=["en"], country="DE", extra=extra).lazy().collect()
    assert_frame_equal(contract_of(extra).checked(made), made)
    assert made.select("has_email", "has_phone", "has_push", "points").row(0) == (True, False, False, 7)

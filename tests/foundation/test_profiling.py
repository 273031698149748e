from datetime import datetime

import polars as pl
import pytest

from persona.clock import AsOf
from persona.foundation import objectors

AS_OF = AsOf.parsed("2026-07-01", "UTC")


def log(*entries):
    """Consents of customer 1, as (day, status) of one purpose; a third word is another purpose."""
    rows = [
        (1, said[2] if len(said) > 2 else "profiling", said[1], datetime.fromisoformat(said[0])) for said in entries
    ]
    return pl.DataFrame(rows, schema=["customer_no", "purpose", "status", "at"], orient="row")


def who(*entries):
    return objectors(log(*entries), as_of=AS_OF)["customer_no"].to_list()


@pytest.mark.parametrize("status", ["objected", "withdrawn"])
def test_who_says_no_objects_until_he_says_yes_again(status):
    assert who(("2026-01-01", "granted"), ("2026-02-01", status)) == [1]
    assert who(("2026-01-01", status), ("2026-02-01", "granted")) == []


def test_silence_is_no_objection_and_neither_is_a_no_to_marketing():
    assert who(("2026-01-01", "withdrawn", "marketing")) == []


def test_an_objection_counts_from_its_instant_on():
    assert who(("2026-06-30", "objected")) == [1]
    assert who(("2026-07-01", "objected")) == []


def test_of_two_words_at_one_instant_the_no_counts():
    assert who(("2026-01-01", "granted"), ("2026-01-01", "objected")) == [1]

"""One customer's price ladder: what each price is worth, and what keeps it from him."""

from math import log

import polars as pl
import pytest

from persona.decisions.ladder import price_ladder
from persona.decisions.prices import CURVES

POINTS = [{"id": "low", "price": 2}, {"id": "mid", "price": 3}, {"id": "high", "price": 4}]
BANDS = {
    "by": "income_minor",
    "table": [{"id": "small", "until": 200_000, "ceiling": 3}, {"id": "large", "from": 200_000}],
}


CURVE = ("deposit", None, log(4.0), 0.0)


def ladder(night, profile, *, curves=(CURVE,), **said):
    price = {"kind": "deposit_rate", "term": "rate", "base": "mid", "points": POINTS, "source": "table", **said}
    offer = {"offer": "deposit", "worth": "1000 - 100 * price", "price": price}
    book = night({"offers": [offer], "customers": [{"id": "a", "profile": profile}]})
    _, row, chances = book.batch(book.customers)
    known = pl.DataFrame(list(curves), schema=CURVES, orient="row")
    return list(price_ladder(row, book.actions[0], chances, known, day=book.as_of.day, read=book.read))


def test_each_price_has_its_propensity_worth_and_value(night):
    rungs = ladder(night, {})
    # A tenth at the middle price; the odds double with each step.
    assert [(one.p, one.worth_minor, one.value_milli) for one in rungs] == [
        (0.052632, 800, 42_106),
        (0.1, 700, 70_000),
        (0.181818, 600, 109_091),
    ]
    assert {one.why_not for one in rungs} == {""}


@pytest.mark.parametrize(
    ("profile", "said", "why"),
    [
        ({"income_minor": 100}, {"bands": BANDS}, ["", "", "above the ceiling of band small, 3"]),
        ({"income_minor": None}, {"bands": BANDS}, ["his band is not known"] * 3),
        ({"age_years": 20}, {"when": "price * 10 <= age_years"}, ["", *["does not meet: price * 10 <= age_years"] * 2]),
    ],
)
def test_what_keeps_a_price_from_him_is_said(night, profile, said, why):
    assert [one.why_not for one in ladder(night, profile, **said)] == why


def test_without_an_answer_all_but_the_base_are_kept_back(night):
    told = [one.why_not for one in ladder(night, {}, curves=[])]
    assert told[1] == ""
    assert set(told) - {""} == {"no answer to prices is known: the one nearest to the base is told"}

from datetime import date, timedelta

import numpy as np
import polars as pl
import pytest

from persona.scores.habit_reasons import beat, habit_drivers, yearly
from persona.scores.habits import habits_of
from persona.scores.occasions import occasions
from persona.scores.renewal import fit_renewal, terms_of
from persona.scores.terms import TERMS

AS_OF = date(2026, 7, 1)
STEADY = [(1, age, 1_000) for age in range(2, 400, 4)]
GONE = [(2, age, 9_000) for age in range(200, 400, 10)]
ONCE = [(3, 50, 2_500)]
WEIGHTS = tuple(0.1 * (-1) ** n * (n + 1) for n in range(len(TERMS)))


@pytest.fixture(scope="module")
def seen():
    rows = [(who, AS_OF - timedelta(days=age), spent) for who, age, spent in (*STEADY, *GONE, *ONCE)]
    bought = pl.DataFrame(rows, schema=["customer_no", "booked_on", "spent_minor"], orient="row")
    return occasions([1, 2, 3, 4], bought, as_of=AS_OF)


def told(seen, coefficients, customer_no=1, language="en"):
    renewal = fit_renewal(habits_of(seen))
    return habit_drivers(
        seen,
        renewal,
        coefficients,
        customer_no=customer_no,
        horizon_days=30,
        currency="EUR",
        language=language,
    )


@pytest.mark.parametrize("coefficients", [(), (-0.3, *[0.0] * (len(TERMS) - 1), 1.2)], ids=["alone", "levelled"])
def test_where_bg_nbd_speaks_alone_the_reason_is_what_it_stands_on(seen, coefficients):
    (only,) = told(seen, coefficients)
    assert (only.says, only.log_odds) == ("buys every 4 days, last 2 days ago", 0.0)
    assert told(seen, coefficients, 2)[0].says == "buys every 10 days, last 200 days ago"


def test_where_habits_are_weighed_the_reasons_are_the_whole_way_from_the_mean_of_those_who_bought(seen):
    terms = terms_of(habits_of(seen), fit_renewal(habits_of(seen)), horizon_days=30)
    for at, customer_no in enumerate((1, 2, 3)):
        reasons = told(seen, (0.5, *WEIGHTS), customer_no)
        whole = float((terms[at] - terms[:3].mean(axis=0)) @ np.array(WEIGHTS))
        assert sum(one.log_odds for one in reasons) == pytest.approx(whole, abs=1e-5)
        assert sorted(reasons, key=lambda one: -abs(one.log_odds)) == list(reasons)


def test_each_reason_has_his_figure_and_the_mean_of_those_who_bought(seen):
    says = {one.term: one.says for one in told(seen, (0.5, *WEIGHTS), 2)}
    assert says == {
        "rhythm": "buys every 10 days, last 200 days ago",
        "for long": "17 purchase days in a year, 36.3 on average",
        "since": "first bought 390 days ago, 279.3 on average",
        "money": "90.00 EUR on a purchase day, 41.67 EUR on average",
        "pauses": "longest pause 10 days, 4.7 on average",
    }


def test_it_is_told_in_german_too_and_who_bought_once_has_no_pause(seen):
    says = {one.term: one.says for one in told(seen, (0.5, *WEIGHTS), 3, "de-AT")}
    assert says["pauses"] == says["rhythm"] == "hat an einem Tag gekauft, vor 50 Tagen"
    assert says["for long"] == "1 Kauftage in einem Jahr, im Mittel 36.3"


def test_a_year_is_told_by_its_days_and_their_money_and_without_any_by_the_beat(seen):
    assert yearly(seen, 2, currency="EUR") == "17 purchase days in a year of 90.00 EUR each"
    assert yearly(seen.earlier(0), 1, currency="JPY").endswith("of 1,000 JPY each")
    long_ago = occasions([2], _of(GONE, older=300), as_of=AS_OF)
    assert yearly(long_ago, 2, currency="EUR") == beat(long_ago, 2) == "buys every 10 days, last 500 days ago"


def _of(rows, *, older):
    made = [(who, AS_OF - timedelta(days=age + older), spent) for who, age, spent in rows]
    return pl.DataFrame(made, schema=["customer_no", "booked_on", "spent_minor"], orient="row")


@pytest.mark.parametrize("customer_no", [4, 5])
def test_who_never_bought_or_is_not_there_has_no_reasons(seen, customer_no):
    with pytest.raises(KeyError):
        told(seen, (), customer_no)

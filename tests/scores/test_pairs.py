from datetime import date

import numpy as np
import polars as pl

from persona.scores.affinity_state import day_number, folded
from persona.scores.answers import Past
from persona.scores.pairs import TERMS, OfferLevel, Yardstick, interest, standing, standing_at, terms_of

LEAVES = ("dining", "fuel")
DAY = date(2026, 6, 1)
BOUGHT = pl.DataFrame(
    {
        "customer_no": [1, 1, 2, 2],
        "category": ["fuel", "fuel", "dining", "fuel"],
        "booked_on": [date(2026, 3, 3), DAY, date(2026, 5, 31), date(2026, 6, 20)],
    }
)
BOOK = Yardstick(LEAVES, (0.5, 0.5), 0.0, 0.1)


def test_only_what_was_bought_before_the_day_counts_and_fades_to_it():
    rows = pl.DataFrame({"customer_no": [2, 1], "on": [DAY, DAY]})
    found = standing_at(rows, BOUGHT, leaves=LEAVES).purchases
    # The purchase of 3 March is 90 days old: half of it is left. That of the day itself is not known yet.
    assert np.allclose(found, [[2 ** (-1 / 90), 0], [0, 0.5]])


def test_a_contact_of_tonight_stands_where_the_nights_state_stands():
    tonight = date(2026, 7, 1)
    state = folded([1, 2], BOUGHT, leaves=LEAVES)
    rows = pl.DataFrame({"customer_no": [1, 2], "on": [tonight, tonight]})
    then, now = standing_at(rows, BOUGHT, leaves=LEAVES), standing(state, day_number(tonight))
    assert np.array_equal(then.purchases, now.purchases)
    assert np.array_equal(then.active, now.active)


def test_interest_is_the_share_in_the_category_against_the_books():
    known = standing_at(pl.DataFrame({"customer_no": [1], "on": [DAY]}), BOUGHT, leaves=LEAVES)
    # (.5 + 20 * .5) / 20.5 / .5
    assert np.allclose(interest(known, (1,), BOOK), np.log(10.5 / 20.5 / 0.5))
    assert interest(known, (), BOOK).tolist() == [0.0]


def test_who_is_like_those_who_are_told_and_has_answered_like_the_book_has_no_terms():
    known = standing_at(pl.DataFrame({"customer_no": [3], "on": [DAY]}), BOUGHT, leaves=LEAVES)
    level = OfferLevel("card", -2.0, (1,), 0.0, (0.3, -0.1), 0.0, contacted=9)
    past = Past(np.array([10]), np.array([1]))
    assert np.allclose(terms_of(known, past, level, BOOK), np.zeros((1, len(TERMS))))

"""Needs are ranked by what would help the person, and by nothing else."""

import polars as pl
from hypothesis import given
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from persona.policy.conditions import checked
from persona.policy.places import Place
from persona.scores import Wanted, needs

COLUMNS = {"bills_minor": pl.Int64(), "balance_minor": pl.Int64(), "chance": pl.Float64()}
PLACE = Place("rules/needs.yaml", 1, 1)


def wanted(need, when, score):
    compiled = [checked(text, columns=COLUMNS, place=PLACE, wants=wants) for text, wants in _asked(when, score)]
    return Wanted(need, *compiled)


def _asked(when, score):
    return ((when, "condition"), (score, "number"))


RESERVE = wanted("reserve", "bills_minor > 0", "80 - 80 * balance_minor / (3.0 * bills_minor)")
BRIDGE = wanted("bridge", "chance >= 0.2", "30 + 60 * chance")


def customers(*rows):
    return pl.DataFrame(rows, schema={"customer_no": pl.Int64, **COLUMNS}, orient="row")


def test_the_strongest_need_stands_first_and_what_is_unknown_or_not_felt_is_left_out():
    known = customers(
        (1, 1_000, 1_500, 0.5),  # reserve 80 - 40 = 40; bridge 30 + 30 = 60
        (2, 1_000, 9_000, None),  # reserve 80 - 240 < 0; bridge unknown
        (3, None, None, 0.3),  # reserve unknown; bridge 30 + 18 = 48
    )
    assert_frame_equal(
        needs(known, [RESERVE, BRIDGE]),
        pl.DataFrame(
            {
                "customer_no": [1, 1, 3],
                "need": ["bridge", "reserve", "bridge"],
                "score": [60, 40, 48],
                "rank": [1, 2, 1],
            }
        ),
    )


def test_a_strength_is_held_to_a_hundred_and_equal_ones_stand_by_name():
    known = customers((1, 1, 0, 1.0))
    made = needs(known, [wanted("b", "bills_minor = 1", "900"), wanted("a", "bills_minor = 1", "100.4")])
    assert made.select("need", "score").rows() == [("a", 100), ("b", 100)]


def test_no_needs_are_no_rows():
    assert needs(customers((1, 1, 0, 1.0)), []).rows() == []


@given(st.lists(st.tuples(st.integers(1, 5_000), st.integers(-9_000, 9_000), st.floats(0, 1)), min_size=1, max_size=8))
def test_one_customer_alone_has_the_needs_that_he_has_among_all(rows):
    known = customers(*((number, *row) for number, row in enumerate(rows)))
    together = needs(known.reverse(), [BRIDGE, RESERVE])
    alone = [needs(known[n : n + 1], [RESERVE, BRIDGE]) for n in range(known.height)]
    assert_frame_equal(together, pl.concat(alone))

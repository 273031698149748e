import polars as pl
import pytest

from persona.decisions.compared import Side, compared
from persona.tables.decisions import CONSTRAINTS
from persona.tables.verdicts import MET, UNSUITABLE

TOLD = {
    "customer_no": pl.Int64,
    "slot": pl.String,
    "offer_id": pl.String,
    "channel": pl.String,
    "value_milli": pl.Int64,
    "cost_minor": pl.Int64,
}


def side(name, told, people, stands=(), use=None):
    messages = [(no, "marketing", offer, channel, value * 1_000, 1) for no, offer, channel, value in told]
    line = ("marketing", "budget", "max", "sum", "enforce", "cents", 5.0, 0.0, use, None, None)
    standing = [(no, options, state) for no, options, state in stands]
    return Side(
        name,
        pl.DataFrame(messages, schema=TOLD, orient="row"),
        pl.DataFrame(people, schema={"customer_no": pl.Int64, "segment": pl.String}, orient="row"),
        pl.DataFrame(
            standing, schema={"customer_no": pl.Int64, "options": pl.Int64, "stands_gold": pl.UInt8}, orient="row"
        ),
        pl.DataFrame([line] if use is not None else [], schema=CONSTRAINTS.schema, orient="row"),
    )


BEFORE = side(
    "before",
    [(1, "gold", "email", 5), (2, "gold", "email", 5), (3, "gold", "email", 5), (4, "gold", "email", 5)],
    [(1, "young"), (2, "young"), (3, None), (4, "young"), (5, None), (6, None)],
    [(1, 1, MET), (2, 1, MET), (3, 0, MET), (4, 2, 0), (5, 0, MET), (6, 0, MET)],
    use=4.0,
)
AFTER = side(
    "after",
    [(1, "gold", "email", 5), (2, "gold", "sms", 4), (3, "silver", "email", 9), (5, "gold", "email", 1)],
    [(1, "young"), (2, "young"), (3, None), (4, "young"), (5, None), (7, None)],
    [(1, 1, MET), (2, 1, MET), (3, 1, UNSUITABLE), (4, 0, UNSUITABLE), (5, 1, UNSUITABLE), (7, 0, MET)],
    use=5.0,
)


def test_each_customer_of_both_books_moves_or_stays_and_is_counted_once():
    told = compared(BEFORE, AFTER)
    assert dict(told.moves.iter_rows()) == {
        "the same": 1,
        "other channel": 1,
        "other offer": 1,
        "now silent": 1,
        "now told": 1,
        "gone from the book": 1,
        "new in the book": 1,
    }
    assert (told.figures["moved"].after, told.figures["moved"].share) == (4, 0.8)


def test_the_ways_that_customers_go_are_told_with_their_messages():
    assert ("gold by email", "gold by sms", 1) in compared(BEFORE, AFTER).paths.rows()
    assert ("silence", "gold by email", 1) in compared(BEFORE, AFTER).paths.rows()


def test_volumes_value_and_cost_are_told_of_both_sides():
    told = compared(BEFORE, AFTER)
    gold = told.offers.filter((pl.col("offer_id") == "gold") & (pl.col("channel") == "email")).row(0, named=True)
    assert (gold["before"], gold["after"], gold["value_before"], gold["value_after"]) == (4, 2, 20, 6)
    figures = {name: (one.before, one.after, one.share) for name, one in told.figures.items()}
    assert figures["messages"] == (4, 4, 0.0)
    assert figures["value"] == (20, 19, -0.05)
    assert (figures["options"][0], figures["without_options"][:2]) == (4 / 6, (0.5, 2 / 6))


def test_segments_and_bounds_stand_beside_each_other():
    told = compared(BEFORE, AFTER)
    assert told.segments.select("segment", "before", "after").rows() == [("young", 3, 2), (None, 1, 2)]
    assert told.constraints.select("constraint_id", "use_before", "use_after").rows() == [("budget", 4.0, 5.0)]


def test_whom_an_offer_suited_and_no_longer_does_is_counted_and_of_them_who_was_told_of_it():
    told = compared(BEFORE, AFTER)
    # 3 was told of it, 5 was not; for 4 its conditions were not met before.
    assert told.unsuitable.rows() == [("gold", 2, 1)]
    assert (told.figures["unsuitable"].after, told.figures["unsuitable"].share) == (2, 0.4)


def test_a_plan_beside_itself_changes_nothing():
    told = compared(AFTER, AFTER)
    assert told.paths.is_empty()
    assert told.unsuitable.is_empty()
    assert {one.share for one in told.figures.values()} == {0.0}


def test_beside_no_night_there_is_no_change_to_tell():
    nobody = Side("none", BEFORE.told.clear(), BEFORE.people.clear(), None, BEFORE.constraints.clear())
    told = compared(nobody, BEFORE)
    assert {name for name, one in told.figures.items() if one.share is not None} == set()
    assert told.moves.rows() == [("new in the book", 6)]


@pytest.mark.parametrize("order", [1, -1])
def test_the_order_of_rows_means_nothing(order):
    turned = Side("after", AFTER.told[::order], AFTER.people[::order], AFTER.standing[::order], AFTER.constraints)
    assert compared(BEFORE, turned).told() == compared(BEFORE, AFTER).told()

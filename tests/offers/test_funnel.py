import polars as pl
import pytest

from persona.offers.bits import Bits
from persona.offers.funnel import funnel, stages
from persona.tables.reasons import CODES
from persona.tables.verdicts import ACTIONS, RULES

ADULT, RICH, CALM = 0, 1, 2
CONSENT, LIMIT = 1, 2


@pytest.fixture
def bits():
    """Six customers and an offer by e-mail (action 0), which asks for all three conditions, and by text message."""
    all_met = 0b111
    verdicts = pl.DataFrame(
        {
            "customer_no": [1, 2, 3, 4, 5, 6],
            # 1 is told, 2 is a minor, 3 is poor and over the limit, 4 is poor, 5 has no consent, 6 of unknown calm.
            "met_0": pl.Series([all_met, 0b110, 0b101, 0b101, all_met, 0b011], dtype=pl.UInt64),
            "unknown_0": pl.Series([0, 0, 0, 0, 0, 0b100], dtype=pl.UInt64),
            "reason_0": pl.Series([CODES[x] for x in "OEAACU"], dtype=pl.UInt8),
            "reason_1": pl.Series([CODES[x] for x in "RELNCN"], dtype=pl.UInt8),
            "besides_0": pl.Series([0, 0, LIMIT, 0, CONSENT, 0], dtype=pl.UInt8),
            "besides_1": pl.Series([0, 0, LIMIT, 0, CONSENT, 0], dtype=pl.UInt8),
        }
    )
    actions = [(0, "marketing", "gold", "mail", "email"), (1, "marketing", "gold", "text", "sms")]
    rules = [
        (0, "C", "email", None, CONSENT, True, False, None, "", "", [0, 1]),
        (1, "E", "adult", ADULT, None, True, True, "age >= 18", "Act 1", "law", [0, 1]),
        (2, "A", "rich", RICH, None, True, True, "income > 1", "Policy 2", "cards", [0]),
        (3, "S", "calm", CALM, None, True, True, "NOT is_vulnerable", "Policy 3", "risk", [0]),
        (4, "L", "week", None, LIMIT, True, False, None, "", "", [0, 1]),
    ]
    return Bits(
        verdicts,
        pl.DataFrame(actions, schema=ACTIONS.schema, orient="row"),
        pl.DataFrame(rules, schema=RULES.schema, orient="row"),
    )


def test_each_step_says_who_is_left_and_who_was_lost(bits):
    told = funnel(bits, "gold").filter(pl.col("lost") > 0).select("letter", "id", "left", "lost").rows()
    # 5 has no consent, 2 is a minor, 3 is over the limit by text message, silence is worth more than it to 4 and 6.
    assert told == [("C", None, 5, 1), ("E", "adult", 4, 1), ("L", None, 3, 1), ("N", None, 1, 2)]


def test_whoever_is_lost_and_whoever_is_told_are_all_customers(bits):
    told = funnel(bits, "gold")
    assert told["lost"].sum() + told["left"][-1] == 6


def test_a_condition_counts_everybody_who_does_not_meet_it_whatever_else_is_against_him(bits):
    told = {row["id"]: (row["refused"], row["unknown"]) for row in funnel(bits, "gold").rows(named=True) if row["id"]}
    assert told == {"adult": (1, 0), "rich": (2, 0), "calm": (1, 1)}


def test_a_rule_stands_alone_only_where_no_other_way_to_the_offer_is_open(bits):
    told = funnel(bits, "gold").filter(pl.col("alone") > 0).select("letter", "id", "alone").rows()
    # 4 and 6 can have it by text message; the text message is kept from 3 by the limit alone.
    assert told == [("C", None, 1), ("E", "adult", 1), ("L", None, 1)]


def test_what_alone_refuses_an_action_is_one_rule_or_nobody(bits):
    assert bits.alone(0).tolist() == [-1, 1, -1, 2, 0, 3]


def test_the_stages_of_an_offer_stand_side_by_side(bits):
    row = stages(bits, ["gold"]).row(0)
    assert row == ("gold", 6, 5, 4, 4, 4, 3, 1, 1, "no consent to the channel, or no address for it", 1)

from datetime import date, datetime

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from persona.scores.propensity import Prior, propensities, rates, responses, usual_odds
from persona.tables import CANONICAL

at = datetime.fromisoformat
AS_OF = date(2026, 7, 1)
OUTCOMES = {"customer_no": pl.Int64} | {c.name: c.dtype for c in CANONICAL["outcomes"].columns}
PHASES = pl.DataFrame({"customer_no": [1, 2], "lifecycle": ["steady", "new"]})
EVIDENCE = {"offer_id": pl.String, "lifecycle": pl.String, "contacted": pl.Int64, "accepted": pl.Int64}
CARD = Prior("card", "credit", 0.02, 100, None)


def told(*rows):
    blank = dict.fromkeys(OUTCOMES) | {"offer_id": "card", "channel": "email", "customer_no": 1}
    return pl.DataFrame([blank | row for row in rows], schema=OUTCOMES)


def sent(day, **more):
    return {"outcome": "sent", "at": at(day)} | more


def accepted(day, **more):
    return {"outcome": "accepted", "at": at(day)} | more


@pytest.mark.parametrize(
    ("rows", "contacted", "yes"),
    [
        ([sent("2026-06-01"), accepted("2026-06-03")], 1, 1),
        ([sent("2026-06-01"), accepted("2026-06-03", channel="web")], 1, 1),
        ([sent("2026-06-01"), accepted("2026-06-03"), accepted("2026-06-04")], 1, 1),
        ([sent("2026-06-01"), sent("2026-06-01"), sent("2026-06-01", channel="push"), accepted("2026-06-02")], 2, 1),
        ([sent("2026-05-01"), sent("2026-06-01"), accepted("2026-06-02")], 2, 1),
        ([sent("2026-06-01"), accepted("2026-05-31")], 1, 0),
        ([sent("2026-06-01"), accepted("2026-07-01")], 1, 0),
        ([sent("2026-06-17")], 1, 0),
    ],
)
def test_an_answer_belongs_to_the_newest_contact_before_it_and_counts_once(rows, contacted, yes):
    assert responses(told(*rows), PHASES, as_of=AS_OF).rows() == [("card", "steady", contacted, yes)]


def test_young_contacts_holdouts_and_strangers_count_for_nothing_and_unknown_phases_are_kept_apart():
    rows = [
        sent("2026-06-18"),
        sent("2026-06-01", arm="holdout", customer_no=2),
        sent("2026-06-01", customer_no=None),
        sent("2026-06-01", customer_no=7),
    ]
    assert responses(told(*rows), PHASES, as_of=AS_OF).rows() == [("card", None, 1, 0)]


def test_without_answers_the_author_is_believed_and_with_them_each_level_shrinks_to_the_one_above():
    nothing = rates([CARD], pl.DataFrame(schema=EVIDENCE), phases=["new", "steady"])
    assert nothing["rate"].to_list() == [0.02, 0.02]
    # Group: (20 + 60) / (20 + 1,000 * .02) = 2; offer: (100 * .04 + 60) / (100 + 1,000); phase: 100 of that rate more.
    evidence = pl.DataFrame([("card", "steady", 1_000, 60)], schema=EVIDENCE, orient="row")
    offer = (100 * 0.04 + 60) / 1_100
    expected = [round(offer, 6), round((100 * offer + 60) / 1_100, 6)]
    found = rates([CARD], evidence, phases=["steady", "new"])
    assert found.rows() == [("card", "new", expected[0], 0, 0), ("card", "steady", expected[1], 1_000, 60)]


def test_a_new_offer_learns_from_its_group_and_not_from_others():
    evidence = pl.DataFrame([("card", "new", 1_000, 60)], schema=EVIDENCE, orient="row")
    others = [CARD, Prior("line", "credit", 0.01, 100, None), Prior("fund", "invest", 0.01, 100, None)]
    found = dict(rates(others, evidence, phases=["new"]).select("offer_id", "rate").iter_rows())
    assert (found["line"], found["fund"]) == (0.02, 0.01)


KNOWN = pl.DataFrame(
    {"customer_no": [2, 1, 3], "lifecycle": ["new", "steady", "odd"], "affinity_travel_air": [0.5, 0.1, 0.9]}
)


def test_affinity_above_the_books_mean_raises_the_odds_and_below_lowers_them():
    trip = Prior("trip", "travel", 0.1, 50, "travel.air")
    shrunk = rates([trip], pl.DataFrame(schema=EVIDENCE), phases=["new", "steady"])
    found = propensities(KNOWN, [trip], shrunk, usual={"trip": 0.0}, weight=0.5)
    # Odds 1/9 times the square root of 1/9, 1 and 9: 1/27, 1/9, 1/3.
    assert_frame_equal(found, pl.DataFrame({"customer_no": [1, 2, 3], "p_trip": [0.035714, 0.1, 0.25]}))


def test_affinity_is_held_against_that_of_those_who_were_told():
    # 100 contacts of the book's log-odds -2 and two of log-odds 0; who has no affinity is left out.
    told = pl.DataFrame({"customer_no": [1, 1, 2, 9], "offer_id": ["trip", "trip", "trip", "card"]})
    known = pl.DataFrame({"customer_no": [1, 2, 9], "affinity_travel_air": [0.5, None, 0.5]})
    priors = [Prior("trip", "travel", 0.1, 50, "travel.air"), CARD]
    found = usual_odds(priors, told, known, mean_log_odds={"travel.air": -2.0})
    assert found.rows() == [("trip", round(-200 / 102, 6))]


def test_an_offer_without_a_category_has_the_rate_of_the_phase():
    shrunk = rates([CARD], pl.DataFrame(schema=EVIDENCE), phases=["new", "steady"])
    assert propensities(KNOWN, [CARD], shrunk, usual={})["p_card"].to_list() == [0.02] * 3


@given(st.integers(0, 500), st.integers(0, 500))
def test_more_acceptances_never_lower_a_rate_and_a_rate_stays_between_prior_and_evidence(contacted, accepted_):
    yes = min(contacted, accepted_)
    levels = []
    for number in (yes, min(yes + 1, contacted)):
        evidence = pl.DataFrame([("card", "new", contacted, number)], schema=EVIDENCE, orient="row")
        levels.append(rates([CARD], evidence, phases=["new"])["rate"].item())
    assert 0 < levels[0] <= levels[1] <= 1


def test_who_is_not_profiled_has_what_the_author_thinks_and_nothing_moves_it():
    prior = Prior("o", "g", 0.1, 100, "fuel")
    shrunk = pl.DataFrame({"offer_id": ["o"], "lifecycle": ["steady"], "rate": [0.2]})
    known = pl.DataFrame(
        {"customer_no": [1], "lifecycle": [None], "affinity_fuel": [None]},
        schema={"customer_no": pl.Int64, "lifecycle": pl.String, "affinity_fuel": pl.Float64},
    )
    assert propensities(known, [prior], shrunk, usual={"o": -2.0})["p_o"].to_list() == [0.1]

"""The gates of affinity: a fit that knows too much, moved far or foretold nothing is not used."""

import numpy as np
import pytest

from persona.scores.affinity_features import TERMS
from persona.scores.affinity_gates import Look, evidence

CUSTOMERS, LEAVES = 2_000, 2
SEEN = np.arange(CUSTOMERS * LEAVES).reshape(CUSTOMERS, LEAVES) % 2 == 0
DRAW = np.random.default_rng(4)
HABIT = DRAW.random((CUSTOMERS, LEAVES))
HAPPENED = DRAW.random((CUSTOMERS, LEAVES)) < 0.1 + 0.5 * HABIT
"""Who has more of the habit buys more often: .1 to .6."""


NO_LEVELS = np.zeros(len(TERMS))


def look(recent=HABIT, active=0.0, levels=NO_LEVELS):
    terms = np.zeros((CUSTOMERS, LEAVES, len(TERMS)))
    terms[..., 0], terms[..., 2] = recent, HABIT[:, :1] + active
    return Look(terms, SEEN, HAPPENED, levels, np.ones(CUSTOMERS, dtype=np.int64))


def test_a_fit_that_foretells_better_than_shares_by_category_may_be_used():
    found = evidence(look(), look(), 0.1 + 0.5 * HABIT, look().terms)
    assert (found.why_not, found.positives) == ("", 2 * int(HAPPENED.sum()))
    assert found.measured.log_loss < found.measured.naive_log_loss
    assert found.drift["recent purchases"].psi == 0


def test_a_term_that_knows_the_outcome_stops_the_fit():
    assert evidence(look(recent=HAPPENED * 1.0), look(), 0.1 + 0.5 * HABIT, look().terms).why_not.startswith(
        "seems to know the outcome: recent purchases (1.00)"
    )


def test_a_fit_that_foretells_no_better_than_shares_by_category_is_not_used():
    assert "no better than the naive forecast" in evidence(look(), look(), 1 - HABIT, look().terms).why_not


FAR = "has moved far since it was learnt from: recent purchases"


@pytest.mark.parametrize(("more", "why"), [(0.0, ""), (0.4, FAR)])
def test_a_term_that_has_moved_far_stops_the_fit(more, why):
    assert evidence(look(), look(), 0.1 + 0.5 * HABIT, look(recent=HABIT + more).terms).why_not == why


def test_a_month_in_which_everybody_shops_more_is_no_drift_of_customers():
    busy = np.where(np.array(TERMS) == "active now", 0.7, 0.0)
    now = look().terms
    assert evidence(look(active=0.7, levels=busy), look(), 0.1 + 0.5 * HABIT, now).why_not == ""
    told = evidence(look(active=0.7), look(), 0.1 + 0.5 * HABIT, now).why_not
    assert told == "has moved far since it was learnt from: active now"


def test_where_nobody_was_active_nothing_speaks_for_or_against():
    none = Look(np.zeros((0, LEAVES, len(TERMS))), SEEN[:0], HAPPENED[:0], NO_LEVELS, np.zeros(0, dtype=np.int64))
    assert evidence(none, none, np.zeros((0, LEAVES)), look().terms) is None

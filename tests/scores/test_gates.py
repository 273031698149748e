import numpy as np
import pytest

from persona.scores.gates import auc, few_positives, leaks, no_skill

HAPPENED = np.array([0.0, 0.0, 1.0, 1.0])


def test_two_hundred_of_each_kind_are_needed():
    assert few_positives(np.repeat([0.0, 1.0], [500, 199])) == "what is foreseen happened 199 times, 200 are needed"
    assert few_positives(np.repeat([0.0, 1.0], [3, 500])) == "what is foreseen did not happen 3 times, 200 are needed"
    assert few_positives(np.repeat([0.0, 1.0], [500, 200])) == ""


@pytest.mark.parametrize(("score", "expected"), [([1, 2, 3, 4], 1.0), ([1, 3, 2, 4], 0.75), ([1, 1, 1, 1], 0.5)])
def test_auc_is_the_share_of_pairs_in_order(score, expected):
    assert auc(np.array(score, dtype=float), HAPPENED) == expected


def test_auc_of_one_kind_only_says_nothing():
    assert auc(np.array([1.0, 2.0]), np.zeros(2)) == 0.5


def test_a_planted_leak_is_named_also_where_it_ranks_backwards():
    terms = np.column_stack([[4.0, 3, 2, 1], [1.0, 4, 2, 3]])
    assert leaks(terms, HAPPENED, ("told", "chance")) == "seems to know the outcome: told (1.00)"


def test_a_habit_may_foretell_itself_but_not_without_any_doubt():
    happened = np.repeat([0.0, 1.0], 50)
    strong = np.concatenate([np.arange(50.0), np.arange(36.0, 86.0)])
    assert leaks(strong[:, None], happened, ("recency",), habits=("recency",)) == ""
    assert leaks(strong[:, None], happened, ("recency",)) == "seems to know the outcome: recency (0.96)"
    assert "recency" in leaks(happened[:, None], happened, ("recency",), habits=("recency",))


def test_a_forecast_has_to_beat_the_naive_one():
    assert no_skill(0.3, 0.4) == ""
    assert no_skill(0.4, 0.4) == "no better than the naive forecast (log-loss 0.4000 against 0.4000)"

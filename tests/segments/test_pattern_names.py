import numpy as np

from persona.segments.pattern_names import names

WORDS = ("dining", "fuel", "toys", "yachts")
COUNTS = np.array([[20, 2, 2, 0]] * 100 + [[2, 20, 2, 0]] * 100)
KIND = np.repeat([0, 1], 100)


def test_a_kind_is_named_for_what_it_buys_more_than_others_with_the_lift():
    # dining has 20 of 24 purchases there and 22 of 48 of all: 1.8 times as many.
    assert names(COUNTS, KIND, WORDS, kinds=2) == ("dining x1.8", "fuel x1.8")


def test_what_a_fifth_of_the_kind_does_not_buy_is_no_name_of_it():
    counts = COUNTS.copy()
    counts[:19, 3] = 50
    assert names(counts, KIND, WORDS, kinds=2)[0].startswith("dining x")
    assert "yachts" not in names(counts, KIND, WORDS, kinds=2)[0]


def test_what_a_kind_buys_hardly_more_than_others_is_no_name_of_it():
    # Fuel is 100 of 220 purchases of the second kind and 200 of all 460: 1.05 times its usual share.
    counts = np.array([[20, 100, 120, 0]] * 50 + [[120, 100, 0, 0]] * 50)
    told = names(counts, np.repeat([0, 1], 50), WORDS, kinds=2)
    assert told == ("toys x1.9", "dining x1.8")


def test_kinds_that_nothing_sets_apart_are_named_for_what_they_buy_most_and_empty_ones_are_mixed():
    told = names(np.array([[3, 4]] * 10), np.repeat([0, 1], 5), ("a", "b"), kinds=3)
    assert told == ("b", "b, a", "mixed 3")


def test_two_kinds_never_have_one_name():
    counts = np.array([[20, 5, 2, 0]] * 50 + [[20, 2, 5, 0]] * 50 + [[0, 20, 20, 20]] * 100)
    told = names(counts, np.repeat([0, 1, 2], [50, 50, 100]), WORDS, kinds=3)
    assert len(set(told)) == 3

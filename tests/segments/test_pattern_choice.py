import numpy as np
import pytest

from persona.segments.mixture import rows_of
from persona.segments.pattern_choice import agreement, chosen

RNG = np.random.default_rng(8)


def planted(kinds, each, categories=8):
    profiles = np.ones((kinds, categories)) + 14 * np.eye(categories)[:kinds]
    return np.vstack([RNG.poisson(profile, (each, categories)) for profile in profiles])


def test_as_many_kinds_as_were_planted_come_out_the_same_again():
    kinds, agreed = chosen(rows_of(planted(4, 150)))
    assert kinds >= 4
    assert agreed > 0.5


def test_customers_of_one_kind_are_not_cut_into_many():
    assert chosen(rows_of(RNG.poisson(3, (600, 8))))[0] == 2


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [([0, 0, 1, 1], [1, 1, 0, 0], 1.0), ([0, 0, 1, 1], [0, 1, 0, 1], -0.5), ([0, 0, 0, 0], [0, 0, 0, 0], 1.0)],
)
def test_agreement_is_one_for_equal_groups_whatever_their_numbers(one, other, expected):
    assert agreement(np.array(one), np.array(other)) == pytest.approx(expected)

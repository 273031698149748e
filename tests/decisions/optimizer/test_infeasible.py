"""Rows that clash are proven to, named, and mended by the least change."""

from __future__ import annotations

import numpy as np
import pytest

from persona.decisions.optimizer import Infeasible, Rows, Solution, solve


def _count_rows(names, signs, actions, bounds, total=3):
    weights = np.zeros((len(names), 2, total, 4))
    for row, (sign, columns) in enumerate(zip(signs, actions, strict=True)):
        weights[row][:, columns, 0] = sign
    return Rows(names, weights, np.array(bounds, dtype=float), np.arange(total))


@pytest.mark.parametrize("proven_pairs", [0, 10_000])
def test_two_minimums_that_need_more_customers_than_there_are(made, proven_pairs):
    book = made(1, 100, 3, refused=0.0)
    rows = _count_rows(("least_a", "least_b", "most_c"), (-1, -1, 1), ([0], [1], [2]), (-80, -40, 50))
    found = solve(book, rows, proven_pairs=proven_pairs)
    assert isinstance(found, Infeasible)
    assert found.is_proven
    assert found.clashing == ("least_a", "least_b")
    # 20 too many: the least relative change is to take them from the larger minimum.
    assert found.bounds.tolist() == [-60, -40, 50]
    assert found.shortfall == pytest.approx(20 / 80, rel=1e-3)
    assert isinstance(solve(book, rows.with_bounds(found.bounds), proven_pairs=proven_pairs), Solution)


def test_a_minimum_above_the_maximum_names_the_two(made):
    book = made(2, 200, 3, refused=0.0)
    rows = _count_rows(("least", "most", "other"), (-1, 1, 1), ([0], [0], [1]), (-60, 20, 9))
    found = solve(book, rows, proven_pairs=0)
    assert isinstance(found, Infeasible)
    assert found.clashing == ("least", "most")
    assert isinstance(solve(book, rows.with_bounds(found.bounds), proven_pairs=0), Solution)


def test_the_proof_contradicts_what_customers_can_do(made):
    book = made(3, 60, 3)
    rows = _count_rows(("least",), (-1,), ([0],), (-60,))
    found = solve(book, rows, proven_pairs=0)
    admissible = sum(int(np.isfinite(one.value[0]).sum()) for one in book.treated)
    # y x (-60) + y x (all who may have it) is below 0: even all of them are too few.
    assert found.proof[0] * (-60 + admissible) == pytest.approx(-found.shortfall)
    assert found.bounds.tolist() == [-admissible]


def test_a_minimum_that_just_fits_is_met(made):
    book = made(4, 80, 3)
    admissible = sum(int(np.isfinite(one.value[0]).sum()) for one in book.treated)
    rows = _count_rows(("least", "most"), (-1, 1), ([0], [1]), (-admissible, 5))
    for proven_pairs in (0, 10_000):
        found = solve(book, rows, proven_pairs=proven_pairs)
        assert isinstance(found, Solution)
        assert found.use.tolist()[0] == -admissible


def test_fractions_that_no_whole_plan_can_follow_are_said_so(made):
    """Two customers must add up to one and a half contacts: fractions could, whole decisions cannot."""
    book = made(5, 2, 1, refused=0.0)
    rows = _count_rows(("least", "most"), (-1, 1), ([0], [0]), (-1.5, 1.5), total=1)
    found = solve(book, rows)
    assert isinstance(found, Infeasible)
    assert found.is_proven
    assert not found.proof.any()
    assert isinstance(solve(book, rows.with_bounds(found.bounds)), Solution)

"""The laws of a plan, and books that are hard."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from persona.decisions.optimizer import Book, Infeasible, Rows, Solution, solve
from persona.decisions.optimizer.scan import NOBODY
from persona.errors import ContractError

HERE = str(Path(__file__).parent)
CODE = """
import hashlib, sys
sys.path.insert(0, sys.argv[1])
import conftest
from persona.decisions.optimizer import solve
book = conftest._book(8, 3000, 5)
plan = solve(book, conftest._rows(8, book, 5), k=2)
print(hashlib.md5(plan.choice.tobytes() + plan.prices.tobytes()).hexdigest())
"""


def _counted(book, rows, choice):
    """Use and value of a plan by plain loops, and whether every customer keeps his own limits."""
    use, value, is_kept = np.zeros(len(rows.bounds)), 0.0, True
    for bucket in book.treated:
        for i in range(bucket.customers):
            mine = [j for j in choice[bucket.row[i]].tolist() if j != NOBODY]
            is_kept &= len({rows.groups[j] for j in mine}) == len(mine)
            for j in mine:
                numbers = np.array(
                    [1, bucket.amounts[0][j, i], bucket.amounts[1][j, i], bucket.value[j, i]], dtype=np.float64
                )
                use += rows.weights[:, bucket.cell[i], j] @ numbers
                value += numbers[3]
    return use, value, is_kept


def _shuffled(seed, customers, actions, order, *, rows_of, workers=1, k=1):
    random = np.random.default_rng(seed)
    value = np.where(random.random((actions, customers)) < 0.2, -np.inf, random.lognormal(2, 1, (actions, customers)))
    cost = random.uniform(0, 2, (actions, customers))
    cell, tie = random.integers(0, 2, customers), random.integers(0, 2**64, customers, dtype=np.uint64)
    bucket, ghost = random.integers(0, 64, customers), random.random(customers) < 0.1
    worth, *amounts = (one.astype(np.float32)[:, order] for one in (value, cost, cost / 2))
    book = Book.of(worth, amounts, cell=cell[order], tie=tie[order], bucket=bucket[order], is_ghost=ghost[order])
    plan = solve(book, rows_of(seed, book, actions), k=k, workers=workers, proven_pairs=0)
    choice = np.empty_like(plan.choice)
    choice[order] = plan.choice
    return choice, plan


@pytest.mark.parametrize("k", [1, 2])
def test_order_of_customers_and_number_of_workers_mean_nothing(rows_of, k):
    order = np.arange(2_000)
    first, plan = _shuffled(6, 2_000, 5, order, k=k, rows_of=rows_of)
    for workers in (1, 2, 5):
        again, other = _shuffled(
            6, 2_000, 5, np.random.default_rng(workers).permutation(2_000), k=k, workers=workers, rows_of=rows_of
        )
        assert again.tobytes() == first.tobytes()
        assert (other.value, other.bound, other.prices.tobytes()) == (plan.value, plan.bound, plan.prices.tobytes())


def test_the_threads_of_the_linear_algebra_library_mean_nothing():
    digests = {
        subprocess.run(
            [sys.executable, "-c", CODE, HERE], env={**os.environ, "OPENBLAS_NUM_THREADS": threads},
            capture_output=True, text=True, check=True, timeout=120,
        ).stdout
        for threads in ("1", "2")
    }  # fmt: skip
    assert len(digests) == 1


@settings(deadline=None, max_examples=25)
@given(st.integers(0, 10_000), st.integers(1, 40), st.integers(1, 5), st.integers(1, 3), st.sampled_from([0, 0, 1, 3]))
def test_a_plan_keeps_its_rows_and_lies_between_value_and_bound(
    made, rows_of, oracle, seed, customers, actions, k, levels
):
    book = made(seed, customers, actions, levels=levels)
    rows = rows_of(seed, book, actions, minimum=seed % 3 > 0)
    best = oracle(book, rows, k)
    for proven_pairs in (0, 2_000):
        plan = solve(book, rows, k=k, workers=1, proven_pairs=proven_pairs)
        if best is None:
            assert isinstance(plan, Infeasible)
            continue
        use, value, is_kept = _counted(book, rows, plan.choice)
        assert is_kept
        assert np.all(use <= rows.bounds + 1e-7)
        assert plan.value == pytest.approx(value)
        assert plan.value <= best[1] + 1e-5
        assert plan.bound >= best[0] - 1e-5
        assert plan.slack == pytest.approx(rows.bounds - use, abs=1e-6)
    assert best is None or plan.value == pytest.approx(best[0], rel=1e-6)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(300))
def test_random_books_up_to_two_thousand_customers_against_the_whole_integer_program(made, rows_of, oracle, seed):
    random = np.random.default_rng([seed, 9])
    most = 2_000 if seed % 50 == 0 else 400 if seed % 10 == 0 else 40
    customers, actions, k = (int(random.integers(1, end)) for end in (most + 1, 7, 4))
    book = made(seed, customers, actions, levels=int(random.choice([0, 0, 1, 3])))
    rows = rows_of(seed, book, actions, minimum=bool(seed % 3))
    best = oracle(book, rows, k, nodes=200)
    plan = solve(book, rows, k=k, workers=1, proven_pairs=0)
    if isinstance(plan, Infeasible):
        assert best is None
        return
    assert plan.bound >= best[0] - 1e-6 * abs(best[0])
    assert best[1] >= plan.value - 1e-6 * abs(plan.value)
    assert plan.bound >= plan.value


def test_ghosts_decide_under_the_same_prices_and_add_nothing(made, rows_of):
    everyone = made(7, 3_000, 4, ghosts=0.2)
    rows = rows_of(7, everyone, 4)
    treated = np.sort(np.concatenate([one.row for one in everyone.treated]))
    ghosts = np.concatenate([one.row for one in everyone.ghosts])
    alone = Book(tuple(replace(one, row=np.searchsorted(treated, one.row)) for one in everyone.treated))
    plan, without = solve(everyone, rows), solve(alone, rows)
    assert np.array_equal(plan.choice[treated], without.choice)
    assert (plan.value, plan.bound, plan.use.tolist()) == (without.value, without.bound, without.use.tolist())
    share = [(plan.choice[some] != NOBODY).mean() for some in (ghosts, treated)]
    assert share[0] == pytest.approx(share[1], abs=0.05)


def _one_cap(bound, actions=3, cells=2):
    weights = np.zeros((1, cells, actions, 4))
    weights[0, :, :, 0] = 1
    return Rows(("cap",), weights, np.array([float(bound)]), np.zeros(actions, dtype=np.int64))


@pytest.mark.parametrize("proven_pairs", [0, 100_000])
@pytest.mark.parametrize("levels", [1, 3])
def test_where_all_are_worth_the_same_the_cap_is_filled(made, proven_pairs, levels):
    book = made(9, 1_500, 3, levels=levels, refused=0.0)
    plan = solve(book, _one_cap(400), proven_pairs=proven_pairs)
    assert plan.use.tolist() == [400]
    assert plan.value == 400 * levels
    assert plan.gap <= 1e-9


@pytest.mark.parametrize("proven_pairs", [0, 100_000])
def test_of_one_place_the_best_pair_of_the_book_gets_it(made, proven_pairs):
    book = made(10, 1_000, 3)
    plan = solve(book, _one_cap(1), proven_pairs=proven_pairs)
    assert plan.value == max(float(one.value.max()) for one in book.treated)
    assert plan.gap <= 1e-6


def test_a_cap_of_nothing_leaves_silence(made):
    plan = solve(made(10, 500, 3), _one_cap(0))
    assert (plan.value, plan.bound) == (0.0, pytest.approx(0.0, abs=1e-6))
    assert np.all(plan.choice == NOBODY)


def test_values_from_one_two_and_five_are_settled_to_the_last(made):
    book = made(12, 1_200, 3, refused=0.0)
    book = Book(
        tuple(
            type(one)(
                np.choose(np.digitize(one.value, [5, 10]), [1, 2, 5]).astype(np.float32), one.amounts, one.cell,
                one.tie, one.row,
            )
            for one in book.treated
        )
    )  # fmt: skip
    plan = solve(book, _one_cap(300), proven_pairs=0)
    best = sorted((float(one.value[:, i].max()) for one in book.treated for i in range(one.customers)), reverse=True)
    assert plan.value == sum(best[:300])


def test_an_empty_book_has_an_empty_plan():
    nothing = np.zeros((3, 0), dtype=np.float32)
    none = np.zeros(0, dtype=np.int64)
    book = Book.of(nothing, (nothing, nothing), cell=none, tie=none.astype(np.uint64), bucket=none)
    plan = solve(book, _one_cap(5))
    assert (plan.choice.shape, plan.value, plan.bound, plan.gap) == ((0, 1), 0.0, 0.0, 0.0)
    least = Rows(("least",), -_one_cap(5).weights, np.array([-5.0]), np.zeros(3, dtype=np.int64))
    found = solve(book, least)
    assert (found.clashing, found.bounds.tolist()) == (("least",), [0.0])


def test_one_customer_gets_his_best():
    value = np.array([[3], [9], [-2]], dtype=np.float32)
    book = Book.of(
        value, (value, value), cell=np.zeros(1, int), tie=np.zeros(1, dtype=np.uint64), bucket=np.zeros(1, int)
    )
    for proven_pairs in (0, 100):
        plan = solve(book, _one_cap(1, cells=1), proven_pairs=proven_pairs)
        assert (plan.choice.tolist(), plan.value, plan.bound) == ([[1]], 9.0, pytest.approx(9.0))


def test_a_shadow_price_is_what_one_more_place_is_worth(made):
    book = made(13, 1_500, 3)
    here, more = (solve(book, _one_cap(bound)) for bound in (300, 301))
    assert here.shadow_prices[0] == pytest.approx(more.value - here.value, rel=0.05)


def test_without_rows_everyone_has_his_best(made):
    book = made(14, 300, 3)
    rows = Rows((), np.zeros((0, 2, 3, 4)), np.zeros(0), np.array([0, 1, 2]))
    plan = solve(book, rows, k=3)
    assert plan.value == pytest.approx(sum(float(one.value[np.isfinite(one.value)].sum()) for one in book.treated))
    assert isinstance(plan, Solution)


def test_what_does_not_fit_is_refused(made):
    book = made(15, 20, 3)
    with pytest.raises(ContractError, match="at least one action"):
        solve(book, _one_cap(1), k=0)
    with pytest.raises(ContractError, match="the same actions"):
        solve(book, _one_cap(1, actions=4))
    with pytest.raises(ContractError, match="a cell that the rows do not know"):
        solve(book, _one_cap(1, cells=1))

"""Small random books with rows of every kind, and an oracle: the whole integer program, written without the package."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import lil_matrix

from persona.decisions.optimizer import Book, Rows


def _book(seed, customers, actions, *, cells=2, levels=0, refused=0.25, ghosts=0.0):
    random = np.random.default_rng(seed)
    shape = (actions, customers)
    value = random.integers(1, levels + 1, shape) if levels else random.lognormal(2, 0.7, shape)
    value = np.where(random.random(shape) < refused, -np.inf, value).astype(np.float32)
    cost = random.uniform(0.1, 2, shape).astype(np.float32)
    loss = random.exponential(1, shape).astype(np.float32)
    return Book.of(
        value, (cost, loss),
        cell=random.integers(0, cells, customers), tie=random.integers(0, 2**64, customers, dtype=np.uint64),
        bucket=random.integers(0, 64, customers), is_ghost=random.random(customers) < ghosts,
    )  # fmt: skip


def _rows(seed, book, actions, *, cells=2, minimum=True):
    """A cap of the first action, a budget, a minimum of the last, a ratio of cost to value, a share of a cell."""
    random, n = np.random.default_rng([seed, 1]), book.customers
    weights = np.zeros((5, cells, actions, 4))
    weights[0, :, 0, 0] = 1
    weights[1, :, :, 1] = 1
    weights[2, :, -1, 0] = -1
    weights[3, :, :, 1], weights[3, :, :, 3] = 1, -random.uniform(0.1, 0.2)
    weights[4, :, :, 0], weights[4, 0, :, 0] = -0.6, 0.4
    least = np.floor(0.1 * n) if minimum else 0
    bounds = np.array([np.floor(random.uniform(0.05, 0.3) * n), random.uniform(0.2, 0.6) * n, -least, 0.0, 0.0])
    groups = np.sort(random.integers(0, max(1, actions // 2), actions))
    names = ("cap", "budget", "least", "ratio", "share")
    return Rows(names, weights, bounds, np.unique(groups, return_inverse=True)[1])


def _oracle(book, rows, k, *, nodes=50_000):
    """(value of the best plan found, bound of the best plan), or None where no plan keeps the rows."""
    value, use, local = [], [], []
    most = []
    for bucket in book.treated:
        for i in range(bucket.customers):
            first = len(value)
            for j in range(rows.actions):
                if np.isfinite(bucket.value[j, i]):
                    measures = [1.0, bucket.amounts[0][j, i], bucket.amounts[1][j, i], bucket.value[j, i]]
                    value.append(float(bucket.value[j, i]))
                    use.append(rows.weights[:, bucket.cell[i], j] @ np.array(measures, dtype=np.float64))
                    local.append((i, j))
            pairs = range(first, len(value))
            most.append((pairs, k))
            most += [([p for p in pairs if rows.groups[local[p][1]] == g], 1) for g in set(rows.groups.tolist())]
    if not value:
        return (0.0, 0.0) if np.all(rows.bounds >= 0) else None
    matrix = lil_matrix((len(most), len(value)))
    for number, (pairs, _) in enumerate(most):
        matrix[number, list(pairs)] = 1
    shared = LinearConstraint(np.array(use).T, -np.inf, rows.bounds)
    limits = [shared, LinearConstraint(matrix.tocsr(), -np.inf, [limit for _, limit in most])]
    found = milp(-np.array(value), constraints=limits, integrality=np.ones(len(value)), bounds=Bounds(0, 1),
                 options={"mip_rel_gap": 0, "node_limit": nodes})  # fmt: skip
    return None if found.x is None else (float(np.array(value) @ np.rint(found.x)), -float(found.mip_dual_bound))


@pytest.fixture(scope="session")
def made():
    return _book


@pytest.fixture(scope="session")
def rows_of():
    return _rows


@pytest.fixture(scope="session")
def oracle():
    return _oracle

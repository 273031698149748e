"""A seeded book of customers with tastes, for the tests of the scores."""

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import polars as pl
import pytest

from persona.scores import Affinity, State, fit_affinity, folded

AS_OF = date(2026, 7, 1)
LEAVES = ("books", "charity", "dining", "fuel", "music", "pets", "sports", "toys", "travel.air", "travel.hotel")
WORDS = tuple(sorted((*LEAVES, "travel")))


@dataclass(frozen=True)
class Sample:
    """Customers, what they bought before the day, and the model and state of it."""

    as_of: date
    words: tuple[str, ...]
    leaves: tuple[str, ...]
    customers: np.ndarray
    bought: pl.DataFrame
    model: Affinity
    state: State


def purchases(customers, *, days=240, seed=5):
    """Purchases of customers of whom each likes some categories; who flies also sleeps in hotels."""
    rng = np.random.default_rng(seed)
    taste = rng.gamma(0.4, 0.02, (customers, len(LEAVES)))
    taste[:, -1] = taste[:, -2] * 0.8
    counts = rng.poisson(taste * days)
    who, leaf = np.nonzero(counts)
    times = counts[who, leaf]
    who, leaf = np.repeat(who, times), np.repeat(leaf, times)
    ages = rng.integers(1, days + 1, len(who))
    booked_on = [AS_OF - timedelta(days=int(age)) for age in ages]
    return pl.DataFrame({"customer_no": who + 1, "category": [LEAVES[i] for i in leaf], "booked_on": booked_on})


@pytest.fixture(scope="session")
def sample():
    everyone, bought = np.arange(1, 1_001), purchases(1_000)
    model = fit_affinity(everyone, bought, as_of=AS_OF, categories=WORDS)
    return Sample(AS_OF, WORDS, LEAVES, everyone, bought, model, folded(everyone, bought, leaves=LEAVES))

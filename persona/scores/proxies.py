"""Proxies: how well the columns that decide tell a protected group from all others.

Source: area under the ROC curve by ranks (Hanley and McNeil, 1982), on customers that the model did not learn from. It
says what could be guessed, not that it was; below some hundred customers of a group it is not to be trusted.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl

from persona.buckets import hashes
from persona.scores.affinity_state import Floats
from persona.scores.logistic import fit_logistic, weighed

__all__ = ["Proxy", "proxy"]

_DIGITS = 4
_BINS = 8
"""Steps that a number's logistic terms are cut into, so that what rises and falls again is seen too."""
_MOST_WORDS = 12
_SHARE = 2
"""Every second customer, by a hash, is kept for the test."""


@dataclass(frozen=True, slots=True)
class Proxy:
    """What the columns tell of one group."""

    group: str
    customers: int
    """Of the group, on whom it was tested."""
    auc: float | None
    """4 digits; None where the group or the others are fewer than the least."""
    strongest: tuple[tuple[str, float], ...]
    """The columns that tell the most by themselves, and how well."""


def proxy(columns: pl.DataFrame, groups: pl.Series, customers: pl.Series, *, least: int) -> tuple[Proxy, ...]:
    """How well ``columns`` tell each group of ``groups`` from the others, sorted by group.

    Reads: ``customers``, the bank's ids, whose hash parts those who are learnt from and those who are tested; all have
    the same rows. Who is in no group (null) is left out; of two groups the smaller one is told.
    """
    known = groups.is_not_null().to_numpy()
    is_test = (hashes("proxy", customers.to_list()) % np.uint64(_SHARE) == 0) & known
    is_learnt = ~is_test & known
    terms = {name: _terms(columns[name], is_learnt) for name in columns.columns}
    labels = groups.cast(pl.String)
    sizes = labels.drop_nulls().alias("group").value_counts().sort("count", "group")
    # Two groups are told from each other: once is enough.
    named = sizes["group"].head(1) if sizes.height == 2 else sizes["group"].sort()  # noqa: PLR2004
    return tuple(
        _proxy(str(group), terms, (labels == group).fill_null(value=False).to_numpy(), is_learnt, is_test, least)
        for group in named
    )


def _proxy(
    group: str,
    terms: dict[str, Floats],
    is_member: np.ndarray,
    is_learnt: np.ndarray,
    is_test: np.ndarray,
    least: int,
) -> Proxy:
    sizes = [int((is_member & part).sum()) for part in (is_learnt, is_test)]
    others = [int((~is_member & part).sum()) for part in (is_learnt, is_test)]
    used = [name for name in terms if terms[name].shape[1]]
    if min(*sizes, *others) < least or not used:
        return Proxy(group, sizes[1], None, ())
    alone = [(name, _auc_of(terms[name], is_member, is_learnt, is_test)) for name in used]
    best = sorted(alone, key=lambda one: (-one[1], one[0]))
    whole = _auc_of(np.column_stack([terms[name] for name in used]), is_member, is_learnt, is_test)
    return Proxy(group, sizes[1], whole, tuple(best[:3]))


def _auc_of(terms: Floats, is_member: np.ndarray, is_learnt: np.ndarray, is_test: np.ndarray) -> float:
    weights = fit_logistic(terms[is_learnt], is_member[is_learnt].astype(np.float64))
    odds = np.round(weighed(terms[is_test], weights.tolist()), 9)
    return _auc(odds, is_member[is_test])


def _auc(score: Floats, happened: np.ndarray) -> float:
    """The probability that one of the group scores above one of the others; ties count half."""
    values, place, counts = np.unique(score, return_inverse=True, return_counts=True)
    above = np.cumsum(counts) - (counts - 1) / 2
    members = int(happened.sum())
    ranks = float(above[place][happened].sum()) - members * (members + 1) / 2
    return round(ranks / (members * (len(score) - members)), _DIGITS) if len(values) else 0.5


def _terms(column: pl.Series, is_learnt: np.ndarray) -> Floats:
    """A column as numbers that a logistic regression can weigh: steps, words, and whether it is known."""
    learnt = column.filter(pl.Series(is_learnt))
    if column.dtype == pl.String:
        words = learnt.drop_nulls().value_counts().sort(["count", column.name], descending=[True, False])
        made = [(column == word).fill_null(value=False) for word in words[column.name].head(_MOST_WORDS)]
    else:
        numbers = column.to_physical().cast(pl.Float64)
        known = numbers.filter(pl.Series(is_learnt)).drop_nulls()
        edges = _edges(known)
        made = [(numbers >= edge).fill_null(value=False) for edge in edges]
    flags = [*made, column.is_null()]
    varied = [flag for flag in flags if flag.filter(pl.Series(is_learnt)).n_unique() > 1]
    if not varied:
        return np.zeros((len(column), 0))
    return np.column_stack([flag.cast(pl.Float64).to_numpy() for flag in varied])


def _edges(known: pl.Series) -> Sequence[float]:
    if known.is_empty():
        return ()
    cuts = [known.quantile(share / _BINS, interpolation="lower") for share in range(1, _BINS)]
    return sorted({cut for cut in cuts if cut is not None} | ({1.0} if known.max() == 1.0 else set()))

"""Proposals of one slot as arrays, and what prices of the shared lines make of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from persona.decisions.optimizer import Rows
from persona.decisions.optimizer.evaluate import charges

__all__ = ["Pairs"]

Flags = NDArray[np.bool_]
Floats = NDArray[np.float32]
Reals = NDArray[np.float64]
Whole = NDArray[np.int64]

_AT_ONCE = 1 << 17
"""Pairs whose use of all lines is held at a time."""


@dataclass(frozen=True)
class Pairs:
    """Admissible pairs of a slot: those of a customer together, the most valuable first."""

    row: Whole
    """Place among the proposals."""
    customer: Whole
    """Place among the customers of the book."""
    action: Whole
    """Place among the actions of the slot, as the lines have them."""
    value: Whole
    """Thousandths of a minor unit."""
    tie: NDArray[np.uint64]
    is_ghost: Flags
    amounts: tuple[Floats, ...]
    columns: Whole
    """The action column of each action."""
    groups: Whole
    """What each action excludes the others of."""
    cells: Whole
    """The cell of each customer."""

    @classmethod
    def of(
        cls, proposals: pl.DataFrame, rows: Whole, place: Whole, *, columns: Sequence[int], cells: Whole, rules: Rows
    ) -> Pairs:
        """The pairs of some rows of the proposals.

        Reads: ``place``, the customer of each proposal; ``columns``, the action columns in the order of the lines.
        """
        # By number, so that sums come in one order however the book was cut into batches.
        numbers = proposals["customer_no"].to_numpy()[rows]
        order = rows if np.all(np.diff(numbers) >= 0) else rows[np.argsort(numbers, kind="stable")]
        places = np.full(max(columns, default=0) + 1, -1, dtype=np.int64)
        places[list(columns)] = np.arange(len(columns))
        return cls(
            order,
            place[order],
            places[proposals["action"].to_numpy()[order]],
            proposals["value_milli"].to_numpy()[order],
            proposals["tie"].to_numpy()[order],
            proposals["is_ghost"].to_numpy()[order],
            tuple(proposals[name].to_numpy()[order] for name in proposals.columns if name.startswith("amount_")),
            np.array(columns, dtype=np.int64),
            rules.groups,
            cells,
        )

    @property
    def column(self) -> Whole:
        """The action column of each pair."""
        return self.columns[self.action]

    @property
    def group(self) -> Whole:
        """What each pair excludes the others of."""
        return self.groups[self.action]

    @property
    def exclusive(self) -> Whole:
        """One number for each customer and group: of pairs that have the same, one may be chosen."""
        return self.customer * (int(self.groups.max(initial=0)) + 1) + self.group

    @property
    def cell(self) -> Whole:
        """The cell of the customer of each pair."""
        return self.cells[self.customer]

    def __len__(self) -> int:
        return len(self.row)

    def use(self, rules: Rows, which: Whole) -> Reals:
        """What some pairs add to each row, [rows, pairs]."""
        amounts = [one[which].astype(np.float64) for one in self.amounts]
        measures = [np.ones(len(which)), *amounts, self.value[which].astype(np.float64)]
        return rules.coefficients(self.cells[self.customer[which]], self.action[which], measures)

    def total(self, rules: Rows, which: Whole) -> Reals:
        """What some pairs add to each row together."""
        result = np.zeros(len(rules.bounds))
        for start in range(0, len(which), _AT_ONCE):
            result += self.use(rules, which[start : start + _AT_ONCE]).sum(axis=1)
        return result

    def charge(self, rules: Rows, prices: Reals) -> Reals:
        """What the prices of the rows ask for each pair."""
        rate = charges(rules, prices)
        at = (self.cell, self.action)
        result: Reals = rate[0][at].copy()
        for number, amount in enumerate(self.amounts, start=1):
            if np.any(rate[number]):
                result += rate[number][at] * amount
        return result

    def best(self, gain: Reals, is_open: Flags, k: int | Whole) -> Whole:
        """The pairs that customers would choose alone: the best ``k`` with a gain, one of each group; in order.

        Reads: ``k``, of all customers or of each.
        """
        here = np.flatnonzero(is_open & (gain > 0))
        if not len(here):
            return here
        if isinstance(k, int) and k == 1:
            own, owner = gain[here], self.customer[here]
            starts = np.flatnonzero(np.diff(owner, prepend=-1))
            most = np.repeat(np.maximum.reduceat(own, starts), np.diff(np.append(starts, len(here))))
            best: Whole = here[own == most]
            first: Whole = best[np.diff(self.customer[best], prepend=-1) != 0]
            return first
        order = here[np.lexsort((here, -gain[here], self.customer[here]))]
        order = order[np.sort(np.unique(self.exclusive[order], return_index=True)[1])]
        rank = np.arange(len(order)) - _first_of(self.customer[order])
        return np.sort(order[rank < (k if isinstance(k, int) else k[self.customer[order]])])


def _first_of(owner: Whole) -> Whole:
    """For each place the first one of the same owner; owners stand together."""
    starts = np.flatnonzero(np.diff(owner, prepend=-1)) if len(owner) else np.zeros(0, dtype=np.int64)
    return np.repeat(starts, np.diff(np.append(starts, len(owner))))

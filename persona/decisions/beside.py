"""What a customer in a control group of one offer is sent all the same: the places that his paper leaves him.

Where a customer may be sent several offers, what he is in a control group of takes its place, and its group, on paper.
His other places stay his, so that he is sent what he would be sent beside it were he treated.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from persona.decisions.pairs import Flags, Pairs, Reals, Whole

__all__ = ["Beside"]

_ROUNDS = 4
"""How often choices beside paper are made again because prices have moved."""
_LEAST = 1e-6
"""Share of what is chosen for less than which they are not."""


@dataclass
class Beside:
    """The places of the customers of a slot in the course of its rounds."""

    k: int
    on_paper: Flags
    """Pairs that take a place on paper."""
    kept: Flags
    """Pairs that stay open to who has something on paper: of no more groups than he has places left."""
    places: Whole
    """How many each customer has left."""
    rounds: int = _ROUNDS
    """How often choices may still be made again."""

    @classmethod
    def of(cls, pairs: Pairs, k: int) -> Beside:
        """Before anything is on paper."""
        nothing = np.zeros(len(pairs), dtype=np.bool_)
        return cls(k, nothing, nothing.copy(), np.full(len(pairs.cells), k, dtype=np.int64))

    def put(self, pairs: Pairs, paper: Whole) -> None:
        """Take places for what customers have chosen and are in a control group of."""
        self.on_paper[paper] = True
        np.subtract.at(self.places, pairs.customer[paper], 1)

    def give_back(self, pairs: Pairs, paper: Whole) -> None:
        """Take back what was put, as if it had not been chosen."""
        self.on_paper[paper] = False
        np.add.at(self.places, pairs.customer[paper], 1)
        self.kept &= ~np.isin(pairs.customer, pairs.customer[paper])

    def may_be(self, pairs: Pairs) -> Flags:
        """The real pairs of who has something on paper, but for those that this excludes."""
        if not np.any(self.on_paper):
            return np.zeros(len(pairs), dtype=np.bool_)
        key = pairs.exclusive
        has_paper = self.places[pairs.customer] < self.k
        result: Flags = has_paper & ~pairs.is_ghost & ~np.isin(key, key[self.on_paper])
        return result

    def keep(self, pairs: Pairs, chosen: Whole, net: Reals, is_open: Flags) -> bool:
        """Keep open what has been chosen beside the paper; places that are free are for what would come next.

        True where under the prices of now other choices are worth more: then those are kept open instead.
        """
        if not np.any(self.on_paper):
            return False
        mine, key = self.may_be(pairs) & is_open, pairs.exclusive
        gain = net - net.min(initial=0.0) + 1.0
        wished, has = pairs.best(gain, mine, self.places), chosen[mine[chosen]]
        missed = np.maximum(net[wished], 0.0).sum() - net[has].sum()
        is_asked_again = self.rounds > 0 and bool(missed > _LEAST * np.abs(net[chosen]).sum())
        if is_asked_again:
            self.rounds -= 1
        else:
            gain[has] += gain.max()
            wished = pairs.best(gain, mine, self.places)
        self.kept = mine & np.isin(key, key[wished])
        return is_asked_again

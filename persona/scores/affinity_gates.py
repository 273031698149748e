"""What speaks for and against a fitted affinity: a month foretold, terms that know too much or have moved far."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from persona.scores.affinity_features import TERMS
from persona.scores.affinity_state import Flags, Floats, Ints
from persona.scores.cards import Measured, measured
from persona.scores.drift import Drift, drift
from persona.scores.gates import leaks, no_skill

__all__ = ["Evidence", "Look", "evidence", "shares_of"]

_WATCHED = (0, 2, 3)
"""Terms whose drift is told. Those of the whole book are one number a category; who is bought alongside only grows."""
_MOST_CELLS = 50_000
"""Customers times categories that a leak is looked for in: of more, every so-manieth."""
_NAIVE = "as often as those who had, or had never, bought in it the month before"


@dataclass(frozen=True, slots=True)
class Look:
    """The customers active on a day: shapes customers x leaves x TERMS, and customers x leaves."""

    terms: Floats
    seen: Flags
    """Bought before."""
    happened: Flags
    """Bought in the 30 days from then."""
    levels: Floats
    """Of the book on the day, as ``affinity_features.levels`` makes them."""
    silent_days: Ints
    """Since the last purchase; below 0: there is none."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """What a model card says of a fit beside its numbers."""

    measured: Measured
    """A model learnt a month earlier, on the newest closed month."""
    drift: Mapping[str, Drift]
    positives: int
    """Categories bought in by those learnt from, in both months."""
    why_not: str
    """Why the fit is not to be used; empty where nothing speaks against it."""


def evidence(newest: Look, before: Look, chance: Floats, now: Floats) -> Evidence | None:
    """The evidence of a fit on two closed months; None where nobody was active in the newest.

    ``chance`` is what a model of the month before alone foretold of the newest, ``now`` the terms of tonight less the
    levels of the book.
    """
    tested = measured(
        chance.ravel(), newest.happened.ravel().astype(np.float64), _naive(newest, before).ravel(), naive=_NAIVE
    )
    if tested is None:
        return None
    then = newest.terms - newest.levels
    drifts = {TERMS[at]: drift(_values(then, at), _values(now, at)) for at in _WATCHED}
    far = [name for name, one in drifts.items() if one.is_severe]
    moved = f"has moved far since it was learnt from: {', '.join(far)}" if far else ""
    worse = no_skill(tested.log_loss, tested.naive_log_loss)
    positives = int(newest.happened.sum() + before.happened.sum())
    found = [why for why in (_leaks(newest), f"is {worse}" if worse else "", moved) if why]
    return Evidence(tested, drifts, positives, "; ".join(found))


def shares_of(looks: Sequence[Look]) -> tuple[Floats, Floats]:
    """The share of each leaf in which it was bought, where bought before and where never."""
    made = []
    for is_seen in (True, False):
        cells = [one.seen == is_seen for one in looks]
        bought = sum((one.happened & here).sum(axis=0) for one, here in zip(looks, cells, strict=True))
        made.append((bought + 0.5) / (sum(here.sum(axis=0) for here in cells) + 1.0))
    return made[0], made[1]


def _naive(newest: Look, before: Look) -> Floats:
    """The share of the month before of each leaf, where bought before and where never."""
    seen, never = shares_of([before])
    return np.asarray(np.where(newest.seen, seen, never), dtype=np.float64)


def _values(terms: Floats, at: int) -> Floats:
    """A term of each customer and leaf, or of each customer where it is the same of all leaves."""
    own = terms[..., at]
    return own.ravel() if at == 0 else own[:, :1].ravel()


def _leaks(newest: Look) -> str:
    """A habit rightly foretells itself, and so do common categories: all terms are suspect only near certainty."""
    terms, happened = newest.terms.reshape(-1, len(TERMS)), newest.happened.ravel().astype(np.float64)
    step = -(-len(happened) // _MOST_CELLS)
    return leaks(terms[::step], happened[::step], TERMS, habits=TERMS)

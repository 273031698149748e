"""Names of spending patterns: what each is bought for, in words that a person can check."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from persona.segments.mixture import Flags, Floats, Ints

__all__ = ["names"]

_PRIOR = 500.0
_LEAST_SHARE, _LEAST_REACH = 0.002, 0.2
_LEAST_LIFT = 1.1
_SAID = 3


def names(counts: Ints, kind: Ints, categories: Sequence[str], *, kinds: int) -> tuple[str, ...]:
    """The name of each kind: the categories that set it apart most surely, with how much more than usual it buys them.

    A category is said where it has .2 % of the kind's purchases, a fifth of its customers buy it, it has at least 1.1
    times its usual share there, and its log-odds against all others are above 0; the three of highest z, by falling
    lift. A kind that nothing sets apart so has the name of what it buys most, without a factor; one that buys nothing
    is "mixed". Kinds of one name are told apart by what comes next.

    Source: Monroe, Colaresi and Quinn (2008), Fightin' Words, eq. 22, with 500 purchases of the book as prior.
    """
    total = counts.sum(axis=0).astype(np.float64)
    share = total / max(total.sum(), 1.0)
    told: list[str] = []
    for one in range(kinds):
        ranked = _ranked(counts, kind == one, share, categories)
        texts = _growing(ranked) or _of_most(counts, kind == one, categories)
        said = next((text for text in texts if text not in told), None)
        told.append(said or f"mixed {one + 1}")
    return tuple(told)


def _growing(ranked: list[tuple[float, str]]) -> list[str]:
    """The first three, then one more with each; each text with the greatest lift first."""
    sizes = range(min(_SAID, len(ranked)), len(ranked) + 1)
    return [", ".join(text for _, text in sorted(ranked[:size], key=_falling_lift)) for size in sizes if size]


def _of_most(counts: Ints, inside: Flags, categories: Sequence[str]) -> list[str]:
    """The category of most purchases, then one more with each."""
    own = counts[inside].sum(axis=0)
    order = sorted(np.flatnonzero(own > 0).tolist(), key=lambda at: (-own[at], categories[at]))
    return [", ".join(categories[at] for at in order[: size + 1]) for size in range(len(order))]


def _falling_lift(told: tuple[float, str]) -> tuple[float, str]:
    return -told[0], told[1]


def _ranked(counts: Ints, inside: Flags, share: Floats, categories: Sequence[str]) -> list[tuple[float, str]]:
    own, other = (counts[side].sum(axis=0).astype(np.float64) for side in (inside, ~inside))
    prior = _PRIOR * np.maximum(share, 1e-9)
    odds = [np.log((side + prior) / (side.sum() + _PRIOR - side - prior)) for side in (own, other)]
    z = np.round((odds[0] - odds[1]) / np.sqrt(1 / (own + prior) + 1 / (other + prior)), 6)
    part = own / max(own.sum(), 1.0)
    reach = (counts[inside] > 0).mean(axis=0) if inside.any() else np.zeros(len(share))
    lift = part / np.maximum(share, 1e-9)
    fit = (part >= _LEAST_SHARE) & (reach >= _LEAST_REACH) & (z > 0) & (np.round(lift, 6) >= _LEAST_LIFT)
    order = sorted(np.flatnonzero(fit).tolist(), key=lambda at: (-z[at], categories[at]))
    return [(round(float(lift[at]), 6), f"{categories[at]} x{lift[at]:.1f}") for at in order]

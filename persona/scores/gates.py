"""Gates: what has to hold before a fitted model may be used; a model that fails one gives way to its fallback."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from scipy.stats import rankdata

from persona.scores.affinity_state import Floats

__all__ = ["auc", "few_positives", "leaks", "no_skill"]

LEAST_POSITIVES = 200
_ONE_TERM, _OF_HABIT = 0.80, 0.995


def few_positives(happened: Floats, *, least: int = LEAST_POSITIVES) -> str:
    """Why labels are too few to learn from; empty where they are enough of both kinds."""
    yes = int(happened.sum())
    rarer, told = min((yes, "happened"), (len(happened) - yes, "did not happen"))
    return f"what is foreseen {told} {rarer:,} times, {least:,} are needed" if rarer < least else ""


def no_skill(log_loss: float, naive_log_loss: float) -> str:
    """Why a model is no better than its naive baseline on what happened after it was fitted; empty where it is."""
    if log_loss < naive_log_loss:
        return ""
    return f"no better than the naive forecast (log-loss {log_loss:.4f} against {naive_log_loss:.4f})"


def leaks(terms: Floats, happened: Floats, names: Sequence[str], *, habits: Collection[str] = ()) -> str:
    """Why a term seems to know what it could not have known; empty where none does.

    A single term that ranks those to whom it happened above the others in .80 of all pairs, is looked into. Terms of
    ``habits`` are the customer's own earlier doing of the very same thing: the past of a habit rightly foretells it,
    so they are suspect only at .995, where nothing is left to chance.
    """
    found = []
    for column, name in enumerate(names):
        told = auc(terms[:, column], happened)
        if max(told, 1 - told) >= (_OF_HABIT if name in habits else _ONE_TERM):
            found.append(f"{name} ({max(told, 1 - told):.2f})")
    return f"seems to know the outcome: {', '.join(found)}" if found else ""


def auc(score: Floats, happened: Floats) -> float:
    """The share of pairs of one to whom it happened and one to whom not that the score puts in order; .5 without pairs.

    Source: Mann and Whitney's U over the number of pairs, ties counted half.
    """
    yes = float(happened.sum())
    pairs = yes * (len(happened) - yes)
    if not pairs:
        return 0.5
    ranks = rankdata(score)
    return float((ranks[happened > 0].sum() - yes * (yes + 1) / 2) / pairs)

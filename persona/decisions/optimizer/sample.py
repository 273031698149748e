"""A part of the book that stands for the whole: the customers whose hash is low, under bounds cut down alike."""

from __future__ import annotations

import numpy as np

from persona.decisions.optimizer.evaluate import Evaluator, View, spans
from persona.decisions.optimizer.problem import Bucket, Hashes

__all__ = ["sampled"]

_MIX = np.uint64(0x9E3779B97F4A7C15)


def sampled(whole: Evaluator, customers: int, *, salt: int) -> Evaluator:
    """About so many customers of the book as one bucket; all of them where there are no more.

    Salt: another salt draws other customers. Who is drawn depends on his hash alone.
    """
    if not whole.views:
        return whole
    share = min(1.0, customers / max(1, whole.customers))
    drawn = [np.flatnonzero(_lots(one.bucket.tie, salt) <= share) for one in whole.views]
    parts = [one.bucket.taken(places) for one, places in zip(whole.views, drawn, strict=True)]
    values = [one.value[:, places] for one, places in zip(whole.views, drawn, strict=True)]
    cell = np.concatenate([part.cell for part in parts])
    order = np.argsort(cell, kind="stable")
    measured = zip(*(part.measured for part in parts), strict=True)
    *amounts, value = (np.concatenate(pieces, axis=1)[:, order] for pieces in measured)
    tie, row = (np.concatenate([getattr(part, name) for part in parts])[order] for name in ("tie", "row"))
    bucket = Bucket(value, tuple(amounts), cell[order], tie, row)
    nudged = np.concatenate(values, axis=1)[:, order]
    rows = whole.rows.with_bounds(whole.rows.bounds * (len(tie) / max(1, whole.customers)))
    seen = View(bucket, nudged, spans(bucket.cell, len(value), apart=True))
    return Evaluator([seen], rows, k=whole.k)


def _lots(tie: Hashes, salt: int) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """A number in 0..1 for each hash (the end of SplitMix64)."""
    mixed = tie + np.uint64(int(_MIX) * (salt + 1) % 2**64)
    mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    lots: np.ndarray[tuple[int], np.dtype[np.float64]] = (mixed ^ (mixed >> np.uint64(31))) / np.float64(2.0**64)
    return lots

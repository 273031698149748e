"""Beats: whether dated amounts of one cluster come regularly, judged for all clusters at once."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from persona.signals.counting import Floats, Ints

__all__ = ["PERIODS", "Clusters", "Period", "deviations", "medians", "regular"]

LEAST = 3
_LEAST_SCORE = 0.7
_PACKED_BITS = 63


@dataclass(frozen=True, slots=True)
class Period:
    """A beat and how far from it a booking may fall."""

    days: int
    middle: float
    tolerance: int
    months: int
    """Calendar months to the next; 0: count the days."""
    beats: int
    """Beats in thousand months."""


PERIODS = (
    Period(7, 7.0, 1, 0, 4_348),
    Period(14, 14.0, 2, 0, 2_174),
    Period(30, 30.4, 4, 1, 1_000),
    Period(61, 61.0, 5, 2, 500),
    Period(91, 91.0, 7, 3, 333),
)


@dataclass(frozen=True, slots=True)
class Clusters:
    """Occurrences in the order of cluster (numbered from 0 without a hole) and day, one a day at most."""

    cluster: Ints
    day: Ints
    amount: Ints

    @property
    def sizes(self) -> Ints:
        """Occurrences of each cluster."""
        return np.bincount(self.cluster)

    @property
    def ends(self) -> Ints:
        """Position of the last occurrence of each cluster."""
        return np.cumsum(self.sizes) - 1


def regular(clusters: Clusters, *, evenness: float, shortest_days: int) -> tuple[NDArray[np.bool_], Ints]:
    """Whether each cluster is regular, and the position in PERIODS of its beat.

    Regular: at least three occurrences, the median gap is a beat, the gaps on the beat and half of those that miss one
    are .7 of all, and the median deviation of the amounts is at most ``evenness`` of their median.
    """
    if not len(clusters.day):
        return np.zeros(0, dtype=np.bool_), np.zeros(0, dtype=np.int64)
    same = clusters.cluster[1:] == clusters.cluster[:-1]
    owner, gap = clusters.cluster[1:][same], np.diff(clusters.day)[same]
    several = clusters.sizes >= LEAST
    usual = np.zeros(len(several))
    usual[clusters.sizes > 1] = medians(gap, _renumbered(owner))
    period = np.full(len(several), -1, dtype=np.int64)
    for number, beat in enumerate(PERIODS):
        if beat.days >= shortest_days:
            period[np.abs(usual - beat.middle) <= beat.tolerance] = number
    scores = np.bincount(owner, _on_beat(gap, period[owner]), minlength=len(several))
    steady = scores >= _LEAST_SCORE * np.maximum(clusters.sizes - 1, 1)
    is_regular = several & (period >= 0) & steady
    if is_regular.any():
        is_regular[is_regular] = _even(clusters, is_regular, evenness)
    return is_regular, period


def deviations(amount: Ints, cluster: Ints, centre: Floats) -> Floats:
    """The median deviation of each cluster from its centre, a median; exact, because its halves are counted."""
    halves = np.abs(2 * amount - (2 * centre).astype(np.int64)[cluster])
    return medians(halves, cluster) / 2


def _even(clusters: Clusters, chosen: NDArray[np.bool_], evenness: float) -> NDArray[np.bool_]:
    """Whether the amounts of each cluster that is chosen are even."""
    kept = chosen[clusters.cluster]
    cluster, amount = _renumbered(clusters.cluster[kept]), clusters.amount[kept]
    centre = medians(amount, cluster)
    return np.asarray(deviations(amount, cluster, centre) <= evenness * centre)


def medians(values: Ints, cluster: Ints) -> Floats:
    """The median of each cluster, a whole or a half. Values are 0 or more."""
    if not len(values):
        return np.zeros(0)
    ordered = _in_clusters(values, cluster)
    sizes = np.bincount(cluster)
    first = np.cumsum(sizes) - sizes
    return np.asarray((ordered[first + (sizes - 1) // 2] + ordered[first + sizes // 2]) / 2, dtype=np.float64)


def _in_clusters(values: Ints, cluster: Ints) -> Ints:
    """The values sorted within each cluster: where both fit into one number, several times faster than by two keys."""
    bits = int(values.max()).bit_length()
    if int(cluster.max()).bit_length() + bits > _PACKED_BITS:
        return values[np.lexsort((values, cluster))]
    return np.sort((cluster << bits) | values) & ((1 << bits) - 1)


def _on_beat(gap: Ints, period: Ints) -> Floats:
    middle = np.array([beat.middle for beat in PERIODS])[period]
    tolerance = np.array([beat.tolerance for beat in PERIODS])[period]
    hit = np.abs(gap - middle) <= tolerance
    missed = np.abs(gap - 2 * middle) <= tolerance
    return np.where(period < 0, 0.0, np.where(hit, 1.0, np.where(missed, 0.5, 0.0)))


def _renumbered(sorted_ids: Ints) -> Ints:
    return np.cumsum(np.diff(sorted_ids, prepend=sorted_ids[:1]) != 0) if len(sorted_ids) else sorted_ids

"""Model cards: what a fitted model learnt from, how well it foretold, and why it may not be trusted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np

from persona.scores.affinity_state import Floats, Ints
from persona.scores.drift import Drift
from persona.scores.gates import auc
from persona.scores.quality import log_loss

__all__ = [
    "AmountBin",
    "CalibrationBin",
    "Measured",
    "MeasuredAmount",
    "MeasuredHits",
    "ModelCard",
    "measured",
    "measured_amount",
]

_FORMAT = 1
_BINS = 10
_DIGITS = 6


@dataclass(frozen=True, slots=True)
class CalibrationBin:
    """One of ten equally full groups of customers, by rising probability."""

    foretold: float
    """Mean probability."""
    happened: float
    """Share to whom it happened."""
    customers: int


@dataclass(frozen=True, slots=True)
class Measured:
    """A forecast against what happened after it was made, beside a naive forecast made at the same time; 6 digits."""

    log_loss: float
    naive_log_loss: float
    naive: str
    """What the naive forecast is."""
    ranks: float
    """Share of pairs that are put in order (AUC)."""
    foretold_over_happened: float | None
    """Sum of probabilities over number of happenings; None: nothing happened."""
    calibration: tuple[CalibrationBin, ...]

    @property
    def skill(self) -> float:
        """By how much of the naive log-loss the forecast is better; below 0 it is worse."""
        return round(1 - self.log_loss / self.naive_log_loss, _DIGITS) if self.naive_log_loss else 0.0


@dataclass(frozen=True, slots=True)
class AmountBin:
    """One of ten equally full groups of customers, by rising foretold amount."""

    foretold: float
    """Mean of what was foretold, minor units, 2 digits."""
    came: float
    """Mean of what came, minor units, 2 digits."""
    customers: int


@dataclass(frozen=True, slots=True)
class MeasuredAmount:
    """Foretold amounts against those that came, beside a naive forecast made at the same time."""

    error: float
    """Root of the mean squared distance of what was foretold from what came, over the mean of what came; 6 digits."""
    naive_error: float
    naive: str
    """What the naive forecast is."""
    foretold_over_happened: float | None
    """Sum of what was foretold over sum of what came; None: nothing came."""
    calibration: tuple[AmountBin, ...]

    @property
    def skill(self) -> float:
        """By how much of the naive error the forecast is better; below 0 it is worse."""
        return round(1 - self.error / self.naive_error, _DIGITS) if self.naive_error else 0.0


@dataclass(frozen=True, slots=True)
class MeasuredHits:
    """How often what was told hit what came, beside what a naive forecast made at the same time hit; 6 digits."""

    hits: float
    """Share of what came."""
    naive_hits: float
    naive: str
    """What the naive forecast is."""
    came: int

    @property
    def skill(self) -> float:
        """Which share of the naive misses the forecast avoids; below 0 it misses more."""
        return round(1 - (1 - self.hits) / (1 - self.naive_hits), _DIGITS) if self.naive_hits < 1 else 0.0


@dataclass(frozen=True, slots=True)
class ModelCard:
    """What a person who answers for a model should read first, and the numbers to rebuild it from."""

    model: str
    says: tuple[str, ...]
    as_of: str
    """The day of the run; nothing from that day on was known."""
    horizon_days: int | None
    learnt_from: tuple[str, ...]
    """Data and dates."""
    customers: int
    positives: int | None
    """To how many of them it happened; None: nothing is counted."""
    measured: Measured | MeasuredAmount | MeasuredHits | None
    """None: too little history to measure."""
    drift: Mapping[str, Drift]
    not_trusted_because: tuple[str, ...]
    """Where any is given, the model is not used but ``used`` is."""
    used: str
    """What gives tonight's numbers: the model itself, or its fallback."""
    numbers: Mapping[str, Any] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        """Plain numbers, texts and lists."""
        return {"format": _FORMAT, **asdict(self), "skill": self.measured.skill if self.measured else None}


def measured(chance: Floats, happened: Floats, naive_chance: Floats, *, naive: str) -> Measured | None:
    """How good a forecast was; None where nobody was forecast."""
    if not len(happened):
        return None
    was = happened > 0
    total = float(happened.sum())
    return Measured(
        round(log_loss(chance, was), _DIGITS),
        round(log_loss(naive_chance, was), _DIGITS),
        naive,
        round(auc(chance, happened), _DIGITS),
        round(float(chance.sum()) / total, _DIGITS) if total else None,
        _calibration(chance, happened),
    )


def measured_amount(foretold: Floats, came: Floats, naive_foretold: Floats, *, naive: str) -> MeasuredAmount | None:
    """How good foretold amounts were; None where nothing came."""
    mean = float(came.mean()) if len(came) else 0.0
    if mean <= 0:
        return None
    errors = (float(np.sqrt(((one - came) ** 2).mean())) / mean for one in (foretold, naive_foretold))
    error, naive_error = (round(one, _DIGITS) for one in errors)
    groups = tuple(
        AmountBin(round(float(foretold[group].mean()), 2), round(float(came[group].mean()), 2), len(group))
        for group in _groups(foretold)
    )
    return MeasuredAmount(error, naive_error, naive, round(float(foretold.mean()) / mean, _DIGITS), groups)


def _calibration(chance: Floats, happened: Floats) -> tuple[CalibrationBin, ...]:
    return tuple(
        CalibrationBin(
            round(float(chance[group].mean()), _DIGITS), round(float(happened[group].mean()), _DIGITS), len(group)
        )
        for group in _groups(chance)
    )


def _groups(foretold: Floats) -> list[Ints]:
    """The positions of ten equally full groups, by what was foretold; fewer where there are fewer positions."""
    order = np.argsort(foretold, kind="stable")
    return [group for group in np.array_split(order, _BINS) if len(group)]

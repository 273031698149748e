"""The next purchase: a window of days and the probability that it falls into it, never a bare date.

Last day plus usual gap hits the week seldom enough to be useless; so the days ahead are cut at fixed horizons, the
chance to buy by each of them is learnt, and the narrowest stretch that is likelier than not is told.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import date, timedelta
from typing import Any

import numpy as np
import polars as pl

from persona.scores.affinity_state import Flags, Floats, Ints
from persona.scores.cards import Measured, ModelCard, measured
from persona.scores.drift import Drift
from persona.scores.gates import no_skill
from persona.scores.habits import Habits, habits_back
from persona.scores.occasions import Occasions
from persona.scores.renewal import Renewal, bought_within, chance_within, far, fit_renewal, fit_stacked, moved
from persona.scores.search import rounded

__all__ = ["HORIZONS", "NextPurchase", "chances_by", "fit_next_purchase", "next_purchase"]

HORIZONS = (7, 14, 30, 60, 90)
"""Days ahead at which the chance to have bought is told."""
_FAR = HORIZONS[-1]
_LIKELY = 0.5
_PRIOR_WINDOWS = 100
_DIGITS = 6
_NAIVE = "as often as all who bought before"
_WINDOWS = tuple((start, end) for end in range(1, len(HORIZONS) + 1) for start in range(end))
"""Positions among 0 and the horizons of the first day and of the first day after each window."""
_WHOLE = (0, len(HORIZONS))
_ROUNDS = 10


@dataclass(frozen=True, slots=True)
class NextPurchase:
    """A fitted model; plain numbers, 12 digits."""

    renewal: Renewal
    coefficients: tuple[tuple[float, ...], ...]
    """For each of HORIZONS the constant and one for each of terms.TERMS; none: BG/NBD alone is used."""
    level: float
    """How many of the last closed windows held, over how many were promised to: the narrowest likely window of many is
    one that looks likelier than it is. The whole of 90 days is not chosen among others, and needs none."""

    @classmethod
    def of(cls, numbers: Mapping[str, Any]) -> NextPurchase | None:
        """The same from the numbers of a card; None where it has none."""
        if not numbers:
            return None
        found = tuple(tuple(one) for one in numbers["coefficients"])
        return cls(Renewal.of(numbers["renewal"]), found, numbers["level"])


def fit_next_purchase(
    seen: Occasions, *, as_of: date, what: str, incomplete: str = ""
) -> tuple[NextPurchase | None, ModelCard]:
    """The model of a sample's occasions of ``what``, learnt 90 days back, and its card; None where it cannot be.

    ``incomplete`` says why the last months cannot be learnt from, nor anything be measured by; empty where they can.
    The skill is measured honestly: a model learnt 180 days back foretells the last 90.
    """
    then = seen.earlier(_FAR)
    long_past, past, now = habits_back(seen, 2 * _FAR, _FAR, 0)
    model, why = _fitted(past, seen)
    drifts = moved(past, now, model.renewal, horizon_days=_FAR) if model and not incomplete else {}
    if model:
        model, drifted = _steady(model, drifts)
        why += drifted
    reasons = [one for one in (incomplete, *why) if one]
    model_then = None if incomplete else _fitted(long_past, then)[0]
    tested = _tested(model_then, long_past, past, then, seen) if model_then else None
    worse = no_skill(tested.log_loss, tested.naive_log_loss) if tested else ""
    if worse:
        reasons.append(worse)
    held, level = _held(model_then, past, seen) if model_then else ((0, 0.0, 0), 1.0)
    if model:
        model = None if incomplete or worse else replace(model, level=level)
    return model, _card(model, held, past, seen, tested, drifts, reasons, as_of=as_of, what=what)


def _steady(model: NextPurchase, drifts: Mapping[str, Drift]) -> tuple[NextPurchase, list[str]]:
    """The model with BG/NBD alone for each horizon whose terms have moved far, and why."""
    why = {horizon: far(drifts, found) for horizon, found in zip(HORIZONS, model.coefficients, strict=True)}
    kept = tuple(() if why[horizon] else found for horizon, found in zip(HORIZONS, model.coefficients, strict=True))
    return replace(model, coefficients=kept), [
        f"within {horizon} days: it {one}" for horizon, one in why.items() if one
    ]


def _fitted(past: Habits, after: Occasions) -> tuple[NextPurchase | None, list[str]]:
    """The model of what was known at the start of the 90 days, learnt from what came in them, and why not all of it."""
    renewal = fit_renewal(past)
    if renewal is None:
        return None, ["nobody has bought on two days"]
    fits = []
    for horizon in HORIZONS:
        happened = bought_within(after, _FAR, after=_FAR - horizon)
        fits.append(fit_stacked(past, renewal, happened, horizon_days=horizon))
    failed = [f"within {horizon} days: {why}" for horizon, (_, why) in zip(HORIZONS, fits, strict=True) if why]
    return NextPurchase(renewal, tuple(found for found, _ in fits), 1.0), failed


def chances_by(seen: Habits, model: NextPurchase) -> Floats:
    """The probability that each customer has bought by each of HORIZONS, never falling; shape customers x HORIZONS."""
    by = [
        chance_within(seen, model.renewal, found, horizon_days=horizon)
        for horizon, found in zip(HORIZONS, model.coefficients, strict=True)
    ]
    return np.asarray(np.maximum.accumulate(np.column_stack(by), axis=1))


def next_purchase(seen: Habits, model: NextPurchase | None, *, name: str) -> pl.DataFrame:
    """When each customer will probably buy next.

    Grain: one row a customer, sorted. Makes: ``next_<name>_from_days``, ``next_<name>_until_days`` (the narrowest
    window [from, until) of days from the run's day on that looks likelier than not, of equals the likeliest, then the
    first; null: 90 days are not enough, never bought, or no model), ``next_<name>_p`` (its probability, 6 digits; where
    there is no such window that of all 90 days; null: never bought, or no model).
    """
    columns = [f"next_{name}_{part}" for part in ("from_days", "until_days", "p")]
    if model is None:
        none = (pl.lit(None, dtype=dtype) for dtype in (pl.Int64, pl.Int64, pl.Float64))
        return pl.DataFrame({"customer_no": seen.customers}).with_columns(
            value.alias(column) for column, value in zip(columns, none, strict=True)
        )
    start, end, chance = _windows(chances_by(seen, model), model.level)
    values = {"start": start, "end": end, "p": chance, "here": seen.count > 0}
    frame = pl.DataFrame({"customer_no": seen.customers} | values)
    is_told = pl.col("here") & (pl.col("end") > 0)
    told = (pl.when(is_told).then("start"), pl.when(is_told).then("end"), pl.when("here").then("p"))
    return frame.select("customer_no", *(value.alias(column) for column, value in zip(columns, told, strict=True)))


def _windows(by: Floats, level: float = 1.0) -> tuple[Ints, Ints, Floats]:
    """The window of each customer at a level: first day, first day after (0: none), probability."""
    edges = np.array((0, *HORIZONS))
    steps = np.column_stack([np.zeros(len(by)), by])
    levels = [1.0 if window == _WHOLE else level for window in _WINDOWS]
    masses = np.column_stack([steps[:, end] - steps[:, start] for start, end in _WINDOWS]) * levels
    masses = np.minimum(masses, 1.0).round(_DIGITS)
    widths = np.array([edges[end] - edges[start] for start, end in _WINDOWS])
    # Narrow before wide; of equal widths the likelier, of equally likely the earlier, as _WINDOWS has them.
    rank = np.where(masses >= _LIKELY, -widths + masses, -np.inf)
    best = np.argmax(rank, axis=1)
    found = masses.max(axis=1, initial=0) >= _LIKELY
    start = np.array([edges[one] for one, _ in _WINDOWS])[best]
    end = np.where(found, np.array([edges[one] for _, one in _WINDOWS])[best], 0)
    chance = np.where(found, np.take_along_axis(masses, best[:, None], axis=1)[:, 0], steps[:, -1])
    return start.astype(np.int64), end.astype(np.int64), np.asarray(chance, dtype=np.float64)


def _tested(model: NextPurchase, long_past: Habits, past: Habits, then: Occasions, seen: Occasions) -> Measured | None:
    """A model learnt 180 days back against the last 90 days, all horizons together."""
    here, before = past.count > 0, long_past.count > 0
    if not before.any():
        return None
    foretold, happened, naive = [], [], []
    chances = chances_by(past, model)
    for place, horizon in enumerate(HORIZONS):
        cut = _FAR - horizon
        usual = bought_within(then, _FAR, after=cut)[before].mean()
        foretold.append(chances[here, place])
        happened.append(bought_within(seen, _FAR, after=cut)[here])
        naive.append(np.full(int(here.sum()), usual))
    return measured(*(np.concatenate(one) for one in (foretold, happened, naive)), naive=_NAIVE)


def _held(model: NextPurchase, past: Habits, seen: Occasions) -> tuple[tuple[int, float, int], float]:
    """How many windows were told 90 days back, how many purchases they promised and how many they held; and the level.

    Which windows are chosen hangs on the level, and the level on how many of those held: a few rounds settle it. It has
    as much weight on 1 as a hundred windows have.
    """
    by, level = chances_by(past, model), 1.0
    ahead = np.full(len(by), np.iinfo(np.int64).max)
    np.minimum.at(ahead, seen.who[seen.age_days <= _FAR], _FAR - seen.age_days[seen.age_days <= _FAR])
    bare = _kept(by, ahead, past.count > 0, 1.0)
    for _ in range(_ROUNDS):
        told, promised, held = _kept(by, ahead, past.count > 0, level)
        likely = promised / told if told else _LIKELY
        found = (held + _PRIOR_WINDOWS * likely) / (promised + _PRIOR_WINDOWS * likely)
        level = float(np.sqrt(level * found))
    return (bare[0], round(bare[1], 1), bare[2]), rounded([level])[0]


def _kept(by: Floats, ahead: Ints, here: Flags, level: float) -> tuple[int, float, int]:
    """Windows but for the whole of 90 days at a level, the purchases they promised without it, and those they held."""
    start, end, chance = _windows(by, level)
    told = here & (end > 0) & (end - start < _FAR)
    inside = told & (start <= ahead) & (ahead < end)
    return int(told.sum()), float(chance[told].sum()) / level, int(inside.sum())


def _card(
    model: NextPurchase | None,
    held: tuple[int, float, int],
    past: Habits,
    seen: Occasions,
    tested: Measured | None,
    drifts: Mapping[str, Drift],
    why: list[str],
    *,
    as_of: date,
    what: str,
) -> ModelCard:
    start = as_of - timedelta(days=_FAR)
    return ModelCard(
        model=f"next purchase: {what}",
        says=(
            f"The window of days into which a customer's next purchase ({what}) falls, with its probability.",
            f"Of {held[0]:,} windows as of {start}, {held[1]:,.0f} were promised to hold and {held[2]:,} held.",
            "Inputs: days and amounts of such purchases. No attribute of the person is used. Not for credit decisions.",
        ),
        as_of=str(as_of),
        horizon_days=_FAR,
        learnt_from=(f"purchase days before {start}, and when they bought next until {as_of}",),
        customers=int((past.count > 0).sum()),
        positives=int(bought_within(seen, _FAR)[past.count > 0].sum()),
        measured=tested,
        drift=drifts,
        not_trusted_because=tuple(why),
        used="BG/NBD, stacked with decayed counts where there is enough to learn from" if model else "nothing",
        numbers=asdict(model) if model else {},
    )

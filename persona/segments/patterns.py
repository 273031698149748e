"""Spending patterns: which kind of buyer each customer is, under names that stay the same from night to night."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from typing import Any

import numpy as np
import polars as pl
from scipy.optimize import linear_sum_assignment
from threadpoolctl import threadpool_limits

from persona.segments.mixture import Floats, Ints, Mixture, fitted, log_joint, rows_of
from persona.segments.pattern_choice import chosen, cold
from persona.segments.pattern_names import names
from persona.tables.profile import as_name
from persona.tables.words import leaves

__all__ = ["Patterns", "fit_patterns", "patterns", "patterns_card", "restored_patterns"]

_YEAR = 365
_LEAST_PURCHASES = 5
"""In a year; of who buys less nobody can say what kind of buyer he is."""
_LEAST_CUSTOMERS = 200
_WARM_STEPS = 20
_LEAST_WEIGHT = 0.01
_SAME_DISTANCE = 0.5
"""A profile further than this from all before is a new pattern."""
_SWITCH_ODDS = 10.0
_BEATS = (4, 6, 11, 12, 13, 24, 25, 26, 52)
"""Payments a year that an agreement makes: quarterly, every other month, monthly, fortnightly, weekly."""
_BILL_SHARE, _LEAST_BUYERS = 0.5, 20
_LEAST_AGREEMENT = 0.5
_DIGITS = 6


@dataclass(frozen=True, slots=True)
class Patterns:
    """A fitted model; plain numbers, 12 digits."""

    categories: tuple[str, ...]
    """Leaves that are chosen and not owed: bills say little of what somebody likes."""
    ids: tuple[str, ...]
    """Of each kind; given once, never to another."""
    names: tuple[str, ...]
    weights: tuple[float, ...]
    profiles: tuple[tuple[float, ...], ...]
    """Kinds x categories: shares of purchases."""
    given: int
    """How many ids have been given so far."""
    agreement: float
    """Adjusted Rand index of refits on 80 % of the customers, when the number of kinds was chosen."""
    customers: int
    is_warm: bool
    """Started from the night before; else from nothing."""
    stability: float | None = None
    """Share of the sample that the model of the night before takes for the same kinds; None: not started from it."""

    @property
    def mixture(self) -> Mixture:
        """The same as arrays."""
        return Mixture(np.asarray(self.weights), np.asarray(self.profiles))


def fit_patterns(known: pl.DataFrame, *, categories: Sequence[str], before: Patterns | None) -> Patterns | None:
    """The patterns of a sample of the book; None where fewer than 200 of it buy enough to tell.

    Reads: ``purchases_365d_<leaf>``. The night before is the start and its ids are kept; where there is none, where the
    categories are others, or where a pattern has died out, the number of kinds is chosen anew.
    """
    counts, words = _counts(known, leaves(categories))
    is_same = before is not None and set(before.categories) <= set(words) and min(before.weights) >= _LEAST_WEIGHT
    kept = [words.index(word) for word in before.categories] if before and is_same else _chosen_freely(counts)
    counts, words = counts[:, kept], tuple(words[at] for at in kept)
    counts = counts[counts.sum(axis=1) >= _LEAST_PURCHASES]
    if len(counts) < _LEAST_CUSTOMERS:
        return None
    # Sums are exact, so more threads change nothing; on a machine that is busy they cost a hundred times the work.
    with threadpool_limits(limits=1):
        rows = rows_of(counts)
        if before and is_same:
            mixture, agreement = fitted(rows, before.mixture, steps=_WARM_STEPS), before.agreement
        else:
            kinds, agreement = chosen(rows)
            mixture = cold(rows, kinds)
        kind = np.argmax(log_joint(rows, mixture), axis=1)
    ids, given = _named_before(mixture, words, before)
    told = names(counts, kind, words, kinds=len(ids))
    return Patterns(
        words,
        ids,
        told,
        _rounded(mixture.weights),
        tuple(_rounded(profile) for profile in mixture.profiles),
        given,
        agreement,
        len(counts),
        is_same,
        _stability(rows, kind, ids, before) if before and is_same else None,
    )


def _stability(rows: Floats, kind: Ints, ids: Sequence[str], before: Patterns) -> float:
    past = np.argmax(log_joint(rows, before.mixture), axis=1)
    same = np.asarray(ids)[kind] == np.asarray(before.ids)[past]
    return round(float(same.mean()), _DIGITS)


def _rounded(numbers: Floats) -> tuple[float, ...]:
    return tuple(float(f"{number:.12g}") for number in numbers)


def _counts(known: pl.DataFrame, words: Sequence[str]) -> tuple[Ints, tuple[str, ...]]:
    names = [f"purchases_365d_{as_name(word)}" for word in words]
    columns = known.select("customer_no", *names).sort("customer_no").select(names)
    return columns.to_numpy().reshape(known.height, len(words)), tuple(words)


def _chosen_freely(counts: Ints) -> list[int]:
    """The positions of categories that are no bills: not bought so many times a year as an agreement makes.

    Of the sample bank's rents, utilities, phones, insurances and subscriptions .75 to .98 of those who pay three times
    or more a year are on such a beat, of nothing else more than .4.
    """
    often = counts >= _BEATS[0] - 1
    on_beat = (often & np.isin(counts, _BEATS)).sum(axis=0)
    buyers = often.sum(axis=0)
    is_bill = (buyers >= _LEAST_BUYERS) & (on_beat > _BILL_SHARE * buyers)
    free = np.flatnonzero(~is_bill).tolist()
    return free if len(free) > 1 else list(range(counts.shape[1]))


def _named_before(mixture: Mixture, words: Sequence[str], before: Patterns | None) -> tuple[tuple[str, ...], int]:
    """The id of each kind: that of the kind of the night before which it is like, else a new one.

    Source: the assignment of least total Hellinger distance of the profiles (Hungarian method).
    """
    kinds = len(mixture.weights)
    if before is None:
        return tuple(f"p{number + 1}" for number in range(kinds)), kinds
    place = {word: at for at, word in enumerate(before.categories)}
    past = np.asarray(before.profiles)
    old = np.column_stack([past[:, place[word]] if word in place else np.zeros(len(past)) for word in words])
    overlap = np.sqrt(np.maximum(mixture.profiles[:, None, :] * old[None, :, :], 0)).sum(axis=2)
    distance = np.sqrt(np.maximum(1 - overlap, 0))
    ids, given = [""] * kinds, before.given
    for new, former in zip(*linear_sum_assignment(distance.round(9)), strict=True):
        if distance[new, former] <= _SAME_DISTANCE:
            ids[new] = before.ids[former]
    for new in range(kinds):
        if not ids[new]:
            given += 1
            ids[new] = f"p{given}"
    return tuple(ids), given


def patterns(known: pl.DataFrame, model: Patterns | None, *, before: pl.DataFrame | None) -> pl.DataFrame:
    """The pattern of each customer, which changes only where the odds for another are above 10 to 1.

    Grain: one row a customer of ``known``, sorted. Reads: ``purchases_365d_<leaf>``; ``customer_no``, ``pattern`` of
    the night ``before``. Makes: ``pattern`` (id; null: fewer than 5 purchases a year of a kind that is chosen, or no
    model), ``pattern_p`` (its probability, 6 digits; null with it), ``pattern_before`` (null: none, or not seen).
    """
    ordered = known.select("customer_no").sort("customer_no")
    past = pl.DataFrame(schema={"customer_no": pl.Int64, "pattern": pl.String}) if before is None else before
    held = ordered.join(
        past.select("customer_no", pattern_before="pattern"), on="customer_no", how="left", maintain_order="left"
    )
    if model is None:
        none = (pl.lit(None, dtype=pl.String).alias("pattern"), pl.lit(None, dtype=pl.Float64).alias("pattern_p"))
        return held.select("customer_no", *none, "pattern_before")
    counts = _counts(known, model.categories)[0]
    joint = log_joint(rows_of(counts), model.mixture)
    kind = _kept(joint, held["pattern_before"], model.ids)
    part = np.exp(joint - joint.max(axis=1, keepdims=True))
    chance = np.round(np.take_along_axis(part / part.sum(axis=1, keepdims=True), kind[:, None], axis=1)[:, 0], _DIGITS)
    is_told = pl.Series(counts.sum(axis=1) >= _LEAST_PURCHASES)
    word = pl.Series(model.ids, dtype=pl.String).gather(kind)
    made = held.with_columns(is_told=is_told, word=word, chance=pl.Series(chance))
    told = (pl.when("is_told").then("word").alias("pattern"), pl.when("is_told").then("chance").alias("pattern_p"))
    return made.select("customer_no", *told, "pattern_before")


def _kept(joint: Floats, held: pl.Series, ids: Sequence[str]) -> Ints:
    """The likeliest kind of each customer, or the one he is held to be of where the odds against it are small."""
    best = np.argmax(joint, axis=1).astype(np.int64)
    place = {word: at for at, word in enumerate(ids)}
    former = held.replace_strict(place, default=-1, return_dtype=pl.Int64).to_numpy()
    is_known = former >= 0
    own = np.take_along_axis(joint, np.maximum(former, 0)[:, None], axis=1)[:, 0]
    stays = is_known & (joint.max(axis=1) - own <= np.log(_SWITCH_ODDS))
    return np.where(stays, former, best)


def patterns_card(model: Patterns | None, *, as_of: date) -> dict[str, Any]:
    """The model of a night as a card of plain numbers, for JSON."""
    why = [] if model else [f"fewer than {_LEAST_CUSTOMERS} customers buy enough to tell"]
    if model and model.agreement < _LEAST_AGREEMENT:
        why.append(f"other samples of the customers give other patterns (agreement {model.agreement:.2f})")
    return {
        "format": 1,
        "model": "patterns",
        "says": [
            "Which kind of buyer a customer is, by how often he buys what in a year; bills are left out.",
            *(f"{word}: {name}" for word, name in zip(model.ids, model.names, strict=True)),
        ]
        if model
        else ["Which kind of buyer a customer is."],
        "as_of": str(as_of),
        "learnt_from": _learnt_from(model, as_of) if model else [],
        "customers": model.customers if model else 0,
        "measured": {"agreement": model.agreement, "stability": model.stability} if model else None,
        "not_trusted_because": why,
        "used": "a mixture of multinomials" if model else "nothing",
        "numbers": asdict(model) if model else {},
    }


def _learnt_from(model: Patterns, as_of: date) -> list[str]:
    """Data and dates."""
    start = "the kinds of the night before, whose number stays" if model.is_warm else "nothing before it"
    return [f"purchases from {as_of - timedelta(days=_YEAR)} until {as_of}, beginning with {start}"]


def restored_patterns(saved: Mapping[str, Any]) -> Patterns | None:
    """The model of a card; equal to the one that was saved; None where there was none.

    Raises: ValueError for a card of another model or format.
    """
    if (saved.get("format"), saved.get("model")) != (1, "patterns"):
        raise ValueError("is not a card of format 1 of patterns")
    if not saved["numbers"]:
        return None
    numbers = {name: tuple(value) if isinstance(value, list) else value for name, value in saved["numbers"].items()}
    return Patterns(**(numbers | {"profiles": tuple(tuple(profile) for profile in numbers["profiles"])}))

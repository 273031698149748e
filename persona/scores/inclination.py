"""Inclination: how much more readily a customer answers on one channel, or in one part of the day, than in the others.

It moves the propensity by odds, as far as it was seen to: how often messages were read says where he looks, and what
that adds to acceptance is learnt from contacts of before and tried on newer ones. Too few, or no gain: nothing moves.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import numpy as np
import polars as pl

from persona.scores.affinity_state import Floats, Ints
from persona.scores.answers import CLOSED_DAYS, contacts
from persona.scores.cards import ModelCard, measured
from persona.scores.logistic import fit_logistic, logistic, weighed

__all__ = ["answers_of", "fit_inclination", "inclinations"]

_READ = ("opened", "clicked", "accepted")
_STRENGTH = 8.0
"""Messages answered as is usual that are added to what is known of a customer: science.md, 3, (r + 8 g) / (e + 8)."""
_WINDOW_DAYS = 45
_FEWEST = 50
"""Acceptances in each window: ten a coefficient (Peduzzi et al., 1996) and some more."""
_SURE = 1.645
"""Standard errors by which the newer window has to be foretold better."""
_LEAST, _MOST = 1e-4, 1 - 1e-4
_DIGITS = 6


def answers_of(
    outcomes: pl.DataFrame, slots: Sequence[tuple[str, str, Iterable[int]]], *, as_of: date, zone: str
) -> pl.DataFrame:
    """Every contact whose answers have had their time, with what came of it.

    Grain: one row a customer, offer, day and channel, sorted. Reads: canonical ``outcomes``; ``slots``, each part of
    the day as (id, channel, its hours in ``zone``). Makes: ``slot`` (null: left in none), ``is_read``, ``is_accepted``.
    """
    pair = ["customer_no", "offer_id", "channel"]
    known = outcomes.filter(
        pl.col("customer_no").is_not_null()
        & (pl.col("at").dt.date() < as_of)
        & (pl.col("arm").fill_null("treated") == "treated")
    )
    local = pl.col("at").dt.replace_time_zone("UTC").dt.convert_time_zone(zone).dt.hour().cast(pl.Int64)
    sent = known.filter(pl.col("outcome") == "sent").with_columns(on=pl.col("at").dt.date(), hour=local)
    first = sent.group_by(*pair, "on").agg(pl.col("hour").min(), sent_at=pl.col("at").min()).sort("sent_at", *pair)
    read = known.filter(pl.col("outcome").is_in(_READ)).select(*pair, "at").sort("at", *pair)
    met = read.join_asof(
        first.select(*pair, "sent_at", "on"),
        left_on="at",
        right_on="sent_at",
        by=pair,
        strategy="backward",
        tolerance=f"{CLOSED_DAYS}d",
        check_sortedness=False,
    )
    seen = met.drop_nulls("on").select(*pair, "on").unique().with_columns(is_read=pl.lit(value=True))
    accepted = contacts(outcomes, as_of=as_of).select(*pair, "on", is_accepted=pl.col("accepted_on").is_not_null())
    slot = pl.lit(None, dtype=pl.String)
    for name, channel, hours in reversed(slots):
        slot = (
            pl.when((pl.col("channel") == channel) & pl.col("hour").is_in([*hours])).then(pl.lit(name)).otherwise(slot)
        )
    told = (
        first.with_columns(slot=slot)
        .join(seen, on=[*pair, "on"], how="left")
        .join(accepted, on=[*pair, "on"], how="left")
    )
    flags = (pl.col(name).fill_null(value=False) for name in ("is_read", "is_accepted"))
    closed = told.filter(pl.col("on") <= as_of - timedelta(days=CLOSED_DAYS))
    return (
        closed.select(*pair, "on", "slot", *flags)
        .with_columns(is_read=pl.col("is_read") | pl.col("is_accepted"))
        .sort("customer_no", "offer_id", "on", "channel")
    )


Usual = Mapping[str, tuple[int, int]]
"""By channel or part of the day how many contacts were read, and how many there were."""


@dataclass(frozen=True)
class _Lean:
    """How readily each customer answers at all, and on which key how much more."""

    customers: Ints
    """Sorted."""
    keys: Mapping[str, int]
    ready: Floats
    lean: Floats
    """[customers, keys], log-odds; 0: as is usual of him."""

    @classmethod
    def of(cls, told: pl.DataFrame, by: str, usual: Usual) -> _Lean:
        """The leans by ``channel`` or ``slot`` of the contacts of ``told``, against what is usual of the book."""
        keys = {name: place for place, name in enumerate(sorted(usual))}
        rows = told.filter(pl.col(by).is_in(list(keys)))
        customers = np.unique(rows["customer_no"].to_numpy())
        shape = (len(customers), len(keys))
        place = (
            rows[by].replace_strict(keys, return_dtype=pl.Int64).to_numpy() if rows.height else np.zeros(0, np.int64)
        )
        cell = np.searchsorted(customers, rows["customer_no"].to_numpy()) * len(keys) + place
        count = np.bincount(cell, minlength=shape[0] * shape[1]).reshape(shape)
        read = np.bincount(cell[rows["is_read"].to_numpy()], minlength=count.size).reshape(shape)
        rates = np.array([usual[name][0] / usual[name][1] for name in sorted(usual)])
        reads, contacted = sum(one[0] for one in usual.values()), sum(one[1] for one in usual.values())
        mean = _STRENGTH * (reads + 1) / (contacted + 2)
        expected = np.zeros(len(customers))
        for key, rate in enumerate(rates):
            expected += count[:, key] * rate
        ratio = (read.sum(axis=1) + mean) / (expected + mean)
        own = np.clip(rates * ratio[:, None], _LEAST, _MOST)
        shrunk = np.clip((read + _STRENGTH * own) / (count + _STRENGTH), _LEAST, _MOST)
        return cls(customers, keys, np.log(ratio), _log_odds(shrunk) - _log_odds(own))

    def terms(self, rows: pl.DataFrame, by: str) -> Floats:
        """Of each contact how readily its customer answers, and how much more on its key; 0 where nothing is known."""
        made = np.zeros((rows.height, 2))
        if not len(self.customers):
            return made
        numbers = rows["customer_no"].to_numpy()
        who = np.minimum(np.searchsorted(self.customers, numbers), len(self.customers) - 1)
        here = self.customers[who] == numbers
        made[here, 0] = self.ready[who[here]]
        key = rows[by].replace_strict(self.keys, default=-1, return_dtype=pl.Int64).to_numpy()
        both = here & (key >= 0)
        made[both, 1] = self.lean[who[both], key[both]]
        return made


def _usual(told: pl.DataFrame, by: str) -> dict[str, tuple[int, int]]:
    counted = (
        told.drop_nulls(by).group_by(by).agg(pl.col("is_read").sum().cast(pl.Int64), count=pl.len().cast(pl.Int64))
    )
    return {name: (read, count) for name, read, count in counted.sort(by).iter_rows()}


@dataclass(frozen=True)
class _Window:
    """Contacts of some days, each with what was known before the first of them."""

    base: Floats
    """Log-odds of acceptance of the offer on the channel."""
    terms: Floats
    happened: Floats

    @classmethod
    def of(cls, told: pl.DataFrame, by: str, first: date, until: date) -> _Window:
        """The contacts from ``first`` on and before ``until``."""
        known = told.filter(pl.col("on") < first - timedelta(days=CLOSED_DAYS))
        rows = told.filter((pl.col("on") >= first) & (pl.col("on") < until)).drop_nulls(by)
        usual = float(known["is_accepted"].sum() + 1) / (known.height + 2)
        counted = known.group_by("offer_id", "channel").agg(pl.len(), pl.col("is_accepted").sum())
        rate = (pl.col("is_accepted") + _STRENGTH * usual) / (pl.col("len") + _STRENGTH)
        rates = counted.select("offer_id", "channel", rate=rate)
        beside = rows.join(rates, on=["offer_id", "channel"], how="left", maintain_order="left")
        base = _log_odds(np.clip(beside["rate"].fill_null(usual).to_numpy(), _LEAST, _MOST))
        happened = rows["is_accepted"].cast(pl.Float64).to_numpy()
        return cls(base, _Lean.of(known, by, _usual(known, by)).terms(rows, by), happened)

    @property
    def is_enough(self) -> bool:
        """Whether so many were accepted, and were not, that something can be learnt."""
        accepted = float(self.happened.sum())
        return min(accepted, len(self.happened) - accepted) >= _FEWEST

    def and_(self, other: _Window) -> _Window:
        """Both windows together."""
        pairs = ((self.base, other.base), (self.terms, other.terms), (self.happened, other.happened))
        return _Window(*(np.concatenate(pair) for pair in pairs))


def fit_inclination(told: pl.DataFrame, by: str, *, as_of: date) -> ModelCard:
    """What leaning to a ``channel`` or ``slot`` adds to acceptance: ``numbers`` has the ``slope`` on its log-odds.

    Reads: what ``answers_of`` makes. The slope is learnt on 45 days, tried on the 45 after them, and kept between 0 and
    1; 0 unless it foretold the newer ones better by more than chance would.
    """
    told = told.sort("customer_no", "offer_id", "on", "channel")
    end = as_of - timedelta(days=CLOSED_DAYS) + timedelta(days=1)
    middle, begin = end - timedelta(days=_WINDOW_DAYS), end - timedelta(days=2 * _WINDOW_DAYS)
    older, newer = _Window.of(told, by, begin, middle), _Window.of(told, by, middle, end)
    word = {"channel": "the channel", "slot": "the part of the day"}[by]
    why, slope, found = [], 0.0, None
    if not (older.is_enough and newer.is_enough):
        counts = f"{older.happened.sum():.0f} and {newer.happened.sum():.0f}"
        why.append(f"too few acceptances in its two windows of {_WINDOW_DAYS} days: {counts}, at least {_FEWEST} each")
    else:
        plain, full = (fit_logistic(older.terms[:, :n], older.happened, base=older.base) for n in (1, 2))
        usual = logistic(newer.base + weighed(newer.terms[:, :1], plain.tolist()))
        chance = logistic(newer.base + weighed(newer.terms, full.tolist()))
        found = measured(chance, newer.happened, usual, naive=f"how readily he answers at all, whatever {word}")
        gain = _losses(usual, newer.happened) - _losses(chance, newer.happened)
        if full[2] <= 0 or gain.mean() <= _SURE * gain.std() / np.sqrt(len(gain)):
            why.append("leaning to it did not foretell acceptance better than chance would")
        else:
            both = older.and_(newer)
            slope = float(np.clip(fit_logistic(both.terms, both.happened, base=both.base)[2], 0.0, 1.0))
    return ModelCard(
        model=f"inclination by {by}",
        says=(
            f"by which odds {word} moves the propensity of a customer who answers there more, or less, than elsewhere",
        ),
        as_of=as_of.isoformat(),
        horizon_days=CLOSED_DAYS,
        learnt_from=(f"answers to contacts from {begin.isoformat()} to {end.isoformat()}",),
        customers=told["customer_no"].n_unique(),
        positives=int(older.happened.sum() + newer.happened.sum()),
        measured=found,
        drift={},
        not_trusted_because=tuple(why),
        used=f"no move by {word}" if why else "the model",
        numbers={"by": by, "slope": round(slope, _DIGITS), "usual": _usual(told, by)},
    )


def inclinations(
    customers: pl.DataFrame,
    told: pl.DataFrame,
    models: Sequence[Mapping[str, Any]],
    asked: Mapping[str, Sequence[str]],
) -> pl.DataFrame:
    """By which odds each customer's leanings move his propensities.

    Grain: one row a row of ``customers`` (``customer_no``), in its order. Reads: what ``answers_of`` makes; the
    ``numbers`` of the models; ``asked``, the words of ``channel`` and of ``slot``.
    Makes: ``odds_by_<channel>``, ``odds_at_<slot>`` (6 digits; 1: no move).
    """
    made = {}
    for numbers in models:
        by, slope = str(numbers["by"]), float(numbers["slope"])
        lean = _Lean.of(told if slope > 0 else told.clear(), by, numbers["usual"])
        for word in asked.get(by, ()):
            odds = np.exp(slope * lean.terms(customers.with_columns(pl.lit(word).alias(by)), by)[:, 1])
            made[f"odds_{_PREFIXES[by]}_{word}"] = np.round(odds, _DIGITS)
    return customers.select("customer_no").with_columns(pl.Series(name, odds) for name, odds in made.items())


_PREFIXES = {"channel": "by", "slot": "at"}


def _losses(chance: Floats, happened: Floats) -> Floats:
    bounded = np.clip(chance, 1e-9, 1 - 1e-9)
    return np.asarray(-(happened * np.log(bounded) + (1 - happened) * np.log1p(-bounded)), dtype=np.float64)


def _log_odds(chance: Floats) -> Floats:
    return np.asarray(np.log(chance / (1 - chance)), dtype=np.float64)

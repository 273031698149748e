"""Acceptance sampling: how many messages of each stratum people look at, which ones, and what their verdicts mean.

A single sampling plan by attributes, computed exactly for the lot at hand in place of looked up in a table.
Source: hypergeometric distribution; ISO 2859-1 and 2859-2 for the terms (AQL, limiting quality, acceptance number).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from math import ceil, comb, floor
from typing import Literal

import polars as pl

from persona.buckets import hashed
from persona.policy.rules import Sampling

__all__ = ["STRATUM", "Mode", "Plan", "Stratum", "Verdict", "drawn", "plan", "strata", "verdict"]

Mode = Literal["automatic", "sampled", "manual"]
Verdict = Literal["released", "stopped", "open"]

STRATUM = ("offer_id", "treatment_id", "channel", "locale", "variant")
"""What messages of a stratum have in common; the risk class is the offer's."""


@dataclass(frozen=True, slots=True)
class Plan:
    """How a lot is judged: look at ``sample`` messages, and stop it where more than ``accept`` are bad."""

    lot: int
    sample: int
    accept: int
    producer_risk: float
    """The probability to stop a lot at the acceptable quality level."""
    consumer_risk: float
    """The probability to pass a lot at the limiting quality."""


@dataclass(frozen=True, slots=True)
class Stratum:
    """Messages that are judged together."""

    offer_id: str
    treatment_id: str
    channel: str
    locale: str
    variant: str | None
    risk_class: str
    mode: Mode
    plan: Plan

    @property
    def name(self) -> str:
        """What people call it, such as ``city_break.email.en.city_opening_asleep``."""
        said = (self.offer_id, self.treatment_id, self.locale, self.variant)
        return ".".join(word for word in said if word is not None)

    @property
    def waits(self) -> bool:
        """Whether people have to look before its messages may leave."""
        return self.mode != "automatic"


def strata(
    messages: pl.DataFrame, modes: Mapping[tuple[str, str], tuple[Mode, str]], sampling: Sampling
) -> tuple[Stratum, ...]:
    """The strata of some messages, with the plan of each; sorted by their columns.

    Reads: ``STRATUM``. ``modes`` are mode and risk class by offer and treatment; what is not among them is manual and
    high.
    """
    counted = messages.group_by(STRATUM).len().sort(STRATUM, nulls_last=True)
    found = []
    for offer, treatment, channel, locale, variant, lot in counted.iter_rows():
        mode, risk = modes.get((offer, treatment), ("manual", "high"))
        how = every(lot, sampling) if mode == "manual" else plan(lot, sampling)
        found.append(Stratum(offer, treatment, channel, locale, variant, risk, mode, how))
    return tuple(found)


def every(lot: int, sampling: Sampling) -> Plan:
    """The plan that looks at each message, and so never errs."""
    return Plan(lot, lot, floor(sampling.aql * lot), 0.0, 0.0)


@lru_cache(maxsize=4096)
def plan(lot: int, sampling: Sampling) -> Plan:
    """The plan with the smallest acceptance number, and then the smallest sample, that keeps both risks.

    The lot at the AQL has the whole number of bad messages at or below that share; the one at the limiting quality the
    one at or above it. Where the lot is too small to tell them apart, each message is looked at.
    """
    good = floor(sampling.aql * lot)
    bad = min(lot, max(ceil(sampling.limiting_quality * lot), good + 1))
    for accept in range(good + 1):
        sample = _smallest(lot, bad, accept, Fraction(sampling.consumer_risk))
        stops = 1 - _passes(lot, good, sample, accept)
        if stops <= Fraction(sampling.producer_risk):
            return Plan(lot, sample, accept, round(float(stops), 4), round(float(_passes(lot, bad, sample, accept)), 4))
    return every(lot, sampling)


def _smallest(lot: int, bad: int, accept: int, risk: Fraction) -> int:
    """The smallest sample that passes a lot with so many bad messages with at most a risk: more of it passes less."""
    low = high = min(accept + 1, lot)
    while high < lot and _passes(lot, bad, high, accept) > risk:
        low, high = high + 1, min(2 * high, lot)
    while low < high:
        middle = (low + high) // 2
        if _passes(lot, bad, middle, accept) <= risk:
            high = middle
        else:
            low = middle + 1
    return low


def _passes(lot: int, bad: int, sample: int, accept: int) -> Fraction:
    """The probability of at most ``accept`` bad messages in the sample."""
    ways = sum(comb(bad, k) * comb(lot - bad, sample - k) for k in range(min(accept, sample) + 1))
    return Fraction(ways, comb(lot, sample))


def drawn(messages: pl.DataFrame, stratum: Stratum, *, run_id: str) -> list[str]:
    """The ids of the messages to look at, in the order of their hash: nobody can choose them.

    Reads: ``STRATUM``, ``message_id``.
    """
    here = [pl.col(name).eq_missing(pl.lit(getattr(stratum, name), pl.String)) for name in STRATUM]
    ids: Iterable[str] = messages.filter(*here)["message_id"]
    ranked = sorted(ids, key=lambda one: (hashed(f"review|{run_id}", one), one))
    return ranked[: stratum.plan.sample]


def verdict(plan: Plan, sample: Collection[str], said: Mapping[str, bool]) -> Verdict:
    """What people's verdicts mean for a stratum: a sample that is too bad is stopped, even where not all was seen.

    ``said`` is, by message, whether it is good.
    """
    seen = [said[one] for one in sample if one in said]
    if seen.count(False) > plan.accept:
        return "stopped"
    return "released" if len(seen) == len(sample) else "open"

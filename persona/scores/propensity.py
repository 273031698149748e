"""Propensity: the probability that a customer accepts an offer, with few answers to learn from.

Three levels, each shrunk to the one above: what the offer's author thinks, corrected by how its group is answered; the
offer's own answers; its answers from customers of the same lifecycle. Then the customer's own affinity moves it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
import polars as pl

from persona.scores.affinity_state import Floats
from persona.scores.answers import contacts, is_closed
from persona.scores.logistic import logistic
from persona.tables.profile import as_name

__all__ = ["DEFAULT_WEIGHT", "Prior", "propensities", "rates", "responses", "shrunken", "usual_odds"]

DEFAULT_WEIGHT = 0.25
"""How far the log-odds of affinity move the log-odds of acceptance. A cautious quarter: today's affinity already holds
the purchases that an accepted offer caused, so past answers and today's affinity cannot tell the weight. Against the
truth of two larger banks of the sample's kind (10,000 and 40,000 customers) the expected log-loss is .1367 and .1354,
with a half .1402 and .1391, without affinity .1374 and .1362, which ranks nobody."""

_GROUP_STRENGTH = 20.0
"""Expected answers that a group needs until its own rate weighs as much as what the authors thought."""
_PHASE_STRENGTH = 100.0
_TOLD = 100
"""Contacts of the book's mean affinity that are added to those with an offer."""
_DIGITS = 6
_LEAST, _MOST = 1e-6, 1 - 1e-6


@dataclass(frozen=True, slots=True)
class Prior:
    """What is thought of an offer before it has a history: Beta(strength * rate, strength * (1 - rate))."""

    offer_id: str
    group_id: str
    rate: float
    strength: int
    affinity: str | None
    """Category or group whose affinity moves the propensity; None: none does."""


def responses(outcomes: pl.DataFrame, phases: pl.DataFrame, *, as_of: date) -> pl.DataFrame:
    """How often each offer was accepted, by the lifecycle that the customer is in now.

    Counted are the contacts of ``answers.contacts`` at least 14 days before ``as_of``.

    Grain: one row an offer and lifecycle, sorted. Reads: canonical ``outcomes``; ``customer_no``, ``lifecycle``.
    Makes: ``contacted``, ``accepted`` (at most ``contacted``).
    """
    closed = contacts(outcomes, as_of=as_of).filter(is_closed(as_of))
    phased = closed.join(phases.select("customer_no", "lifecycle"), on="customer_no", how="left")
    totals = phased.group_by("offer_id", "lifecycle").agg(
        contacted=pl.len().cast(pl.Int64), accepted=pl.col("accepted_on").is_not_null().sum().cast(pl.Int64)
    )
    return totals.sort("offer_id", "lifecycle", nulls_last=True)


def rates(priors: Sequence[Prior], evidence: pl.DataFrame, *, phases: Sequence[str]) -> pl.DataFrame:
    """The acceptance rate of each offer and lifecycle, shrunk level by level.

    Grain: one row an offer and phase of ``phases``, sorted. Reads: what ``responses`` makes.
    Makes: ``rate`` (0..1, 6 digits), ``contacted``, ``accepted`` (the evidence of this offer and phase).

    Source: the beta-binomial posterior mean, Gelman et al. (2013), Bayesian Data Analysis, section 2.4; where there are
    no answers at all it is the author's prior.
    """
    counts = {
        (offer, phase): (contacted, accepted)
        for offer, phase, contacted, accepted in evidence.select(
            "offer_id", "lifecycle", "contacted", "accepted"
        ).iter_rows()
    }
    offers = {p.offer_id: _totals(counts, p.offer_id) for p in priors}
    rows = []
    for prior in sorted(priors, key=lambda p: p.offer_id):
        level = _offer_rate(prior, priors, offers)
        for phase in sorted(phases):
            contacted, accepted = counts.get((prior.offer_id, phase), (0, 0))
            rate = (_PHASE_STRENGTH * level + accepted) / (_PHASE_STRENGTH + contacted)
            rows.append((prior.offer_id, phase, round(rate, _DIGITS), contacted, accepted))
    schema = {"offer_id": pl.String, "lifecycle": pl.String, "rate": pl.Float64}
    return pl.DataFrame(rows, schema=schema | {"contacted": pl.Int64, "accepted": pl.Int64}, orient="row")


def shrunken(priors: Sequence[Prior], counts: Mapping[str, tuple[int, int]]) -> dict[str, float]:
    """The rate of each offer in all phases, from how often it was contacted and accepted; an offer without counts too.

    It lies strictly between 0 and 1.
    """
    offers = {p.offer_id: counts.get(p.offer_id, (0, 0)) for p in priors}
    return {p.offer_id: min(max(_offer_rate(p, priors, offers), _LEAST), _MOST) for p in priors}


def _totals(counts: Mapping[tuple[str, str | None], tuple[int, int]], offer_id: str) -> tuple[int, int]:
    of_offer = [both for (offer, _), both in counts.items() if offer == offer_id]
    return sum(contacted for contacted, _ in of_offer), sum(accepted for _, accepted in of_offer)


def _offer_rate(prior: Prior, priors: Sequence[Prior], offers: Mapping[str, tuple[int, int]]) -> float:
    """The rate of an offer in all phases: its prior, times how its group does against its priors, and its answers."""
    group = [p for p in priors if p.group_id == prior.group_id]
    expected = sum(offers[p.offer_id][0] * p.rate for p in group)
    factor = (_GROUP_STRENGTH + sum(offers[p.offer_id][1] for p in group)) / (_GROUP_STRENGTH + expected)
    start = min(max(prior.rate * factor, _LEAST), _MOST)
    contacted, accepted = offers[prior.offer_id]
    return (prior.strength * start + accepted) / (prior.strength + contacted)


def usual_odds(
    priors: Sequence[Prior], told: pl.DataFrame, known: pl.DataFrame, *, mean_log_odds: Mapping[str, float]
) -> pl.DataFrame:
    """What the log-odds of affinity usually are of those who are told of each offer, drawn towards the book's mean.

    An offer's rate is that of those who were told of it: where they like its category more than the book does, a
    customer like them is no likelier to accept than they were. Measured on larger banks of the sample's kind: expected
    log-loss over all customers .1367 and .1354, against .1381 and .1371 where the book's mean stands for them.

    Grain: one row an offer that an affinity moves, sorted. Reads: ``customer_no`` and ``offer_id`` of closed contacts;
    ``customer_no`` and ``affinity_<category>`` of all who were contacted. Makes: ``affinity_log_odds``.
    """
    rows = []
    for prior in sorted((p for p in priors if p.affinity), key=lambda p: p.offer_id):
        name = f"affinity_{as_name(str(prior.affinity))}"
        here = told.filter(pl.col("offer_id") == prior.offer_id).join(
            known.select("customer_no", name), on="customer_no"
        )
        own = _log_odds(here[name].drop_nulls().sort().to_numpy())
        book = mean_log_odds.get(str(prior.affinity), 0.0)
        rows.append((prior.offer_id, round((_TOLD * book + float(own.sum())) / (_TOLD + len(own)), _DIGITS)))
    return pl.DataFrame(rows, schema={"offer_id": pl.String, "affinity_log_odds": pl.Float64}, orient="row")


def propensities(
    known: pl.DataFrame,
    priors: Sequence[Prior],
    shrunk: pl.DataFrame,
    *,
    usual: Mapping[str, float],
    weight: float = DEFAULT_WEIGHT,
) -> pl.DataFrame:
    """The probability that each customer accepts each offer.

    Grain: one row a customer of ``known``, sorted. Reads: ``customer_no``, ``lifecycle`` and ``affinity_<category>`` of
    the priors; what ``rates`` makes; the ``usual_odds`` of each offer.
    Makes: ``p_<offer>`` (0..1, 6 digits, never null): the rate of the offer and the customer's phase, its log-odds
    moved by ``weight`` times how far the customer's affinity lies from what is usual. Without a phase it is the
    prior, and without an affinity nothing moves it.
    """
    ordered = known.sort("customer_no")
    columns: dict[str, pl.Series | Floats] = {"customer_no": ordered["customer_no"]}
    for prior in sorted(priors, key=lambda p: p.offer_id):
        of_offer = shrunk.filter(pl.col("offer_id") == prior.offer_id)
        by_phase = dict(of_offer.select("lifecycle", "rate").iter_rows())
        rate = ordered["lifecycle"].replace_strict(by_phase, default=prior.rate, return_dtype=pl.Float64).to_numpy()
        odds = _log_odds(rate)
        if prior.affinity is not None:
            own = ordered[f"affinity_{as_name(prior.affinity)}"].fill_null(float("nan")).to_numpy()
            moved = weight * (_log_odds(own) - usual.get(prior.offer_id, 0.0))
            odds = odds + np.where(np.isnan(own), 0.0, moved)
        columns[f"p_{prior.offer_id}"] = np.round(logistic(odds), _DIGITS)
    return pl.DataFrame(columns)


def _log_odds(chance: Floats) -> Floats:
    bounded = np.clip(chance, _LEAST, _MOST)
    return np.asarray(np.log(bounded / (1 - bounded)), dtype=np.float64)

"""The steps that say how probably each customer accepts each offer: a model over all offers, and what it says."""

from __future__ import annotations

import json
from collections.abc import Sequence

import polars as pl

from persona import scores, segments
from persona.policy.catalog import Offer
from persona.runs.lines import bought
from persona.runs.plan import Night, Pieces, batches
from persona.runs.profiling import FIT_SAMPLE, objectors, of_others
from persona.tables.profile import as_name

__all__ = ["propensities", "propensity_model"]


def propensity_model(night: Night) -> Pieces:
    """How often each offer is accepted in each phase, and the model that learns from all answers."""
    day, priors = night.as_of.day, _priors(night)
    phases = night.table("segments").select("customer_no", "lifecycle")
    objected = pl.concat([objectors(night, buckets) for buckets in batches(night)])
    outcomes = of_others(night.facts("outcomes"), objected)
    told = scores.contacts(outcomes, as_of=day)
    rates = scores.rates(priors, scores.responses(outcomes, phases, as_of=day), phases=segments.PHASES)
    yield {"rates": rates.join(_usual(night, priors, told), on="offer_id", how="left", maintain_order="left")}
    known = night.store.crosswalk().join(told, on="customer_no", how="semi")
    sample = scores.fit_sample(known, most=FIT_SAMPLE)
    rows = bought(night, of=sample)
    learnt_from = scores.told_of(
        told.filter(pl.col("customer_no").is_in(sample["customer_no"].implode())),
        rows,
        priors,
        as_of=day,
        categories=night.policy.vocabulary.categories,
    )
    _, card = scores.fit_pooled(learnt_from, as_of=day, incomplete=scores.incompleteness(rows, as_of=day))
    yield {"propensity_model": pl.DataFrame({"card": [json.dumps(card.as_json(), sort_keys=True)]})}


def _usual(night: Night, priors: Sequence[scores.Prior], told: pl.DataFrame) -> pl.DataFrame:
    """The affinity that is usual of those who were told of each offer."""
    model = scores.restored(json.loads(night.table("affinity_model").item()))
    names = sorted({f"affinity_{as_name(prior.affinity)}" for prior in priors if prior.affinity})
    known = [night.table("scores", buckets).select("customer_no", *names) for buckets in batches(night)]
    closed = told.filter(scores.is_closed(night.as_of.day))
    reached = pl.concat([some.join(closed, on="customer_no", how="semi") for some in known])
    return scores.usual_odds(priors, closed, reached, mean_log_odds=dict(model.mean_log_odds))


def propensities(night: Night) -> Pieces:
    """How probably each customer accepts each offer."""
    day = night.as_of.day
    model = scores.Pooled.of(json.loads(night.table("propensity_model").item())["numbers"])
    rates, phases = night.table("rates"), night.table("segments").select("customer_no", "lifecycle")
    usual = dict(rates.select("offer_id", "affinity_log_odds").drop_nulls().unique().iter_rows())
    for buckets in batches(night):
        known = night.table("scores", buckets).join(phases, on="customer_no", how="left", maintain_order="left")
        made = scores.propensities(known, _priors(night), rates, usual=usual)
        if model is not None:
            kept = night.table("state", buckets, columns=scores.state_columns(model.book.leaves))
            state = scores.state_of(kept, leaves=model.book.leaves)
            told = scores.contacts(night.facts("outcomes", buckets), as_of=day)
            objecting = objectors(night, buckets)
            made = scores.pooled(state, told, model, as_of=day, usual=made, unprofiled=objecting)
        yield {"propensities": made}


def _priors(night: Night) -> list[scores.Prior]:
    return [_prior(offer) for offer in night.policy.offers]


def _prior(offer: Offer) -> scores.Prior:
    said = offer.propensity
    return scores.Prior(offer.offer, offer.group, float(said.prior), said.strength, said.affinity)

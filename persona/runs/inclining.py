"""The steps that say on which channel and in which part of the day each customer answers more readily."""

from __future__ import annotations

import json

import polars as pl

from persona import scores
from persona.runs.plan import Night, Pieces, batches
from persona.runs.profiling import FIT_SAMPLE, objectors, of_others

__all__ = ["inclination_models", "inclinations"]


def inclination_models(night: Night) -> Pieces:
    """The cards of what leaning to a channel, and to a part of the day, adds to acceptance; of nobody who objects."""
    objected = pl.concat([objectors(night, buckets) for buckets in batches(night)])
    outcomes = of_others(night.facts("outcomes"), objected)
    known = night.store.crosswalk().join(outcomes, on="customer_no", how="semi")
    sample = scores.fit_sample(known, most=FIT_SAMPLE)
    told = _told(night, outcomes.join(sample, on="customer_no", how="semi"))
    cards = [scores.fit_inclination(told, by, as_of=night.as_of.day).as_json() for by in _asked(night)]
    yield {"inclination_models": pl.DataFrame({"card": [json.dumps(card, sort_keys=True) for card in cards]})}


def inclinations(night: Night) -> Pieces:
    """By which odds each customer's leanings move his propensities: 1 throughout where no model is trusted."""
    models = [json.loads(card)["numbers"] for card in night.table("inclination_models")["card"].to_list()]
    for buckets in batches(night):
        outcomes = of_others(night.facts("outcomes", buckets), objectors(night, buckets))
        units = night.table("units", buckets).select("customer_no")
        yield {"inclinations": scores.inclinations(units, _told(night, outcomes), models, _asked(night))}


def _asked(night: Night) -> dict[str, list[str]]:
    """The channels of treatments, and the parts of the day where there are any."""
    policy = night.policy
    channels: list[str] = sorted({one.channel for offer in policy.offers for one in offer.treatments})
    slots = [one.id for one in policy.contact.day_slots]
    return {"channel": channels} | ({"slot": slots} if slots else {})


def _told(night: Night, outcomes: pl.DataFrame) -> pl.DataFrame:
    slots = [
        (one.id, channel, [hour for hour in range(24) if one.far(hour) == 0])
        for one in night.policy.contact.day_slots
        for channel in one.channels
    ]
    return scores.answers_of(outcomes, slots, as_of=night.as_of.day, zone=night.as_of.zone)

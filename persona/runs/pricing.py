"""The step that learns how prices are answered, from the prices that were told."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Sequence

import polars as pl

from persona import scores
from persona.policy.catalog import Offer
from persona.runs.plan import Night, Pieces, batches
from persona.runs.profiling import objectors, of_others

__all__ = ["price_models", "prices_told"]

ProfileOf = Callable[[Night, Sequence[int] | None], pl.DataFrame]


def price_models(night: Night, profile_of: ProfileOf) -> Pieces:
    """The cards of the price curves of all offers with a ladder, and the curves; nobody who objects to profiling."""
    offers = [offer for offer in night.policy.offers if offer.price]
    objected = pl.concat([objectors(night, buckets) for buckets in batches(night)])
    told = scores.told_prices(of_others(_with_own_prices(night), objected), as_of=night.as_of.day)
    segments = _segments(night, offers, profile_of)
    cards = []
    for offer in offers:
        own = segments.select("customer_no", segment=offer.offer)
        known = told.join(own, on="customer_no", how="left", maintain_order="left")
        cards.append(scores.fit_price_curve(known, _ladder(offer), as_of=night.as_of.day).as_json())
    said = [json.dumps(card, sort_keys=True) for card in cards]
    yield {
        "price_models": pl.DataFrame({"card": said}, schema={"card": pl.String}),
        "price_curves": scores.curves_of(cards),
    }


def _ladder(offer: Offer) -> scores.PriceLadder:
    ladder = offer.price
    if ladder is None:
        raise ValueError(f"{offer.offer} has one price")
    ids = [point.id for point in ladder.points]
    said = ladder.response
    declared = math.log(said.odds_ratio) if said.odds_ratio else None
    return scores.PriceLadder(offer.offer, dict(zip(ids, ladder.attraction, strict=True)), declared, said.by or "")


def _segments(night: Night, offers: Sequence[Offer], profile_of: ProfileOf) -> pl.DataFrame:
    """By what segment of each customer the answers to each offer are told apart: a column an offer."""
    by = {
        offer.offer: night.policy.checked(offer, "price", "response", "by").expr.cast(pl.String)
        if offer.price and offer.price.response.by
        else pl.lit(None, pl.String)
        for offer in offers
    }
    if not offers:
        return pl.DataFrame(schema={"customer_no": pl.Int64})
    return pl.concat([profile_of(night, buckets).select("customer_no", **by) for buckets in batches(night)])


def _with_own_prices(night: Night) -> pl.DataFrame:
    """The outcomes; where they do not say the price of a message of ours, the decision that it came from says it.

    Makes: ``price_lot`` (null: the price was chosen, or it is not known how).
    """
    outcomes = night.facts("outcomes")
    kept = night.store.catalog.run("SELECT run_id FROM evidence WHERE name = 'decisions' ORDER BY run_id")
    schema = {"message_id": pl.String, "told": pl.String, "price_lot": pl.Float64}
    frames = [prices_told(night.store.evidence(str(run), "decisions")) for (run,) in kept]
    own = pl.concat([pl.DataFrame(schema=schema), *frames], how="diagonal")
    own = own.unique("message_id", keep="first", maintain_order=True)
    beside = outcomes.join(own, on="message_id", how="left", maintain_order="left")
    return beside.with_columns(price_point=pl.coalesce("price_point", "told")).drop("told")


def prices_told(decisions: pl.LazyFrame) -> pl.DataFrame:
    """The prices of a night's messages; nights of before prices were drawn by lot say nothing of lots."""
    lots = [name for name in ("price_lot",) if name in decisions.collect_schema()]
    told = decisions.select("message_id", *lots, told="price_point")
    return told.drop_nulls(["message_id", "told"]).collect()

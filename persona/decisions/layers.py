"""Small named arms in which one layer of the decision is left out, so that what the layer is worth can be measured."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import numpy as np
import polars as pl

from persona.buckets import hashes
from persona.decisions.holdout import TREATED, drawn, entered, no_arms, unit_of
from persona.policy.actions import SLOTS
from persona.policy.rules import Layer

__all__ = ["layered", "left_out", "new_layers"]

_MARKETING = SLOTS.index("marketing")


def layered(units: pl.DataFrame, layers: Sequence[Layer], arms: pl.DataFrame, *, day: date) -> pl.DataFrame:
    """The units, each with the layer that is left out for it.

    Grain: one row a row of ``units``, in its order.
    Reads: ``units`` as ``memberships`` makes them; the ledger ``arms``, which wins over the hash. Who is in several
    arms is in the first of the file; who is in a holdout from all marketing is in none. An arm that is drawn
    ``nightly`` is drawn anew each night and stands in no ledger.
    Makes: ``layer_id`` and ``layer`` (what the arm's ``decides`` says; both null: decided as usual).
    """
    name, said = pl.lit(None, dtype=pl.String), pl.lit(None, dtype=pl.String)
    flags = []
    for rule in reversed(layers):
        flag = f"in_layer_{rule.id}"
        salt = f"{rule.salt}|{day}" if rule.drawn == "nightly" else rule.salt
        known = arms.clear() if rule.drawn == "nightly" else arms
        flags.append(drawn(units, rule, known, salt=salt).alias(flag))
        name = pl.when(flag).then(pl.lit(rule.id)).otherwise(name)
        said = pl.when(flag).then(pl.lit(rule.decides)).otherwise(said)
    is_free = ~pl.col("is_ghost")
    made = units.with_columns(flags).with_columns(
        layer_id=pl.when(is_free).then(name), layer=pl.when(is_free).then(said)
    )
    return made.drop([flag.name for flag in flags])


def new_layers(units: pl.DataFrame, layers: Sequence[Layer], arms: pl.DataFrame, *, day: date) -> pl.DataFrame:
    """The rows that the ledger of arms does not have yet, sorted by experiment and unit; none of nightly draws."""
    rows = [no_arms()]
    for rule in layers:
        if rule.drawn == "once":
            known = arms.filter(pl.col("experiment") == rule.id)
            here = units.with_columns(flag=drawn(units, rule, arms, salt=rule.salt)).unique(unit_of(rule))
            fresh = here.join(known, left_on=unit_of(rule), right_on="unit", how="anti")
            arm = pl.when("flag").then(pl.lit(rule.decides)).otherwise(pl.lit(TREATED))
            rows.append(entered(fresh, rule, arm, day=day))
    return pl.concat(rows).sort("experiment", "unit")


def left_out(
    ranked: pl.DataFrame, units: pl.DataFrame, layers: Sequence[Layer], *, most: int, day: date
) -> pl.DataFrame:
    """The proposals, with those that a layer's arm leaves out of marketing and the probability of those it keeps.

    An arm keeps the ``most`` first offers by its own order, each with its most valuable treatment, among proposals that
    are worth more than silence: ``random`` by a hash of (salt, night, customer, offer), ``propensity`` by it alone,
    ``no_levers`` by the value without the weights of the business. ``eligibility`` keeps all.

    Grain: the rows of ``ranked``, in their order. Reads: ``layer_id``, ``layer``, ``customer_id`` of ``units``.
    Makes: ``is_left_out``; ``p_logged`` (1, or of a random arm the share of its offers that are kept); ``lot`` (UInt64,
    from which a customer's price of an offer is drawn; null: it is chosen).
    """
    members = units.filter(pl.col("layer").is_in(["random", "propensity", "no_levers"]))
    lots = _price_lots(ranked, units, layers, day=day)
    usual = ranked.with_columns(lots, is_left_out=pl.lit(value=False), p_logged=pl.lit(1.0))
    if members.is_empty():
        return usual
    salts = {rule.id: rule.salt for rule in layers}
    here = ranked.filter((pl.col("slot") == _MARKETING) & (pl.col("value_milli") > 0)).join(
        members.select("customer_no", "customer_id", "layer", "layer_id"), on="customer_no", how="inner"
    )
    # The most valuable treatment of each offer stands for it.
    best = here.sort("customer_no", "rank").unique(["customer_no", "offer_id"], keep="first", maintain_order=True)
    keys = [
        f"{salts[rule]}|{day}|{who}|{offer}"
        for rule, who, offer in best.select("layer_id", "customer_id", "offer_id").iter_rows()
    ]
    chance = pl.Series(hashes("layer", keys).astype(np.float64), dtype=pl.Float64)
    plain = pl.col("p") * pl.col("worth_minor") * (100 + pl.col("context_percent"))
    order = (
        pl.when(pl.col("layer") == "random")
        .then(chance)
        .when(pl.col("layer") == "propensity")
        .then(-pl.col("p"))
        .otherwise(-plain)
    )
    placed = best.with_columns(order=order).sort("customer_no", "order", "rank")
    counted = placed.with_columns(
        place=pl.int_range(1, pl.len() + 1).over("customer_no"), count=pl.len().over("customer_no")
    ).filter(pl.col("place") <= most)
    p = pl.when(pl.col("layer") == "random").then(pl.min_horizontal(pl.lit(1.0), most / pl.col("count"))).otherwise(1.0)
    kept = counted.select("customer_no", "action", kept_p=p.round(6))
    is_member = pl.col("customer_no").is_in(members["customer_no"].implode()) & (pl.col("slot") == _MARKETING)
    return (
        usual.join(kept, on=["customer_no", "action"], how="left", maintain_order="left")
        .with_columns(
            is_left_out=is_member & pl.col("kept_p").is_null() & (pl.col("value_milli") > 0),
            p_logged=pl.col("kept_p").fill_null(1.0),
        )
        .drop("kept_p")
    )


def _price_lots(ranked: pl.DataFrame, units: pl.DataFrame, layers: Sequence[Layer], *, day: date) -> pl.Series:
    """The number that each price of a member of a price arm is drawn by: one a customer and offer, on any channel.

    Source: ``hashed("price", salt|night|customer|offer)``; an arm that is drawn once leaves out the night, so that its
    members are told the same price again as long as it is open to them.
    """
    drawn_by = {rule.id: f"{rule.salt}|{day}" if rule.drawn == "nightly" else rule.salt for rule in layers}
    members = units.filter(pl.col("layer") == "price").select("customer_no", "customer_id", "layer_id")
    if members.is_empty():
        return pl.repeat(None, ranked.height, dtype=pl.UInt64, eager=True).alias("lot")
    here = ranked.select("customer_no", "offer_id", is_priced=pl.col("point").is_not_null())
    here = here.join(members, on="customer_no", how="left", maintain_order="left")
    is_drawn = (here["is_priced"] & here["layer_id"].is_not_null() & (ranked["slot"] == _MARKETING)).to_numpy()
    asked = here.filter(is_drawn).select("layer_id", "customer_id", "offer_id").rows()
    found = np.zeros(ranked.height, dtype=np.uint64)
    found[is_drawn] = hashes("price", [f"{drawn_by[rule]}|{who}|{offer}" for rule, who, offer in asked])
    return pl.Series("lot", found).set(pl.Series(~is_drawn), None)

"""Fairness of the night: whom the bank watches over, what could stand in for it, and how each campaign treats them."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from typing import Any

import polars as pl

from persona import foundation, scores
from persona.checks.fairness import fairness
from persona.errors import ComplianceError
from persona.policy.catalog import Offer
from persona.policy.conditions import Checked
from persona.policy.fairness import Fairness
from persona.policy.lints.compliance import deciding
from persona.policy.prices import COLUMN
from persona.runs.deciding import room_of
from persona.runs.plan import Night, Pieces, batches
from persona.tables import PolarsType
from persona.tables.profile import attributes
from persona.tables.reasons import CODES

__all__ = ["breaches_of", "fair", "measured", "proxies", "unfair", "watched"]

ProfileOf = Callable[[Night, Sequence[int] | None], pl.DataFrame]
PeopleOf = Callable[[Night, Sequence[int]], pl.DataFrame]

CANNOT = [CODES[letter] for letter in "DCX"]
"""Reasons that come before the bank's own choice: it does not hold, no consent, suppressed."""
CHOSEN = [CODES[letter] for letter in "OH"]
_ROWS: dict[str, PolarsType] = {
    "offer": pl.String,
    "watched": pl.String,
    "group": pl.String,
    "reference": pl.String,
    "customers": pl.Int64,
    "chosen": pl.Int64,
    "impact_ratio": pl.Float64,
    "p_value": pl.Float64,
    "conditional_ratio": pl.Float64,
    "mean_difference": pl.Float64,
    "price_difference": pl.Float64,
    "breaches": pl.List(pl.String),
}
_PROXIES: dict[str, PolarsType] = {
    "offer": pl.String,
    "watched": pl.String,
    "group": pl.String,
    "customers": pl.Int64,
    "auc": pl.Float64,
    "strongest": pl.String,
}


def watched(night: Night, people_of: PeopleOf) -> Pieces:
    """In which watched groups each customer is: a table of its own, which nothing that decides may read."""
    rules, workspace = night.policy.fairness, night.policy.workspace
    if rules is None:
        yield {"watched": pl.DataFrame(schema={"customer_no": pl.Int64})}
        return
    contract = night.policy.vocabulary.watched
    known = {column.name for column in attributes().columns}
    groups = {one.id: night.policy.checked(rules, "watched", n, "by").expr for n, one in enumerate(rules.watched)}
    for buckets in batches(night):
        here = foundation.attributes(
            people_of(night, buckets),
            as_of=night.as_of.day,
            languages=workspace.languages,
            country=workspace.country,
            extra=[column for column in contract.columns if column.name not in known],
        )
        told = {f"watched_{name}": by.cast(pl.String) for name, by in groups.items()}
        yield {"watched": here.select("customer_no", **told)}


def proxies(night: Night, profile_of: ProfileOf) -> Pieces:
    """How well what decides on each measured offer tells each watched group from the others."""
    rules = night.policy.fairness
    if rules is None:
        yield {"proxies": pl.DataFrame(schema=_PROXIES)}
        return
    sample = scores.fit_sample(night.store.crosswalk(), most=SAMPLE)
    names = night.table("units").select("customer_no", "customer_id")
    people = night.table("watched").join(sample, on="customer_no", how="semi").join(names, on="customer_no", how="left")
    groups = people.sort("customer_no")
    sides = {offer.offer: deciding(night.policy, offer) for offer in _measured_offers(night, rules)}
    known = _decided_by(night, sides, sample, profile_of)
    rows = []
    for offer, parts in sides.items():
        told = known.select(*(part.text for part in parts), propensity=f"p_{offer}")
        for one in rules.watched:
            label, ids = groups[f"watched_{one.id}"], groups["customer_id"]
            for found in scores.proxy(told, label, ids, least=rules.least):
                said = {"offer": offer, "watched": one.id, "strongest": json.dumps(found.strongest)}
                rows.append({**asdict(found), **said})
    yield {"proxies": pl.DataFrame(rows, schema=_PROXIES)}


def _decided_by(
    night: Night, sides: Mapping[str, Sequence[Checked]], sample: pl.DataFrame, profile_of: ProfileOf
) -> pl.DataFrame:
    """What decides, for each customer of the sample: the sides of conditions, worths, and propensities.

    A worth that hangs on a price is taken before the price: what tells groups apart is what it reads of the customer.
    """
    every = {part.text: part.expr.alias(part.text) for parts in sides.values() for part in parts}
    known = [
        profile_of(night, buckets)
        .join(sample, on="customer_no", how="semi")
        .with_columns(pl.lit(0.0).alias(COLUMN))
        .select("customer_no", *every.values())
        for buckets in batches(night)
    ]
    chances = night.table("propensities").select("customer_no", *(f"p_{offer}" for offer in sides))
    return pl.concat(known).join(chances, on="customer_no", how="left").sort("customer_no")


SAMPLE = 20_000
"""Customers that the proxy check looks at: the areas then hold to about a hundredth."""


def _measured_offers(night: Night, rules: Fairness) -> list[Offer]:
    groups = night.policy.catalog.groups_of(rules.products)
    return [one for one in night.policy.offers if one.group in groups and one.class_ == "marketing"]


def measured(night: Night, profile_of: ProfileOf) -> Pieces:
    """The measures of each campaign of the night."""
    rules = night.policy.fairness
    if rules is None:
        yield {"fairness": pl.DataFrame(schema=_ROWS)}
        return
    parted = night.table("watched").join(_equals(night, rules, profile_of), on="customer_no", how="left")
    rows = [
        asdict(one)
        for offer in _measured_offers(night, rules)
        for one in fairness(_book(night, offer, parted), rules, offer=offer.offer)
    ]
    yield {"fairness": pl.DataFrame(rows, schema=_ROWS)}


def _equals(night: Night, rules: Fairness, profile_of: ProfileOf) -> pl.DataFrame:
    """What may differ lawfully, for each customer; unknown where the rules name nothing."""
    if rules.given is None:
        return night.table("units").select("customer_no", given=pl.lit(None, dtype=pl.String))
    given = pl.col(rules.given).cast(pl.String)
    return pl.concat([profile_of(night, buckets).select("customer_no", given=given) for buckets in batches(night)])


def _book(night: Night, offer: Offer, parted: pl.DataFrame) -> pl.DataFrame:
    """Who could be told of an offer, and whether they were chosen."""
    actions = [f"reason_{one.index}" for one in room_of(night).actions if one.offer.offer == offer.offer]
    verdicts = night.table("verdicts").select("customer_no", *actions)
    could = pl.any_horizontal(~pl.col(name).is_in(CANNOT) for name in actions)
    chosen = pl.any_horizontal(pl.col(name).is_in(CHOSEN) for name in actions)
    told = verdicts.select("customer_no", could=could, chosen=chosen).filter("could")
    chances = night.table("propensities").select("customer_no", p=f"p_{offer.offer}")
    for part in (chances, _prices(night, offer), parted):
        told = told.join(part, on="customer_no", how="left", maintain_order="left")
    return told


def _prices(night: Night, offer: Offer) -> pl.DataFrame:
    """Where on the offer's ladder the price lies that each customer is told of, or would be but for a control group."""
    prices = {one.id: float(one.price) for one in offer.price.points} if offer.price else {}
    low, high = min(prices.values(), default=0.0), max(prices.values(), default=1.0)
    place = {name: (price - low) / (high - low) for name, price in prices.items()}
    told = night.table("decisions").filter((pl.col("offer_id") == offer.offer) & pl.col("reason").is_in(["O", "H"]))
    return told.select(
        "customer_no", price=pl.col("price_point").replace_strict(place, default=None, return_dtype=pl.Float64)
    )


def breaches_of(night: Night) -> list[dict[str, Any]]:
    """Every measure that is not kept, with the override that answers for it, if one does; sorted."""
    rules = night.policy.fairness
    if rules is None:
        return []
    found = [
        {
            "offer": row["offer"],
            "watched": row["watched"],
            "group": row["group"],
            "measure": measure,
            "is": row[measure],
        }
        for row in night.table("fairness").rows(named=True)
        for measure in row["breaches"]
    ]
    found += [
        {"offer": row["offer"], "watched": row["watched"], "group": row["group"], "measure": "proxy", "is": row["auc"]}
        for row in night.table("proxies").rows(named=True)
        if row["auc"] is not None and max(row["auc"], 1 - row["auc"]) > rules.max_proxy_auc
    ]
    order = sorted(found, key=lambda one: (one["offer"], one["watched"], one["group"], one["measure"]))
    return [one | {"override": _override(one, rules, night)} for one in order]


def _override(breach: Mapping[str, Any], rules: Fairness, night: Night) -> dict[str, str] | None:
    for one in rules.overrides:
        is_meant = one.watched == breach["watched"] and breach["measure"] in one.measures
        if is_meant and one.offer in (None, breach["offer"]) and one.holds_on(night.as_of.day):
            return {"who": one.who, "reason": one.reason, "until": str(one.until)}
    return None


def fair(night: Night) -> dict[str, Any]:
    """What was measured, for the summary: ``measures``, ``proxies``, and ``breaches`` with who answers for them."""
    return {
        "measures": night.table("fairness").to_dicts(),
        "proxies": night.table("proxies").to_dicts(),
        "breaches": breaches_of(night),
    }


def unfair(night: Night) -> None:
    """Nothing, where every campaign keeps its measures or somebody answers for it.

    Raises: ComplianceError that names each breach without an override.
    """
    rules = night.policy.fairness
    open_ = [one for one in breaches_of(night) if one["override"] is None]
    if rules is None or rules.severity == "warn" or not open_:
        return
    told = [
        f"{one['offer']}: {SAYS[one['measure']]} of {one['watched']} {one['group']} is {one['is']}" for one in open_
    ]
    hint = "Look at `persona models` and the offer's conditions; or record who answers for it under `overrides`."
    raise ComplianceError("\n".join([*told, "nothing leaves"]), where=rules.file, hint=hint)


SAYS = {
    "impact_ratio": "the impact ratio",
    "conditional_ratio": "the impact ratio among equals",
    "mean_difference": "the difference of scores",
    "price_difference": "the difference of prices",
    "proxy": "what tells the group from others",
}

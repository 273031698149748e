"""The steps that learn from the whole book and foresee each customer: spending patterns, and what he will do next."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

import polars as pl

from persona import scores, segments
from persona.runs.following import followed
from persona.runs.habits import CHOSEN, EARLIER, HABITS, habits
from persona.runs.lines import bought, lines_of
from persona.runs.plan import Night, Pieces, batches
from persona.runs.profiling import learned_from, unprofiled
from persona.tables.profile import as_name
from persona.tables.wide import wide
from persona.tables.words import groups, leaves, members

__all__ = [
    "MODEL_TABLES",
    "cards_of",
    "chosen_of",
    "forecast_models",
    "forecasts",
    "is_bill",
    "pattern_model",
    "patterns",
    "patterns_of",
]

MODEL_TABLES = (
    "affinity_model",
    "signal_models",
    "pattern_model",
    "forecast_models",
    "propensity_model",
    "inclination_models",
    "price_models",
)
"""Tables of model cards, one row a model."""


def cards_of(night: Night) -> list[dict[str, Any]]:
    """The cards of all models of the night; an earlier version knew fewer."""
    made = [name for name in MODEL_TABLES if name in night.generation]
    rows = [text for name in made for text in night.table(name)["card"].to_list()]
    return [json.loads(text) for text in rows]


def patterns_of(night: Night) -> list[dict[str, Any]]:
    """Each spending pattern: ``pattern``, ``name``, ``customers``, and how many came and went since last night."""
    model = _patterns_of(night)
    columns = ("pattern", "pattern_before")
    made = pl.concat([night.table("patterns", buckets).select(columns) for buckets in batches(night)])
    moved = made.filter(pl.col("pattern_before").is_not_null() & (pl.col("pattern") != pl.col("pattern_before")))
    rows = []
    for word, name in zip(model.ids, model.names, strict=True) if model else ():
        here, came, went = (made["pattern"] == word, moved["pattern"] == word, moved["pattern_before"] == word)
        counts = {"customers": int(here.sum()), "came": int(came.sum()), "went": int(went.sum())}
        rows.append({"pattern": word, "name": name, **counts})
    return sorted(rows, key=lambda row: (-int(row["customers"]), str(row["pattern"])))


def pattern_model(night: Night) -> Pieces:
    """The spending patterns of the book, from those of the night before where there was one."""
    words = night.policy.vocabulary.categories
    sample = learned_from(night)
    columns = ["customer_no", *(f"purchases_365d_{as_name(leaf)}" for leaf in leaves(words))]
    read = night.table("signals", sample["bucket"].unique().to_list(), columns=columns)
    known = read.join(sample, on="customer_no", how="semi")
    cards = night.table_before("pattern_model")
    before = _patterns_in(cards) if cards is not None else None
    model = segments.fit_patterns(known, categories=words, before=before)
    yield {"pattern_model": _kept([segments.patterns_card(model, as_of=night.as_of.day)])}


def patterns(night: Night) -> Pieces:
    """Which kind of buyer each customer is, beside what he was the night before."""
    model = _patterns_of(night)
    for buckets in batches(night):
        before = night.table_before("patterns", buckets)
        made = segments.patterns(night.table("signals", buckets), model, before=before)
        yield {"patterns": unprofiled(night, made, buckets)}


def forecast_models(night: Night) -> Pieces:
    """What foresees attrition, spending and the next purchase of each group of categories, as cards."""
    day, words = night.as_of.day, night.policy.vocabulary.categories
    sample = learned_from(night)
    rows = bought(night, of=sample)
    everyone = sample["customer_no"].to_numpy()
    incomplete = scores.incompleteness(rows, as_of=day)
    seen = scores.occasions_by(everyone, rows, _kinds(night), as_of=day)
    cards = [
        scores.fit_attrition(seen[CHOSEN], as_of=day, incomplete=incomplete)[1],
        scores.fit_value(seen[CHOSEN], as_of=day, incomplete=incomplete)[1],
    ]
    cards += [
        scores.fit_next_purchase(seen[group], as_of=day, what=group, incomplete=incomplete)[1]
        for group in groups(words)
    ]
    yield {"forecast_models": _kept([card.as_json() for card in cards])}


def forecasts(night: Night) -> Pieces:
    """What each customer will probably do next, and the habits that tell it."""
    words = night.policy.vocabulary
    numbers = {card["model"]: card["numbers"] for card in map(json.loads, night.table("forecast_models")["card"])}
    stays, worth = scores.Attrition.of(numbers["attrition"]), scores.Value.of(numbers["value"])
    nexts = {group: scores.NextPurchase.of(numbers[f"next purchase: {group}"]) for group in groups(words.categories)}
    lines, kinds = lines_of(night), _kinds(night)
    follows = followed(night) if _chosen_as_before(night) else None
    for buckets in batches(night):
        known = habits(night, lines, buckets, kinds, follows=follows)
        parts = [scores.attrition(known[CHOSEN], known[EARLIER], stays), scores.value(known[CHOSEN], worth)]
        parts += [scores.next_purchase(known[group], model, name=as_name(group)) for group, model in nexts.items()]
        told = wide(parts[0], *parts, contract=words.forecasts)
        yield {"forecasts": unprofiled(night, told, buckets), HABITS: scores.table_of(known)}


def chosen_of(night: Night, rows: pl.DataFrame, everyone: pl.Series) -> dict[str, scores.Occasions]:
    """The purchase days of some customers that forecasts read: by group of categories, and under "" all but bills."""
    return scores.occasions_by(everyone.to_numpy(), rows, _kinds(night), as_of=night.as_of.day)


def _kinds(night: Night) -> dict[str, pl.Expr]:
    """What is foreseen of purchases: by the name of each group of categories, and of all that are no bill."""
    held = members(night.policy.vocabulary.categories)
    of_groups = {group: pl.col("category").is_in(held[group]) for group in groups(night.policy.vocabulary.categories)}
    return {CHOSEN: _is_chosen(night), **of_groups}


def is_bill(night: Night, category: str) -> bool:
    """Whether purchases of a category are bills, which forecasts of what a customer chooses to buy leave out."""
    free = _patterns_of(night)
    return free is not None and category not in free.categories


def _is_chosen(night: Night) -> pl.Expr:
    """Whether a purchase is no bill: rents and phones are paid long after a customer has turned elsewhere."""
    free = _free(_patterns_of(night))
    category = pl.col("category")
    return pl.lit(True) if free is None else category.is_null() | category.is_in(free)


def _chosen_as_before(night: Night) -> bool:
    """Whether purchases of the same categories are no bill as in the night before."""
    cards = night.table_before("pattern_model")
    return cards is not None and _free(_patterns_in(cards)) == _free(_patterns_of(night))


def _free(model: segments.Patterns | None) -> tuple[str, ...] | None:
    """The categories that are no bill; None: all of them."""
    return model.categories if model else None


def _patterns_of(night: Night) -> segments.Patterns | None:
    return _patterns_in(night.table("pattern_model"))


def _patterns_in(cards: pl.DataFrame) -> segments.Patterns | None:
    return segments.restored_patterns(json.loads(cards["card"].item()))


def _kept(cards: Iterable[Mapping[str, Any]]) -> pl.DataFrame:
    return pl.DataFrame({"card": [json.dumps(card, sort_keys=True) for card in cards]}, schema={"card": pl.String})

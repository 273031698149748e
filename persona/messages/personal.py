"""How personal each treatment really is: how many different texts its messages are, and what makes them differ.

A text with another name in it is the same text. What differs by the customer's own data (facts) is personal; what the
offer says (terms, the reason) is the same for everybody whom it reaches.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

import polars as pl

from persona.messages.recipe import recipes
from persona.messages.wording import Wording
from persona.policy.catalog import Offer
from persona.policy.policy import Policy

__all__ = ["NAMES", "personal"]

NAMES = ("first_name", "last_name")
_NEITHER = ("unsubscribe_url",)
"""Differs in every message, and says nothing."""


def personal(
    messages: pl.DataFrame,
    policy: Policy,
    wordings: Mapping[tuple[str, str, str], Wording],
    *,
    day: date,
) -> pl.DataFrame:
    """How personal the messages of each treatment are that may leave.

    Grain: one row a treatment of an offer, by offer_id and treatment_id.
    Reads: checked messages (``offer_id``, ``treatment_id``, ``channel``, ``locale``, ``variant``, ``slots``,
    ``check_id``).
    Makes: messages; distinct_texts (without names); name_slots, data_slots, offer_slots (how many slots of each kind
    its texts show or ask about); kind (``personal``, ``name only`` or ``same for all``; null of a single message).
    """
    written = messages.filter(pl.col("check_id").is_null())
    counts = (
        written.group_by("offer_id", "treatment_id", "channel")
        .agg(
            messages=pl.len().cast(pl.Int64),
            distinct_texts=pl.struct("locale", "variant", "slots").n_unique().cast(pl.Int64),
            wordings=pl.struct("locale", "variant").n_unique().cast(pl.Int64),
        )
        .sort("offer_id", "treatment_id")
    )
    offers = {offer.offer: offer for offer in policy.offers}
    shown = [
        _slots(offers[offer], treatment, policy, wordings, day)
        for offer, treatment in counts.select("offer_id", "treatment_id").iter_rows()
    ]
    names = dict.fromkeys(("name_slots", "data_slots", "offer_slots"), pl.Int64)
    kinds = pl.DataFrame(shown, schema=names, orient="row")
    differs = pl.col("distinct_texts") > pl.col("wordings")
    kind = (
        pl.when(pl.col("messages") > 1)
        .then(
            pl.when(differs)
            .then(pl.lit("personal"))
            .when(pl.col("name_slots") > 0)
            .then(pl.lit("name only"))
            .otherwise(pl.lit("same for all"))
        )
        .alias("kind")
    )
    return pl.concat([counts, kinds], how="horizontal").with_columns(kind).drop("wordings")


def _slots(
    offer: Offer,
    treatment_id: str,
    policy: Policy,
    wordings: Mapping[tuple[str, str, str], Wording],
    day: date,
) -> tuple[int, int, int]:
    """How many names, facts and other slots the texts of a treatment show, in any language and variant."""
    treatment = next(one for one in offer.treatments if one.id == treatment_id)
    texts = [
        recipe.wording
        for language in policy.workspace.languages
        for recipe in recipes(offer.told[0], wordings[treatment.channel, treatment.template, language], policy, day=day)
    ]
    slots = {name for text in texts for name in text.slots} - {*_NEITHER}
    data = slots & set(offer.facts)
    return len(slots & {*NAMES}), len(data), len(slots - data - {*NAMES})

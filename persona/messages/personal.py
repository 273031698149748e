"""How personal each treatment really is: how many different texts its messages are, and what makes them differ.

Texts are counted as they are shown: a value that is only asked about makes another text where another branch is
taken. A text with another name in it is the same text. What differs by the customer's own data (facts) is personal;
what the offer says (terms, the reason) is the same for everybody whom it reaches at one price.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date

import polars as pl
from jinja2 import nodes

from persona.messages.filters import formats
from persona.messages.recipe import recipes
from persona.messages.render import together, written
from persona.messages.slots import BY_PERSON, TYPES
from persona.messages.wording import Wording
from persona.policy.catalog import Offer
from persona.policy.policy import Policy

__all__ = ["NAMES", "personal"]

NAMES = ("first_name", "last_name")
_NEITHER = ("unsubscribe_url",)
"""Differs in every message, and says nothing."""
_TREATMENT = ("offer_id", "treatment_id", "channel")
_WORDED = (*_TREATMENT, "locale", "variant", "price_point")
"""What is equal in these and in the customer's own data is the same text, but for names."""


def personal(
    messages: pl.DataFrame,
    policy: Policy,
    wordings: Mapping[tuple[str, str, str], Wording],
    *,
    day: date,
) -> pl.DataFrame:
    """How personal the messages of each treatment are that may leave.

    Grain: one row a treatment of an offer, by offer_id and treatment_id.
    Reads: checked messages (``offer_id``, ``treatment_id``, ``channel``, ``locale``, ``variant``, ``price_point``,
    ``slots``, ``check_id``).
    Makes: messages; distinct_texts (as shown, without names); name_slots, data_slots, offer_slots (how many slots of
    each kind its texts show or ask about); kind (``personal``: the customer's own data make other texts, ``name only``
    or ``same for all``; null of a single message).
    """
    written_ = messages.filter(pl.col("check_id").is_null())
    counts = written_.group_by(_TREATMENT).agg(messages=pl.len().cast(pl.Int64)).sort("offer_id", "treatment_id")
    offers = {offer.offer: offer for offer in policy.offers}
    texts: dict[tuple[str, str], list[pl.Series]] = {}
    for key, rows in written_.select(*_WORDED, "slots").unique().partition_by(_WORDED, as_dict=True).items():
        offer_id, treatment_id, _, locale, variant, point = key
        wording = _wording(offers[offer_id].at(point), treatment_id, locale, variant, policy, wordings, day)
        texts.setdefault((offer_id, treatment_id), []).append(_shown(rows["slots"], wording, policy))
    kinds = ["name_slots", "data_slots", "offer_slots"]
    found = []
    for offer_id, treatment_id, _, count in counts.iter_rows():
        own = texts[offer_id, treatment_id]
        slots = _slots(offers[offer_id], treatment_id, policy, wordings, day)
        differs = any(one.n_unique() > 1 for one in own)
        kind = "personal" if differs else "name only" if slots[0] else "same for all"
        found.append((pl.concat(own).n_unique(), *slots, kind if count > 1 else None))
    schema = {"distinct_texts": pl.Int64, **dict.fromkeys(kinds, pl.Int64), "kind": pl.String}
    return pl.concat([counts, pl.DataFrame(found, schema=schema, orient="row")], how="horizontal")


def _wording(
    offer: Offer,
    treatment_id: str,
    locale: str,
    variant: str | None,
    policy: Policy,
    wordings: Mapping[tuple[str, str, str], Wording],
    day: date,
) -> Wording:
    """The complete wording that some messages have."""
    treatment = next(one for one in offer.treatments if one.id == treatment_id)
    spoken = (wordings[treatment.channel, treatment.template, language] for language in policy.workspace.languages)
    found = recipes(offer, next(one for one in spoken if one.locale == locale), policy, day=day)
    return next(one.wording for one in found if one.variant == variant)


def _shown(slots: pl.Series, wording: Wording, policy: Policy) -> pl.Series:
    """The texts that some values make, short: a number for each piece of the wording's own words, one for all names.

    Texts are equal where what they show is.
    """
    types = {name: TYPES[slot.type] for name, slot in wording.slots.items()}
    held = {name: dtype for name, dtype in types.items() if name not in BY_PERSON}
    told = pl.Struct({name: pl.String if dtype == pl.Date else dtype for name, dtype in held.items()})
    values = slots.unique().str.json_decode(told).struct.unnest() if held else slots.unique().to_frame("|none")
    values = values.with_columns(pl.col(name).str.to_date() for name, dtype in held.items() if dtype == pl.Date)
    names = pl.DataFrame({name: ["x"] for name in types if name in BY_PERSON})
    pieces: dict[str, int] = {}
    short = [replace(text, body=tuple(_numbered(text.body, pieces))) for text in wording.texts.values()]
    words = formats(wording.locale, policy.workspace.currency, is_plain=wording.channel == "sms")
    shown = written(values, short, words, same=names, height=values.height)
    said = [together(text, shown, is_html=False).alias(str(at)) for at, text in enumerate(short)]
    frame = pl.DataFrame(said).select(said=pl.concat_str(pl.all(), separator="\0", ignore_nulls=True))
    return frame.select(pl.format("{}|{}", pl.lit(wording.hash), "said")).to_series()


def _numbered(body: Iterable[nodes.Node], pieces: dict[str, int]) -> Iterable[nodes.Node]:
    """The nodes with a number in the place of each piece of words, the same where the words are."""
    for node in body:
        if isinstance(node, nodes.TemplateData):
            yield nodes.TemplateData(f"\0{pieces.setdefault(node.data, len(pieces))}\0")
        elif isinstance(node, nodes.Output):
            yield nodes.Output([*_numbered(node.nodes, pieces)], lineno=node.lineno)
        elif isinstance(node, nodes.If):
            then, other = [*_numbered(node.body, pieces)], [*_numbered(node.else_, pieces)]
            yield nodes.If(node.test, then, [], other, lineno=node.lineno)
        else:
            yield node


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

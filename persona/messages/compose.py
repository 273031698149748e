"""Messages: the approved texts of each decision, in the customer's language, with the customer's own values."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from itertools import accumulate
from zoneinfo import ZoneInfo

import polars as pl

from persona.messages.columns import MESSAGES, TEXTS
from persona.messages.disclosures import has_legal_text
from persona.messages.filters import Formats, formats
from persona.messages.hashed import content_hash
from persona.messages.jinja import compared, row_by_row, sample
from persona.messages.language import Text
from persona.messages.provenance import all_rows, approved_figures, told, values_figures
from persona.messages.recipe import Recipe, drawn, recipes
from persona.messages.recipients import recipients
from persona.messages.render import Shown, missing, together, written
from persona.messages.slots import BY_PERSON, TYPES, values
from persona.messages.sms import parts
from persona.messages.specimens import kin
from persona.messages.traced import untraced_numbers
from persona.messages.unsubscribe import links
from persona.messages.wording import Wording, nearest
from persona.policy.catalog import Offer, Treatment
from persona.policy.policy import Policy
from persona.tables.ordered import in_order

__all__ = ["FOREIGN_LAW", "MAX_NAME", "MAX_VALUE", "Composed", "composed"]

FOREIGN_LAW = "legal_language"
"""Stands in ``failed`` where legal text would fall back to a language that is not the customer's own."""

MAX_NAME = 200
"""Characters of a first or last name."""

MAX_VALUE = 1_000
"""Characters of any other text that is put into a message."""

_COMPARED = "|compared"
_ORDER = ("customer_no", "channel", "message_id")
_NO_PARTS = {name: pl.lit(None, MESSAGES.schema[name]) for name in ("encoding", "segments")}
_NONE = pl.DataFrame(schema={**MESSAGES.schema, "kin": pl.Int64})

_HIDDEN = r"[\p{Cc}\u{200b}\u{200e}\u{200f}\u{202a}-\u{202e}\u{2066}-\u{2069}\u{feff}]"
"""Control characters, and those that cannot be seen or turn the direction of the text."""


@dataclass(frozen=True)
class Composed:
    """Messages, and specimens whose words stand for those of many of them."""

    messages: pl.DataFrame
    kin: pl.Series
    """The number of the specimen of each message; null where it has none."""
    specimens: pl.DataFrame
    """As ``messages``, with ``kin``."""
    by_row: int = 0
    """How many texts Jinja itself has written, row by row: columns do not write all that a template may say."""


def composed(
    decisions: pl.DataFrame,
    *,
    profile: pl.DataFrame,
    people: pl.DataFrame,
    policy: Policy,
    wordings: Mapping[tuple[str, str, str], Wording],
    key: bytes,
    day: date,
    heeded: Collection[str] | None = None,
) -> Composed:
    """One message for each decision that is carried out.

    Grain: one row a message, none dropped; one that cannot be written has no texts and says why in ``failed``.
    Reads: decisions (``customer_no``, ``customer_id``, ``message_id``, ``run_id``, ``offer_id``, ``treatment_id``,
    ``channel``, ``is_ghost``; if there: ``price_point``, ``arm``, ``rank``, ``wave``, ``consent_ref`` and the hours
    ``not_before_utc``, ``not_after_utc``), profile (``recipients.reads``), people in clear (``customer_id`` and
    ``recipients.PERSONAL``).
    ``wordings`` are those of ``wording.wordings``; ``key`` signs the ways out and hashes the customers' ids; the rules
    that hold on ``day`` say which disclosures are put in. ``heeded`` are the words that checks may find fault with;
    without them there are no specimens.
    Makes: ``columns.MESSAGES``, sorted by customer_no, channel and message_id.
    Raises: ContractError where Jinja would write one of a sample of the texts otherwise.
    """
    rows = recipients(decisions, profile=profile, people=people, policy=policy, key=key)
    rows = rows.with_columns(sample(rows["message_id"]).alias(_COMPARED))
    offers = {offer.offer: offer for offer in policy.offers}
    alike = ("offer_id", "treatment_id", "language", "price_point")
    groups = rows.partition_by(alike, as_dict=True, maintain_order=True)
    told = [
        (offers[offer], recipe, own)
        for (offer, treatment, language, point), frame in groups.items()
        for recipe, own in drawn(
            frame,
            recipes(offers[offer].at(point), _wording(offers[offer], treatment, language, wordings), policy, day=day),
            salt=f"variant|{offer}|{treatment}",
        )
    ]
    made = [
        _group(_linked(own, recipe.wording, policy, key), offer, recipe, policy, heeded) for offer, recipe, own in told
    ]
    by_row = sum(own.height for _, recipe, own in told for text in recipe.wording.texts.values() if text.by_row)
    before = list(accumulate((count for _, _, count in made), initial=0))[:-1]
    specimens = _together([kept for _, kept, _ in made], before)
    messages = in_order(_together([rows for rows, _, _ in made], before), _ORDER)
    return Composed(MESSAGES.checked(messages), messages["kin"], specimens, by_row)


def _together(made: Sequence[pl.DataFrame], before: Sequence[int]) -> pl.DataFrame:
    """All rows with their numbers; of one group alone, what is the same in all rows stays one value."""
    each = [rows.with_columns(pl.col("kin") + count) for rows, count in zip(made, before, strict=True)]
    return each[0] if len(each) == 1 else pl.concat([_NONE, *each])


def _linked(rows: pl.DataFrame, wording: Wording, policy: Policy, key: bytes) -> pl.DataFrame:
    """The rows with their ways out, where the channel or the words need one."""
    if wording.channel == "email" or "unsubscribe_url" in wording.slots:
        address = policy.workspace.sender.unsubscribe_url
        return rows.with_columns(links(rows["message_id"], address=address, key=key))
    return rows.with_columns(pl.lit(None, pl.String).alias("unsubscribe_url"))


def _wording(
    offer: Offer, treatment_id: str, language: str, wordings: Mapping[tuple[str, str, str], Wording]
) -> Wording:
    treatment = _treatment(offer, treatment_id)
    return wordings[treatment.channel, treatment.template, language]


def _treatment(offer: Offer, treatment_id: str) -> Treatment:
    return next(one for one in offer.treatments if one.id == treatment_id)


def _group(
    rows: pl.DataFrame, offer: Offer, recipe: Recipe, policy: Policy, heeded: Collection[str] | None
) -> tuple[pl.DataFrame, pl.DataFrame, int]:
    """The messages about one offer at one price in one variant, their specimens, and below what these are numbered."""
    wording = recipe.wording
    facts = {name: policy.checked(offer, "facts", name) for name in offer.facts}
    given = values(offer.at(rows["price_point"][0]), wording, sender=policy.workspace.sender, facts=facts)
    same = {name: value.alias(name) for name, value in given.items() if not value.meta.root_names()}
    each = [value.alias(name) for name, value in given.items() if name not in same]
    words = formats(wording.locale, policy.workspace.currency, is_plain=wording.channel == "sms")
    shown = written(rows.select(each), wording.texts.values(), words, same=pl.select(same.values()), height=rows.height)
    is_by_row = any(text.by_row for text in wording.texts.values())
    found = kin(shown, wording, heeded=heeded) if heeded is not None and not is_by_row else None
    alone = pl.lit(None, pl.Int64).alias("kin")
    made = _made(rows, shown, offer, recipe, policy, words)
    compared(made, wording, shown, rows[_COMPARED].arg_true(), words)
    if found is None:
        return made.with_columns(alone), made.clear().with_columns(alone), 0
    specimens = _made(rows[found.rows], shown.taken(found.rows, found.texts), offer, recipe, policy, words)
    numbers = found.number.gather(found.rows)
    return made.with_columns(found.number.alias("kin")), specimens.with_columns(numbers.alias("kin")), found.count


def _text(text: Text, shown: Shown, words: Formats, *, is_html: bool) -> pl.Series:
    """The text over each row: by columns, or where they cannot, by Jinja."""
    if text.by_row:
        return row_by_row(text, shown, words, is_html=is_html)
    return together(text, shown, is_html=is_html)


def _made(
    rows: pl.DataFrame, shown: Shown, offer: Offer, recipe: Recipe, policy: Policy, words: Formats
) -> pl.DataFrame:
    """The messages of some rows with what they show."""
    wording = recipe.wording
    untrue = untraced_numbers(offer.at(rows["price_point"][0]), wording, policy)
    texts = {
        name: _text(text, shown, words, is_html=name == "html").alias(name) for name, text in wording.texts.items()
    }
    failed = _failed(shown, wording)
    if nearest([wording.locale], rows["language"][0]) is None and has_legal_text(wording, policy):
        failed = failed.list.concat(pl.Series([[FOREIGN_LAW]]))
    made = rows.with_columns(
        failed,
        told(shown, [name for name in wording.slots if name not in BY_PERSON]),
        values_figures(wording, shown),
        pl.lit(approved_figures(wording, but=untrue)).alias("figures_approved"),
        *texts.values(),
        *(pl.lit(None, pl.String).alias(column.name) for column in TEXTS if column.name not in texts),
        *_constants(offer, wording, policy.workspace.zone),
        pl.lit(recipe.variant, pl.String).alias("variant"),
        pl.lit(round(recipe.weight / recipe.of, 6)).alias("p_variant"),
        all_rows("placed", recipe.placed, rows.height),
        all_rows("reasons", _reasons(offer, rows["treatment_id"][0], wording.locale), rows.height),
        pl.col("segment").alias("cell_id"),
        pl.col("message_id").str.slice(0, 12).alias("tracking_code"),
        pl.col("not_before_utc").alias("send_at_utc"),
        pl.col("rank").fill_null(1).alias("priority"),
        pl.col("wave").fill_null(1),
    )
    made = made.with_columns(parts(pl.col("body"))) if wording.channel == "sms" else made.with_columns(**_NO_PARTS)
    return made.select(pl.col(name).cast(dtype) for name, dtype in MESSAGES.schema.items())


def _constants(offer: Offer, wording: Wording, zone: str) -> Iterator[pl.Expr]:
    last = datetime.combine(offer.valid.until, time.min, tzinfo=ZoneInfo(offer.valid.zone or zone))
    yield pl.lit(last.astimezone(UTC).replace(tzinfo=None)).alias("expires_at_utc")
    said = {
        "campaign_id": offer.campaign_id,
        "group_id": offer.group,
        "risk_class": offer.risk_class,
        "class": offer.class_,
        "offer_version": content_hash(offer),
        "template": wording.template,
        "template_hash": wording.hash,
        "locale": wording.locale,
        "paper_id": wording.paper,
        "enclosures": ";".join(wording.enclosures) or None,
    }
    yield from (pl.lit(value, pl.String).alias(name) for name, value in said.items())


def _reasons(offer: Offer, treatment_id: str, locale: str) -> list[str]:
    """Why a customer gets this, in sentences that were approved with the offer: all of its conditions hold for him."""
    own = _treatment(offer, treatment_id)
    said = [offer.reason, *(one.says for one in (*offer.applicability, *own.applicability))]
    found = [words[spoken] for words in said if (spoken := nearest(words, locale))]
    return list(dict.fromkeys(found))


def _failed(shown: Shown, wording: Wording) -> pl.Series:
    """The slots that miss their value or hold what may not stand in a message: ``slot.<name>`` each."""
    none = all_rows("failed", (), shown.height)
    if not wording.slots:
        return none
    texts = [name for name, slot in wording.slots.items() if TYPES[slot.type] == pl.String]
    required = [name for name, slot in wording.slots.items() if slot.need == "required"]
    values = none.to_frame("|none").with_columns(
        *shown.values.get_columns(),
        *(pl.lit(one.item(), one.dtype).alias(one.name) for one in shown.same.get_columns()),
        pl.int_range(pl.len()).alias("|at"),
    )
    is_wrong = pl.any_horizontal(pl.lit(value=False), *(pl.col(required).is_null(),) * bool(required))
    wrong = values.filter(is_wrong | pl.any_horizontal(pl.lit(value=False), *map(_is_unfit, texts)).fill_null(False))
    if wrong.is_empty():
        return none
    unfit = [pl.when(_is_unfit(name)).then(pl.lit(name)) for name in texts]
    named = pl.concat_list(pl.repeat(None, pl.len(), dtype=pl.String), missing(wording.slots), *unfit).list.drop_nulls()
    found = wrong.select("|at", failed=named.list.eval(pl.lit("slot.") + pl.element()))
    each = values.select("|at", "|none").join(found, on="|at", how="left", maintain_order="left")
    return each.select(failed=pl.coalesce("failed", "|none")).to_series()


def _is_unfit(name: str) -> pl.Expr:
    most = MAX_NAME if name in ("first_name", "last_name") else MAX_VALUE
    return pl.col(name).str.contains(_HIDDEN) | (pl.col(name).str.len_chars() > most)

"""Messages: the approved texts of each decision, in the customer's language, with the customer's own values."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

import polars as pl

from persona.messages.columns import MESSAGES, TEXTS
from persona.messages.filters import formats
from persona.messages.hashed import content_hash
from persona.messages.provenance import approved_figures, values_figures
from persona.messages.recipe import Recipe, drawn, recipes
from persona.messages.recipients import recipients
from persona.messages.render import missing, rendered, written
from persona.messages.slots import BY_PERSON, TYPES, values
from persona.messages.sms import parts
from persona.messages.wording import Wording, nearest
from persona.policy.catalog import Offer, Treatment
from persona.policy.policy import Policy

__all__ = ["MAX_NAME", "MAX_VALUE", "compose"]

MAX_NAME = 200
"""Characters of a first or last name."""

MAX_VALUE = 1_000
"""Characters of any other text that is put into a message."""

_TEXTS = pl.List(pl.String)
_SMS_BODY = pl.when(pl.col("channel") == "sms").then("body")
_WRITTEN = {name: dtype for name, dtype in MESSAGES.schema.items() if name not in ("encoding", "segments")}

_HIDDEN = r"[\p{Cc}\u{200b}\u{200e}\u{200f}\u{202a}-\u{202e}\u{2066}-\u{2069}\u{feff}]"
"""Control characters, and those that cannot be seen or turn the direction of the text."""


def compose(
    decisions: pl.DataFrame,
    *,
    profile: pl.DataFrame,
    people: pl.DataFrame,
    policy: Policy,
    wordings: Mapping[tuple[str, str, str], Wording],
    key: bytes,
    day: date,
) -> pl.DataFrame:
    """One message for each decision that is carried out.

    Grain: one row a message, none dropped; one that cannot be written has no texts and says why in ``failed``.
    Reads: decisions (``customer_no``, ``customer_id``, ``message_id``, ``run_id``, ``offer_id``, ``treatment_id``,
    ``channel``, ``is_ghost``; if there: ``price_point``, ``arm``, ``rank``, ``wave``, ``consent_ref`` and the hours
    ``not_before_utc``, ``not_after_utc``), profile (``recipients.reads``), people in clear (``customer_id`` and
    ``recipients.PERSONAL``).
    ``wordings`` are those of ``wording.wordings``; ``key`` signs the ways out and hashes the customers' ids; the rules
    that hold on ``day`` say which disclosures are put in.
    Makes: ``columns.MESSAGES``, sorted by customer_no, channel and message_id.
    """
    rows = recipients(decisions, profile=profile, people=people, policy=policy, key=key)
    offers = {offer.offer: offer for offer in policy.offers}
    alike = ("offer_id", "treatment_id", "language", "price_point")
    groups = rows.partition_by(alike, as_dict=True, maintain_order=True)
    made = [
        _group(own, offers[offer], recipe, policy)
        for (offer, treatment, language, point), frame in groups.items()
        for recipe, own in drawn(
            frame,
            recipes(offers[offer].at(point), _wording(offers[offer], treatment, language, wordings), policy, day=day),
            salt=f"variant|{offer}|{treatment}",
        )
    ]
    messages = pl.concat([pl.DataFrame(schema=_WRITTEN), *made]).with_columns(parts(_SMS_BODY))
    return MESSAGES.checked(messages.sort("customer_no", "channel", "message_id"))


def _wording(
    offer: Offer, treatment_id: str, language: str, wordings: Mapping[tuple[str, str, str], Wording]
) -> Wording:
    treatment = _treatment(offer, treatment_id)
    return wordings[treatment.channel, treatment.template, language]


def _treatment(offer: Offer, treatment_id: str) -> Treatment:
    return next(one for one in offer.treatments if one.id == treatment_id)


def _group(rows: pl.DataFrame, offer: Offer, recipe: Recipe, policy: Policy) -> pl.DataFrame:
    """The messages about one offer at one price in one variant of a wording."""
    wording = recipe.wording
    facts = {name: policy.checked(offer, "facts", name) for name in offer.facts}
    given = values(offer.at(rows["price_point"][0]), wording, sender=policy.workspace.sender, facts=facts)
    shown = rows.select("customer_no", **given).drop("customer_no")
    words = formats(wording.locale, policy.workspace.currency, is_plain=wording.channel == "sms")
    ready = written(shown, wording.texts.values(), words)
    texts = {
        name: rendered(text, ready, words=words, is_html=name == "html").alias(name)
        for name, text in wording.texts.items()
    }
    made = rows.with_columns(
        _failed(shown, wording),
        _told(shown),
        values_figures(wording, ready),
        pl.lit(approved_figures(wording)).alias("figures_approved"),
        *texts.values(),
        *(pl.lit(None, pl.String).alias(column.name) for column in TEXTS if column.name not in texts),
        *_constants(offer, wording, policy.workspace.zone),
        pl.lit(recipe.variant, pl.String).alias("variant"),
        pl.lit(round(recipe.weight / recipe.of, 6)).alias("p_variant"),
        pl.Series("placed", [[*recipe.placed]] * rows.height, dtype=pl.List(pl.String)),
        pl.Series("reasons", [_reasons(offer, rows["treatment_id"][0], wording.locale)] * rows.height, dtype=_TEXTS),
        pl.col("segment").alias("cell_id"),
        pl.col("message_id").str.slice(0, 12).alias("tracking_code"),
        pl.col("not_before_utc").alias("send_at_utc"),
        pl.col("rank").fill_null(1).alias("priority"),
        pl.col("wave").fill_null(1),
    )
    return made.select(pl.col(name).cast(dtype) for name, dtype in _WRITTEN.items())


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


def _failed(shown: pl.DataFrame, wording: Wording) -> pl.Series:
    """The slots that miss their value or hold what may not stand in a message: ``slot.<name>`` each."""
    if not wording.slots:
        return pl.Series("failed", [[]] * shown.height, dtype=pl.List(pl.String))
    texts = (name for name, slot in wording.slots.items() if TYPES[slot.type] == pl.String)
    wrong = [pl.when(_is_unfit(name)).then(pl.lit(name)) for name in texts]
    unfit = pl.concat_list(pl.repeat(None, pl.len(), dtype=pl.String), *wrong).list.drop_nulls()
    named = pl.concat_list(missing(wording.slots), unfit)
    return shown.select(failed=named.list.eval(pl.lit("slot.") + pl.element())).to_series()


def _is_unfit(name: str) -> pl.Expr:
    most = MAX_NAME if name in ("first_name", "last_name") else MAX_VALUE
    return pl.col(name).str.contains(_HIDDEN) | (pl.col(name).str.len_chars() > most)


def _told(shown: pl.DataFrame) -> pl.Series:
    """What was shown, as JSON, without what names the person: with the template enough to write the message again."""
    kept = [name for name in shown.columns if name not in BY_PERSON]
    if not kept:
        return pl.Series("slots", ["{}"] * shown.height, dtype=pl.String)
    return shown.select(slots=pl.struct(kept).struct.json_encode()).to_series()

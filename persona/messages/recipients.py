"""Whom a message goes to: each decision that is carried out beside the customer's profile, names and addresses."""

from __future__ import annotations

from collections.abc import Container
from hashlib import blake2b

import polars as pl

from persona.messages.columns import ADDRESS, CONTACT
from persona.policy.policy import Policy

__all__ = ["PERSONAL", "customer_tokens", "reads", "recipients"]

_LETTERED = tuple(column.name for column in ADDRESS if column.name not in ("addressee", "country"))
PERSONAL = ("first_name", "last_name", *(column.name for column in CONTACT), *_LETTERED)
"""What the vault gives in clear."""

_PLACED = ("zone", "segment", "country", "agent_id")
"""What is asked of the profile for every message; the last where a source of customers declares such a column."""

_SPOKEN_TO = ("letter", "call", "advisor")
"""Channels on which somebody, or an envelope, has to know the name."""

_AT = pl.Datetime("us")
_NEEDED = ("customer_no", "customer_id", "message_id", "run_id", "offer_id", "treatment_id", "channel")
_TEXT = pl.String()
_OPTIONAL = {
    "arm": _TEXT,
    "rank": pl.Int64(),
    "wave": pl.Int64(),
    "consent_ref": _TEXT,
    "price_point": _TEXT,
} | dict.fromkeys(("not_before_utc", "not_after_utc"), _AT)
"""What decisions may bring besides; null where they do not."""


def reads(policy: Policy, offers: Container[str] | None = None) -> frozenset[str]:
    """The columns of the profile that messages are composed from, about all offers or some of them."""
    told = (offer for offer in policy.offers if offers is None or offer.offer in offers)
    facts = (policy.checked(offer, "facts", name) for offer in told for name in offer.facts)
    return frozenset({"customer_no", *_PLACED, "language"}).union(*(fact.columns for fact in facts))


def recipients(
    decisions: pl.DataFrame, *, profile: pl.DataFrame, people: pl.DataFrame, policy: Policy, key: bytes
) -> pl.DataFrame:
    """Each decision that is carried out, with all that its message is made from; ghosts and silence are left out.

    Grain: one row a message. A customer whose language is not spoken here is spoken to in the workspace's first.
    """
    told = _carried_out(decisions)
    wanted = reads(policy, told["offer_id"].unique().to_list())
    known = profile.select(column for column in profile.columns if column in wanted)
    clear = people.select("customer_id", *(name for name in PERSONAL if name in people.columns))
    joined = told.join(known, on="customer_no", how="left", maintain_order="left").join(
        clear, on="customer_id", how="left", maintain_order="left"
    )
    absent = [name for name in (*PERSONAL, *_PLACED) if name not in joined.columns]
    first, *_ = policy.workspace.languages
    speaks = pl.col("language").is_in(policy.workspace.languages)
    return joined.with_columns(
        customer_tokens(joined["customer_id"], key=key),
        pl.when(speaks).then("language").otherwise(pl.lit(first)).alias("language"),
        *(pl.lit(None, pl.String).alias(name) for name in absent),
    ).with_columns(
        pl.col("zone").fill_null(policy.workspace.zone),
        pl.col("agent_id").cast(pl.String),
        *_addressed(policy.workspace.country),
    )


def _addressed(country: str) -> list[pl.Expr]:
    """The name and the address of each row, as far as its channel needs them."""
    names = (pl.when(pl.col("channel").is_in(_SPOKEN_TO)).then(one) for one in ("first_name", "last_name"))
    name = pl.concat_str(*names, separator=" ", ignore_nulls=True).str.strip_chars()
    is_letter = pl.col("channel") == "letter"
    return [
        pl.when(name != "").then(name).alias("addressee"),
        *(pl.when(is_letter).then(line).alias(line) for line in _LETTERED),
        pl.when(is_letter).then(pl.col("country").fill_null(country)).alias("country"),
    ]


def _carried_out(decisions: pl.DataFrame) -> pl.DataFrame:
    chosen = decisions.filter(pl.col("channel").is_not_null() & pl.col("message_id").is_not_null())
    if "is_ghost" in decisions.columns:
        chosen = chosen.filter(~pl.col("is_ghost"))
    brought = [pl.col(name).cast(dtype) for name, dtype in _OPTIONAL.items() if name in decisions.columns]
    absent = [pl.lit(None, dtype).alias(name) for name, dtype in _OPTIONAL.items() if name not in decisions.columns]
    return chosen.select(*_NEEDED, *brought, *absent)


def customer_tokens(customer_ids: pl.Series, *, key: bytes) -> pl.Series:
    """A keyed hash of each customer's id, 32 hex digits: vendors can count customers, not name them."""
    keyed, made = blake2b(b"customer|", digest_size=16, key=key[:64]), []
    is_new = customer_ids.ne_missing(customer_ids.shift())  # messages to one customer mostly follow one another
    for one in customer_ids.filter(is_new).to_list():
        hashed = keyed.copy()  # what is the same for all is hashed once
        hashed.update(one.encode())
        made.append(hashed.hexdigest())
    return pl.Series("customer_token", made, dtype=pl.String).gather(is_new.cum_sum() - 1)

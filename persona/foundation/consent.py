"""What the customer has agreed to, as of the instant: a log read point-in-time; unknown is no."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from persona.clock import AsOf
from persona.tables import Column, Contract, Frame

__all__ = ["consent_contract", "consent_now"]

_EVERY_CHANNEL = "*"


def consent_contract(channels: Sequence[str]) -> Contract:
    """The table of consents: who has no entry has consented to nothing."""
    flags = (Column(f"consent_{c}", pl.Boolean, f"may be contacted by {c} for the purpose", "") for c in channels)
    key = Column("customer_no", pl.Int64, "the customer inside persona", "")
    return Contract("consent_now", "one row a customer", ("customer_no",), (key, *flags))


def consent_now(consents: Frame, *, as_of: AsOf, purpose: str, channels: Sequence[str]) -> Frame:
    """Whether each customer has agreed to each channel for the purpose.

    Grain: one row a customer with an entry for the purpose before ``as_of``, sorted by ``customer_no``.
    Reads: the log ``consents``. The newest entry for the channel or for ``*`` counts; of several at the same time a
    refusal. A grant that has expired is a no, and so is any status but ``granted``.
    Makes: ``consent_<channel>`` (never null: unknown is no).

    Source: Regulation (EU) 2016/679, articles 4(11), 7 and 21(3).
    """
    entries = consents.filter(
        pl.col("customer_no").is_not_null() & (pl.col("purpose") == purpose) & (pl.col("at") < as_of.naive_utc)
    )
    ends = pl.col("expires_at").is_not_null() & (pl.col("expires_at") <= as_of.naive_utc)
    marked = entries.with_columns(says_yes=(pl.col("status") == "granted").fill_null(False) & ~ends)
    return marked.group_by("customer_no").agg(_says(channel) for channel in channels).sort("customer_no")


def _says(channel: str) -> pl.Expr:
    applies = pl.col("channel").is_in([channel, _EVERY_CHANNEL]).fill_null(False)
    newest = applies & (pl.col("at") == pl.col("at").filter(applies).max())
    says_yes = pl.col("says_yes").filter(newest)
    return (says_yes.all() & (says_yes.len() > 0)).alias(f"consent_{channel}")

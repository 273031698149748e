"""Answering: on which channel a customer reads what he is sent."""

from __future__ import annotations

import polars as pl

from persona.clock import AsOf

__all__ = ["best_channel", "usual_answers"]

_ANSWERS = ("opened", "clicked", "accepted")
_FEWEST = 3
_STRENGTH = 8.0
"""Messages read at the book's rate of the channel that are added to the customer's own."""
_DIGITS = 4


def usual_answers(outcomes: pl.DataFrame, *, as_of: AsOf) -> pl.DataFrame:
    """How many of all messages on each channel are read.

    Grain: one row a channel, sorted. Makes: ``usual`` (0..1).
    """
    read = _read(outcomes, as_of).group_by("channel").agg(pl.col("sent").sum(), pl.col("read").sum())
    return read.select("channel", usual=pl.col("read") / pl.col("sent")).sort("channel")


def best_channel(outcomes: pl.DataFrame, usual: pl.DataFrame, *, as_of: AsOf) -> pl.DataFrame:
    """The channel on which each customer reads most of what he is sent.

    Grain: one row a customer with 3 messages or more before ``as_of``, sorted. Reads: canonical ``outcomes``; what
    ``usual_answers`` makes of the whole book. Makes: ``best_channel`` (of equals the first by name),
    ``best_channel_p`` (how probably a message there is read: his own share, shrunken to the channel's; 4 digits).

    Only channels on which he was written to stand for choice. Who was sent what suits him there looks as if it were
    the channel: it is a habit, not an effect.
    """
    own = _read(outcomes, as_of).group_by("customer_no", "channel").agg(pl.col("sent").sum(), pl.col("read").sum())
    shrunk = (pl.col("read") + _STRENGTH * pl.col("usual")) / (pl.col("sent") + _STRENGTH)
    rated = own.join(usual, on="channel").with_columns(
        p=shrunk.round(_DIGITS), enough=pl.col("sent").sum().over("customer_no") >= _FEWEST
    )
    ranked = rated.filter("enough").sort("customer_no", -pl.col("p"), "channel")
    of_customer = ranked.group_by("customer_no", maintain_order=True)
    return of_customer.agg(best_channel=pl.col("channel").first(), best_channel_p=pl.col("p").first())


def _read(outcomes: pl.DataFrame, as_of: AsOf) -> pl.DataFrame:
    """Messages sent to each customer with each offer on each channel, and how many of them were read."""
    known = outcomes.filter(
        pl.col("customer_no").is_not_null()
        & (pl.col("at") < as_of.naive_utc)
        & (pl.col("arm").fill_null("treated") == "treated")
    )
    times = {word: (pl.col("outcome") == word).sum() for word in ("sent", *_ANSWERS)}
    counted = known.group_by("customer_no", "offer_id", "channel").agg(**times).filter(pl.col("sent") > 0)
    # A source may tell a click and no opening, or an answer and no click: the most that was told counts.
    return counted.with_columns(read=pl.min_horizontal("sent", pl.max_horizontal(*_ANSWERS)))

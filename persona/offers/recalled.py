"""Messages on their way to people who must no longer have them: consent and suppressions, asked again."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

import polars as pl

from persona.policy.actions import SLOTS

__all__ = ["recalled"]

_NO = (("suppressed", "X"), ("consent", "C"), ("profiling", "C"))
"""What is looked at, in the order in which it is told, and its letter of ``tables.reasons``."""


def recalled(
    contacts: pl.DataFrame,
    *,
    consents: Mapping[str, pl.DataFrame],
    suppressions: pl.DataFrame,
    stops: Mapping[str, Sequence[str]],
    objectors: Collection[int],
) -> pl.DataFrame:
    """The messages that may not reach their customers any more.

    Grain: one row a message, sorted by ``message_id``.
    Reads: of ``contacts`` ``message_id``, ``customer_no``, ``channel``, ``class`` and ``is_profiled`` (it rests on
    profiling); ``consents`` by the purposes ``marketing`` and ``service`` as ``foundation.consent_now`` makes them;
    ``suppressions`` in force; ``stops``, the classes that a type stops (a type that is not named stops all);
    ``objectors``, the customers who object to profiling. Who has no entry has consented to nothing, so a customer who
    was erased since is among them.
    Makes: ``reason`` (X or C) and ``reason_id`` (the first type of the alphabet, ``consent`` or ``profiling``).
    """
    asked = contacts.select("message_id", "customer_no", "channel", "class", "is_profiled")
    marked = (
        asked.join(_agreed(asked, consents), on=["customer_no", "channel", "class"], how="left")
        .join(_stopped(asked, suppressions, stops), on="message_id", how="left")
        .with_columns(
            consent=~pl.col("agreed").fill_null(value=False),
            profiling=pl.col("is_profiled") & pl.col("customer_no").is_in(sorted(objectors)),
        )
    )
    letters = [pl.when(_is_so(name)).then(pl.lit(letter)) for name, letter in _NO]
    ids = [pl.col("suppressed"), *(pl.when(pl.col(name)).then(pl.lit(name)) for name, _ in _NO[1:])]
    found = marked.select("message_id", reason=pl.coalesce(letters), reason_id=pl.coalesce(ids))
    return found.filter(pl.col("reason").is_not_null()).sort("message_id")


def _is_so(name: str) -> pl.Expr:
    return pl.col(name).is_not_null() if name == "suppressed" else pl.col(name)


def _agreed(contacts: pl.DataFrame, consents: Mapping[str, pl.DataFrame]) -> pl.DataFrame:
    """Whether a customer agrees to a channel, by the classes and channels that there are contacts of.

    Regulatory messages go by the consents for service.
    """
    purposes = {"marketing": "marketing", "service": "service", "regulatory": "service"}
    here = set(contacts["class"])
    wanted = {f"consent_{channel}" for channel in contacts["channel"].unique()}
    empty = pl.DataFrame(
        schema={"customer_no": pl.Int64, "channel": pl.String, "agreed": pl.Boolean, "class": pl.String}
    )
    said = [
        consents[purposes[slot]]
        .unpivot(sorted(wanted & set(consents[purposes[slot]].columns)), index="customer_no")
        .select(
            "customer_no",
            channel=pl.col("variable").str.strip_prefix("consent_"),
            agreed=pl.col("value").cast(pl.Boolean),
            **{"class": pl.lit(slot)},
        )
        for slot in SLOTS
        if slot in here
    ]
    return pl.concat([empty, *said])


def _stopped(contacts: pl.DataFrame, suppressions: pl.DataFrame, stops: Mapping[str, Sequence[str]]) -> pl.DataFrame:
    """The first type that stops each message; messages that none stops are left out."""
    kinds = suppressions["type"].unique().sort()
    pairs = [(kind, slot) for kind in kinds for slot in SLOTS if slot in stops.get(kind, SLOTS)]
    classes = pl.DataFrame(pairs, schema={"type": pl.String, "class": pl.String}, orient="row")
    here = suppressions.select("customer_no", "type", of="channel").join(classes, on="type")
    met = contacts.join(here, on=["customer_no", "class"])
    met = met.filter(pl.col("of").is_null() | (pl.col("of") == pl.col("channel")))
    return met.group_by("message_id").agg(suppressed=pl.col("type").min())

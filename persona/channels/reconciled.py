"""What was written against what a vendor says: each message explained, or named for what is wrong with it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl

from persona.channels.manifest import FileRow

__all__ = ["EXPLAINED", "FINDINGS", "Files", "compared", "filed"]

EXPLAINED = ("accepted", "rejected", "recalled", "waits")
FINDINGS = {
    "accepted": "accepted by the vendor",
    "rejected": "rejected by the vendor",
    "recalled": "recalled",
    "waits": "not handed over yet",
    "missing": "handed over, and the vendor says nothing of it",
    "unknown": "named by the vendor, and in none of this run's files for him",
    "withheld": "named by the vendor, and withheld by us",
    "early": "named by the vendor, and not handed over yet",
    "contradictory": "both accepted and rejected, or otherwise than before",
}
"""What each finding says; those that are not explained come last."""

_BEFORE = {"sent": "accepted", "rejected": "rejected"}
"""What the vendor has said before, by the status of the contact."""


@dataclass(frozen=True, slots=True)
class Files:
    """What the manifest says of a profile's files, and what the ledger says of its channel."""

    planned: int
    written: int
    withheld: int
    """Of the whole run: planned = written + withheld."""
    rows: int
    """In the profile's files."""
    gone: int
    """Rows that were taken out of them since."""
    ledger: int
    """Contacts of the channel that were written."""
    elsewhere: int
    """Messages that another profile of the channel could not hold: the ledger withholds them."""

    @property
    def agree(self) -> bool:
        """Whether plan, files and ledger say the same."""
        return (
            self.planned == self.written + self.withheld and 0 <= self.rows + self.gone - self.ledger <= self.elsewhere
        )


def compared(ledger: pl.DataFrame, said: pl.DataFrame) -> pl.DataFrame:
    """What is found of each message, and ``is_new`` where the vendor says it for the first time.

    Grain: one row a message that the ledger has written or the vendor names, sorted by ``message_id``.
    Reads: ``message_id`` and ``status`` of the contacts of a run on a channel; ``message_id`` and ``said`` of all
    acknowledgements of it together, in which a row may be repeated.
    Makes: ``finding`` (a word of FINDINGS).
    """
    words = said.group_by("message_id").agg(said=pl.col("said").min(), last=pl.col("said").max())
    both = ledger.select("message_id", "status").join(words, on="message_id", how="full", coalesce=True)
    status, word = pl.col("status"), pl.col("said")
    before = status.replace_strict(_BEFORE, default=None, return_dtype=pl.String)
    is_told = word.is_not_null()
    found = (
        pl.when(status.is_null())
        .then(pl.lit("unknown"))
        .when((word != pl.col("last")) | (before.is_not_null() & is_told & (before != word)))
        .then(pl.lit("contradictory"))
        .when(status == "recalled")
        .then(pl.lit("recalled"))
        .when(status == "written")
        .then(pl.when(is_told).then(pl.lit("early")).otherwise(pl.lit("waits")))
        .when(status.is_in(["handed_off", *_BEFORE]))
        .then(pl.coalesce(word, before, pl.lit("missing")))
        .when(is_told)
        .then(pl.lit("withheld"))
    )
    made = both.with_columns(finding=found, is_new=is_told & (status == "handed_off").fill_null(value=False))
    return made.filter(pl.col("finding").is_not_null()).select("message_id", "finding", "is_new").sort("message_id")


def filed(said: dict[str, Any], files: Sequence[FileRow], *, channel: str, profile: str, ledger: pl.DataFrame) -> Files:
    """What a manifest and its files say of a profile, beside what the ledger says."""
    own = [row for row in files if (row.channel, row.profile) == (channel, profile)]
    names = {row.name for row in own}
    notes = [one for why in ("erased", "recalled") for note in said.get(why, []) for one in note["files"]]
    unfit = said["counts"]["unfit_by_profile"]
    others = sum(
        count for name, count in unfit.items() if name.startswith(f"{channel}/") and name != f"{channel}/{profile}"
    )
    written = ledger["status"].is_in(["written", "handed_off", "sent", "rejected", "recalled"])
    return Files(
        **{name: said["counts"][name] for name in ("planned", "written", "withheld")},
        rows=sum(row.rows for row in own),
        gone=sum(one["rows"] for one in notes if one["name"] in names),
        ledger=int(written.sum()),
        elsewhere=others,
    )

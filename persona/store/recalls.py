"""The ledger of recalls: each message that was on its way to somebody who must no longer have it, and why."""

from __future__ import annotations

from datetime import datetime
from hashlib import blake2b

import polars as pl

from persona.store.audit import append
from persona.store.catalog import Catalog
from persona.store.contacts import set_status

__all__ = ["recall", "recalls"]


def recalls(catalog: Catalog) -> pl.DataFrame:
    """Every message that was to be recalled, by its id.

    Makes: message_id, run_id, channel, reason, reason_id, at, ``in_time`` (no: the vendor's cut-off had passed).
    """
    return catalog.frame("SELECT * FROM recalls ORDER BY message_id")


def recall(catalog: Catalog, run_id: str, rows: pl.DataFrame, *, at: datetime) -> int:
    """How many messages of a run are to be recalled that were not before; inside a transaction.

    Reads: message_id, channel, reason, reason_id, ``in_time``. The contacts of those in time become ``recalled``: they
    count towards no limit any more, and nobody else plans them again. The others stay what they are.
    Raises: WriteError where a contact cannot be recalled from where it is.
    """
    new = rows.join(recalls(catalog).select("message_id"), on="message_id", how="anti").sort("message_id")
    if new.is_empty():
        return 0
    own = new.with_columns(pl.lit(run_id).alias("run_id"), pl.lit(at.replace(tzinfo=None)).alias("at"))
    catalog.insert("recalls", own.select("message_id", "run_id", "channel", "reason", "reason_id", "at", "in_time"))
    in_time = new.filter("in_time")["message_id"]
    if len(in_time):
        set_status(catalog, run_id, "recalled", message_ids=in_time)
    total = catalog.one("SELECT count(*) FROM recalls WHERE run_id = ?", [run_id])
    digest = blake2b("\n".join(new["message_id"]).encode(), digest_size=16).hexdigest()
    body = {"run_id": run_id, "recalled": len(in_time), "late": new.height - len(in_time), "messages": digest}
    append(catalog, f"recall:{run_id}:{total}", "recall", body)
    return new.height

"""The ledger of contacts: one for each customer, campaign, channel and occasion, so that nobody is contacted twice."""

from __future__ import annotations

from datetime import datetime
from hashlib import blake2b

import polars as pl

from persona.errors import WriteError
from persona.store.audit import append
from persona.store.catalog import Catalog
from persona.tables import PolarsType

__all__ = ["KEY", "SCHEMA", "contacts", "ledger_fingerprint", "planned", "set_status"]

KEY = ("customer_no", "campaign_id", "channel", "occasion")

_COLUMNS: dict[str, PolarsType] = {
    "customer_no": pl.Int64,
    "household_key": pl.String,
    "offer_id": pl.String,
    "group_id": pl.String,
    "campaign_id": pl.String,
    "channel": pl.String,
    "class": pl.String,
    "occasion": pl.String,
    "status": pl.String,
    "at": pl.Datetime("us"),
    "run_id": pl.String,
    "message_id": pl.String,
}
SCHEMA = pl.Schema(_COLUMNS)
"""Null: ``household_key`` of those who live alone, ``group_id`` of offers without a group."""

_BEFORE = {
    "written": ("planned",),
    "handed_off": ("written",),
    "sent": ("handed_off",),
    "rejected": ("handed_off",),
    "recalled": ("written", "handed_off", "sent"),
    "expired": ("planned", "written"),
}
"""The statuses from which each status is reached; what was handed off never expires.

``sent`` is what the vendor has accepted: until his cut-off it can be recalled still.
"""


_OF_PERSONS = (
    "SELECT c.* REPLACE (coalesce(p.person_no, c.customer_no) AS customer_no)"
    " FROM contacts c LEFT JOIN persons p ON p.record_no = c.customer_no"
)


def contacts(catalog: Catalog) -> pl.DataFrame:
    """Every contact of every run, by its key; those of a record that was linked since are its person's."""
    return catalog.frame(f"SELECT {_names()} FROM ({_OF_PERSONS}) ORDER BY {', '.join(KEY)}, run_id")  # noqa: S608 - ours


def planned(catalog: Catalog, run_id: str, rows: pl.DataFrame) -> pl.DataFrame:
    """The rows that were refused because another run stands for their key already; all others are planned now.

    Those of a control group stand on paper: their status is ``ghost`` and never changes.

    A row that expired gives its key up. Planning a run again takes back what it planned before and has not written;
    what is further on stays as it is. Inside a transaction.

    Raises: WriteError when two rows have one key.
    """
    ghost_or_planned = pl.when(pl.col("status") == "ghost").then("status").otherwise(pl.lit("planned"))
    wanted = rows.with_columns(ghost_or_planned.alias("status"), pl.lit(run_id).alias("run_id")).select(SCHEMA.names())
    wanted = wanted.cast(SCHEMA).sort(KEY)
    if wanted.select(KEY).is_duplicated().any():
        raise WriteError(f"two contacts of the plan have the same {', '.join(KEY)}", where=f"run {run_id}")
    catalog.run("DELETE FROM contacts WHERE run_id = ? AND status IN ('planned', 'ghost')", [run_id])
    there = catalog.frame(f"SELECT {', '.join(KEY)}, status, run_id FROM ({_OF_PERSONS})").lazy()  # noqa: S608 - ours
    met = wanted.lazy().join(there, on=KEY, how="inner", suffix="_there", maintain_order="left").collect()
    has_expired = pl.col("status_there") == "expired"
    _give_up(catalog, met.filter(has_expired))
    stands = met.filter(~has_expired)
    catalog.insert("contacts", wanted.join(stands, on=KEY, how="anti", maintain_order="left"))
    refused = stands.filter(pl.col("run_id_there") != run_id).select(SCHEMA.names())
    digest = blake2b("\n".join(wanted["message_id"].sort()).encode(), digest_size=16).hexdigest()
    append(catalog, f"plan:{run_id}", "plan", {"run_id": run_id, "contacts": wanted.height, "messages": digest})
    return refused


def set_status(catalog: Catalog, run_id: str, status: str, *, message_ids: pl.Series | None = None) -> int:
    """How many contacts of a run moved on to a status: all that may, or some messages.

    Contacts that have the status already are left as they are. Inside a transaction.

    Raises: WriteError when a contact that is named cannot reach the status from where it is.
    """
    allowed = ", ".join(f"'{word}'" for word in _BEFORE[status])
    where = "run_id = ?"
    values: list[object] = [run_id]
    if message_ids is not None:
        where, values = "run_id = ? AND list_contains(?, message_id)", [run_id, message_ids.to_list()]
        among = f"SELECT count(*) FROM contacts WHERE {where}"  # noqa: S608 - our own words
        stuck = catalog.one(f"{among} AND status NOT IN ({allowed}, ?)", [*values, status])
        if stuck:
            raise WriteError(f"{stuck:,} contacts cannot become {status} from where they are", where=f"run {run_id}")
    update = f"UPDATE contacts SET status = ? WHERE {where} AND status IN ({allowed}) RETURNING 1"  # noqa: S608 - ours
    rows = catalog.run(update, [status, *values])
    if rows:
        # Named by the total, so that a night that is taken up after a kill ends with the same log.
        total = catalog.one("SELECT count(*) FROM contacts WHERE run_id = ? AND status = ?", [run_id, status])
        body = {"run_id": run_id, "status": status, "total": total}
        append(catalog, f"status:{run_id}:{status}:{total}", "status", body)
    return len(rows)


def ledger_fingerprint(catalog: Catalog, before: datetime) -> str:
    """The hash of all contacts before an instant and of how far they came, 16 hex digits."""
    rows = catalog.run(
        f'SELECT message_id, status FROM contacts WHERE "at" < ? ORDER BY message_id, {", ".join(KEY)}',  # noqa: S608 - ours
        [before.replace(tzinfo=None)],
    )
    digest = blake2b(digest_size=8)
    for row in rows:
        digest.update("|".join(map(str, row)).encode() + b"\n")
    return digest.hexdigest()


def _give_up(catalog: Catalog, rows: pl.DataFrame) -> None:
    if rows.is_empty():
        return
    catalog.run(f"CREATE OR REPLACE TEMP TABLE given_up AS SELECT {', '.join(KEY)} FROM contacts LIMIT 0")  # noqa: S608 - ours
    catalog.insert("given_up", rows.select(KEY))
    same = " AND ".join(f"contacts.{name} = given_up.{name}" for name in KEY)
    catalog.run(f"DELETE FROM contacts USING given_up WHERE {same}")  # noqa: S608 - our own names
    catalog.run("DROP TABLE given_up")


def _names() -> str:
    return ", ".join(f'"{name}"' for name in SCHEMA.names())

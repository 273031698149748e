"""Which records are one person: written down with the reason of each link, and with what people have decided."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from hashlib import blake2b

import polars as pl

from persona.store.audit import append
from persona.store.catalog import Catalog
from persona.tables import PolarsType

__all__ = [
    "CHANGES",
    "LINKS",
    "PERSONS",
    "decide",
    "decisions",
    "fingerprint",
    "keep_persons",
    "links",
    "persons",
    "records_before",
    "who_is_who",
]

_REASON: dict[str, PolarsType] = {"weight": pl.Float64, "probability": pl.Float64, "reason": pl.String}
PERSONS = pl.Schema(
    {"record_no": pl.Int64, "person_no": pl.Int64, "household_id": pl.String, "linked_to": pl.Int64, **_REASON}
)
"""One row a record that is not alone: with another record as one person, or in a household that no bank names.

``record_no`` is the number that the customer id was given when it came first. Null: ``household_id`` where the bank's
own counts; ``linked_to`` and the reason where the person has one record; ``weight`` and ``probability`` of keys and
decisions."""
LINKS = pl.Schema({"a": pl.Int64, "b": pl.Int64, "rank": pl.Int8, **_REASON})
"""The links that hold persons together: as few as it takes."""
CHANGES = pl.Schema({"kind": pl.String, "person_no": pl.Int64, "other_person_no": pl.Int64, "records": pl.Int64})

_DOCUMENT = "identity"


def who_is_who(catalog: Catalog) -> pl.DataFrame:
    """customer_id, customer_no (of the person), bucket, household_id, record_no; by record_no."""
    return catalog.frame("SELECT * FROM who_is_who ORDER BY record_no")


def persons(catalog: Catalog) -> pl.DataFrame:
    """Every record that is not alone, by record_no."""
    names = ", ".join(PERSONS.names())
    return catalog.frame(f"SELECT {names} FROM persons ORDER BY record_no").cast(PERSONS)  # noqa: S608 - our own names


def links(catalog: Catalog) -> pl.DataFrame:
    """The links that hold persons together, by a and b."""
    query = 'SELECT a, b, "rank", weight, probability, reason FROM person_links ORDER BY a, b'
    return catalog.frame(query).cast(LINKS)


def records_before(catalog: Catalog) -> pl.DataFrame:
    """The person of each record that was there when persons were told apart last: record_no, person_no."""
    until = catalog.one('SELECT body FROM documents WHERE "kind" = ? AND name = ?', [_DOCUMENT, "until"])
    query = "SELECT record_no, customer_no AS person_no FROM who_is_who WHERE record_no < ? ORDER BY record_no"
    there = catalog.frame(query, [int(str(until)) if until else 0])
    # Records that were erased since left their number to the others.
    return there.cast({"record_no": pl.Int64, "person_no": pl.Int64})


def keep_persons(
    catalog: Catalog, rows: pl.DataFrame, held: pl.DataFrame, moved: pl.DataFrame, *, at: datetime
) -> bool:
    """Whether anything changed; inside a transaction.

    Reads: ``rows`` as PERSONS, ``held`` as LINKS, ``moved`` as CHANGES: what happened at the instant ``at``.
    """
    body = _hash(rows) if rows.height else ""
    catalog.run("DELETE FROM person_links")
    catalog.insert("person_links", held.select(LINKS.names()).cast(LINKS).sort("a", "b"))
    _document(catalog, "until", str(catalog.next("customer_no")))
    is_same = body == fingerprint(catalog)
    catalog.run("DELETE FROM persons")
    catalog.insert("persons", rows.select(PERSONS.names()).cast(PERSONS).sort("record_no"))
    if is_same:
        return False
    naive = at.replace(tzinfo=None)
    stamped = moved.cast(CHANGES).with_columns(pl.lit(naive).cast(pl.Datetime("us")).alias("at"))
    catalog.run('DELETE FROM person_changes WHERE "at" = ?', [naive])
    catalog.insert("person_changes", stamped)
    _document(catalog, "persons", body)
    counts = dict(moved.group_by("kind").agg(pl.len()).sort("kind").iter_rows())
    _told(catalog, "persons", {"at": str(naive), "persons": body, **counts})
    return True


def decisions(catalog: Catalog) -> pl.DataFrame:
    """What people decided on pairs of customers, by customer_a and customer_b; the last word on each pair."""
    query = "SELECT customer_a, customer_b, decision, record_a, record_b FROM person_decisions_known ORDER BY 1, 2"
    return catalog.frame(query)


def decide(catalog: Catalog, rows: pl.DataFrame) -> int:
    """How many pairs are decided otherwise than before; inside a transaction. A decision stays until the next one."""
    there = decisions(catalog).select("customer_a", "customer_b", "decision")
    fresh = rows.join(there, on=["customer_a", "customer_b", "decision"], how="anti").sort("customer_a", "customer_b")
    for customer_a, customer_b, decision in fresh.select("customer_a", "customer_b", "decision").iter_rows():
        catalog.run("INSERT OR REPLACE INTO person_decisions VALUES (?, ?, ?)", [customer_a, customer_b, decision])
    if fresh.height:
        digest = blake2b(fresh.write_csv().encode(), digest_size=16).hexdigest()
        counts = dict(fresh.group_by("decision").agg(pl.len()).sort("decision").iter_rows())
        _told(catalog, "decisions", {"decisions": digest, **counts})
    return fresh.height


def fingerprint(catalog: Catalog) -> str:
    """The hash of who is one person and lives with whom; empty where nobody was ever linked."""
    found = catalog.one('SELECT body FROM documents WHERE "kind" = ? AND name = ?', [_DOCUMENT, "persons"])
    return str(found) if found else ""


def _hash(rows: pl.DataFrame) -> str:
    """The hash of what matters to a night: the reasons of links are left out."""
    said = rows.select("record_no", "person_no", "household_id").sort("record_no")
    return blake2b(said.write_csv().encode(), digest_size=8).hexdigest()


def _document(catalog: Catalog, name: str, body: str) -> None:
    catalog.run("INSERT OR REPLACE INTO documents VALUES (?, ?, ?)", [_DOCUMENT, name, body])


def _told(catalog: Catalog, kind: str, body: Mapping[str, object]) -> None:
    """Write into the audit log what happened: once for each state, so that a repetition tells nothing new."""
    count = catalog.one('SELECT count(*) FROM audit WHERE "kind" = ?', [kind])
    append(catalog, f"{kind}:{count}", kind, json.loads(json.dumps(body, default=str)))

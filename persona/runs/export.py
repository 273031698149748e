"""Everything that is held and was decided about one person, in plain words, for him to read and to take with him."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import polars as pl

from persona.errors import PolicyError
from persona.policy.policy import Policy
from persona.runs.handout import handout
from persona.runs.sent import Message, all_messages
from persona.runs.workspace import loaded_policy
from persona.store import Person, Store
from persona.store.durable import write_file
from persona.tables import CANONICAL, KNOWN, Column
from persona.tables.reasons import words

__all__ = ["exported"]

FOLDER = "exports"
_FAR = datetime(9999, 1, 1, tzinfo=UTC)
_OWNERS_ONLY = 0o600
_INTERNAL = {column.name for column in KNOWN} - {"known_on"} | {"_op"}

Rows = list[dict[str, Any]]


def exported(root: Path, customer_id: str, *, to: Path | None = None) -> tuple[Path, Path]:
    """The two files, JSON and HTML, that hold what is known of a customer; only their owner may read them.

    Raises: PolicyError for a customer who is not there; WriteError.
    """
    policy = loaded_policy(root)
    with Store.open(policy.root, policy.workspace) as store:
        person = store.person(customer_id)
        if person is None:
            hint = "Give the bank's own customer id, as the extracts write it after their mapping."
            raise PolicyError("no such customer", where="persona customer export", hint=hint)
        folder = to or policy.root / FOLDER / store.vault.keyed("customer", customer_id)
        said = {
            "customer": list(person.customer_ids),
            "bank": policy.workspace.name,
            "currency": policy.workspace.currency,
            "night": run.run_id if (run := store.last_run(_FAR)) else None,
            "sections": list(_sections(policy, store, person)),
        }
    text = json.dumps(said, indent=1, ensure_ascii=False, default=str)
    made = (folder / "customer.json", folder / "customer.html")
    write_file(made[0], f"{text}\n".encode(), mode=_OWNERS_ONLY)
    write_file(made[1], handout(json.loads(text)).encode(), mode=_OWNERS_ONLY)
    return made


def _sections(policy: Policy, store: Store, person: Person) -> Iterator[dict[str, Any]]:
    yield _contact(store, person, policy)
    for name, contract in CANONICAL.items():
        rows = _facts(store, name, person)
        if rows.height:
            about = {column.name: column.about for column in contract.columns if column.pii != "direct"}
            yield _section(f"What the bank delivered: {name.replace('_', ' ')}", rows, about)
    yield from _inferred(policy, store, person)
    yield _decided(store, person)
    contacts = store.contacts().filter(pl.col("customer_no").is_in(list(person.record_nos)))
    columns = ("at", "offer_id", "channel", "class", "status", "run_id")
    yield _section("Messages to you, and what became of them", contacts.select(columns), {})
    yield {"title": "What the messages said", "rows": [_told(one) for one in all_messages(store, person)]}
    units = [word for _, both in person.words() for word in both]
    arms = store.arms().filter(pl.col("unit").is_in(units))
    yield _section("Experiments you take part in", arms.select("experiment", "arm", "since"), {})


def _told(message: Message) -> dict[str, Any]:
    """A message as a person reads it; one as HTML says the same as its text."""
    said = message.said
    title, text = said.get("subject") or said.get("title"), said.get("text") or said.get("body")
    return {"at": message.at, "offer": message.offer_id, "channel": message.channel, "title": title, "text": text}


def _contact(store: Store, person: Person, policy: Policy) -> dict[str, Any]:
    systems = list(dict.fromkeys(source.system_name for source in policy.sources))
    known = store.vault.reveal(pl.Series(person.customer_ids), systems=systems)
    return _section("Who you are and how you are reached", known, {})


def _facts(store: Store, table: str, person: Person) -> pl.DataFrame:
    contract = CANONICAL[table]
    rows = store.scan(table).filter(
        pl.col("customer_no").is_in(list(person.record_nos))
        | pl.col("customer_id").is_in(list(person.customer_ids)).fill_null(value=False)
    )
    hidden = _INTERNAL | {column.name for column in contract.columns if column.pii == "direct"}
    order = [name for name in (contract.time, *contract.key) if name]
    made = rows.collect().sort(order, nulls_last=True)
    return made.select(c for c in made.columns if c not in hidden and made[c].null_count() < made.height)


def _inferred(policy: Policy, store: Store, person: Person) -> Iterator[dict[str, Any]]:
    """What the newest night made of him, one line a column that says something."""
    run = store.last_run(_FAR)
    known = {column.name: column for column in (*policy.profile.columns, *_watched(policy))}
    for name, generation in sorted(run.generations.items()) if run else ():
        if not store.has(name, generation):
            continue
        rows = store.stage(name, generation)
        if "customer_no" not in rows.columns or not set(rows.columns) & known.keys() - {"customer_no"}:
            continue
        his = rows.filter(pl.col("customer_no") == person.customer_no)
        told = [line for row in his.iter_rows(named=True) for line in _lines(row, known)]
        if told:
            yield {"title": f"What was reckoned in the newest night: {name.replace('_', ' ')}", "rows": told}


def _watched(policy: Policy) -> Iterator[Column]:
    """The groups that he is watched over in, for fairness alone."""
    for one in policy.fairness.watched if policy.fairness else ():
        yield Column(f"watched_{one.id}", pl.String, f"group watched over for fairness alone: {one.source}", "in none")


def _lines(row: Mapping[str, Any], known: Mapping[str, Column]) -> Iterator[dict[str, Any]]:
    for name, value in row.items():
        if name in known and name != "customer_no" and value not in (None, 0, False):
            yield {"what": name, "meaning": known[name].about, "value": value}


def _decided(store: Store, person: Person) -> dict[str, Any]:
    """Every decision that is kept, with its reason in words."""
    found: Rows = []
    for run_id in store.runs()["run_id"]:
        rows = _evidence(store, str(run_id))
        for row in rows.filter(pl.col("customer_id").is_in(list(person.customer_ids))).iter_rows(named=True):
            found.append(
                {
                    "night": run_id,
                    "class": row["slot"],
                    "offer": row["offer_id"] or "silence",
                    "channel": row["channel"],
                    "why": words(row["reason"]),
                    "by": row["reason_id"],
                    "probability": row["p"],
                }
            )
    return {"title": "What was decided, and why", "rows": found}


def _evidence(store: Store, run_id: str) -> pl.DataFrame:
    there = store.catalog.one("SELECT 1 FROM evidence WHERE run_id = ? AND name = 'decisions'", [run_id])
    return store.evidence(run_id, "decisions").collect() if there else pl.DataFrame(schema={"customer_id": pl.String})


def _section(title: str, rows: pl.DataFrame, about: Mapping[str, str]) -> dict[str, Any]:
    told = {name: text for name, text in about.items() if name in rows.columns}
    return {"title": title, **({"columns": told} if told else {}), "rows": rows.to_dicts()}

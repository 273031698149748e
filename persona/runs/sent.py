"""What each customer was told: kept word by word before anything is published, and shown until he is erased."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from hashlib import blake2b
from pathlib import Path

import polars as pl

from persona.errors import PolicyError
from persona.messages.columns import ADDRESS, CONTACT, TEXTS
from persona.messages.pattern import pattern
from persona.runs.deciding import worded
from persona.runs.plan import Night
from persona.runs.rendering import Rendered
from persona.runs.workspace import as_of_rule, loaded_policy
from persona.store import Person, Store

__all__ = ["Message", "Sent", "all_messages", "remembered", "sent"]

SAID = (*(column.name for column in (*TEXTS, *CONTACT, *ADDRESS)), "unsubscribe_url")
"""What a message says and where it went: kept encrypted."""

_OPEN = (
    *("message_id", "customer_no", "customer_id", "offer_id", "treatment_id", "channel", "locale"),
    *("template", "variant", "p_variant"),
)
ROWS_AT_ONCE = 20_000
"""Messages that are held a second time, as JSON, while they are sealed."""

_WORDING = ("channel", "template", "locale")
_WHERE = "persona explain --message"


@dataclass(frozen=True, slots=True)
class Message:
    """One message, to the byte."""

    message_id: str
    run_id: str
    at: datetime
    """The instant (UTC) that its night looked back from."""
    offer_id: str
    treatment_id: str
    channel: str
    locale: str
    template: str
    variant: str | None
    """The blocks that were drawn for it; None where nothing was drawn."""
    p_variant: float
    """The probability of that variant."""
    template_hash: str
    status: str
    """How far it came: planned, written, handed_off, expired ..."""
    said: Mapping[str, str]
    """Its texts, whom it went to, and the link that unsubscribes; by name, without those that it has not."""


@dataclass(frozen=True, slots=True)
class Sent:
    """What a customer was told in one night, and in which others he was told something."""

    customer_id: str
    messages: tuple[Message, ...]
    others: tuple[tuple[str, str, int], ...]
    """Run, instant and number of messages of the other nights, the newest first."""


def remembered(night: Night, made: Rendered) -> None:
    """Keep every message that may leave, before anybody can see it."""
    leaving = made.messages.filter(pl.col("check_id").is_null())
    wordings = worded(night.policy)
    named, patterns = [], {}
    for key in leaving.select(_WORDING).unique().sort(_WORDING).iter_rows():
        text = pattern(wordings[key], SAID)
        name = blake2b(text.encode(), digest_size=16).hexdigest()
        patterns[name] = text
        named.append((*key, name))
    like = pl.DataFrame(named, schema=dict.fromkeys((*_WORDING, "pattern"), pl.String), orient="row")
    pieces = leaving.iter_slices(ROWS_AT_ONCE) if leaving.height else iter([leaving])
    night.store.keep_messages(night.run_id, (_kept(piece, like) for piece in pieces), patterns)


def _kept(messages: pl.DataFrame, like: pl.DataFrame) -> pl.DataFrame:
    rows = messages.select(*_OPEN, "template_hash", personal=pl.struct(SAID).struct.json_encode())
    return rows.join(like, on=_WORDING, how="left", maintain_order="left")


def sent(
    root: Path,
    customer_id: str,
    *,
    run_id: str | None = None,
    offer_id: str | None = None,
    as_of: str | None = None,
) -> Sent:
    """What a customer was told in the night that is named, or of that instant, else in the newest that told him.

    Raises: PolicyError for a customer who is not there or was erased, and where he was told nothing.
    """
    policy = loaded_policy(root)
    with Store.open(policy.root, policy.workspace) as store:
        contacts = _contacts(store, _person(store, customer_id))
        if offer_id is not None:
            contacts = contacts.filter(pl.col("offer_id") == offer_id)
        nights = store.runs().select("run_id", night="as_of").reverse()
        told = nights.join(contacts, on="run_id", how="inner", maintain_order="left")
        asked = told
        if as_of is not None:
            instant = as_of_rule(policy, as_of, newest_delivery=None).naive_utc
            asked = asked.filter(pl.col("night") == instant)
        runs = asked["run_id"].unique(maintain_order=True).to_list()
        if not runs or (run_id is not None and run_id not in runs):
            raise _nothing(told["run_id"].unique(maintain_order=True).to_list(), run_id)
        chosen = run_id or runs[0]
        messages = _messages(store, chosen, told.filter(pl.col("run_id") == chosen))
    rest = told.filter(pl.col("run_id") != chosen).group_by("run_id", "night", maintain_order=True).len()
    return Sent(customer_id, messages, tuple((run, str(at), count) for run, at, count in rest.iter_rows()))


def all_messages(store: Store, person: Person) -> Iterator[Message]:
    """Every message to a person whose words are kept, the newest night first."""
    nights = store.runs().select("run_id", night="as_of").reverse()
    told = nights.join(_contacts(store, person), on="run_id", how="inner", maintain_order="left")
    for rows in told.partition_by("run_id", maintain_order=True):
        yield from _messages(store, rows["run_id"][0], rows)


def _person(store: Store, customer_id: str) -> Person:
    person = store.person(customer_id)
    if person is not None:
        return person
    erasure = store.erasure(customer_id)
    if erasure is not None:
        raise PolicyError(f"was erased on {erasure.on}", where=_WHERE, hint="No message to him can be read any more.")
    hint = "Give the bank's own customer id, as the extracts write it after their mapping."
    raise PolicyError("no such customer", where=_WHERE, hint=hint)


def _contacts(store: Store, person: Person) -> pl.DataFrame:
    """The contacts of a person whose words are kept."""
    kept = [run for (run,) in store.catalog.run("SELECT run_id FROM evidence WHERE name = 'messages'")]
    told = store.contacts().filter(pl.col("customer_no").is_in([*person.record_nos]) & pl.col("run_id").is_in(kept))
    return told.filter(pl.col("status") != "ghost").select("run_id", "message_id", "offer_id", "status")


def _nothing(runs: list[str], run_id: str | None) -> PolicyError:
    if run_id is not None:
        return PolicyError.unknown("run with a message to this customer", run_id, runs, where="--run")
    hint = f"Runs with messages to this customer: {', '.join(runs)}." if runs else "No message to him is kept."
    return PolicyError("there is no such message", where=_WHERE, hint=hint)


def _messages(store: Store, run_id: str, told: pl.DataFrame) -> tuple[Message, ...]:
    ids = told["message_id"].to_list()
    kept = store.messages(run_id, message_ids=ids).join(told.select("message_id", "night", "status"), on="message_id")
    return tuple(
        Message(
            run_id=run_id,
            at=row["night"],
            said={name: text for name, text in json.loads(row["personal"]).items() if text is not None},
            **{name: row[name] for name in Message.__dataclass_fields__ if name in row},
        )
        for row in kept.sort("channel", "message_id").iter_rows(named=True)
        if row["personal"] is not None
    )

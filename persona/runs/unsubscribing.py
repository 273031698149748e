"""Ways out of messages: whether a token is one of ours, and of which message; that takes nothing but the key."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import polars as pl

from persona.messages.unsubscribe import message_of
from persona.runs.workspace import loaded_policy
from persona.store import Store

__all__ = ["WayOut", "verified"]


@dataclass(frozen=True, slots=True)
class WayOut:
    """What can be said of a token or address."""

    number: int
    """Which of those that were asked about, counted from 1."""
    is_genuine: bool
    message_id: str | None = None
    run_id: str | None = None
    """Null: the message stands in no ledger any more."""
    campaign_id: str | None = None
    channel: str | None = None


def verified(root: Path, texts: Sequence[str]) -> tuple[WayOut, ...]:
    """Of each token, or address with one as ``t``, whether it was made with this workspace's key; in their order."""
    policy = loaded_policy(root)
    with Store.open(policy.root, policy.workspace) as store:
        key = store.vault.signing_key("messages")
        ids = [message_of(_token(text), key=key) for text in texts]
        contacts = store.contacts().filter(pl.col("message_id").is_in([one for one in ids if one is not None]))
    told = {row["message_id"]: row for row in contacts.iter_rows(named=True)}
    return tuple(_way_out(number, message_id, told) for number, message_id in enumerate(ids, start=1))


def _token(text: str) -> str:
    asked = text.strip().strip("<>")
    return parse_qs(urlsplit(asked).query).get("t", [""])[-1] if "://" in asked else asked


def _way_out(number: int, message_id: str | None, told: dict[str, dict[str, str]]) -> WayOut:
    row = told.get(message_id or "", {})
    return WayOut(
        number, message_id is not None, message_id, row.get("run_id"), row.get("campaign_id"), row.get("channel")
    )

"""What people look at of a night: the strata of its messages, and the sample of each, drawn once and kept."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from hashlib import blake2b
from typing import Any

import polars as pl

from persona.checks.sampling import STRATUM, Plan, Stratum, drawn, strata
from persona.errors import PolicyError
from persona.policy.rules import Sampling
from persona.store import RunRow, Store

__all__ = [
    "Lot",
    "Sample",
    "finished_run",
    "hash_of",
    "in_files",
    "keep_sample",
    "kept_sample",
    "sample_of",
    "strata_of",
]

KEPT = "sample"
"""The kind of document that a sample is kept as."""
LIVE = ("written", "handed_off", "sent", "rejected", "recalled")
"""Contacts whose messages came into a file."""
GLANCE = 2
"""Messages that are shown of a stratum for which nobody has to decide."""


@dataclass(frozen=True, slots=True)
class Lot:
    """A stratum and the messages of its sample, in the order in which they were drawn."""

    stratum: Stratum
    message_ids: tuple[str, ...]


@dataclass(frozen=True)
class Sample:
    """The messages of a night that people look at, with the hash of what each says."""

    run_id: str
    manifest_sha256: str
    """Of the set of files as it was published."""
    lots: tuple[Lot, ...]
    hashes: Mapping[str, str]

    @cached_property
    def sha(self) -> str:
        """What stands for all of it: the run, its files, the strata with their plans, and each message's hash."""
        text = json.dumps(self._said(), sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        return blake2b(text.encode(), digest_size=32).hexdigest()

    def _said(self) -> dict[str, Any]:
        lots = [[_row(one.stratum), [[name, self.hashes[name]] for name in one.message_ids]] for one in self.lots]
        return {"run_id": self.run_id, "manifest_sha256": self.manifest_sha256, "lots": lots}


def _row(stratum: Stratum) -> list[Any]:
    plan = stratum.plan
    return [
        *(getattr(stratum, name) for name in (*STRATUM, "risk_class", "mode")),
        *(plan.lot, plan.sample, plan.accept, plan.producer_risk, plan.consumer_risk),
    ]


def finished_run(store: Store, run_id: str | None, *, where: str) -> RunRow:
    """The run that is named, else the newest finished one.

    Raises: PolicyError where there is no such finished run.
    """
    finished = store.runs().filter(pl.col("status") == "finished")["run_id"].to_list()
    if not finished:
        raise PolicyError("no night is finished", where=where, hint="Run `persona render` or `persona run` first.")
    if run_id is not None and run_id not in finished:
        raise PolicyError.unknown("run", run_id, finished, where=where)
    row = store.run(run_id or finished[-1])
    if row is None:
        raise PolicyError("the run is not there", where=where)
    return row


def in_files(store: Store, run_id: str) -> pl.DataFrame:
    """The messages of a run that came into its files, without what they say: ``message_id`` and ``STRATUM``.

    Raises: PolicyError where they are kept no longer.
    """
    if not store.catalog.one("SELECT count(*) FROM evidence WHERE run_id = ? AND name = 'messages'", [run_id]):
        hint = "retention.evidence_nights in persona.yaml says how many nights they are kept."
        raise PolicyError("its messages are kept no longer", where=f"run {run_id}", hint=hint)
    contacts = store.contacts().filter((pl.col("run_id") == run_id) & pl.col("status").is_in(LIVE))
    rows = store.evidence(run_id, "messages").select("message_id", *STRATUM).collect()
    return rows.join(contacts, on="message_id", how="semi").sort("message_id")


def strata_of(row: RunRow, messages: pl.DataFrame) -> tuple[Stratum, ...]:
    """The strata of a run's messages, as its night's own playbook has them."""
    said: Any = row.summary.get("releases", [])
    modes = {(one["offer_id"], one["treatment_id"]): (one["mode"], one.get("risk_class", "high")) for one in said}
    sampling = Sampling.model_validate(row.summary.get("sampling", {}))
    return strata(messages, modes, sampling)


def sample_of(store: Store, row: RunRow) -> Sample:
    """What people look at of a run: of each stratum that waits its sample; of the others, where none waits, a few.

    The sample of a run is drawn once: what is recalled or erased afterwards does not change it.
    """
    kept = kept_sample(store, row.run_id)
    if kept is not None:
        return kept
    messages = in_files(store, row.run_id)
    found = strata_of(row, messages)
    waiting = [one for one in found if one.waits]
    lots = tuple(
        Lot(one, tuple(drawn(messages, one, run_id=row.run_id)[: None if waiting else GLANCE]))
        for one in (waiting or found)
    )
    ids = [name for one in lots for name in one.message_ids]
    rows = store.messages(row.run_id, message_ids=ids).select("message_id", "personal")
    hashes = {name: hash_of(personal) for name, personal in rows.iter_rows() if personal is not None}
    shown = tuple(Lot(one.stratum, tuple(name for name in one.message_ids if name in hashes)) for one in lots)
    return Sample(row.run_id, str(row.summary.get("manifest_sha256")), shown, hashes)


def hash_of(personal: str) -> str:
    """The hash of what a message says and where it goes, 32 hex digits."""
    return blake2b(personal.encode(), digest_size=16).hexdigest()


def keep_sample(store: Store, sample: Sample) -> None:
    """Keep a sample, so that what people said of it can be held against it."""
    if kept_sample(store, sample.run_id) is None:
        store.save(KEPT, sample.run_id, sample._said())  # noqa: SLF001 - its own form


def kept_sample(store: Store, run_id: str) -> Sample | None:
    """The sample that was drawn of a run; None where none was."""
    said: Any = store.saved(KEPT, run_id)
    if said is None:
        return None
    lots, hashes = list[Lot](), dict[str, str]()
    for row, messages in said["lots"]:
        offer, treatment, channel, locale, variant, risk, mode, *plan = row
        stratum = Stratum(offer, treatment, channel, locale, variant, risk, mode, Plan(*plan))
        lots.append(Lot(stratum, tuple(name for name, _ in messages)))
        hashes |= dict(messages)
    return Sample(said["run_id"], said["manifest_sha256"], tuple(lots), hashes)

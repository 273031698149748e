"""The store of a workspace: one object to hold what is open; each act is a function of its own module."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from datetime import date, datetime
from pathlib import Path
from shutil import rmtree
from types import TracebackType
from typing import Self

import polars as pl

from persona.policy.source import Source
from persona.policy.workspace import Workspace
from persona.store import (
    arms,
    audit,
    contacts,
    deliveries,
    erased,
    erasing,
    evidence,
    facts,
    messages,
    persons,
    purging,
    recalls,
    runs,
    stages,
)
from persona.store.catalog import Catalog
from persona.store.crosswalk import SCHEMA as CROSSWALK
from persona.store.deliveries import DeliveryRow
from persona.store.durable import reconciled
from persona.store.erased import Erased
from persona.store.erasing import Person, person_of
from persona.store.loading import Book, LoadReport, contract_of, loaded, told
from persona.store.lock import Lock
from persona.store.past import past
from persona.store.purging import Outdated
from persona.store.reading import Extract, Reading
from persona.store.relinking import identified, relinked
from persona.store.rolled import ROOM, Rolled, Work, drop_recipes, rolled
from persona.store.runs import RunRow
from persona.store.sweeping import swept
from persona.store.unloading import Unloaded, chain, unloaded
from persona.store.vault import Vault, recognized, there
from persona.store.views import refreshed

__all__ = ["Store"]


class Store:
    """An open workspace; used with ``with``, it holds the lock until the end."""

    def __init__(self, root: Path, workspace: Workspace, lock: Lock, catalog: Catalog, *, is_dry: bool = False) -> None:
        self.root = root
        self.is_dry = is_dry
        self.state = catalog.state
        self.workspace = workspace
        self.catalog = catalog
        self._lock = lock
        self._vault: Vault | None = None
        self._is_closed = False
        self._book = self._known()

    def _known(self) -> Book:
        crosswalk = persons.who_is_who(self.catalog).select(CROSSWALK.names())
        return Book(crosswalk, self.catalog.frame("SELECT * FROM owners"))

    @classmethod
    def open(cls, root: Path, workspace: Workspace, *, wait: bool = False, is_dry: bool = False) -> Store:
        """The store of the workspace at ``root``, made where there is none; what a kill left is swept.

        ``is_dry`` writes nothing outside the state folder: it makes no key, and leaves what lies under ``out/``.

        Raises: LockError when another process holds it; WriteError when it cannot be opened.
        """
        state = root.resolve() / "state"
        with reconciled("state"):
            lock = Lock(state / "LOCK", wait=wait)
        with ExitStack() as undone:
            undone.callback(lock.release)
            catalog = Catalog(state, memory_gb=workspace.engine.memory_gb)
            undone.callback(catalog.close)
            swept(catalog, root.resolve(), is_dry=is_dry)
            refreshed(catalog)
            store = cls(root.resolve(), workspace, lock, catalog, is_dry=is_dry)
            undone.pop_all()
            return store

    @contextmanager
    def past(self, *, known_before: date, instant: datetime) -> Iterator[Store]:
        """The store as it was: without the deliveries of a day and later, and the runs of an instant and later.

        It lies in the work folder, is written to like any other, and is gone at the end.
        """
        folder, memory_gb, zone = self.state / "work" / "past", self.workspace.engine.memory_gb, self.workspace.zone
        catalog = past(self.catalog, folder, known_before=known_before, instant=instant, zone=zone, memory_gb=memory_gb)
        store = Store(self.root, self.workspace, self._lock, catalog, is_dry=self.is_dry)
        try:
            yield store
        finally:
            catalog.close()
            if store._vault is not None:
                store._vault.close()
            rmtree(folder, ignore_errors=True)

    def close(self) -> None:
        """Bring the views up to date, close all files and let the next process in; a second time does nothing."""
        if self._is_closed:
            return
        self._is_closed = True
        try:
            refreshed(self.catalog)
        finally:
            self.catalog.close()
            if self._vault is not None:
                self._vault.close()
            self._lock.release()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    # --- the vault

    @property
    def vault(self) -> Vault:
        """Direct identifiers in clear: opened when it is asked for first.

        Raises: PolicyError when its key is missing or another, or when it is the vault of another workspace;
        WriteError when it is gone or damaged.
        """
        if self._vault is None:
            there(self.catalog, self.root)
            with ExitStack() as undone:
                opened = Vault(self.root, self.workspace.vault, is_dry=self.is_dry)
                undone.callback(opened.close)
                recognized(self.catalog, opened.id)
                undone.pop_all()
            self._vault = opened
        return self._vault

    # --- facts

    def deliveries(self) -> pl.DataFrame:
        """Every file ever taken in, by delivery_no; ``replaced_by`` is null while its rows count."""
        return deliveries.table(self.catalog)

    def delivered_on(self, source: str) -> set[date]:
        """The days of which files of the source were ever taken in."""
        return set(self.catalog.frame("SELECT delivered_on FROM deliveries WHERE source = ?", [source])["delivered_on"])

    def delivery(self, sha256: str, source: str | None = None) -> DeliveryRow | None:
        """The newest delivery with these bytes; None where they were never taken in."""
        return deliveries.by_sha256(self.catalog, sha256, source)

    def sha256_of(self, source: str, extract: Extract) -> str | None:
        """The hash of a file that lies there as it did when it was last seen; None: read it to know."""
        return deliveries.sha256_of(self.catalog, source, extract)

    def to_replace(self, source: Source, extract: Extract, *, sha256: str, recipe: str) -> tuple[int, ...] | None:
        """The deliveries whose rows a file takes the place of; None where it was taken in already."""
        return deliveries.to_replace(self.catalog, source, extract, sha256=sha256, recipe=recipe)

    def seen(self, source: str, extract: Extract, sha256: str) -> None:
        """Remember how a known file lies there, so that it need not be read the next time."""
        with self.catalog.transaction():
            deliveries.seen(self.catalog, source, extract, sha256)

    def quarantine(self, source: str, extract: Extract, sha256: str, read: Reading) -> None:
        """Keep where the bad lines of a file stand that was refused for them."""
        with self.catalog.transaction():
            deliveries.quarantine(self.catalog, read, source=source, name=extract.name, sha256=sha256)

    def load(
        self,
        read: Reading,
        delivery: Extract,
        source: Source,
        *,
        sha256: str,
        replaces: Sequence[int] = (),
        recipe: str = "",
    ) -> LoadReport:
        """What came of taking a file in; all of it is there afterwards, or nothing.

        Raises: ContractError, WriteError.
        """
        report, self._book = loaded(
            read,
            delivery,
            source,
            sha256=sha256,
            recipe=recipe,
            replaces=replaces,
            book=self._book,
            zone=self.workspace.zone,
            catalog=self.catalog,
            vault=self.vault,
        )
        return report

    def unload(self, delivery_nos: Iterable[int]) -> Unloaded:
        """What came of taking deliveries out: the parts are those that would be there had they never come."""
        gone = chain(self.catalog, delivery_nos)
        made, self._book = unloaded(self.catalog, gone, book=self._book, zone=self.workspace.zone)
        return made

    def told(self, read: Reading, source: Source, day: date) -> None:
        """Put into the vault once more what a delivery says of its customers, but for those who were erased."""
        contract = contract_of(source)
        left = erased.remaining(read, contract, self.catalog, self.vault)
        told(left.rows, contract, source, day, self.vault)

    def taken_out(self) -> pl.DataFrame:
        """The files that were taken out and do not come in again: source, sha256, name, delivered_on."""
        return self.catalog.frame("SELECT source, sha256, name, delivered_on FROM unloaded ORDER BY ALL")

    def let_in(self, name: str) -> int:
        """How many deliveries of a file that was taken out may come in again."""
        with self.catalog.transaction("facts"):
            return len(self.catalog.run("DELETE FROM unloaded WHERE name = ? RETURNING 1", [name]))

    def relink(self) -> int:
        """How many parts were rewritten because the owners of accounts have changed."""
        rewritten, self._book = relinked(self.catalog, self._book, zone=self.workspace.zone)
        return rewritten

    def purge(
        self, outdated: Outdated, *, held: Collection[int] = (), is_dry: bool = False
    ) -> dict[str, tuple[int, int]]:
        """How many rows of each table were past their time and went, and how many stay as the customers are ``held``.

        Raises: WriteError.
        """
        return purging.purged(self.catalog, outdated, held=held, is_dry=is_dry)

    def purge_decisions(
        self, runs: Sequence[str], *, held: Collection[int] = (), is_dry: bool = False
    ) -> tuple[int, int]:
        """How many rows that some nights left went, and how many stay for a legal hold; a fault is a WriteError."""
        return purging.purged_decisions(self.catalog, runs, held=held, is_dry=is_dry)

    def person(self, customer_id: str) -> Person | None:
        """The person whom a customer id stands for; None where nobody has it."""
        return person_of(self.catalog, customer_id)

    def erasure(self, customer_id: str) -> Erased | None:
        """The erasure of a customer id, done or begun; None where there is none."""
        return erased.known_to_be_erased(self.catalog, self.vault.keyed(erased.CUSTOMER, customer_id))

    def begin_erasure(self, person: Person, *, on: date) -> None:
        """Remember keyed hashes of a person's ids and accounts: from now on nothing of them is loaded."""
        with self.catalog.transaction("the erasure"):
            for what, words in ((erased.CUSTOMER, person.customer_ids), (erased.ACCOUNT, person.accounts)):
                digests = [self.vault.keyed(what, word) for word in words]
                erased.remembered(self.catalog, what, digests, on=on)

    def erase(self, person: Person) -> dict[str, int]:
        """How many rows of each kind are gone, of vault, facts, stages, evidence, ledgers; a fault is a WriteError."""
        keys = self.vault.forget(person.customer_ids)
        hashes = {word: self.vault.keyed(erased.CUSTOMER, one) for one, words in person.words() for word in words}
        counts = erasing.erased_rows(self.catalog, person, hashes)
        self._book = self._known()
        return {**counts, "keys of the vault": keys}

    def end_erasure(self) -> None:
        """Write the database anew, so that no row that is gone can be read in it; each erasure that was begun is done.

        Raises: WriteError.
        """
        self.catalog.rebuild()
        with self.catalog.transaction("the erasure"):
            erased.settled(self.catalog)

    def unlinked(self) -> dict[str, int]:
        """How many rows of each source have no customer yet, by its name; sources without such rows are left out."""
        return facts.unlinked(self.catalog)

    def scan(self, table: str, buckets: Sequence[int] | None = None, *, as_of: date | None = None) -> pl.LazyFrame:
        """The rows of a table, those that count on a day where one is given, in no order; see ``facts.scan``."""
        return facts.scan(self.catalog, table, buckets, as_of=as_of)

    def size_of(self, table: str) -> int:
        """How many rows a table has, those of snapshots that newer ones have taken the place of too."""
        found = self.catalog.one('SELECT sum("rows")::BIGINT FROM parts WHERE table_name = ?', [table])
        return int(str(found)) if found else 0

    def rolled(self, table: str, work: Work, *, recipe: str, as_of: date) -> Rolled:
        """What ``work`` makes of each row of a table that counts on a day, worked out once for each part."""
        return rolled(self.catalog, table, work, recipe=recipe, as_of=as_of)

    def references(self, names: Iterable[str] | None = None) -> dict[str, pl.DataFrame]:
        """The newest rows of each reference table, or of some, by the name after ``references:``."""
        return facts.references(self.catalog, names)

    def crosswalk(self) -> pl.DataFrame:
        """customer_id, customer_no (of the person), bucket, household_id of every customer id, as they came."""
        return self._book.crosswalk

    def facts_fingerprint(self, table: str | None = None) -> str:
        """The hash of all rows that count, of one table or of all, 16 hex digits."""
        return facts.fingerprint(self.catalog, table)

    # --- persons

    def who_is_who(self) -> pl.DataFrame:
        """customer_id, customer_no of the person, bucket, household_id, record_no of every customer id."""
        return persons.who_is_who(self.catalog)

    def persons(self) -> pl.DataFrame:
        """Every record that is linked, or in a household that no bank names; see ``persons.PERSONS``."""
        return persons.persons(self.catalog)

    def persons_before(self) -> pl.DataFrame:
        """The person of each record that was there when persons were told apart last."""
        return persons.records_before(self.catalog)

    def person_links(self) -> pl.DataFrame:
        """The links that hold persons together."""
        return persons.links(self.catalog)

    def person_decisions(self) -> pl.DataFrame:
        """What people decided on pairs of customers; the records are null where a customer is not known (yet)."""
        return persons.decisions(self.catalog)

    def decide(self, rows: pl.DataFrame) -> int:
        """How many pairs of customers are decided otherwise than before."""
        with self.catalog.transaction("the decisions on persons"):
            return persons.decide(self.catalog, rows)

    def identified(self, rows: pl.DataFrame, links: pl.DataFrame, changes: pl.DataFrame, *, at: datetime) -> int:
        """How many parts were rewritten because records have become one person, or two; all of it, or nothing."""
        made = identified(self.catalog, self._book, rows, links, changes, at=at, zone=self.workspace.zone)
        self._book = made[1]
        return made[0]

    # --- stage tables

    def has(self, table: str, generation: str) -> bool:
        """Whether a generation of a stage table was kept whole."""
        return stages.has(self.catalog, table, generation)

    def keeping(self, generation: Mapping[str, str]) -> AbstractContextManager[stages.Keep]:
        """A function that keeps the next piece of a table; all tables are there at the end, or none."""
        return stages.keeping(self.catalog, generation)

    def keep(self, table: str, generation: str, frames: Iterable[pl.DataFrame]) -> None:
        """Keep a generation of one table, a piece at a time."""
        with self.keeping({table: generation}) as keep:
            for frame in frames:
                keep(table, frame)

    def stage(
        self, table: str, generation: str, buckets: Sequence[int] | None = None, *, columns: Sequence[str] | None = None
    ) -> pl.DataFrame:
        """A generation of a stage table, whole or some of its buckets and columns, in the order it was kept in."""
        return stages.stage(self.catalog, table, generation, buckets, columns=columns)

    def drop_generations(self, keep: Collection[str]) -> int:
        """How many generations were there besides those to keep, and are gone now."""
        return stages.drop_generations(self.catalog, keep)

    def drop_recipes(self, *, but: str) -> int:
        """How many files were worked out of parts by other recipes, and are gone now."""
        with reconciled(f"state/{ROOM}"):
            return drop_recipes(self.state, but=but)

    def save(self, kind: str, name: str, body: Mapping[str, object]) -> None:
        """Keep a small document, such as fitted parameters or a model card; the same name is replaced."""
        text = json.dumps(body, sort_keys=True, ensure_ascii=False)
        with self.catalog.transaction():
            self.catalog.run("INSERT OR REPLACE INTO documents VALUES (?, ?, ?)", [kind, name, text])

    def saved(self, kind: str, name: str) -> dict[str, object] | None:
        """A document that was kept; None where there is none."""
        text = self.catalog.one('SELECT body FROM documents WHERE "kind" = ? AND name = ?', [kind, name])
        return json.loads(text) if isinstance(text, str) else None

    # --- ledgers

    def runs(self) -> pl.DataFrame:
        """Every run, by as_of and run_id."""
        return runs.runs(self.catalog)

    def run(self, run_id: str) -> RunRow | None:
        """One run; None where there is none of that id."""
        return runs.run_of(self.catalog, run_id)

    def last_run(self, before: datetime) -> RunRow | None:
        """The newest finished run that looked back from before an instant; None in the first night."""
        return runs.last_run(self.catalog, before)

    def begin_run(self, run_id: str, as_of: datetime, fingerprint: Mapping[str, object]) -> RunRow:
        """The run, begun or taken up again; what other runs planned and never finished has expired."""
        return runs.begin_run(self.catalog, run_id, as_of, fingerprint)

    def finish_run(self, run_id: str, summary: Mapping[str, object]) -> None:
        """Say that a run came to its end, and what came of it."""
        runs.finish_run(self.catalog, run_id, summary)

    def replace_run(self, run_id: str, by: str) -> int:
        """How many contacts of a run expired because another takes its place."""
        return runs.replace_run(self.catalog, run_id, by)

    def plan(
        self, run_id: str, rows: pl.DataFrame, *, frames: Mapping[str, pl.DataFrame] | None = None
    ) -> pl.DataFrame:
        """The contacts that were refused because another run stands for their key; all others are planned now.

        ``frames`` (decisions, verdicts ...) are kept as the run's evidence in the same transaction.

        Raises: WriteError when two rows have one key, or the disk does not take it.
        """
        files = evidence.write_evidence(self.catalog, run_id, frames or {})
        with self.catalog.transaction("the ledger of contacts"):
            refused = contacts.planned(self.catalog, run_id, rows)
            evidence.keep_evidence(self.catalog, files)
        return refused

    def contacts(self) -> pl.DataFrame:
        """Every contact of every run, by its key."""
        return contacts.contacts(self.catalog)

    def set_status(self, run_id: str, status: str, *, message_ids: pl.Series | None = None) -> int:
        """How many contacts of a run moved on to a status: all that may, or some messages."""
        with self.catalog.transaction("the ledger of contacts"):
            return contacts.set_status(self.catalog, run_id, status, message_ids=message_ids)

    def recalls(self) -> pl.DataFrame:
        """Every message that was to be recalled, by its id; ``in_time`` where the vendor's cut-off had not passed."""
        return recalls.recalls(self.catalog)

    def recall(self, run_id: str, rows: pl.DataFrame, *, at: datetime) -> int:
        """How many messages of a run are to be recalled that were not before; see ``recalls.recall``."""
        with self.catalog.transaction("the ledger of recalls"):
            return recalls.recall(self.catalog, run_id, rows, at=at)

    def ledger_fingerprint(self, before: datetime) -> str:
        """The hash of all contacts before an instant and of how far they came, 16 hex digits."""
        return contacts.ledger_fingerprint(self.catalog, before)

    def keep_messages(self, run_id: str, rows: Iterable[pl.DataFrame], patterns: Mapping[str, str]) -> None:
        """Keep each message; ``personal`` is encrypted under its customer's key, as what differs from ``pattern``."""
        sealed = pl.concat([messages.sealed(piece, patterns, self.vault) for piece in rows])
        files = evidence.write_evidence(self.catalog, run_id, {messages.NAME: sealed})
        with self.catalog.transaction("the ledger of messages"):
            messages.kept_patterns(self.catalog, patterns)
            evidence.keep_evidence(self.catalog, files)

    def messages(self, run_id: str, message_ids: Collection[str] | None = None) -> pl.DataFrame:
        """The messages of a run, some or all, in clear; null in ``personal`` after an erasure."""
        return messages.unsealed(self.catalog, run_id, self.vault, message_ids=message_ids)

    def evidence(self, run_id: str, name: str) -> pl.LazyFrame:
        """What a run left under a name, such as decisions or verdicts."""
        return evidence.evidence(self.catalog, run_id, name)

    def drop_evidence(self, *, held: Collection[int] = ()) -> int:
        """How many files of evidence were past their nights, and are gone now; rows of customers who are held stay."""
        return evidence.drop_evidence(self.catalog, nights=self.workspace.retention.evidence_nights, held=held)

    def arms(self) -> pl.DataFrame:
        """Every unit's arm of every experiment."""
        return arms.arms(self.catalog)

    def enrol(self, rows: pl.DataFrame) -> int:
        """How many units were given an arm now; one that has an arm keeps it."""
        with self.catalog.transaction("the ledger of arms"):
            return arms.enrolled_in_arms(self.catalog, rows)

    def audit_head(self) -> str:
        """The hash that the audit log ends with."""
        return audit.head(self.catalog)

    def audit_hash(self, name: str) -> str:
        """The hash of one entry of the audit log, and so of all before it: however often its run was taken up again."""
        return audit.head(self.catalog, name)

    def noted(self, kind: str, body: Mapping[str, object]) -> str:
        """The hash of an entry that is added to the audit log; ``body`` holds counts and hashes, nobody's data."""
        with self.catalog.transaction("the audit log"):
            count = self.catalog.one('SELECT count(*) FROM audit WHERE "kind" = ?', [kind])
            return audit.append(self.catalog, f"{kind}:{count}", kind, body)

    def audit_faults(self, *, anchors: Mapping[int, str] | None = None) -> list[str]:
        """What is wrong with the audit log: none where it is whole."""
        return audit.verified(audit.entries(self.catalog), anchors=anchors)

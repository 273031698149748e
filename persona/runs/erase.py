"""One person erased: his key, his rows everywhere, his messages in files; a keyed hash keeps him from coming back."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path

import polars as pl

from persona.channels import Marks, Withdrawn, forgotten, handed, sets, withdrawn, without
from persona.clock import now
from persona.errors import ComplianceError, PolicyError
from persona.messages.recipients import customer_tokens
from persona.policy.policy import Policy
from persona.runs.gallery import FOLDER as FOLDER_OF_PAGES
from persona.runs.gallery import PAGE
from persona.runs.holds import holds
from persona.runs.rendering import sealing
from persona.runs.sharers import held_by_others, sharers
from persona.runs.traces import named, out_of_reviews
from persona.runs.workspace import loaded_policy
from persona.store import Person, Store
from persona.store.durable import write_file

__all__ = ["Certificate", "erased"]

_CONTACT = ("email", "phone", "push_token")
"""What a vendor's file tells a person by, besides our own ids."""

FOLDER = "state/certificates"


@dataclass(frozen=True, slots=True)
class Certificate:
    """What went where; no one can be found by it without the vault's key."""

    person: str
    """The keyed hash of his id."""
    on: str
    rows: dict[str, int]
    """By table or ledger."""
    files: tuple[dict[str, object], ...]
    """Delivery files that were written anew: set, name, rows taken out, hash before and after."""
    told: tuple[str, ...]
    """Runs whose files had been handed over: those who received them have to be told. Source: GDPR, article 19."""
    reviews: dict[str, int]
    """Pairs taken out of files for the review of identities, by file."""
    by_hand: tuple[str, ...]
    """Lines of the bank's own files that name him still; what people review, people have to change."""
    stays: tuple[str, ...]
    path: str
    pages: tuple[str, ...] = ()
    """Pages of runs' messages that were taken away whole; `persona review` makes them again, without him."""


def erased(root: Path, customer_id: str) -> Certificate:
    """What came of erasing a customer; one that a kill has broken off goes on where it was.

    Raises: PolicyError for a customer who is not there, ComplianceError for one under legal hold, WriteError.
    """
    policy = loaded_policy(root)
    on = now().date()
    with Store.open(policy.root, policy.workspace) as store:
        known, person = store.erasure(customer_id), store.person(customer_id)
        if person is None and known is None:
            hint = "Give the bank's own customer id, as the extracts write it after their mapping."
            raise PolicyError("no such customer", where="persona customer erase", hint=hint)
        if person is None and known is not None and known.is_done:
            raise PolicyError(f"was erased on {known.on}", where="persona customer erase", hint="Nothing is held.")
        rows, files, told, reviews = dict[str, int](), list[dict[str, object]](), list[str](), dict[str, int]()
        shared, pages = list[str](), list[str]()
        if person is not None:
            _allowed(policy, person, on)
            store.begin_erasure(person, on=on)
            theirs = sharers(store, person)
            shared = list(held_by_others(theirs))
            files, told = _out_of_files(policy, store, person, theirs, on)
            pages = _without_pages(policy.root, store, person)
            reviews = out_of_reviews(policy.root, store, person.customer_ids)
            rows = store.erase(person)
        store.end_erasure()
        digest = store.vault.keyed("customer", customer_id)
        ids = person.customer_ids if person else (customer_id,)
        for one in ids:
            shutil.rmtree(policy.root / "exports" / store.vault.keyed("customer", one), ignore_errors=True)
        left = tuple(named(policy, ids))
        stays = (*shared, *_stays(policy, store, person))
        made = Certificate(digest, str(on), rows, tuple(files), tuple(told), reviews, left, stays, "", tuple(pages))
        return _certified(policy.root, made)


_STAYS = (
    "keyed hashes of his ids and accounts, so that a delivery which brings him back is passed over",
    "decisions and contacts under a number that nobody has any more, so that what was measured stays true",
    "tokens in other customers' own rows, such as a payment to his account: nothing gives the value back",
    "the audit log, which never held more than counts and keyed hashes",
    "the bank's own extracts, which are not persona's",
)


def _stays(policy: Policy, store: Store, person: Person | None) -> tuple[str, ...]:
    """What is not erased, and by what right."""
    numbers = list(person.record_nos) if person else []
    groups = set(store.contacts().filter(pl.col("customer_no").is_in(numbers))["group_id"])
    owed = groups & set(policy.workspace.retention.prescreened)
    law = "that prescreened offers were made, and which, for 25 months and without him: 12 CFR 1002.12(b)(7)"
    return (*_STAYS, law) if owed else _STAYS


def _allowed(policy: Policy, person: Person, on: date) -> None:
    held = holds(policy.root, policy.workspace.retention, day=on)
    if not held.keys().isdisjoint(person.customer_ids):
        hint = f"Nothing was changed. Take the hold out of {policy.workspace.retention.holds} first."
        raise ComplianceError("the customer is under legal hold", where="persona customer erase", hint=hint)


def _out_of_files(
    policy: Policy, store: Store, person: Person, theirs: pl.DataFrame, on: date
) -> tuple[list[dict[str, object]], list[str]]:
    """The files that held messages to him, and the runs of which some had been handed over."""
    own = store.contacts().filter(pl.col("customer_no").is_in(list(person.record_nos)))
    marks = _marks(store, person, own["message_id"], theirs)
    files: list[dict[str, object]] = []
    seal = sealing(store)
    for folder in sets(policy.root / "out"):
        lying = handed(folder, root=policy.root, profiles=policy.delivery)
        gone = withdrawn(folder, marks, on=on, seal=seal)
        for path, row in lying:
            clear = seal.clear(path) if row.encrypted else path.read_bytes()
            payload, _, has_changed = without(clear, row, marks)
            if has_changed:  # an encrypted one is a copy: written anew by itself it would be another file
                write_file(path, (folder / row.name).read_bytes() if row.encrypted else payload)
        _remembered(store, folder.name, gone)
        files += [{"set": folder.name, **asdict(one)} for one in gone]
    archive = policy.workspace.archive
    lines = forgotten(policy.root, marks, to=archive.recipients if archive else (), seal=seal)
    files += [{"set": "archive", "name": name, "rows": rows} for name, rows in lines.items()]
    told = own.filter(pl.col("status").is_in(["handed_off", "sent"]))["run_id"].unique().sort().to_list()
    return files, told


def _without_pages(root: Path, store: Store, person: Person) -> list[str]:
    """The pages that show messages of runs in which he was told something; they are gone."""
    own = store.contacts().filter(pl.col("customer_no").is_in(list(person.record_nos)))
    pages = [root / "out" / run / FOLDER_OF_PAGES / PAGE for run in own["run_id"].unique().sort()]
    there = [page for page in pages if page.is_file()]
    for page in there:
        page.unlink()
    return [str(page.relative_to(root)) for page in there]


def _marks(store: Store, person: Person, message_ids: Iterable[str], theirs: pl.DataFrame) -> Marks:
    """What his rows in delivery files can be told by; what others are reached by too takes no row of theirs."""
    ids, others = pl.Series(person.customer_ids), theirs["customer_id"].unique().sort()
    clear, taken = store.vault.reveal(ids), set(theirs["token"])
    shared, contacts = set[str](), set[str]()
    for name in _CONTACT:
        values = clear[name].drop_nulls()
        for value, token in zip(values, store.vault.tokens(name, values), strict=True):
            (shared if token in taken else contacts).add(value)
    key = store.vault.signing_key("messages")
    messages = store.contacts().filter(pl.col("customer_no").is_in(theirs["customer_no"].unique().implode()))
    return Marks(
        words=frozenset({*message_ids, *customer_tokens(ids, key=key), *contacts}),
        ids=frozenset(person.customer_ids),
        shared=frozenset(shared),
        others=frozenset({*messages["message_id"], *customer_tokens(others, key=key)}),
    )


def _remembered(store: Store, run_id: str, gone: Iterable[Withdrawn]) -> None:
    """Let the ledger know the new hash of a file that was handed over, so that it is not handed over again."""
    before = store.saved("handed", run_id) or {}
    anew = {one.name: one.sha256 for one in gone if one.name in before}
    if anew:
        store.save("handed", run_id, {**before, **anew})


def _certified(root: Path, made: Certificate) -> Certificate:
    name = f"{FOLDER}/erasure_{made.person}.json"
    said = {key: value for key, value in asdict(made).items() if key != "path"}
    there = root / name
    if there.exists() and not made.rows:
        said = json.loads(there.read_bytes())
    write_file(there, f"{json.dumps(said, sort_keys=True, indent=1)}\n".encode())
    return Certificate(**{**said, "path": name})

"""Extracts into the facts: each new file once, each changed file in its place, one transaction a file."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, fields, replace
from datetime import date
from difflib import get_close_matches
from hashlib import blake2b
from pathlib import Path

import polars as pl

from persona.errors import ContractError, ExtractError, PersonaError
from persona.policy.policy import Policy
from persona.policy.source import Source
from persona.runs.doubting import misdated, noted
from persona.sources import Delivery, Read, RejectedRowsError, announced, digest, found, read
from persona.store import DeliveryRow, Store, contract_of
from persona.tables import REFERENCE_PREFIX

__all__ = ["LoadSummary", "Progress", "SourceLoad", "load", "recipe", "taken", "taken_in"]

Progress = Callable[[str, int, int], None]
"""``(what, done, of)``: how far the work is."""

ORDER = ("customers", "account_holders", "accounts")
"""After the references and before all else: who is there, and whose the accounts are."""

_CATEGORIES = "rules/categories.yaml"
_LENIENT = {"owner", "max_rejected_rows", "max_age_days", "max_gap_days", "min_rows_share", "allow_empty"}
"""What changes nothing of the rows of a file that is accepted."""
_TOLD = 3
"""So many faults of one source are told in full; the others are counted."""


@dataclass(slots=True)
class SourceLoad:
    """What came of one source's files."""

    source: str
    table: str
    new: int = 0
    replaced: int = 0
    """Files that took the place of others."""
    known: int = 0
    """Files that were taken in before."""
    lines: int = 0
    loaded: int = 0
    rejected: int = 0
    filtered: int = 0
    duplicates: int = 0
    unlinked: int = 0
    """Rows of all its files whose customer is not known."""
    warnings: list[str] = field(default_factory=list)
    errors: list[PersonaError] = field(default_factory=list)
    taken_out: frozenset[tuple[str, str]] = frozenset()
    """Source and sha256 of files that were taken out and do not come in again."""


@dataclass(frozen=True, slots=True)
class LoadSummary:
    """What came of all sources; the counts are those of the files that were new now."""

    sources: tuple[SourceLoad, ...]
    relinked_parts: int
    """Parts that were rewritten because accounts have other owners now."""
    later: int = 0
    """Files that were left where they are because of their day."""

    @property
    def refusal(self) -> PersonaError | None:
        """One error for all files that were not accepted; None where all were."""
        return _refusal(self.sources)

    def frame(self) -> pl.DataFrame:
        """One row a source, in the order in which they were loaded."""
        names = [one.name for one in fields(SourceLoad) if one.name not in {"warnings", "errors", "taken_out"}]
        return pl.DataFrame({name: [getattr(source, name) for source in self.sources] for name in names})

    @property
    def is_unchanged(self) -> bool:
        """Whether there was nothing new to load."""
        return not any(source.new or source.replaced for source in self.sources) and not self.relinked_parts


@dataclass(frozen=True, slots=True)
class _Arrived:
    """The files of all sources that lie there."""

    waiting: Sequence[Delivery]
    misdated: Mapping[Delivery, ExtractError]


def load(
    policy: Policy,
    store: Store,
    *,
    root: Path,
    progress: Progress,
    before: date = date.max,
    tables: Collection[str] | None = None,
) -> LoadSummary:
    """What came of the deliveries of every source, as ``taken_in`` tells it.

    Raises: ExtractError, after all others are loaded, naming every file that cannot be accepted; ContractError when
    the rules, not the files, are at fault; WriteError at once.
    """
    summary = taken_in(policy, store, root=root, progress=progress, before=before, tables=tables)
    if summary.refusal:
        raise summary.refusal
    return summary


def taken_in(
    policy: Policy,
    store: Store,
    *,
    root: Path,
    progress: Progress,
    before: date = date.max,
    tables: Collection[str] | None = None,
) -> LoadSummary:
    """What came of the deliveries of every source, refusals with it; files that were taken in before are passed over.

    Files of the day ``before`` and later are left where they are; with ``tables`` only sources of those are looked at.
    Each file is committed by itself, so one that cannot be accepted costs the others nothing.

    Raises: WriteError.
    """
    out = frozenset(store.taken_out().select("source", "sha256").iter_rows())
    asked = _in_order(one for one in policy.sources if tables is None or one.into in tables)
    loads = {source.source: SourceLoad(source.source, source.into, taken_out=out) for source in asked}
    waiting = [(source, one) for source in asked for one in _found(source, store, root, loads)]
    there = len(waiting)
    waiting = [pair for pair in waiting if pair[1].delivered_on < before]
    waiting.sort(key=lambda pair: (_rank(pair[0]), pair[1].delivered_on, pair[0].source, pair[1].name))
    live = store.deliveries().filter(pl.col("replaced_by").is_null())
    arrived = _Arrived([one for _, one in waiting], misdated(waiting, set(live["delivered_on"])))
    relinked = 0
    is_linked = False
    for number, (source, delivery) in enumerate(waiting):
        if not is_linked and _rank(source) > len(ORDER):
            relinked, is_linked = store.relink(), True
        progress(f"load {delivery.name}", number, len(waiting))
        _attempt(policy, store, source, delivery, loads, arrived)
    if not is_linked:
        relinked = store.relink()
    progress("load", len(waiting), len(waiting))
    for name, count in store.unlinked().items():
        if name in loads:
            loads[name].unlinked = count
    ordered = tuple(loads[source.source] for source in asked)
    return LoadSummary(ordered, relinked, there - len(waiting))


def recipe(source: Source, policy: Policy, store: Store) -> str:
    """The hash of all that decides what becomes of a file's bytes, 32 hex digits: other rules load it anew."""
    said: dict[str, object] = {
        "source": source.model_dump(mode="json", by_alias=True, exclude=_LENIENT),
        "currency": policy.workspace.currency,
        "products": sorted(policy.workspace.products) if "product" in contract_of(source) else [],
    }
    lookups = {rule.lookup for rule in source.columns.values() if rule.lookup}
    if _CATEGORIES in lookups:
        said["categories"] = policy.hash_of(["categories"])
    said["references"] = {name: store.facts_fingerprint(name) for name in sorted(_references(source))}
    text = json.dumps(said, sort_keys=True, default=str)
    return blake2b(text.encode(), digest_size=16).hexdigest()


def _in_order(sources: Iterable[Source]) -> list[Source]:
    return sorted(sources, key=lambda source: (_rank(source), source.source))


def _rank(source: Source) -> int:
    if source.into.startswith(REFERENCE_PREFIX):
        return 0
    return ORDER.index(source.into) + 1 if source.into in ORDER else len(ORDER) + 1


def _references(source: Source) -> set[str]:
    """The reference tables that a source looks things up in."""
    lookups = [rule.lookup for rule in source.columns.values() if rule.lookup]
    return {lookup.rpartition(".")[0] for lookup in lookups if lookup.startswith(REFERENCE_PREFIX)}


def _found(source: Source, store: Store, root: Path, loads: Mapping[str, SourceLoad]) -> list[Delivery]:
    """The files of a source; none, with its error noted, where there is none and never was one."""
    try:
        deliveries = found(source, root)
    except ExtractError as error:
        loads[source.source].errors.append(error)
        return []
    days = {one.delivered_on for one in deliveries} | store.delivered_on(source.source)
    alone = announced(source, root, delivered_on=days)
    loads[source.source].errors.extend(_alone(source, name) for name in alone)
    if not days and not alone:
        loads[source.source].errors.append(_missing(source, root))
    return deliveries


def _alone(source: Source, name: str) -> ExtractError:
    """A control file without its extract: the delivery is not complete."""
    hint = f"Deliver the extract that fits {source.files}, or take the control file away."
    return ExtractError(
        f"announces an extract of source {source.source}, and none of its day is there", where=name, hint=hint
    )


def _missing(source: Source, root: Path) -> ExtractError:
    folder = root / source.files.split("{")[0].split("*")[0].rpartition("/")[0]
    wanted = source.files.rpartition("/")[2]
    there = sorted(path.name for path in folder.iterdir() if path.is_file()) if folder.is_dir() else []
    near = get_close_matches(wanted, there, n=1, cutoff=0.4)
    place = folder.relative_to(root).as_posix()
    told = f"Nearest in {place}/: {near[0]}. " if near else f"{place}/ has {len(there)} files and none like it. "
    hint = f"{told}Deliver the extract, or change `files` in {source.file}."
    return ExtractError(f"no file fits {source.files}", where=f"source {source.source}", hint=hint)


def _attempt(
    policy: Policy,
    store: Store,
    source: Source,
    delivery: Delivery,
    loads: Mapping[str, SourceLoad],
    arrived: _Arrived,
) -> None:
    own = loads[source.source]
    broken = [
        name for name in sorted(_references(source)) if any(one.errors for one in loads.values() if one.table == name)
    ]
    if broken:
        what = f"was not loaded, because {', '.join(broken)} could not be loaded"
        own.errors.append(ExtractError(what, where=delivery.name))
        return
    try:
        _load(policy, store, source, delivery, own, arrived)
    except (ContractError, ExtractError) as error:
        own.errors.append(error)


def _load(policy: Policy, store: Store, source: Source, delivery: Delivery, own: SourceLoad, arrived: _Arrived) -> None:
    lies_as_before = store.sha256_of(source.source, delivery)
    sha256 = lies_as_before or digest(delivery.path)
    if (source.source, sha256) in own.taken_out:
        own.warnings.append(f"{delivery.name}: was taken out by persona unload, and is passed over")
        return
    if delivery in arrived.misdated:
        raise arrived.misdated[delivery]
    rules = recipe(source, policy, store)
    replaces = store.to_replace(source, delivery, sha256=sha256, recipe=rules)
    if replaces is None:
        if lies_as_before is None:
            store.seen(source.source, delivery, sha256)
        own.known += 1
        return
    try:
        made = taken(policy, store, source, delivery)
    except RejectedRowsError as error:
        store.quarantine(source.source, delivery, sha256, error.read)
        raise
    made = _believed(policy, store, source, delivery, made, sha256, arrived)
    report = store.load(made, delivery, source, sha256=sha256, replaces=replaces, recipe=rules)
    _count(own, report.delivery, replaced=bool(replaces))
    own.warnings.extend(f"{delivery.name}: {warning}" for warning in made.warnings)


def _believed(
    policy: Policy, store: Store, source: Source, delivery: Delivery, made: Read, sha256: str, arrived: _Arrived
) -> Read:
    """What a file holds, with a note where that is nothing; a snapshot that lost its rows is kept for the audit only.

    Raises: ExtractError.
    """
    known = store.deliveries()
    beside = _beside(policy, store, source, delivery, known, arrived)
    try:
        note = noted(made.rows.height, source, delivery, known, sha256=sha256, beside=beside)
    except ExtractError as error:
        refused = replace(made, warnings=(*made.warnings, f"refused: {error.what}"))
        store.quarantine(source.source, delivery, sha256, refused)
        raise
    return replace(made, warnings=(*made.warnings, note)) if note else made


def _beside(
    policy: Policy, store: Store, source: Source, delivery: Delivery, known: pl.DataFrame, arrived: _Arrived
) -> Iterator[int]:
    """The rows of the other files of a delivery's day that are still to come in."""
    live = known.filter(pl.col("source") == source.source, pl.col("replaced_by").is_null())
    here = {*live["name"], delivery.name}
    for other in arrived.waiting:
        if (other.source, other.delivered_on) == (source.source, delivery.delivered_on) and other.name not in here:
            with suppress(ContractError, ExtractError):
                yield taken(policy, store, source, other).rows.height


def taken(policy: Policy, store: Store, source: Source, delivery: Delivery) -> Read:
    """What a file holds, by the rules as they are.

    Raises: ExtractError, ContractError.
    """
    return read(
        delivery,
        source,
        contract=contract_of(source),
        references=store.references(_references(source)),
        categories=policy.categories,
        currency=policy.workspace.currency,
        products=policy.workspace.products,
    )


def _count(own: SourceLoad, delivery: DeliveryRow, *, replaced: bool) -> None:
    for name in ("lines", "loaded", "rejected", "filtered", "duplicates"):
        setattr(own, name, getattr(own, name) + getattr(delivery, name))
    own.replaced += replaced
    own.new += not replaced


def _refusal(loads: Iterable[SourceLoad]) -> PersonaError | None:
    """One error for all files that were not accepted."""
    errors = [error for source in loads for error in source.errors]
    if len(errors) <= 1:
        return errors[0] if errors else None
    told = []
    for source in loads:
        told += [str(error) for error in source.errors[:_TOLD]]
        if len(source.errors) > _TOLD:
            told.append(f"source {source.source}: and {len(source.errors) - _TOLD} more of its files")
    kind = ExtractError if any(isinstance(error, ExtractError) for error in errors) else ContractError
    return kind("\n".join([*told, f"{len(errors)} files were not accepted; all others are loaded."]))

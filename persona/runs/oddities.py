"""What is odd in the files that count, as the bank wrote them: each is looked through once, while it lies there."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import asdict

import polars as pl

from persona.errors import ExtractError
from persona.policy.policy import Policy
from persona.policy.source import Source
from persona.runs.plan import Progress
from persona.sources import Delivery, digest, found
from persona.sources.observed import names_of, observed
from persona.store import Store

__all__ = ["oddities"]

KIND = "observed"
"""The documents of the store that hold what was found, by the sha256 of the file and its dialect."""
ROW = {
    "file": pl.String,
    "source": pl.String,
    "kind": pl.String,
    "column": pl.String,
    "rows": pl.Int64,
    "of": pl.Int64,
    "says": pl.String,
}


def oddities(store: Store, policy: Policy, *, progress: Progress) -> tuple[pl.DataFrame, list[str]]:
    """One row a file and finding, by file; and the files that count and do not lie there any more.

    A file that several sources read is told once, under the first of them.
    """
    rows: list[tuple[object, ...]] = []
    missing: list[str] = []
    seen: set[str] = set()
    headers: dict[str, dict[str, list[str]]] = {}
    for source, delivery, name, sha256 in _live(store, policy):
        if delivery is None:
            kept = store.saved(KIND, sha256)
            if kept is None:
                missing.append(name)
                continue
            findings, names = kept["findings"], kept["names"]
        else:
            findings, names = _looked(store, source, delivery, sha256, progress)
        headers.setdefault(source.source, {})[name] = [str(one) for one in names]  # type: ignore[attr-defined] # JSON of ours
        if name not in seen:
            rows += [(name, source.source, *one.values()) for one in findings]  # type: ignore[attr-defined] # the same
        seen.add(name)
    rows += [row for source, of in headers.items() for row in _fewer_columns(source, of)]
    told = pl.DataFrame(rows, schema=ROW, orient="row").unique(["file", "kind", "column", "says"], keep="first")
    return told.sort("file", "kind", "column", "says", nulls_last=False), sorted(set(missing))


def _live(store: Store, policy: Policy) -> Iterator[tuple[Source, Delivery | None, str, str]]:
    """Each delivery that counts, with its file where that lies there as it was loaded."""
    ledger = store.deliveries().filter(pl.col("replaced_by").is_null()).sort("source", "delivered_on", "name")
    for source in policy.sources:
        try:
            there = {one.name: one for one in found(source, policy.root)}
        except ExtractError:
            there = {}
        mine = ledger.filter(pl.col("source") == source.source)
        for name, sha256 in mine.select("name", "sha256").iter_rows():
            delivery = there.get(name)
            yield source, delivery if delivery and _is_same(store, source, delivery, sha256) else None, name, sha256


def _is_same(store: Store, source: Source, delivery: Delivery, sha256: str) -> bool:
    return (store.sha256_of(source.source, delivery) or digest(delivery.path)) == sha256


def _looked(store: Store, source: Source, delivery: Delivery, sha256: str, progress: Progress) -> tuple[object, object]:
    """What was found in a file, now or when it was looked through first; and the names of its columns."""
    kept = store.saved(KIND, sha256)
    if kept is None:
        progress(f"look through {delivery.name}", 0, 1)
        try:
            findings = [asdict(one) for one in observed(delivery, source)]
        except ExtractError:
            findings = []
        kept = {"findings": findings, "names": names_of(delivery, source)}
        store.save(KIND, sha256, kept)
        kept = store.saved(KIND, sha256) or kept
    findings_ = [{name: one[name] for name in _FIELDS} for one in kept["findings"]]  # type: ignore[attr-defined] # JSON of ours
    return findings_, kept["names"]


_FIELDS = ("kind", "column", "rows", "of", "says")


def _fewer_columns(source: str, headers: dict[str, list[str]]) -> Iterable[tuple[object, ...]]:
    """The files that lack columns which the other files of their source have."""
    every = list(dict.fromkeys(name for names in headers.values() for name in names))
    for file, names in headers.items():
        lacks = [name for name in every if name not in names]
        if names and lacks:
            says = f"lacks {', '.join(lacks)}, which other files of the source have"
            yield file, source, "missing_columns", None, len(lacks), len(every), says

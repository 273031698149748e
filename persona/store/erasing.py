"""One person out of the facts, the stages, the evidence and the ledgers, in one transaction."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

import polars as pl

from persona.store.audit import append
from persona.store.catalog import Catalog
from persona.store.durable import reconciled
from persona.store.facts import scan
from persona.store.persons import who_is_who
from persona.store.rewriting import Goes, Swap, dropped, evidence_without, parts_without, stages_without, swapped

__all__ = ["Person", "erased_rows", "person_of"]

_NAMES_ACCOUNTS = ("account_holders", "accounts", "holdings")


@dataclass(frozen=True, slots=True)
class Person:
    """All that one person is known by."""

    customer_no: int
    customer_ids: tuple[str, ...]
    """The bank's ids of all records that are he."""
    record_nos: tuple[int, ...]
    accounts: tuple[str, ...]
    """Accounts that nobody else is named with."""
    households: tuple[str, ...]
    """Households that nobody else is in."""

    def words(self) -> Iterator[tuple[str, tuple[str, ...]]]:
        """Each id of his with the words that stand for it in the ledgers."""
        for customer_id in self.customer_ids:
            yield customer_id, (customer_id, f"customer:{customer_id}")
        for household in self.households:
            yield household, (household, f"household:{household}")


def person_of(catalog: Catalog, customer_id: str) -> Person | None:
    """The person whom a customer id stands for; None where nobody has it."""
    everyone = who_is_who(catalog)
    here = everyone.filter(pl.col("customer_id") == customer_id)
    if here.is_empty():
        return None
    number = int(here["customer_no"].item())
    own = everyone.filter(pl.col("customer_no") == number)
    others = everyone.filter(pl.col("customer_no") != number)["household_id"].drop_nulls()
    households = set(own["household_id"].drop_nulls()) - set(others)
    ids = own["customer_id"].sort().to_list()
    return Person(
        number,
        tuple(ids),
        tuple(sorted({number, *own["record_no"].to_list()})),
        _accounts(catalog, ids),
        tuple(sorted(households)),
    )


def _accounts(catalog: Catalog, ids: Collection[str]) -> tuple[str, ...]:
    named = [scan(catalog, name).select("account_id", "customer_id") for name in _NAMES_ACCOUNTS]
    pairs = pl.concat(named).drop_nulls().unique().collect()
    is_his = pl.col("customer_id").is_in(sorted(ids))
    alone = pairs.group_by("account_id").agg(is_his.all()).filter("customer_id")
    return tuple(alone["account_id"].sort())


def erased_rows(catalog: Catalog, person: Person, hashes: Mapping[str, str]) -> dict[str, int]:
    """How many rows of each kind are gone; all of it happens, or nothing.

    ``hashes`` give the keyed hash that stands in the ledgers for each of his ids and households from now on. Decisions
    and contacts stay under it, so that what was measured stays true; all else of him goes.

    Raises: WriteError.
    """
    with reconciled("facts"):
        swaps = [
            *parts_without(catalog, _goes(person)),
            *stages_without(catalog, lambda _, rows: rows.filter(~_is_his(rows, person))),
            *evidence_without(catalog, lambda name, rows: _evidence(name, rows, person, hashes)),
        ]
    counts = _counted(swaps)
    with catalog.transaction("the erasure"):
        swapped(catalog, swaps)
        counts |= _ledgers(catalog, person, hashes)
        digest = hashes[person.customer_ids[0]]
        append(catalog, f"erase:{digest}", "erase", {"person": digest, "rows": counts})
    dropped(catalog, swaps)
    return counts


def _goes(person: Person) -> Goes:
    """Which rows of the facts are his: by number, by id, or by an account that was his alone."""

    def goes(_: str, columns: Collection[str]) -> pl.Expr | None:
        tests = _tests(person, columns)
        if "account_id" in columns:
            is_nameless = pl.col("customer_id").is_null() if "customer_id" in columns else pl.lit(value=True)
            tests.append(is_nameless & pl.col("account_id").is_in(list(person.accounts)).fill_null(value=False))
        return pl.any_horizontal(tests) if tests else None

    return goes


def _is_his(rows: pl.DataFrame, person: Person) -> pl.Expr:
    return pl.any_horizontal(pl.lit(value=False), *_tests(person, rows.columns))


def _tests(person: Person, columns: Collection[str]) -> list[pl.Expr]:
    """Whether a row is about him, by each column that can say so."""
    numbers, ids = list(person.record_nos), list(person.customer_ids)
    said: dict[str, list[int] | list[str]] = {
        "customer_no": numbers,
        "record_no": numbers,
        "person_no": numbers,
        "customer_id": ids,
    }
    return [pl.col(name).is_in(values).fill_null(value=False) for name, values in said.items() if name in columns]


def _evidence(name: str, rows: pl.DataFrame, person: Person, hashes: Mapping[str, str]) -> pl.DataFrame:
    if name != "decisions":
        return rows.filter(~_is_his(rows, person))
    return rows.with_columns(pl.col("customer_id").replace(dict(hashes)))


def _counted(swaps: Sequence[Swap]) -> dict[str, int]:
    kinds = {"stages": "made by nights", "evidence": "evidence"}
    counts: dict[str, int] = {}
    for one in swaps:
        kind = kinds.get(one.ledger, one.table)
        counts[kind] = counts.get(kind, 0) + one.gone
    return dict(sorted(counts.items()))


def _ledgers(catalog: Catalog, person: Person, hashes: Mapping[str, str]) -> dict[str, int]:
    """How many rows of the database went or stand under a hash now; inside a transaction."""
    numbers, ids = list(person.record_nos), list(person.customer_ids)
    gone = (
        ("crosswalk", "list_contains(?, customer_id)", [ids]),
        ("owners", "list_contains(?, customer_no)", [numbers]),
        ("persons", "list_contains(?, record_no)", [numbers]),
        ("person_links", "list_contains(?, a) OR list_contains(?, b)", [numbers, numbers]),
        ("person_decisions", "list_contains(?, customer_a) OR list_contains(?, customer_b)", [ids, ids]),
    )
    counts = {
        name: len(catalog.run(f"DELETE FROM {name} WHERE {where} RETURNING 1", values))  # noqa: S608 - our own words
        for name, where, values in gone
    }
    for name, column in (("contacts", "household_key"), ("arms", "unit")):
        update = f"UPDATE {name} SET {column} = ? WHERE {column} = ? RETURNING 1"  # noqa: S608 - our own words
        hidden = sum(len(catalog.run(update, [digest, word])) for word, digest in hashes.items())
        counts[f"{name} under a hash"] = hidden
    for run_id, summary in catalog.run("SELECT run_id, summary FROM runs ORDER BY run_id"):
        text = str(summary)
        for word, digest in hashes.items():
            text = text.replace(json.dumps(word, ensure_ascii=False), json.dumps(digest))
        if text != summary:
            catalog.run("UPDATE runs SET summary = ? WHERE run_id = ?", [text, run_id])
    return {name: count for name, count in counts.items() if count}

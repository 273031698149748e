import os
import sqlite3
from pathlib import Path

import duckdb
import polars as pl
import pytest
from fakes.extracts import booking, load, rows, source

from persona.errors import PersonaError, WriteError
from persona.store.catalog import Catalog
from persona.store.durable import reconciled, write_file


def test_a_file_is_written_whole_under_its_name(tmp_path):
    write_file(tmp_path / "deep/a.txt", b"one")
    write_file(tmp_path / "deep/a.txt", b"two", mode=0o600)
    assert (tmp_path / "deep/a.txt").read_bytes() == b"two"
    assert [path.name for path in (tmp_path / "deep").iterdir()] == ["a.txt"]


def test_a_write_that_fails_leaves_the_old_file_and_nothing_beside_it(tmp_path, monkeypatch):
    write_file(tmp_path / "a.txt", b"old")

    def refuse(_handle):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", refuse)
    with pytest.raises(OSError, match="No space left"):
        write_file(tmp_path / "a.txt", b"new")
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == {"a.txt": b"old"}


@pytest.fixture
def acts(monkeypatch):
    """What the disk and the catalog are told, in order."""
    told = []
    fsync, replace, run = os.fsync, os.replace, Catalog.run

    def synced(handle):
        told.append(("fsync", Path(f"/proc/self/fd/{handle}").readlink().name.rpartition(".")[2]))
        fsync(handle)

    def renamed(aside, path):
        told.append(("replace", Path(path).suffix))
        replace(aside, path)

    def said(self, sql, values=()):
        if sql == "COMMIT":
            told.append(("commit", ""))
        return run(self, sql, values)

    monkeypatch.setattr(os, "fsync", synced)
    monkeypatch.setattr(os, "replace", renamed)
    monkeypatch.setattr(Catalog, "run", said)
    return told


def test_a_part_and_its_name_are_durable_before_the_catalog_knows_it(store, acts):
    cards = source("cards", "transactions")
    load(store, cards, rows("transactions", booking("t1", "2026-01-05", customer_id="A")), "2026-01-31")
    acts.clear()
    load(store, cards, rows("transactions", booking("t2", "2026-01-06", customer_id="A")), "2026-02-28")
    assert acts == [("fsync", "aside"), ("replace", ".parquet"), ("fsync", "2026-01"), ("commit", "")]


def test_a_new_folder_is_durable_in_the_folder_above_it(tmp_path, acts):
    write_file(tmp_path / "one/two/a.txt", b"")
    assert acts == [
        ("fsync", tmp_path.name),
        ("fsync", "one"),
        ("fsync", "aside"),
        ("replace", ".txt"),
        ("fsync", "two"),
    ]


def told_of(act):
    """The error that an act ends with where facts are read, and its exit code."""
    with pytest.raises(PersonaError) as told, reconciled("facts"):
        act()
    return type(told.value), told.value.exit_code, told.value.what


def test_what_we_asked_wrongly_is_a_fault_of_ours_and_no_fault_of_the_disk():
    rows = pl.DataFrame({"a": [1]})
    asked = (
        lambda: rows.select("canary"),
        lambda: rows.select(pl.col("a").str.len_bytes()),
        lambda: duckdb.sql("SELECT canary"),
        lambda: sqlite3.connect(":memory:").execute("SELECT ?", []),
    )
    found = [told_of(act) for act in asked]
    assert {(kind, code) for kind, code, _ in found} == {(PersonaError, 1)}
    assert {what.partition(" (")[0] for _, _, what in found} == {"a fault of ours"}
    assert "canary" not in str(found)


def test_a_file_that_cannot_be_read_is_a_fault_of_the_disk(tmp_path):
    for name in ("part.parquet", "persona.duckdb", "vault.sqlite"):
        (tmp_path / name).write_bytes(b"canary" * 1000)
    asked = (
        lambda: pl.read_parquet(tmp_path / "part.parquet"),
        lambda: pl.read_parquet(tmp_path / "none.parquet"),
        lambda: duckdb.connect(str(tmp_path / "persona.duckdb")),
        lambda: sqlite3.connect(tmp_path / "vault.sqlite").execute("SELECT * FROM persons"),
    )
    found = [told_of(act) for act in asked]
    assert {(kind, code) for kind, code, _ in found} == {(WriteError, 6)}
    assert "canary" not in str(found)

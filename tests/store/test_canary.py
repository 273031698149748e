"""No direct identifier may be found in the state folder, however it is stored there."""

import polars as pl
import pytest
from fakes.extracts import FakeExtract, booking, customer, files, load, rows, source

from persona.errors import PersonaError

NAMES = ("first_name", "last_name", "email", "phone", "address", "postcode", "push_token")
CLEAR = {name: f"canary-{name}-4711" for name in NAMES}


def clear_text(tmp_path):
    """Every text under the state folder: raw bytes, and the values of every Parquet file."""
    found = files(tmp_path / "state")
    tables = [pl.read_parquet(tmp_path / "state" / name) for name in found if name.endswith(".parquet")]
    return b"\n".join([*found.values(), *(repr(table.rows()).encode() for table in tables)])


def test_no_identifier_is_in_database_parts_vault_or_quarantine(opened, tmp_path):
    store = opened()
    columns = {"alias": {"from": "x", "pii": "direct"}}
    core = source("core", "customers", columns=columns)
    said = rows("customers", customer("A", alias="canary-alias-4711", **CLEAR), extras={"alias": pl.String})
    load(store, core, said, "2026-01-31")
    load(
        store,
        source("cards", "transactions"),
        rows("transactions", booking("t1", "2026-01-05", customer_id="A", counterparty="canary-account-4711")),
        "2026-01-31",
    )
    shown = store.vault.reveal(pl.Series(["A"]))
    assert shown.select(*NAMES, "alias").row(0) == (*CLEAR.values(), "canary-alias-4711")
    tokens = store.scan("customers").collect().select(*NAMES, "alias").row(0)
    assert [token[:4] for token in tokens] == ["tok_"] * 8
    assert b"canary" not in clear_text(tmp_path)
    store.close()
    assert b"canary" not in clear_text(tmp_path)


def test_the_other_account_of_a_booking_is_a_token_that_the_vault_does_not_know(store, tmp_path):
    said = rows("transactions", booking("t1", "2026-01-05", customer_id="A", counterparty="canary-account"))
    load(store, source("cards", "transactions"), said, "2026-01-31")
    assert store.vault.reveal(pl.Series(["A"])).drop("customer_id").null_count().row(0) == (1,) * 8
    assert store.scan("transactions").collect()["counterparty"].str.starts_with("tok_").all()


def test_a_canary_in_rows_that_cannot_be_kept_is_in_no_error(store, monkeypatch):
    said = rows("customers", customer("canary-id", **CLEAR))

    def full(*_args, **_kwargs):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.replace", full)
    with pytest.raises(PersonaError) as told:
        load(store, source("core", "customers"), said, "2026-01-31")
    assert "canary" not in repr(told.value)
    assert "canary" not in str(told.value)


def test_a_doubled_row_of_a_ledger_does_not_tell_its_key(store):
    double = pl.DataFrame({"customer_id": ["canary-id"] * 2, "customer_no": [1, 2], "bucket": [1, 1]})
    with pytest.raises(PersonaError) as told, store.catalog.transaction("crosswalk"):
        store.catalog.insert("crosswalk", double)
    assert str(told.value) == (
        "crosswalk: a fault of ours (ConstraintException)\n  Nothing half-done is left behind; please report it."
    )
    assert told.value.exit_code == 1
    assert told.value.__cause__ is None


def test_a_message_can_be_read_again_and_lies_encrypted(store, tmp_path):
    texts = {"customer_id": ["A", "B"], "personal": ["Hello canary-ann", "Hello canary-bob, " * 500]}
    made = pl.DataFrame({"message_id": ["m1", "m2"], **texts, "pattern": ["mail", "empty"]})
    store.keep_messages("r1", made.iter_slices(1), {"mail": "Hello ", "empty": ""})
    assert b"canary" not in clear_text(tmp_path)
    assert store.messages("r1").rows() == made.rows()
    assert store.messages("r1", ["m2"]).rows() == made.rows()[1:]
    store.vault.forget(["A"])
    assert store.messages("r1")["personal"].to_list() == [None, "Hello canary-bob, " * 500]


def test_the_name_of_an_extract_is_told_and_its_content_is_not(store):
    nameless = rows("customers", customer("A", **CLEAR)).with_columns(source_system=pl.lit(None, dtype=pl.String))
    with pytest.raises(PersonaError, match="column source_system is null in 1 rows") as told:
        load(store, source("core", "customers"), nameless, "2026-01-31")
    assert "canary" not in str(told.value)
    assert FakeExtract.__name__ not in str(told.value)

import sqlite3
from base64 import b64encode
from datetime import date

import polars as pl
import pytest
from fakes.extracts import files

from persona.errors import PersonaError, PolicyError, WriteError
from persona.policy.workspace import VaultKey
from persona.store.vault import REVEALED, Vault

JAN, FEB = date(2026, 1, 31), date(2026, 2, 28)
KEY = "ab" * 32


@pytest.fixture
def vault(tmp_path):
    (tmp_path / "state").mkdir()
    vault = Vault(tmp_path, VaultKey())
    yield vault
    vault.close()


def said(customer_id, **columns):
    return pl.DataFrame({"customer_id": [customer_id], **{name: [text] for name, text in columns.items()}})


def known(vault, customer_id, *systems):
    row = vault.reveal(pl.Series([customer_id]), systems=systems).row(0, named=True)
    return {name: text for name, text in row.items() if text is not None}


def test_what_was_put_is_revealed_with_every_column_and_null_where_nothing_is_known(vault):
    vault.put(said("A", email="ann@example.com"), system="core", known_on=JAN)
    shown = vault.reveal(pl.Series(["B", "A", "A"]))
    assert shown.columns == ["customer_id", *REVEALED]
    assert shown.select("customer_id", "email", "phone").rows() == [("A", "ann@example.com", None), ("B", None, None)]


def test_the_first_system_that_knows_a_column_says_it(vault):
    vault.put(said("A", email="core@example.com", phone=None), system="core", known_on=JAN)
    vault.put(said("A", email="cards@example.com", phone="+4915112345"), system="cards", known_on=JAN)
    assert known(vault, "A", "core", "cards") == {
        "customer_id": "A",
        "email": "core@example.com",
        "phone": "+4915112345",
    }
    assert known(vault, "A", "cards", "core")["email"] == "cards@example.com"


def test_the_latest_delivery_of_a_system_wins_whatever_comes_when(vault):
    vault.put(said("A", email="feb@example.com"), system="core", known_on=FEB)
    vault.put(said("A", email="jan@example.com"), system="core", known_on=JAN)
    assert known(vault, "A")["email"] == "feb@example.com"
    vault.put(said("A", email=None), system="core", known_on=FEB)
    assert known(vault, "A") == {"customer_id": "A"}


def test_putting_the_same_again_changes_no_byte_of_it(vault, tmp_path):
    vault.put(said("A", email="ann@example.com"), system="core", known_on=JAN)
    sealed = sqlite3.connect(tmp_path / "state/vault.sqlite").execute("SELECT * FROM records").fetchall()
    vault.put(said("A", email="ann@example.com"), system="core", known_on=JAN)
    assert sqlite3.connect(tmp_path / "state/vault.sqlite").execute("SELECT * FROM records").fetchall() == sealed


def test_columns_that_a_source_declares_direct_come_after_the_others_by_name(vault):
    vault.put(said("A", fax="1", alias="annie"), system="core", known_on=JAN)
    assert vault.reveal(pl.Series(["A"])).columns[-2:] == ["alias", "fax"]


def test_a_token_is_the_same_for_the_same_value_of_a_column_and_another_for_another(vault):
    tokens = vault.tokens("email", pl.Series(["a", "b", "a", None]))
    assert tokens[0] == tokens[2] != tokens[1]
    assert tokens[3] is None
    assert vault.tokens("phone", pl.Series(["a"]))[0] != tokens[0]
    assert tokens.str.contains("^tok_[a-z2-7]{26}$").to_list() == [True, True, True, None]


def test_the_same_key_gives_the_same_tokens_in_another_vault(tmp_path, monkeypatch):
    monkeypatch.setenv("PERSONA_VAULT_KEY", KEY)
    found = []
    for name in ("one", "two"):
        (tmp_path / name / "state").mkdir(parents=True)
        vault = Vault(tmp_path / name, VaultKey())
        found.append(vault.tokens("email", pl.Series(["a"]))[0])
        vault.close()
    assert found[0] == found[1]


def test_nothing_of_a_person_can_be_read_in_the_file(vault, tmp_path):
    vault.put(said("CUST-4711", email="canary@example.com"), system="core", known_on=JAN)
    stored = b"".join(files(tmp_path).values())
    assert b"canary" not in stored
    assert b"CUST-4711" not in stored


def test_a_key_is_made_once_and_only_its_owner_may_read_it(tmp_path, vault):
    assert (tmp_path / "vault.key").stat().st_mode & 0o777 == 0o600
    text = (tmp_path / "vault.key").read_text()
    Vault(tmp_path, VaultKey()).close()
    assert (tmp_path / "vault.key").read_text() == text


@pytest.mark.parametrize("text", [KEY, b64encode(bytes.fromhex(KEY)).decode()])
def test_a_key_from_the_environment_is_read_in_hexadecimal_and_in_base64_and_no_file_is_made(
    tmp_path, monkeypatch, text
):
    monkeypatch.setenv("BANK_KEY", text)
    (tmp_path / "state").mkdir()
    vault = Vault(tmp_path, VaultKey(env="BANK_KEY"))
    monkeypatch.setenv("PERSONA_VAULT_KEY", KEY)
    assert vault.signing_key("links") == Vault(tmp_path, VaultKey()).signing_key("links")
    assert not (tmp_path / "vault.key").exists()


def test_another_key_is_refused_and_nothing_is_lost(vault, tmp_path, monkeypatch):
    vault.put(said("A", email="ann@example.com"), system="core", known_on=JAN)
    before = files(tmp_path)
    monkeypatch.setenv("PERSONA_VAULT_KEY", KEY)
    with pytest.raises(PolicyError, match="the key of another vault"):
        Vault(tmp_path, VaultKey())
    assert files(tmp_path) == before
    monkeypatch.delenv("PERSONA_VAULT_KEY")
    assert known(Vault(tmp_path, VaultKey()), "A")["email"] == "ann@example.com"


def test_a_missing_key_is_not_made_anew_where_there_is_a_vault(vault, tmp_path):
    (tmp_path / "vault.key").unlink()
    with pytest.raises(PolicyError, match="the key of the vault is missing"):
        Vault(tmp_path, VaultKey())
    assert not (tmp_path / "vault.key").exists()


@pytest.mark.parametrize(("text", "mode", "told"), [("short", 0o600, "does not hold a key"), (KEY, 0o644, "chmod 600")])
def test_a_key_file_that_is_no_key_or_that_others_can_read_is_refused(tmp_path, text, mode, told):
    (tmp_path / "state").mkdir()
    (tmp_path / "vault.key").write_text(text)
    (tmp_path / "vault.key").chmod(mode)
    with pytest.raises(PersonaError, match=told) as error:
        Vault(tmp_path, VaultKey())
    assert text not in str(error.value)


def test_a_file_that_is_no_vault_is_refused(tmp_path):
    (tmp_path / "state").mkdir()
    (tmp_path / "state/vault.sqlite").write_bytes(b"something else" * 100)
    with pytest.raises(WriteError, match=r"vault\.sqlite: is damaged and cannot be read"):
        Vault(tmp_path, VaultKey())
    assert (tmp_path / "state/vault.sqlite").read_bytes() == b"something else" * 100


def test_a_record_that_was_moved_to_another_person_is_not_believed(vault, tmp_path):
    for name in "AB":
        vault.put(said(name, email=f"{name}@example.com"), system="core", known_on=JAN)
    outside = sqlite3.connect(tmp_path / "state/vault.sqlite")
    one, other = outside.execute("SELECT person, sealed FROM records").fetchall()
    outside.execute("UPDATE records SET sealed = ? WHERE person = ?", [other[1], one[0]])
    outside.commit()
    with pytest.raises(WriteError, match="was changed from outside"):
        vault.reveal(pl.Series(["A", "B"]))


def test_a_sealed_text_can_be_opened_until_its_person_is_forgotten(vault):
    sealed = vault.sealed(["A", "B"], [b"Dear Ann", b"Dear Ben"])
    assert vault.opened(["A", "B"], sealed) == [b"Dear Ann", b"Dear Ben"]
    assert vault.forget(["A"]) == 1
    assert vault.opened(["A", "B"], sealed) == [None, b"Dear Ben"]


def test_a_key_is_read_from_a_command_and_its_output_is_never_shown(tmp_path):
    (tmp_path / "state").mkdir()
    vault = Vault(tmp_path, VaultKey(command=("echo", KEY)))
    vault.put(said("A", email="ann@example.com"), system="core", known_on=JAN)
    assert known(Vault(tmp_path, VaultKey(command=("echo", KEY))), "A")["email"] == "ann@example.com"
    assert not (tmp_path / "vault.key").exists()
    for command, told in ((("echo", "secret"), "does not hold a key"), (("false",), "exit code 1"), (("/no",), "run")):
        with pytest.raises(PolicyError, match=told) as error:
            Vault(tmp_path, VaultKey(command=command))
        assert "secret" not in str(error.value)


def test_the_environment_goes_before_the_command(tmp_path, monkeypatch):
    monkeypatch.setenv("PERSONA_VAULT_KEY", KEY)
    (tmp_path / "state").mkdir()
    vault = Vault(tmp_path, VaultKey(command=("false",)))
    vault.put(said("A", email="ann@example.com"), system="core", known_on=JAN)
    monkeypatch.delenv("PERSONA_VAULT_KEY")
    assert known(Vault(tmp_path, VaultKey(command=("echo", KEY))), "A")["email"] == "ann@example.com"


def test_a_vault_has_an_id_that_stays_when_its_key_is_changed(vault):
    before = vault.id
    vault.rotate()
    assert vault.id == before


def test_the_vault_of_another_workspace_is_refused_even_with_its_own_key(opened, tmp_path):
    for name in ("mine", "theirs"):
        with opened(tmp_path / name) as store:
            store.vault.put(said("A", email=f"{name}@example.com"), system="core", known_on=JAN)
    for name in ("vault.key", "state/vault.sqlite"):
        (tmp_path / "mine" / name).write_bytes((tmp_path / "theirs" / name).read_bytes())
    with opened(tmp_path / "mine") as store, pytest.raises(PolicyError, match="the vault of another workspace"):
        known(store.vault, "A")


@pytest.mark.parametrize("left", [None, b"", 5_000])
def test_a_vault_that_is_gone_or_cut_short_is_told_and_no_other_takes_its_place(opened, tmp_path, left):
    with opened() as store:
        store.vault.put(said("A", email="a@example.com"), system="core", known_on=JAN)
    path = tmp_path / "state/vault.sqlite"
    whole = path.read_bytes()
    path.unlink()
    if left is not None:
        path.write_bytes(whole[:left] if isinstance(left, int) else left)
    before = path.read_bytes() if path.exists() else None
    with opened() as store, pytest.raises(WriteError, match=r"is missing|is empty|is damaged"):
        known(store.vault, "A")
    assert (path.read_bytes() if path.exists() else None) == before
    path.write_bytes(whole)
    with opened() as store:
        assert known(store.vault, "A")["email"] == "a@example.com"

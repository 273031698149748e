import sqlite3
from datetime import date

import polars as pl
import pytest
from fakes.extracts import files

from persona.errors import PolicyError, WriteError
from persona.policy.workspace import VaultKey
from persona.store import wrapping
from persona.store.vault import Vault

OLD, NEW, THIRD = "ab" * 32, "cd" * 32, "ef" * 32
DAY = date(2026, 1, 31)
ENV, NEXT = "PERSONA_VAULT_KEY", "PERSONA_VAULT_KEY_NEW"
NAMES = ["A", "B", "C"]


class Killed(BaseException):
    """The process is gone."""


@pytest.fixture
def root(tmp_path, monkeypatch):
    """A vault of three persons that the old key opens."""
    monkeypatch.setenv(ENV, OLD)
    monkeypatch.setattr(wrapping, "_BATCH", 1)
    (tmp_path / "state").mkdir()
    vault = Vault(tmp_path, VaultKey())
    mails = [f"{name}@example.com" for name in NAMES]
    vault.put(pl.DataFrame({"customer_id": NAMES, "email": mails}), system="core", known_on=DAY)
    vault.close()
    return tmp_path


def told(root):
    """What the key in the environment reads, and the token of a word."""
    vault = Vault(root, VaultKey())
    emails = vault.reveal(pl.Series(NAMES))["email"].to_list()
    token = vault.tokens("email", pl.Series(["a"]))[0]
    state = (vault.is_half_rotated, emails, token, vault.signing_key("links"))
    vault.close()
    return state


def broken_off(root, at):
    """A change of the key that dies at its n-th commit; whether it came to its end before."""
    vault = Vault(root, VaultKey())
    count, commit = [0], vault._transaction

    def counted():
        count[0] += 1
        if count[0] == at:
            raise Killed
        return commit()

    vault._transaction = counted
    try:
        vault.rotate()
    except Killed:
        return False
    finally:
        vault.close()
    return True


def test_a_new_key_opens_all_that_the_old_one_did_and_every_token_stays(root, monkeypatch):
    before = told(root)
    monkeypatch.setenv(NEXT, NEW)
    vault = Vault(root, VaultKey())
    assert vault.rotate().persons == 3
    vault.close()
    monkeypatch.delenv(NEXT)
    monkeypatch.setenv(ENV, NEW)
    assert told(root) == before


def test_the_old_key_opens_nothing_after_the_change_and_is_named(root, monkeypatch):
    monkeypatch.setenv(NEXT, NEW)
    Vault(root, VaultKey()).rotate()
    monkeypatch.delenv(NEXT)
    before = files(root)
    with pytest.raises(PolicyError, match="the key was changed, and this is the one before"):
        Vault(root, VaultKey())
    monkeypatch.setenv(ENV, THIRD)
    with pytest.raises(PolicyError, match="the key of another vault"):
        Vault(root, VaultKey())
    assert files(root) == before


def test_nothing_of_the_old_key_is_left_in_the_file(root, monkeypatch):
    wrapped = [row[0] for row in sqlite3.connect(root / "state/vault.sqlite").execute("SELECT wrapped FROM persons")]
    monkeypatch.setenv(NEXT, NEW)
    Vault(root, VaultKey()).rotate()
    left = (root / "state/vault.sqlite").read_bytes()
    assert [blob for blob in wrapped if blob in left] == []


@pytest.mark.parametrize("at", range(1, 6))
def test_either_key_opens_a_change_that_was_broken_off_and_it_goes_on(root, monkeypatch, at):
    before = told(root)
    monkeypatch.setenv(NEXT, NEW)
    assert not broken_off(root, at)
    monkeypatch.delenv(NEXT)
    is_begun = at > 1
    assert told(root) == (is_begun, *before[1:])
    if is_begun:
        monkeypatch.setenv(ENV, NEW)
        assert told(root) == (True, *before[1:])
    else:
        monkeypatch.setenv(NEXT, NEW)
    vault = Vault(root, VaultKey())
    vault.put(pl.DataFrame({"customer_id": ["D"], "email": ["d@example.com"]}), system="core", known_on=DAY)
    assert vault.rotate().persons == 4
    vault.close()
    monkeypatch.setenv(ENV, NEW)
    assert told(root) == before


def test_a_change_that_was_begun_is_not_turned_to_a_third_key(root, monkeypatch):
    monkeypatch.setenv(NEXT, NEW)
    broken_off(root, 3)
    monkeypatch.setenv(NEXT, THIRD)
    vault = Vault(root, VaultKey())
    with pytest.raises(WriteError, match="a change to another key was begun"):
        vault.rotate()


def test_a_change_whose_new_key_is_not_at_hand_does_not_end_in_a_key_that_nobody_has(root, monkeypatch):
    before = told(root)
    monkeypatch.setenv(NEXT, NEW)
    broken_off(root, 3)
    monkeypatch.delenv(NEXT)
    left = files(root)
    with pytest.raises(PolicyError, match="its new key is not there"):
        Vault(root, VaultKey()).rotate()
    assert files(root) == left
    assert told(root) == (True, *before[1:])


@pytest.mark.parametrize("at", [2, 3, 4, None])
def test_a_change_whose_new_key_is_lost_is_taken_back_with_the_one_before(root, monkeypatch, at):
    before = told(root)
    monkeypatch.setenv(NEXT, NEW)
    broken_off(root, 3)
    monkeypatch.setenv(NEXT, OLD)
    if at is not None:
        broken_off(root, at)
    Vault(root, VaultKey()).rotate()
    monkeypatch.delenv(NEXT)
    assert told(root) == before
    monkeypatch.setenv(ENV, NEW)
    with pytest.raises(PolicyError):
        Vault(root, VaultKey())


def test_a_change_of_the_file_whose_new_key_was_thrown_away_keeps_the_old_one(tmp_path, monkeypatch):
    (tmp_path / "state").mkdir()
    monkeypatch.setattr(wrapping, "_BATCH", 1)
    vault = Vault(tmp_path, VaultKey())
    vault.put(pl.DataFrame({"customer_id": NAMES, "email": NAMES}), system="core", known_on=DAY)
    vault.close()
    broken_off(tmp_path, 3)
    (tmp_path / "vault.key.new").unlink()
    with pytest.raises(PolicyError, match="its new key is not there"):
        Vault(tmp_path, VaultKey()).rotate()
    assert told(tmp_path)[:2] == (True, NAMES)


def test_a_key_in_its_file_is_changed_for_a_random_one(tmp_path):
    (tmp_path / "state").mkdir()
    vault = Vault(tmp_path, VaultKey())
    before = (tmp_path / "vault.key").read_text()
    assert vault.rotate().place == "vault.key"
    vault.close()
    assert (tmp_path / "vault.key").read_text() != before
    assert not (tmp_path / "vault.key.new").exists()
    assert (tmp_path / "vault.key").stat().st_mode & 0o777 == 0o600
    Vault(tmp_path, VaultKey()).close()


def test_a_kill_before_the_new_file_takes_its_place_is_made_good_at_the_next_opening(tmp_path):
    (tmp_path / "state").mkdir()
    old = Vault(tmp_path, VaultKey())
    before = (tmp_path / "vault.key").read_text()
    old.rotate()
    after = (tmp_path / "vault.key").read_text()
    (tmp_path / "vault.key").write_text(before)
    (tmp_path / "vault.key.new").write_text(after)
    (tmp_path / "vault.key.new").chmod(0o600)
    Vault(tmp_path, VaultKey()).close()
    assert (tmp_path / "vault.key").read_text() == after


def test_a_key_of_the_environment_or_of_a_command_has_to_be_given(root, monkeypatch):
    with pytest.raises(PolicyError, match="no new key is given"):
        Vault(root, VaultKey()).rotate()
    monkeypatch.setenv(NEXT, OLD)
    with pytest.raises(PolicyError, match="the one in use"):
        Vault(root, VaultKey()).rotate()

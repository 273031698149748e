"""A new workspace: the sample bank and a key of its own, and nothing that was there before is touched."""

import pytest
from fakes import nights

NO_KEY = {"PERSONA_VAULT_KEY": ""}


@pytest.fixture
def made(tmp_path):
    """What init prints where no key is in the environment."""
    return nights.persona(tmp_path, "init", "bank", env=NO_KEY)


def test_a_workspace_has_a_key_from_the_start_that_only_its_owner_may_read(made, tmp_path):
    assert made.code == 0
    assert "Keep a copy of vault.key apart" in made.out
    key = tmp_path / "bank/vault.key"
    assert key.stat().st_mode & 0o777 == 0o600
    assert len(bytes.fromhex(key.read_text())) == 32
    assert "vault.key\n" in (tmp_path / "bank/.gitignore").read_text()


def test_two_workspaces_have_two_keys(made, tmp_path):
    assert nights.persona(tmp_path, "init", "other", env=NO_KEY).code == 0
    assert (tmp_path / "other/vault.key").read_text() != (tmp_path / "bank/vault.key").read_text()


def test_no_key_is_made_where_the_environment_has_one(tmp_path):
    told = nights.persona(tmp_path, "init", "bank")
    assert (told.code, "vault.key" in told.out) == (0, False)
    assert not (tmp_path / "bank/vault.key").exists()

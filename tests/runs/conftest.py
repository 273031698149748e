import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1]))

from fakes import nights


@pytest.fixture(autouse=True)
def _key(monkeypatch):
    monkeypatch.setenv("PERSONA_VAULT_KEY", nights.KEY["PERSONA_VAULT_KEY"])


@pytest.fixture
def fresh(tmp_path):
    """A bank before its first night."""
    return nights.copied(nights.fresh(), tmp_path / "bank")


@pytest.fixture
def after(tmp_path):
    """A bank after one undisturbed night."""
    return nights.copied(nights.reference(), tmp_path / "after")

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1]))

from fakes import nights


@pytest.fixture
def fresh(tmp_path):
    """A bank before its first night."""
    return nights.copied(nights.fresh(), tmp_path / "bank")


@pytest.fixture
def after(tmp_path):
    """A bank after one undisturbed night."""
    return nights.copied(nights.reference(), tmp_path / "after")

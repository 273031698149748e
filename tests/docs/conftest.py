"""The documents of the project, and the script that makes the reference."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def _loaded(name, path):
    spec = importlib.util.spec_from_file_location(name, path)
    module = sys.modules[name] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="session")
def root():
    return ROOT


@pytest.fixture(scope="session")
def documents():
    """Each page that people read, by its path from the root."""
    paths = [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), ROOT / "sample_data/README.md"]
    return {str(path.relative_to(ROOT)): path.read_text(encoding="utf-8") for path in sorted(paths)}


@pytest.fixture(scope="session")
def reference():
    """The module docs/reference.py."""
    return _loaded("docs_reference", ROOT / "docs" / "reference.py")


@pytest.fixture(scope="session")
def pages():
    """The module tests/docs/pages.py: the blocks of a page, and how they are followed."""
    return _loaded("docs_pages", ROOT / "tests" / "docs" / "pages.py")

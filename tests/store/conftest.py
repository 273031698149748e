import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1]))

from fakes.extracts import workspace

from persona.store import Store


@pytest.fixture
def opened(tmp_path):
    """A function that opens the store of a workspace; all that it opened is closed in the end."""
    stores = []

    def open_(root=tmp_path, **changed):
        stores.append(Store.open(root, workspace(**changed)))
        return stores[-1]

    yield open_
    for store in stores:
        store.close()


@pytest.fixture
def store(opened):
    return opened()

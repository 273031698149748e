import json
import os

import pytest
from fakes.smallest import written

from persona.cli.status import status
from persona.runs.at_work import told
from persona.store.lock import Lock


@pytest.fixture
def held(tmp_path):
    """A workspace that another command holds."""
    written(tmp_path)
    with Lock(tmp_path / "state/LOCK"):
        yield tmp_path


def test_the_status_tells_at_which_step_the_command_is_that_holds_the_workspace(held, capsys):
    seen = []
    progress = told(held / "state", lambda *said: seen.append(said))
    for said in (("a rather long piece of work" * 20, 0, 1), ("load x", 1, 9), ("signals", 2, 12), ("signals", 3, 12)):
        progress(*said)
    assert seen[1:] == [("load x", 1, 9), ("signals", 2, 12), ("signals", 3, 12)]
    status(workspace=held)
    shown = capsys.readouterr().out
    assert f"Process {os.getpid()} holds the workspace since 20" in shown
    assert "It is at signals, 2 of 12, since 20" in shown


def test_a_command_that_tells_nothing_is_named_by_its_process(held, capsys):
    status(workspace=held, as_json=True)
    said = json.loads(capsys.readouterr().out)
    untold = dict.fromkeys(("what", "done", "of", "began", "since"))
    assert said["at_work"] == {"process": str(os.getpid()), **untold}
    assert {name for name, told in said.items() if told is not None} == {"at_work"}


def test_what_the_last_holder_was_at_is_forgotten_with_the_next_one(tmp_path):
    with Lock(tmp_path / "LOCK"):
        told(tmp_path, lambda *_: None)("signals", 2, 12)
    with Lock(tmp_path / "LOCK"):
        assert (tmp_path / "LOCK").read_text() == f"{os.getpid()}\n"

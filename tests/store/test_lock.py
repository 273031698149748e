import os
import subprocess
import sys

import pytest
from fakes.extracts import files

from persona.errors import LockError
from persona.store.lock import Lock

HOLD = """
import sys, pathlib
from persona.store.lock import Lock
lock = Lock(pathlib.Path(sys.argv[1]))
print("held", flush=True)
sys.stdin.read()
"""


def held_elsewhere(path):
    child = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert child.stdout.readline() == "held\n"
    return child


def test_a_second_process_is_told_who_holds_the_lock_and_leaves_with_75(tmp_path):
    child = held_elsewhere(tmp_path / "LOCK")
    before = files(tmp_path)
    with pytest.raises(LockError, match=rf"LOCK: another run holds the workspace \(process {child.pid}\)") as told:
        Lock(tmp_path / "LOCK")
    assert told.value.exit_code == 75
    assert files(tmp_path) == before
    child.communicate()


def test_the_lock_of_a_killed_process_is_free_at_once(tmp_path):
    child = held_elsewhere(tmp_path / "LOCK")
    child.kill()
    child.wait()
    with Lock(tmp_path / "LOCK"):
        assert (tmp_path / "LOCK").read_text() == f"{os.getpid()}\n"


def test_a_store_that_another_process_holds_is_refused_before_anything_is_made(tmp_path, opened):
    child = held_elsewhere(tmp_path / "state" / "LOCK")
    with pytest.raises(LockError):
        opened()
    assert sorted(path.name for path in (tmp_path / "state").iterdir()) == ["LOCK"]
    child.communicate()

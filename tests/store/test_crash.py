"""Killed at the n-th thing that a disk sees, or refused it: what is left is what was before or what was committed."""

import errno
import json
import os
import subprocess
import sys
from pathlib import Path

import polars as pl
import pytest
from fakes.extracts import booking, customer, files, load, rows, source, workspace

from persona.errors import WriteError
from persona.store import Store

ROOT = Path(__file__).parents[2]
CORE, CARDS = source("core", "customers"), source("cards", "transactions")
PEOPLE = rows("customers", customer("A", email="a@example.com"))
BOOKED = rows("transactions", booking("t1", "2026-01-05", customer_id="A"))


def killed(folder, scenario, step):
    """What was found before and after the scenario, and after each death in it."""
    script = [sys.executable, "tests/fakes/killed.py", str(folder), scenario, str(step)]
    environment = {**os.environ, "PERSONA_VAULT_KEY": "ab" * 32, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(script, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=900, check=True)
    told, *points = map(json.loads, done.stdout.splitlines())
    return told, points


def held(told, points):
    """Each death left one of the states between before and after, whole; going on ended as if nothing had happened."""
    assert [point["code"] for point in points] == [9] * len(points)
    assert [point["left"]["strays"] + point["left"]["lost"] for point in points] == [0] * len(points)
    assert all(point["left"]["view"] == len(point["left"]["facts"]) for point in points)
    assert [point["resumed"] for point in points if point["resumed"] != told["after"]] == []
    return [point["left"] for point in points]


AGAIN = [
    [["t1", 1, 2], ["t2", None, 2]],
    [["t1", 1, 3], ["t3", 3, 3]],
    [["t1", 1, 3], ["t2", None, 4], ["t3", 3, 3]],
    [["t1", 1, 3], ["t2", 2, 4], ["t3", 3, 3]],
]


@pytest.mark.parametrize("step", [61, pytest.param(9, marks=pytest.mark.slow)])
def test_killed_while_a_file_is_replaced_the_old_rows_are_there_or_the_new_ones(tmp_path, step):
    left = held(*killed(tmp_path, "again", step))
    assert [state["facts"] for state in left if state["facts"] not in AGAIN] == []
    places = [AGAIN.index(state["facts"]) for state in left]
    assert places == sorted(places)


@pytest.mark.parametrize("step", [61, pytest.param(9, marks=pytest.mark.slow)])
def test_killed_in_a_new_workspace_there_is_nothing_or_a_whole_file(tmp_path, step):
    left = held(*killed(tmp_path, "first", step))
    assert [state["facts"] for state in left if state["facts"] not in ([], AGAIN[0])] == []
    assert [state["customers"] for state in left if state["customers"] not in ([], ["A", "B"])] == []


@pytest.mark.parametrize("step", [61, pytest.param(9, marks=pytest.mark.slow)])
def test_killed_in_a_night_it_ends_with_the_same_contacts_and_the_same_audit_log(tmp_path, step):
    left = held(*killed(tmp_path, "night", step))
    planned = [[1, "planned"], [2, "planned"]]
    written = [[1, "written"], [2, "written"]]
    assert [state["contacts"] for state in left if state["contacts"] not in ([], planned, written)] == []
    assert [state for state in left if state["contacts"] and not state["is_kept"]] == []


def everything(root):
    with Store.open(root, workspace()) as store:
        facts = store.scan("transactions").select("txn_id", "customer_no").collect().rows()
        return facts, store.crosswalk()["customer_id"].to_list(), store.deliveries()["delivery_no"].to_list()


def refusing(monkeypatch, name, number, code):
    """From the n-th call on the disk is full."""
    act, count = getattr(os, name), [0]

    def refuse(*args, **kwargs):
        count[0] += 1
        if count[0] >= number:
            raise OSError(code, os.strerror(code))
        return act(*args, **kwargs)

    monkeypatch.setattr(os, name, refuse)


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EIO])
@pytest.mark.parametrize(("name", "number"), [("fsync", 1), ("fsync", 2), ("replace", 1)])
def test_a_full_disk_is_told_and_leaves_what_was_there(tmp_path, monkeypatch, name, number, code):
    with Store.open(tmp_path, workspace()) as store:
        load(store, CORE, PEOPLE, "2026-01-31")
        before = files(tmp_path / "state/facts")
    with Store.open(tmp_path, workspace()) as store, monkeypatch.context() as patched:
        refusing(patched, name, number, code)
        with pytest.raises(WriteError, match=r"extracts/cards_2026-01-31\.csv: could not be written") as told:
            load(store, CARDS, BOOKED, "2026-01-31")
    assert told.value.exit_code == 6
    assert everything(tmp_path) == ([], ["A"], [1])
    assert files(tmp_path / "state/facts") == before


def test_room_on_the_disk_is_what_a_full_disk_asks_for(tmp_path, monkeypatch):
    with Store.open(tmp_path, workspace()) as store, monkeypatch.context() as patched:
        refusing(patched, "fsync", 1, errno.ENOSPC)
        with pytest.raises(WriteError, match="Make room on the disk and start again"):
            store.keep("attributes", "g1", [pl.DataFrame({"customer_no": [1]})])


LIMITED = """
import resource, signal, sys, pathlib
sys.path.insert(0, "tests")
import polars as pl
from fakes.extracts import booking, load, rows, source, workspace
from persona.errors import WriteError
from persona.store import Store
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
root, limit = pathlib.Path(sys.argv[1]), int(sys.argv[2])
booked = rows("transactions", *(booking(f"n{i:06d}", "2026-02-05", customer_id=f"{i}") for i in range(2_000)))
store = Store.open(root, workspace())
resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
try:
    load(store, source("cards", "transactions"), booked, "2026-02-28")
    store.close()
except WriteError as error:
    print(error)
    sys.exit(error.exit_code)
"""


@pytest.mark.parametrize("kilobytes", [32, *(pytest.param(size, marks=pytest.mark.slow) for size in (4, 600))])
def test_a_file_that_may_not_grow_loses_nothing_of_what_was_committed(tmp_path, kilobytes):
    with Store.open(tmp_path, workspace()) as store:
        load(store, CARDS, BOOKED, "2026-01-31")
    script = [sys.executable, "-c", LIMITED, str(tmp_path), str(kilobytes * 1024)]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(script, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=120, check=False)
    facts, _, deliveries = everything(tmp_path)
    assert done.returncode in {0, 6}, done.stderr
    assert (len(facts), deliveries) in {0: [(2_001, [1, 2])], 6: [(1, [1]), (2_001, [1, 2])]}[done.returncode]

"""Killed anywhere, the night ends as if nothing had happened, and nobody ever sees half of it."""

import os
import threading
import time
from contextlib import contextmanager
from hashlib import sha256
from json import loads
from random import Random

import pytest
from fakes import nights

PLACES = (0.31, 0.86, 0.97)
"""Where in the night it dies in the quick tests: in the load, in the plan and at the hand-over."""

STEP = int(os.environ.get("PERSONA_KILL_STEP", "13"))
"""Of so many writes it dies at one in the slow tests; 1 tries them all. Odd, so that it dies before and after."""


def faults(out):
    """What is wrong with the sets of files that can be seen: none, or each whole."""
    found = []
    for folder in [path for path in out.glob("*") if not path.name.startswith(".") and not path.is_symlink()]:
        try:
            promised = loads((folder / "MANIFEST.json").read_bytes())["files"]
            there = {row["name"]: sha256((folder / row["name"]).read_bytes()).hexdigest() for row in promised}
            found += [f"{folder.name}/{row['name']}" for row in promised if there[row["name"]] != row["sha256"]]
            found += [] if (folder / "_SUCCESS").is_file() else [f"{folder.name}/_SUCCESS"]
        except OSError as error:
            found.append(str(error))
    return found


def shape(out):
    """What can be seen without opening a file."""
    return {(str(path), path.lstat().st_size) for path in out.glob("[!.]*/**/*")}


@contextmanager
def watched(root):
    """Faults of the visible sets, looked for every two milliseconds."""
    seen: list[str] = []
    is_over = threading.Event()

    def watch():
        known = None
        while not is_over.is_set():
            now = shape(root / "out")
            if now != known:
                seen.extend(faults(root / "out"))
            known = now
            time.sleep(0.002)

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        yield seen
    finally:
        is_over.set()
        watcher.join()


def ends_as_if_nothing_had_happened(root, **death):
    """Kill a night, look at what is left, run it again and compare everything."""
    with watched(root) as seen:
        died = nights.persona(root, "run", **death)
        again = nights.persona(root, "run", "--quiet")
    assert seen == []
    assert (again.code, again.err) == (0, "")
    assert nights.published(root) == nights.expected_files()
    assert [path.name for path in (root / "out").glob(".*")] == []
    assert nights.ledger(root) == nights.expected_books()
    return died


@pytest.mark.parametrize("place", PLACES)
def test_killed_at_a_write_the_night_ends_with_the_same_bytes(fresh, place):
    died = ends_as_if_nothing_had_happened(fresh, dies_at=round(place * nights.acts()))
    assert died.code == nights.KILLED


@pytest.mark.slow
@pytest.mark.parametrize("start", range(1, 41, STEP))
def test_killed_at_a_write_of_each_kind_the_night_ends_with_the_same_bytes(tmp_path, start):
    for number in range(start, nights.acts() + 1, 40):
        root = nights.copied(nights.fresh(), tmp_path / f"at_{number}")
        assert ends_as_if_nothing_had_happened(root, dies_at=number).code == nights.KILLED


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(2))
def test_killed_at_any_moment_the_night_ends_with_the_same_bytes(tmp_path, seed):
    random = Random(seed)  # noqa: S311 - a moment, not a secret
    for number in range(4):
        root = nights.copied(nights.fresh(), tmp_path / f"{number}")
        died = ends_as_if_nothing_had_happened(root, dies_after_s=random.uniform(0.05, 2.5))
        assert died.code in {0, nights.ENDED_BY_ALARM}


@pytest.mark.slow
def test_killed_again_and_again_the_night_still_ends_with_the_same_bytes(fresh):
    random = Random(11)  # noqa: S311 - the same
    codes = [nights.persona(fresh, "run", dies_at=random.randint(2, 40)).code for _ in range(12)]
    assert codes.count(nights.KILLED) >= 6
    ends_as_if_nothing_had_happened(fresh, dies_at=1)


def times(root):
    """When each published file and folder was last changed."""
    return {path: path.lstat().st_mtime_ns for part in ("out", "delivery") for path in (root / part).rglob("*")}


def test_a_finished_night_run_again_writes_nothing(after):
    before = times(after)
    books, bytes_before = nights.ledger(after), nights.published(after)
    again = nights.persona(after, "run")
    assert again.code == 0
    assert "This night had come to its end before: nothing was written again." in again.out
    assert times(after) == before
    assert (nights.ledger(after), nights.published(after)) == (books, bytes_before)


def test_what_the_vendor_has_fetched_is_not_handed_over_again(after):
    for path in sorted((after / "delivery").rglob("*.*")):
        path.unlink()
    assert nights.persona(after, "run", "--quiet").code == 0
    assert nights.tree(after, "delivery") == {}

"""What scripts and cron rely on: JSON alone on standard output, silence when asked for, plain text, exit codes."""

import json
import os
import pty
import signal
import subprocess
import sys
import time

import polars as pl
import pytest
from fakes import nights

import persona.__main__
from persona.cli.app import COMMANDS

NAMES = tuple(command.__name__ for command in COMMANDS)
JSON = (
    ("validate",),
    ("load",),
    ("audit",),
    ("segment",),
    ("score",),
    ("decide",),
    ("render",),
    ("deliver",),
    ("run",),
    ("run", "--dry-run"),
    ("explain", "K001"),
    ("explain", "K001", "--offer", "weekend"),
    ("status",),
    ("approve",),
    ("models",),
    ("vault", "check"),
)


def test_json_stands_alone_on_standard_output_and_keeps_its_keys(after):
    for argv in JSON:
        ended = nights.persona(after, *argv, "--json")
        assert (argv, ended.code) == (argv, 0)
        assert (argv, bool(json.loads(ended.out))) == (argv, True)
        assert nights.persona(after, *argv, "--json").json == ended.json


def test_quiet_prints_nothing_at_all(after):
    for argv in JSON:
        ended = nights.persona(after, *argv, "--quiet")
        assert (argv, ended.code, ended.out, ended.err) == (argv, 0, "", "")


def test_what_is_printed_into_a_pipe_is_plain(fresh):
    for argv in (("validate",), ("load",), *JSON):
        ended = nights.persona(fresh, *argv, env={"FORCE_COLOR": "", "TERM": "xterm-256color"})
        assert (argv, ended.code) == (argv, 0)
        assert [ord(letter) for letter in ended.out + ended.err if ord(letter) < 32 and letter != "\n"] == []


def on_a_terminal(root, *argv, **env):
    """What a command writes where its output is a terminal."""
    here, there = pty.openpty()
    command = [sys.executable, "-m", "persona", *argv]
    environment = {**os.environ, **nights.KEY, "PYTHONPATH": str(nights.ROOT), "TERM": "xterm", **env}
    environment.pop("NO_COLOR", None) if "NO_COLOR" not in env else None
    with subprocess.Popen(command, cwd=root, env=environment, stdout=there, stderr=there, stdin=there):
        os.close(there)
        told = b""
        try:
            while piece := os.read(here, 65_536):
                told += piece
        except OSError:  # Linux says so when the last writer has closed
            os.close(here)
    return told


def test_no_color_is_heard_on_a_terminal(after):
    assert b"\x1b[1m" in on_a_terminal(after, "status")
    assert b"\x1b[1m" not in on_a_terminal(after, "status", NO_COLOR="1")


def test_a_reader_that_goes_away_is_no_error(after):
    command = f"{sys.executable} -m persona audit | head -1; echo ${{PIPESTATUS[0]}}"
    environment = {**os.environ, **nights.KEY, "PYTHONPATH": str(nights.ROOT)}
    told = subprocess.run(
        ["bash", "-c", command], cwd=after, env=environment, capture_output=True, text=True, check=True, timeout=120
    )
    assert told.stdout.splitlines()[-1] == "0"
    assert "Traceback" not in told.stderr


def test_every_command_is_listed_and_has_help(tmp_path):
    listed = nights.persona(tmp_path, "--help")
    assert listed.code == 0
    assert [name for name in NAMES if f"\n  {name} " not in listed.out] == []
    for name in NAMES:
        told = nights.persona(tmp_path, name, "--help")
        assert (name, told.code, told.err) == (name, 0, "")
        assert "Usage: persona " + name in told.out
        assert len(told.out.split("Options:")[0].splitlines()) >= 4


@pytest.mark.parametrize(
    "argv",
    [
        ("unknown",),
        ("run", "--unknown"),
        ("explain",),
        ("run", "--as-of", "yesterday"),
        ("run", "--as-of", "2026-02-30"),
        ("explain", "K999"),
        ("explain", "K001", "--offer", "weekends"),
        ("deliver", "2020-01-01-00000000"),
        ("approve", "offer:weekends", "--who", "a@b.example.com", "--role", "legal"),
    ],
)
def test_a_wrong_command_line_ends_with_2_and_changes_nothing(after, argv):
    books, files = nights.ledger(after), nights.published(after)
    ended = nights.persona(after, *argv)
    assert (ended.code, ended.out) == (2, "")
    assert ended.err
    assert "Traceback" not in ended.err
    assert (nights.ledger(after), nights.published(after)) == (books, files)


def test_a_folder_that_is_no_workspace_is_told(tmp_path):
    ended = nights.persona(tmp_path, "run")
    assert (ended.code, ended.out) == (2, "")
    assert "persona init" in ended.err
    assert list(tmp_path.iterdir()) == []


def until(is_there, seconds=60.0):
    """Wait until something is there."""
    end = time.monotonic() + seconds
    while not is_there():
        if time.monotonic() > end:
            raise TimeoutError
        time.sleep(0.005)


def begun(root, *argv):
    """A night in a process of its own, that has begun to load."""
    environment = {**os.environ, **nights.KEY, "PYTHONPATH": str(nights.ROOT)}
    command = [sys.executable, "-m", "persona", *argv]
    running = subprocess.Popen(
        command, cwd=root, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    until((root / "state/facts").exists)
    return running


def test_an_interrupted_night_ends_with_130_and_goes_on_the_next_time(fresh):
    with begun(fresh, "run") as running:
        running.send_signal(signal.SIGINT)
        out, err = running.communicate(timeout=60)
    assert (running.returncode, out) == (130, "")
    assert "persona: interrupted; what was committed stays" in err
    assert "Traceback" not in err
    assert nights.persona(fresh, "run", "--quiet").code == 0
    assert nights.published(fresh) == nights.expected_files()


def test_a_second_night_at_the_same_time_ends_with_75_and_the_first_is_not_disturbed(fresh):
    with begun(fresh, "run", "--quiet") as first:
        second = nights.persona(fresh, "run")
        _, err = first.communicate(timeout=120)
    assert (first.returncode, err) == (0, "")
    assert (second.code, second.out) == (75, "")
    assert f"another run holds the workspace (process {first.pid})" in second.err
    assert nights.published(fresh) == nights.expected_files()
    assert nights.ledger(fresh) == nights.expected_books()


@pytest.mark.parametrize("fault", [ValueError("canary"), pl.exceptions.PanicException("canary"), MemoryError("canary")])
def test_a_fault_of_ours_ends_with_1_and_does_not_quote_data(monkeypatch, capsys, fault):
    def broken():
        raise fault

    monkeypatch.setattr(persona.__main__, "app", broken)
    monkeypatch.setattr(persona.__main__.signal, "signal", lambda *_: None)
    with pytest.raises(SystemExit) as ended:
        persona.__main__.main()
    told = capsys.readouterr()
    assert (ended.value.code, told.out) == (1, "")
    assert type(fault).__name__ in told.err
    assert "canary" not in told.err

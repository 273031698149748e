"""A page as a reader follows it: files that it has him write, lines that he changes, commands and what they show.

A comment before a block says what it is: ``<!-- file: PATH -->`` is written, ``<!-- edit: PATH -->`` changes lines that
stand behind ``-`` into those behind ``+``, ``<!-- exit: N -->`` is the exit code of the console block's last command.
A console block shows commands behind ``$`` and lines of their output in order; ``...`` stands for those left out.
"""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

BLOCK = re.compile(
    r"(?:<!-- (?P<what>file|edit|exit): (?P<said>\S+) -->\n)?```(?P<kind>\w+)\n(?P<text>.*?)^```$",
    re.DOTALL | re.MULTILINE,
)


@dataclass(frozen=True)
class Block:
    """A block of a page and the comment before it."""

    kind: str
    what: str | None
    said: str
    text: str


def blocks(page):
    """The blocks of a page in their order."""
    return [Block(found["kind"], found["what"], found["said"] or "", found["text"]) for found in BLOCK.finditer(page)]


def commands(block):
    """The commands of a console block, each with the lines that it is said to show."""
    told = []
    for line in block.text.splitlines():
        if line.startswith("$ "):
            told.append((line.removeprefix("$ "), []))
        elif line.strip() not in ("", "..."):
            told[-1][1].append(line)
    return told


def alike(line):
    """A line without its figures and spaces, which change from version to version and with the width of columns."""
    hidden = re.sub(r"\d{4}-\d\d-\d\d-[0-9a-f]{8}", "RUN", line)
    hidden = re.sub(r"\b[0-9a-f]{8}([0-9a-f]{24})?\b|\d[\d,.]*", "#", hidden)
    return " ".join(re.sub("─+", "-", hidden).split())


def missing(said, shown):
    """The first line that is said to be shown, and is not shown after the lines before it; None where all are."""
    rest = iter([alike(line) for line in shown.splitlines()])
    for line in said:
        if alike(line) not in rest:
            return line
    return None


def called(command, folder):
    """The exit code and all output of a command of the page, as somebody in the folder would see it."""
    words = shlex.split(command)
    program = [sys.executable, "-m", "persona"] if words[0] == "persona" else [words[0]]
    root = str(Path(__file__).parents[2])
    environment = {**os.environ, "PYTHONPATH": root, "NO_COLOR": "1"}
    done = subprocess.run(
        [*program, *words[1:]], cwd=folder, env=environment, capture_output=True, text=True, timeout=300, check=False
    )
    return done.returncode, f"{done.stderr}\n{done.stdout}"


def followed(page, folder):
    """What does not happen as the page says, block by block, when somebody follows it in an empty folder."""
    faults, here = [], folder
    for block in blocks(page):
        if block.what == "file":
            (here / block.said).write_text(block.text, encoding="utf-8")
        elif block.what == "edit":
            _edit(here / block.said, block.text)
        elif block.kind == "console":
            for command, said in commands(block):
                if command.startswith("cd "):
                    here = here / command.removeprefix("cd ")
                    continue
                code, shown = called(command, here)
                is_last = command == commands(block)[-1][0]
                wanted = int(block.said) if block.what == "exit" and is_last else 0
                if code != wanted:
                    faults.append(f"{command}: exit code {code}, not {wanted}\n{shown}")
                lost = missing(said, shown)
                if lost is not None:
                    faults.append(f"{command}: does not show {lost!r} in:\n{shown}")
    return faults


def _edit(path, text):
    old = "".join(f"{line[1:]}\n" for line in text.splitlines() if line.startswith("-"))
    new = "".join(f"{line[1:]}\n" for line in text.splitlines() if line.startswith("+"))
    there = path.read_text(encoding="utf-8")
    if there.count(old) != 1:
        raise AssertionError(f"{path.name} has {there.count(old)} times:\n{old}")
    path.write_text(there.replace(old, new), encoding="utf-8")

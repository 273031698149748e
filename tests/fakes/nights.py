"""What the tests of whole nights share: the door, a bank, the same bank after one night, and what a folder holds."""

from __future__ import annotations

import atexit
import json
import os
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from fakes import bank

from persona.policy.reading import model_of
from persona.policy.text import read
from persona.policy.workspace import Workspace
from persona.store import Store

ROOT = Path(__file__).parents[2]
KILLED, ENDED_BY_ALARM = 137, -14
KEY = {"PERSONA_VAULT_KEY": "ab" * 32}
APPROVED = ("approve", "--who", "boss@tiny.example.com", "--role", "legal", "--on", "2026-01-15", "--days", "700")


@dataclass(frozen=True, slots=True)
class Ended:
    """What came of a command."""

    code: int
    out: str
    err: str
    acts: int = 0

    @property
    def json(self) -> Any:
        """What it printed, read as JSON."""
        return json.loads(self.out)


def persona(root: Path, *argv: str, **asked: Any) -> Ended:
    """What came of a command in a workspace; ``dies_at``, ``dies_after_s`` and ``full_at`` as ``door.py`` says."""
    door = _door()
    request = {"argv": [*argv], "cwd": str(root), "env": {**KEY, **asked.pop("env", {})}, **asked}
    door.stdin.write(json.dumps(request) + "\n")
    door.stdin.flush()
    answer = door.stdout.readline()
    return Ended(**json.loads(answer))


def alone(root: Path, *argv: str, env: dict[str, str] | None = None, **how: Any) -> subprocess.CompletedProcess[str]:
    """What came of a command in a process of its own, for what is read when a process begins."""
    environment = {**os.environ, **KEY, "PYTHONPATH": str(ROOT), **(env or {})}
    command = [sys.executable, "-m", "persona", *argv]
    how = {"capture_output": True, "text": True, "timeout": 300, **how}
    return subprocess.run(command, cwd=root, env=environment, check=False, **how)


@cache
def _door() -> Any:
    command = [sys.executable, str(ROOT / "tests/fakes/door.py")]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    door = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment)
    atexit.register(door.communicate)
    return door


@cache
def _shelf() -> Path:
    """A folder that lasts as long as the tests do."""
    keep = tempfile.TemporaryDirectory(prefix="persona-tests-")
    _shelf.keep = keep  # type: ignore[attr-defined]
    return Path(keep.name)


@cache
def fresh() -> Path:
    """The bank before its first night, approved; to be copied, never to be run."""
    root = bank.made(_shelf() / "fresh")
    ended = persona(root, *APPROVED)
    if ended.code:
        raise RuntimeError(ended.err)
    return root


def reference() -> Path:
    """The bank after one undisturbed night; to be copied, never to be run."""
    return _reference()[0]


def acts() -> int:
    """How many things the disk sees in an undisturbed night."""
    return _reference()[1]


@cache
def _reference() -> tuple[Path, int]:
    root = copied(fresh(), _shelf() / "reference")
    ended = persona(root, "run", "--quiet")
    if ended.code:
        raise RuntimeError(ended.err)
    return root, ended.acts


def copied(origin: Path, target: Path) -> Path:
    """A copy of a workspace."""
    shutil.copytree(origin, target, symlinks=True)
    return target


def tree(root: Path, *parts: str) -> dict[str, bytes]:
    """Every file below some parts of a folder, links as where they point to; what is not there is left out."""
    found = [path for part in parts for path in sorted((root / part).rglob("*")) if path.is_symlink() or path.is_file()]
    return {
        path.relative_to(root).as_posix(): str(path.readlink()).encode() if path.is_symlink() else path.read_bytes()
        for path in found
    }


def published(root: Path) -> dict[str, bytes]:
    """All that a night leaves for others: the files under ``out/`` and those handed over."""
    return tree(root, "out", "delivery")


def opened(root: Path) -> Store:
    """The store of a workspace, whatever its other rules say."""
    return Store.open(root, model_of(read(root / "persona.yaml", root=root), Workspace))


def ledger(root: Path) -> dict[str, list[tuple[Any, ...]]]:
    """What stands in the books: contacts, runs, arms, deliveries, the audit log's last hash; and that it is whole."""
    with opened(root) as store:
        return {
            "contacts": store.contacts().rows(),
            "runs": store.runs().select("run_id", "as_of", "status", "summary").rows(),
            "arms": store.arms().rows(),
            "deliveries": store.deliveries().select("source", "name", "sha256", "loaded", "replaced_by").rows(),
            "audit": [(store.audit_head(), *store.audit_faults())],
        }


@cache
def expected_files() -> dict[str, bytes]:
    """All that an undisturbed night leaves for others."""
    return published(reference())


@cache
def expected_books() -> dict[str, list[tuple[Any, ...]]]:
    """What stands in the books after an undisturbed night."""
    return ledger(reference())

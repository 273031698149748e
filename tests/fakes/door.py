"""A process that has imported everything and forks for each command: the real door, without the wait for imports.

Read one JSON object a line from stdin, write one a line to stdout. A command may be told to die: at the n-th thing
that a disk sees, or after some seconds; or to find the disk full from the n-th write on.
"""

from __future__ import annotations

import errno
import json
import os
import signal
import sys
import tempfile
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any, NoReturn

import babel.dates
import babel.numbers  # noqa: F401 - each child would wait for it

import persona.cli.views
import persona.clock
import persona.runs.approving
import persona.runs.audit
import persona.runs.explain
import persona.runs.run
import persona.runs.scored
import persona.runs.status
from persona.__main__ import main as door
from persona.store.catalog import Catalog
from persona.store.vault import Vault

KILLED = 137
ACTS = ("fsync", "replace", "rename", "symlink", "unlink", "mkdir")
"""What changes names on a disk, or makes bytes last; the commits of the databases are counted besides."""


def main() -> None:
    """Answer each request with ``code``, ``out``, ``err`` and ``acts``, how many things the disk saw."""
    for line in sys.stdin:
        sys.stdout.write(json.dumps(_answered(json.loads(line))) + "\n")
        sys.stdout.flush()


def _answered(asked: dict[str, Any]) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as folder:
        names = [Path(folder) / name for name in ("out", "err", "acts")]
        child = os.fork()
        if child == 0:
            _child(asked, *names)
        code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        out, err, acts = (path.read_text() if path.exists() else "" for path in names)
    return {"code": code, "out": out, "err": err, "acts": int(acts or 0)}


def _child(asked: dict[str, Any], out: Path, err: Path, acts: Path) -> NoReturn:
    code = 1
    for number, path in ((1, out), (2, err)):
        os.dup2(os.open(path, os.O_WRONLY | os.O_CREAT), number)
    os.chdir(asked["cwd"])
    os.environ.update(asked.get("env", {}))
    sys.argv = ["persona", *asked["argv"]]
    count = _watched(asked.get("dies_at", 0), asked.get("full_at", 0))
    if asked.get("now"):
        _tell_time(datetime.fromisoformat(asked["now"]))
    if asked.get("dies_after_s"):
        # Its default is to end the process at once, wherever it is: as a kill does.
        signal.setitimer(signal.ITIMER_REAL, asked["dies_after_s"])
    try:
        door()
        code = 0
    except SystemExit as ended:
        code = ended.code if isinstance(ended.code, int) else 1
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        acts.write_text(str(count[0]))
        os._exit(code)


def _tell_time(now: datetime) -> None:
    """Let every module that asks for the time be told another."""
    for name, module in list(sys.modules.items()):
        if name.startswith("persona.") and getattr(module, "now", None) is persona.clock.now:
            module.now = lambda: now  # type: ignore[attr-defined]


def _watched(dies_at: int, full_at: int) -> list[int]:
    """Count what the disk sees; die at one of them, every other time before it is done, or refuse all from one on."""
    count = [0]

    def counted(act: Callable[..., Any], *, is_write: bool) -> Callable[..., Any]:
        def act_or_die(*args: Any, **kwargs: Any) -> Any:
            count[0] += 1
            now = count[0]
            if full_at and now >= full_at and is_write:
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            if now == dies_at and now % 2:
                os._exit(KILLED)
            try:
                return act(*args, **kwargs)
            finally:
                if now == dies_at:
                    os._exit(KILLED)

        return act_or_die

    for name in ACTS:
        setattr(os, name, counted(getattr(os, name), is_write=name != "unlink"))
    _count_commits(lambda act: counted(act, is_write=False))
    return count


def _count_commits(counted: Callable[[Callable[..., Any]], Callable[..., Any]]) -> None:
    run = Catalog.run
    committed = counted(run)

    def run_or_die(self: Catalog, sql: str, values: Any = ()) -> Any:
        return (committed if sql == "COMMIT" else run)(self, sql, values)

    Catalog.run = run_or_die  # type: ignore[method-assign]
    Catalog.insert = counted(Catalog.insert)  # type: ignore[method-assign]
    Vault._put_batch = counted(Vault._put_batch)  # type: ignore[method-assign]


if __name__ == "__main__":
    main()

"""What a kill leaves behind, and what was replaced: files that the catalog does not know are taken away at a start."""

from __future__ import annotations

import shutil
from collections.abc import Iterable
from pathlib import Path

from persona.errors import WriteError
from persona.store.catalog import Catalog
from persona.store.deliveries import KEPT
from persona.store.durable import reconciled, removed
from persona.store.rolled import sweep_rolled

__all__ = ["swept"]

_ROOMS = {"facts": ("parts", KEPT), "features": ("stages",), "evidence": ("evidence",)}


def swept(catalog: Catalog, root: Path, *, is_dry: bool = False) -> int:
    """How many files were left over and are gone now; ``is_dry`` leaves those outside the state folder.

    Raises: WriteError when a part that the catalog knows is not there.
    """
    gone = 0
    with reconciled("state"):
        _check_parts(catalog)
        for room, tables in _ROOMS.items():
            gone += _unknown(catalog.state / room, catalog, tables)
        gone += sweep_rolled(catalog)
        for leftover in sorted(catalog.work.iterdir()):
            gone += _taken_away(leftover)
        for leftover in [] if is_dry else sorted((root / "out").glob(".tmp-*")):
            gone += _taken_away(leftover)
    return gone


def _check_parts(catalog: Catalog) -> None:
    paths = [str(path) for (path,) in catalog.run("SELECT path FROM parts ORDER BY path")]
    lost = [path for path in paths if not (catalog.state / path).exists()]
    if lost:
        raise WriteError(
            f"{len(lost):,} of {len(paths):,} parts are missing",
            where=f"state/{lost[0]}",
            hint="Put state/ back from a backup, or move it away whole and load the extracts again.",
        )


def _unknown(folder: Path, catalog: Catalog, tables: Iterable[str]) -> int:
    if not folder.exists():
        return 0
    paths = [path for table in tables for (path,) in catalog.run(f"SELECT path FROM {table}")]  # noqa: S608 - ours
    known = {catalog.state / str(path) for path in paths}
    gone = sum(removed(path) for path in sorted(folder.rglob("*")) if path.is_file() and path not in known)
    for inner in sorted((path for path in folder.rglob("*") if path.is_dir()), reverse=True):
        if not any(inner.iterdir()):
            inner.rmdir()
    return gone


def _taken_away(path: Path) -> int:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path, ignore_errors=True)
        return 1
    return int(removed(path))

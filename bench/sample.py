"""Sample banks of any size for the benchmarks, made once and kept in bench/data, and workspaces around them."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

HERE = Path(__file__).resolve().parent
REPOSITORY = HERE.parent
FIRST = date(2025, 1, 1)
"""The first day of the sample bank's data."""


@dataclass(frozen=True, slots=True)
class Size:
    """How large a bank is; each size is made once."""

    customers: int
    months: int = 13

    @property
    def folder(self) -> Path:
        """Where it is kept."""
        return HERE / "data" / f"{self.customers}x{self.months}"

    @property
    def last_day(self) -> date:
        """The last day of its last whole month; one single day more is there for the next night."""
        month = FIRST.month - 1 + self.months
        return date(FIRST.year + month // 12, month % 12 + 1, 1) - timedelta(days=1)


def extracts(size: Size) -> list[Path]:
    """The bank's extracts, with one day more than its months."""
    finished = size.folder / "truth" / "faults.csv"
    if not finished.exists():
        size.folder.mkdir(parents=True, exist_ok=True)
        options = ["--customers", str(size.customers), "--months", str(size.months), "--extra-days", "1"]
        script = str(REPOSITORY / "sample_data" / "make.py")
        subprocess.run([sys.executable, script, *options, "--out", str(size.folder)], check=True, stdout=sys.stderr)
    return sorted((size.folder / "extracts").iterdir())


def workspace(size: Size, name: str = "bank") -> Path:
    """A new workspace with the sample's rules and the bank's extracts of whole months."""
    root = size.folder / name
    shutil.rmtree(root, ignore_errors=True)
    subprocess.run([sys.executable, "-m", "persona", "init", str(root), "--quiet"], check=True, cwd=REPOSITORY)
    shutil.rmtree(root / "extracts")
    (root / "extracts").mkdir()
    for path in extracts(size):
        if not _is_later(path, size):
            os.link(path, root / "extracts" / path.name)
    return root


def one_day_more(size: Size, root: Path) -> None:
    """Deliver the day after the last month to a workspace."""
    for path in extracts(size):
        if _is_later(path, size):
            os.link(path, root / "extracts" / path.name)


def _is_later(path: Path, size: Size) -> bool:
    """Whether an extract is of the day after the last whole month, by the date at the end of its name."""
    return path.name.split(".")[0].rpartition("_")[2] > size.last_day.isoformat()

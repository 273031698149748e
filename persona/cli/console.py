"""What people see: tables and lines on standard output, progress and notes on standard error."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

from persona.cli.layout import Cell, laid_out

if TYPE_CHECKING:
    from rich.console import Console

__all__ = ["Screen"]

PAGE = 110
"""Characters of a line where no terminal says how wide it is."""
PATIENCE_S = 1.0
"""Work that takes longer shows that it goes on."""


@dataclass
class Screen:
    """Where a command's results go: a table for people, JSON for machines, nothing when quiet."""

    is_json: bool = False
    is_quiet: bool = False
    _results: dict[str, object] = field(default_factory=dict)
    _is_first: bool = True
    _is_below_table: bool = False

    @cached_property
    def _out(self) -> Console:
        from rich.console import Console  # noqa: PLC0415 - `persona --help` must not wait for it

        return Console(highlight=False, emoji=False, width=None if sys.stdout.isatty() else PAGE)

    @cached_property
    def _err(self) -> Console:
        from rich.console import Console  # noqa: PLC0415 - `persona --help` must not wait for it

        return Console(stderr=True, highlight=False, emoji=False)

    @property
    def is_mute(self) -> bool:
        """Whether nothing is printed for people."""
        return self.is_json or self.is_quiet

    def result(self, **values: object) -> None:
        """Keep values for ``--json``."""
        self._results.update(values)

    def line(self, text: str = "", style: str | None = None) -> None:
        """One line of text, apart from a table above it."""
        if self._is_below_table:
            self._is_below_table = False
            self.line()
        if not self.is_mute:
            self._out.print(text, style=style, markup=False, soft_wrap=True)
            self._is_first = False

    def heading(self, text: str) -> None:
        """The title of what follows, apart from what stands above it."""
        if not self._is_first and not self._is_below_table:
            self.line()
        self.line(text, style="bold")

    def table(self, title: str, header: Sequence[str], rows: Sequence[Sequence[Cell]]) -> None:
        """Rows under a title, laid out for the screen or, in a pipe, for a page; nothing where there are no rows."""
        if self.is_mute or not rows:
            return
        self.heading(title)
        for text in laid_out(header, rows, width=self._out.width):
            self.line(text)
        self._is_below_table = True

    def note(self, text: str) -> None:
        """A remark on standard error."""
        if not self.is_quiet:
            self._err.print(text, markup=False, soft_wrap=True)

    def finish(self) -> None:
        """Print what ``result`` kept, where JSON was asked for."""
        if self.is_json:
            sys.stdout.write(json.dumps(self._results, indent=2, default=str, ensure_ascii=False) + "\n")

    @contextmanager
    def progress(self) -> Iterator[Callable[[str, int, int], None]]:
        """A callback ``(what, done, of)`` that shows how far the work is, on a terminal as a spinner."""
        if self.is_quiet:
            yield _ignored
        elif not sys.stderr.isatty():
            yield _plain(self.note)
        else:
            with self._err.status("") as status:
                yield lambda what, done, of: status.update(f"{what} {done:,} of {of:,}" if of > 1 else what)


def _ignored(what: str, done: int, of: int) -> None:
    """Nobody looks."""


def _plain(note: Callable[[str], None]) -> Callable[[str, int, int], None]:
    """Progress for logs: a line when another piece of work has gone on for longer than a second."""
    told_at = time.monotonic()

    def tell(what: str, done: int, of: int) -> None:
        nonlocal told_at
        if time.monotonic() - told_at >= PATIENCE_S:
            note(f"{what} {done:,} of {of:,}" if of > 1 else what)
            told_at = time.monotonic()

    return tell

"""What people see: tables and lines on standard output, progress and notes on standard error."""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from shutil import get_terminal_size
from typing import TYPE_CHECKING

from persona.cli.layout import Cell, laid_out, marked_up

if TYPE_CHECKING:
    from rich.console import Console

__all__ = ["Screen"]

BOLD, PLAIN = "\x1b[1m", "\x1b[0m"
CONTROLS = dict.fromkeys({*range(32), *range(127, 160)} - {ord("\n")}, "?")
PAGE = 110
"""Characters of a line where no terminal says how wide it is."""
PATIENCE_S = 1.0
"""Work that takes longer shows that it goes on."""


@dataclass
class Screen:
    """Where a command's results go: a table for people, JSON for machines, nothing when quiet."""

    is_json: bool = False
    is_quiet: bool = False
    is_markdown: bool = False
    _results: dict[str, object] = field(default_factory=dict)
    _is_first: bool = True
    _is_below_table: bool = False

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

    def line(self, text: str = "", *, is_bold: bool = False) -> None:
        """One line of text, apart from a table above it; control characters of the data do not reach the terminal."""
        if self._is_below_table:
            self._is_below_table = False
            self.line()
        if not self.is_mute:
            said = text.translate(CONTROLS)
            _put(f"{BOLD}{said}{PLAIN}" if is_bold and _is_coloured() else said)
            self._is_first = False

    def heading(self, text: str) -> None:
        """The title of what follows, apart from what stands above it."""
        if not self._is_first and not self._is_below_table:
            self.line()
        self.line(f"### {text}" if self.is_markdown else text, is_bold=True)

    def table(self, title: str, header: Sequence[str], rows: Sequence[Sequence[Cell]]) -> None:
        """Rows under a title, laid out for the screen or, in a pipe, for a page; nothing where there are no rows."""
        if self.is_mute or not rows:
            return
        self.heading(title)
        if self.is_markdown:
            self.line()
            for text in marked_up(header, rows):
                self.line(text)
            self._is_below_table = True
            return
        for text in laid_out(header, rows, width=get_terminal_size().columns if sys.stdout.isatty() else PAGE):
            self.line(text)
        self._is_below_table = True

    def note(self, text: str) -> None:
        """A remark on standard error."""
        if not self.is_quiet:
            self._err.print(text, markup=False, soft_wrap=True)

    def finish(self) -> None:
        """Print what ``result`` kept, where JSON was asked for."""
        if self.is_json:
            _put(json.dumps(self._results, indent=2, default=str, ensure_ascii=False))

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


def _put(text: str) -> None:
    """Write to standard output; a reader such as ``head`` that went away is no error, nor is a narrow alphabet."""
    alphabet = sys.stdout.encoding or "utf-8"
    try:
        sys.stdout.write(text.encode(alphabet, "replace").decode(alphabet) + "\n")
        sys.stdout.flush()
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _is_coloured() -> bool:
    """Whether the output is a terminal whose owner has not asked for plain text (no-color.org)."""
    return sys.stdout.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


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

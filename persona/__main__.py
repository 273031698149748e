"""``python -m persona`` and the ``persona`` command: every error ends here, with the exit code that cron sees."""

from __future__ import annotations

import errno
import os
import signal
import sys
import traceback
from types import FrameType
from typing import NoReturn

from persona.cli.app import app
from persona.errors import PersonaError, WriteError

__all__ = ["main"]

INTERRUPTED = 130


def main() -> None:
    """Run the command line; no error shows a customer's value or a bare engine's text."""
    # One thread a product: the same sums on every machine, and no spinning beside other work.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    heard: list[int] = []

    def interrupt(number: int, _: FrameType | None) -> NoReturn:
        heard.append(number)
        raise _InterruptedError

    signal.signal(signal.SIGINT, interrupt)
    try:
        app()
    except SystemExit:
        raise
    except BaseException as error:  # noqa: BLE001 - the last door: a panic of an engine is no Exception
        if heard:
            # Whatever the error has become on its way: an engine that is interrupted raises its own.
            _tell("interrupted; what was committed stays, the next run goes on from there", INTERRUPTED)
        _end(error)


class _InterruptedError(BaseException):
    """Ctrl-C; Typer would end without a word at Python's own."""


def _end(error: BaseException) -> NoReturn:
    if isinstance(error, PersonaError):
        for note in getattr(error, "__notes__", ()):
            sys.stderr.write(f"{note}\n")
        _tell(str(error), error.exit_code)
    if isinstance(error, OSError):
        if error.errno == errno.EPIPE:
            _close_quietly()
        _tell(f"{os.strerror(error.errno or errno.EIO)}: {error.filename or 'a file'}", WriteError.exit_code)
    _tell(_fault(error), PersonaError.exit_code)


def _tell(message: str, code: int) -> NoReturn:
    # Errors of a command begin with its name, as it is typed.
    sys.stderr.write(message if message.startswith("persona ") else f"persona: {message}")
    sys.stderr.write("\n")
    sys.exit(code)


def _fault(error: BaseException) -> str:
    """Where a fault of ours stands: its type and place, never its text."""
    if os.environ.get("PERSONA_TRACEBACK"):
        traceback.print_exception(error)
    frames = [f for f in traceback.extract_tb(error.__traceback__) if f"{os.sep}persona{os.sep}" in f.filename]
    place = f" at {os.path.basename(frames[-1].filename)}:{frames[-1].lineno}" if frames else ""  # noqa: PTH119
    return (
        f"a fault of ours: {type(error).__name__}{place}; nothing half-done is left behind.\n"
        "  Please report it. PERSONA_TRACEBACK=1 prints where it came from (it may show values of your data)."
    )


def _close_quietly() -> NoReturn:
    """A reader such as ``head`` went away: that is no error."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    sys.exit(0)


if __name__ == "__main__":
    main()

"""``python -m persona`` and the ``persona`` command: every error ends here, with the exit code that cron sees."""

from __future__ import annotations

import errno
import os
import sys
import traceback

from persona.cli.app import app
from persona.errors import PersonaError, WriteError

__all__ = ["main"]

INTERRUPTED = 130


def main() -> None:
    """Run the command line; no error shows a customer's value or a bare engine's text."""
    try:
        app()
    except PersonaError as error:
        _tell(str(error), error.exit_code)
    except KeyboardInterrupt:
        _tell("interrupted; what was committed stays, the next run goes on from there", INTERRUPTED)
    except OSError as error:
        if error.errno == errno.EPIPE:
            _close_quietly()
        _tell(f"{os.strerror(error.errno or errno.EIO)}: {error.filename or 'a file'}", WriteError.exit_code)
    except Exception as error:  # noqa: BLE001 - the last door: the text of a fault may hold a customer's value
        _tell(_fault(error), PersonaError.exit_code)


def _tell(message: str, code: int) -> None:
    sys.stderr.write(f"persona: {message}\n")
    sys.exit(code)


def _fault(error: Exception) -> str:
    """Where a fault of ours stands: its type and place, never its text."""
    if os.environ.get("PERSONA_TRACEBACK"):
        traceback.print_exception(error)
    frames = [f for f in traceback.extract_tb(error.__traceback__) if f"{os.sep}persona{os.sep}" in f.filename]
    place = f" at {os.path.basename(frames[-1].filename)}:{frames[-1].lineno}" if frames else ""  # noqa: PTH119
    return (
        f"a fault of ours: {type(error).__name__}{place}; nothing half-done is left behind.\n"
        "  Please report it. PERSONA_TRACEBACK=1 prints where it came from (it may show values of your data)."
    )


def _close_quietly() -> None:
    """A reader such as ``head`` went away: that is no error."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    sys.exit(0)


if __name__ == "__main__":
    main()

"""Integer programs by HiGHS: ended by nodes, never by a clock, and without the lines that its C code prints.

Standard output belongs to results; HiGHS writes to it past Python where an integer solution must be corrected.
"""

from __future__ import annotations

import ctypes
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import Bounds, LinearConstraint, milp

__all__ = ["Answer", "integer_program"]

Reals = NDArray[np.float64]

_STDOUT = 1


@dataclass(frozen=True)
class Answer:
    """The best that was found."""

    x: Reals
    bound: float
    """Of the least cost: nothing lies below."""


def integer_program(
    costs: Reals,
    constraints: Sequence[LinearConstraint],
    *,
    whole: Reals,
    most: Reals,
    nodes: int,
    gap: float = 0.0,
) -> Answer | None:
    """The least of ``costs x`` with ``0 <= x <= most``; None where nothing was found.

    Reads: ``whole`` 1 for each x that is an integer, else 0; ``gap`` relative, at which to be content.
    """
    options = {"node_limit": nodes, "mip_rel_gap": gap}
    with _without_stray_lines():
        found = milp(costs, constraints=constraints, integrality=whole, bounds=Bounds(0, most), options=options)
    if found.x is None:
        return None
    bound = found.mip_dual_bound
    return Answer(found.x, -np.inf if bound is None else float(bound))


@contextmanager
def _without_stray_lines() -> Iterator[None]:
    flush = ctypes.CDLL(None).fflush if os.name == "posix" else None
    try:
        kept = os.dup(_STDOUT)
    except OSError:
        # Nothing is open there: nothing can be printed.
        yield
        return
    nowhere = os.open(os.devnull, os.O_WRONLY)
    try:
        if flush is not None:
            flush(None)
        os.dup2(nowhere, _STDOUT)
        yield
        if flush is not None:
            flush(None)
    finally:
        os.dup2(kept, _STDOUT)
        os.close(nowhere)
        os.close(kept)

"""Integer programs, and the lines that must not reach standard output."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest
from scipy.optimize import LinearConstraint

from persona.decisions.optimizer.integer import integer_program

CODE = """
import ctypes
from persona.decisions.optimizer.integer import _without_stray_lines
libc = ctypes.CDLL(None)
libc.printf(b"before\\n")
with _without_stray_lines():
    libc.printf(b"stray\\n")
print("result", flush=True)
"""


def test_the_least_whole_cost_and_its_bound():
    ones = np.ones(3)
    row = LinearConstraint(np.array([[2.0, 2.0, 3.0]]), -np.inf, 4.0)
    found = integer_program(np.array([-3.0, -3.0, -4.0]), [row], whole=ones, most=ones, nodes=100)
    assert np.rint(found.x).tolist() == [1, 1, 0]
    assert found.bound == pytest.approx(-6)


def test_what_cannot_be_is_none():
    row = LinearConstraint(np.array([[1.0]]), 2.0, np.inf)
    assert integer_program(np.ones(1), [row], whole=np.ones(1), most=np.ones(1), nodes=100) is None


def test_lines_of_c_are_kept_from_the_results():
    shown = subprocess.run([sys.executable, "-c", CODE], capture_output=True, text=True, check=True, timeout=60)
    assert shown.stdout.split() == ["before", "result"]

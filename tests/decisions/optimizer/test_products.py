"""Products in tiles."""

from __future__ import annotations

import os
import subprocess
import sys

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from persona.decisions.optimizer.products import product

CODE = """
import hashlib, numpy as np
from persona.decisions.optimizer.products import product
random = np.random.default_rng(3)
left, right = random.normal(size=(150, 900)), random.normal(size=(170, 900))
print(hashlib.md5(product(left, right).tobytes()).hexdigest())
"""


@given(st.integers(0, 99), st.integers(1, 150), st.integers(1, 150))
def test_tiles_add_up_to_the_product(seed, rows, depth):
    random = np.random.default_rng(seed)
    left, right = random.normal(size=(rows, depth)), random.normal(size=(3, depth))
    np.testing.assert_allclose(product(left, right), left @ right.T, atol=1e-12 * depth)


def test_the_library_s_threads_change_no_bit():
    digests = {
        subprocess.run(
            [sys.executable, "-c", CODE], env={**os.environ, "OPENBLAS_NUM_THREADS": threads},
            capture_output=True, text=True, check=True, timeout=60,
        ).stdout
        for threads in ("1", "2")
    }  # fmt: skip
    assert len(digests) == 1

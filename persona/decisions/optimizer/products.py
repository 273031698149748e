"""Matrix products that are the same to the bit whatever number of threads the linear algebra library runs.

OpenBLAS shares a product out to threads above 2**18 multiplications, and a sum over other pieces is another sum. So
products are made of tiles below that, added up in a fixed order.
Source: OpenBLAS interface/gemm.c (SMP_THRESHOLD_MIN times GEMM_MULTITHREAD_THRESHOLD).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["product"]

Reals = NDArray[np.float64]

_TILE = 64


def product(left: Reals, right: Reals) -> Reals:
    """``left @ right.T`` for left [a, n] and right [b, n].

    >>> product(np.array([[1.0, 2.0]]), np.array([[3.0, 4.0], [0.0, 1.0]]))
    array([[11.,  2.]])
    """
    result = np.zeros((len(left), len(right)))
    depth = left.shape[1]
    # A product of a matrix with itself goes another way through the library; a copy keeps it on this one.
    other = right.copy() if left is right else right
    for a in range(0, len(left), _TILE):
        for b in range(0, len(right), _TILE):
            tile = result[a : a + _TILE, b : b + _TILE]
            for k in range(0, depth, _TILE):
                tile += left[a : a + _TILE, k : k + _TILE] @ other[b : b + _TILE, k : k + _TILE].T
    return result

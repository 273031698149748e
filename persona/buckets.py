"""The specified hash of (salt, id): holdouts, samples, tie-breaks and the 64 partitions all use it.

Source: MD5 of ``salt || '|' || id`` in UTF-8, bytes 8 to 15 read as a little-endian unsigned integer; DuckDB's
``md5_number_lower(salt || '|' || id)`` is the same number. MD5 is taken as a mixer, not as a secret.
"""

from __future__ import annotations

from collections.abc import Iterable
from hashlib import md5

import numpy as np
from numpy.typing import NDArray

__all__ = ["BUCKETS", "bucket_of", "hashed", "hashes"]

BUCKETS = 64
"""How many partitions a book has: fixed, because another number would move plans within their gap."""


def hashed(salt: str, name: str) -> int:
    """The hash of one id, 0 to 2**64 - 1.

    >>> hashed("holdout", "K0000001") % 10_000
    3002
    """
    return int.from_bytes(md5(f"{salt}|{name}".encode(), usedforsecurity=False).digest()[8:], "little")


def hashes(salt: str, names: Iterable[str]) -> NDArray[np.uint64]:
    """The hash of each id, in their order; shape (n,), UInt64."""
    return np.fromiter((hashed(salt, name) for name in names), dtype=np.uint64)


def bucket_of(unit: str) -> int:
    """The partition of a household (of a customer where none is known), 0 to 63."""
    return hashed("bucket", unit) % BUCKETS

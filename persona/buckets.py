"""The specified hash of (salt, id): holdouts, samples, tie-breaks and the 64 partitions all use it.

Source: MD5 of ``salt || '|' || id`` in UTF-8, bytes 8 to 15 read as a little-endian unsigned integer; DuckDB's
``md5_number_lower(salt || '|' || id)`` is the same number. MD5 is taken as a mixer, not as a secret.
"""

from __future__ import annotations

from collections.abc import Iterable
from hashlib import md5

import numpy as np
from numpy.typing import NDArray

__all__ = ["BUCKETS", "bucket_of", "hashed", "hashes", "mixed"]

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


def mixed(numbers: NDArray[np.uint64], hash_: int) -> NDArray[np.uint64]:
    """A new hash of each number together with one hash.

    Source: the finalizer of SplitMix64 (Steele, Lea and Flood, 2014) over the exclusive or of the two.
    """
    made = numbers ^ np.uint64(hash_)
    made = (made ^ (made >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    made = (made ^ (made >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    result: NDArray[np.uint64] = made ^ (made >> np.uint64(31))
    return result


def bucket_of(unit: str) -> int:
    """The partition of a household (of a customer where none is known), 0 to 63."""
    return hashed("bucket", unit) % BUCKETS

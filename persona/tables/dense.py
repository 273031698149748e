"""Dense tables: hundreds of numbers a customer, each a column of the smallest type that holds it."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["smallest"]

_SIGNED = (np.int8, np.int16, np.int32, np.int64)


def smallest(numbers: NDArray[Any]) -> NDArray[Any]:
    """Whole numbers in the smallest type that holds all of them; anything else as it is.

    >>> smallest(np.array([-1, 300])).dtype.name, smallest(np.array([0.5])).dtype.name
    ('int16', 'float64')
    """
    if numbers.dtype != np.int64:
        return numbers
    least, most = (int(limit(initial=0)) for limit in (numbers.min, numbers.max))
    fits = (kind for kind in _SIGNED if np.iinfo(kind).min <= least and most <= np.iinfo(kind).max)
    return numbers.astype(next(fits))

"""The customers that models are fitted on: the same ones whatever the batch, the order or the number of machines."""

from __future__ import annotations

import numpy as np
import polars as pl

from persona.buckets import hashes

__all__ = ["fit_sample"]

_SALT = "fit"


def fit_sample(crosswalk: pl.DataFrame, *, most: int = 50_000) -> pl.DataFrame:
    """The customers with the smallest hashes of the bank's id, all of a book that is no larger.

    Grain: one row a customer, sorted by ``customer_no``. Reads: ``customer_id``, ``customer_no``.
    """
    names = crosswalk["customer_id"].to_list()
    if len(names) <= most:
        return crosswalk.select("customer_no").unique().sort("customer_no")
    mixed = hashes(_SALT, names)
    order = np.lexsort((crosswalk["customer_no"].to_numpy(), mixed))[:most]
    return crosswalk[order].select("customer_no").sort("customer_no")

"""The customers that models are fitted on: the same ones whatever the batch, the order or the number of machines."""

from __future__ import annotations

import numpy as np
import polars as pl

from persona.buckets import hashes

__all__ = ["fit_sample"]

_SALT = "fit"


def fit_sample(crosswalk: pl.DataFrame, *, most: int = 50_000) -> pl.DataFrame:
    """The customers of the first buckets, of the last of them those with the smallest hashes of the bank's id.

    Buckets are drawn by hash themselves, and what lies in the others need not be read: of a million customers 98 in
    100. A book that is no larger is taken whole.

    Grain: one row a customer, sorted by ``customer_no``. Reads: ``customer_id``, ``customer_no``, ``bucket``.
    Makes: ``customer_no``, ``bucket``.
    """
    chosen = crosswalk
    if crosswalk.height > most:
        mixed = hashes(_SALT, crosswalk["customer_id"].to_list())
        number, bucket = (crosswalk[name].to_numpy() for name in ("customer_no", "bucket"))
        chosen = crosswalk[np.lexsort((number, mixed, bucket))[:most]]
    ordered = chosen.select("customer_no", "bucket").sort("customer_no", "bucket")
    return ordered.unique("customer_no", keep="first", maintain_order=True)

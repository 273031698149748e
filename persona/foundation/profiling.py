"""Who has objected to being profiled: nothing about him is inferred, and no marketing rests on what would be."""

from __future__ import annotations

import polars as pl

from persona.clock import AsOf
from persona.tables import Frame

__all__ = ["PURPOSE", "objectors"]

PURPOSE = "profiling"

_YES = "granted"


def objectors(consents: Frame, *, as_of: AsOf) -> Frame:
    """The customers who have objected to profiling, or taken back their consent to it.

    Unlike consent to a message, silence is no objection. The newest entry before ``as_of`` counts, whatever its
    channel; of several at the same time a refusal. A grant that has expired is no objection.

    Grain: one row a customer, sorted. Reads: the log ``consents``. Makes: ``customer_no``.
    Source: Regulation (EU) 2016/679, article 21(1) to (3).
    """
    said = consents.filter(
        pl.col("customer_no").is_not_null() & (pl.col("purpose") == PURPOSE) & (pl.col("at") < as_of.naive_utc)
    )
    is_no = (pl.col("status") != _YES).fill_null(value=False)
    newest = said.filter(pl.col("at") == pl.col("at").max().over("customer_no"))
    return newest.filter(is_no).select("customer_no").unique().sort("customer_no")

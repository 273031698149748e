"""How each customer stands to each offer: what there is to choose from, and what is not in his interest."""

from __future__ import annotations

import numpy as np
import polars as pl
from numpy.typing import NDArray

from persona.offers.bits import Bits
from persona.tables.verdicts import MET, UNSUITABLE

__all__ = ["standing"]

Flags = NDArray[np.bool_]


def standing(bits: Bits) -> pl.DataFrame:
    """How each customer stands to each offer.

    Grain: one row a customer of the verdicts, in their order.
    Makes: ``options`` (marketing offers that nothing refuses him), ``stands_<offer>`` (UInt8: MET, UNSUITABLE; else 0).
    """
    offers = bits.actions.select("offer_id", "slot").unique().sort("offer_id").rows()
    options = np.zeros(bits.height, dtype=np.int64)
    columns = []
    for offer, slot in offers:
        actions = bits.actions_of(offer)
        if slot == "marketing":
            options += np.any([bits.is_admissible(action) for action in actions], axis=0)
        met = np.any([bits.meets_conditions(action) for action in actions], axis=0)
        unsuitable = np.all([_is_unsuitable(bits, action) for action in actions], axis=0)
        stands = np.where(met, np.uint8(MET), np.where(unsuitable, np.uint8(UNSUITABLE), np.uint8(0)))
        columns.append(pl.Series(f"stands_{offer}", stands))
    return bits.verdicts.select("customer_no").with_columns(pl.Series("options", options), *columns)


def _is_unsuitable(bits: Bits, action: int) -> Flags:
    result = np.zeros(bits.height, dtype=np.bool_)
    for rule in bits.conditions(action):
        if rule.letter == "S":
            result |= bits.unmet(rule)
    return result

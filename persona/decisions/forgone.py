"""What a rule that alone stands in the way costs: what the best plan would gain at most without it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import polars as pl

from persona.decisions.better import rivals
from persona.decisions.pairs import Pairs, Reals
from persona.decisions.shared import Cells, Shared, shared
from persona.decisions.terms import Terms
from persona.money import MILLI
from persona.policy.actions import SLOTS, Action, exclusive

__all__ = ["forgone"]

_SLOT = "marketing"
_NONE = -1
_PAIR = ["customer_no", "action"]


def forgone(
    proposals: pl.DataFrame,
    actions: Sequence[Action],
    *,
    units: pl.DataFrame,
    terms: Terms,
    blocked: pl.DataFrame,
    taken: pl.DataFrame,
    constraints: pl.DataFrame,
) -> pl.DataFrame:
    """What each customer would gain without each rule that alone keeps a marketing action from him.

    Values are taken net of what the prices of the night's constraints ask, against the best that is open to him under
    them: by so much the certified bound of the plan rises at most. Without constraints, where a customer is sent one
    offer, it is what the plan would gain; with them it can gain less, because what he gets then is missing elsewhere,
    and more by no more than the gap of the plan. Ghosts are left out.

    Grain: one row a customer and rule with a gain, sorted.
    Reads: ``proposals`` and ``units`` as ``weighed`` makes them, of what is open and of what is ``blocked``
    (``customer_no``, ``action``, ``rule``); ``taken`` (``customer_no``, ``action``: what was sent); ``constraints``,
    the night's ``tables.decisions.CONSTRAINTS``. Makes: ``rule``, ``gain_milli``.
    Source: weak duality; the prices are feasible for the plan without the rule, too.
    """
    k = terms.limits.per_customer
    mine = [one for one in actions if one.slot == _SLOT]
    mine.sort(key=lambda one: (exclusive(one, terms.limits.one_of_each), one.index))
    cells = Cells.of_customers(units, len(terms.flags))
    lines = shared(mine, terms, cells, slot=_SLOT, before={}, k=k)
    customers = units["customer_no"].to_numpy()
    order = np.argsort(customers, kind="stable")
    place = order[np.searchsorted(customers, proposals["customer_no"].to_numpy(), sorter=order)]
    here = np.flatnonzero(proposals["slot"].to_numpy() == SLOTS.index(_SLOT))
    columns = [one.index for one in mine]
    pairs = Pairs.of(proposals, here, place, columns=columns, cells=cells.of, rules=lines.every)
    rule, sent = _beside(proposals, blocked, taken)
    rule, was_sent = rule[pairs.row], np.flatnonzero(sent[pairs.row])
    net = np.rint(pairs.value - pairs.charge(lines.rows, _prices(lines, constraints, pairs, was_sent))).astype(np.int64)
    open_to_all = (rule == _NONE) & ~pairs.is_ghost
    best = pairs.best(net.astype(np.float64), open_to_all, k)
    gain = rivals(pairs, best, net, k=k).gain
    gains = np.flatnonzero((rule != _NONE) & ~pairs.is_ghost & (gain > 0))
    told = pl.DataFrame(
        {
            "customer_no": customers[pairs.customer[gains]],
            "rule": rule[gains],
            "group": pairs.group[gains],
            "gain_milli": gain[gains],
        },
        schema={"customer_no": pl.Int64, "rule": pl.Int16, "group": pl.Int64, "gain_milli": pl.Int64},
    )
    # A rule that stands before several offers costs as many of them as he may get, one of each group.
    of_groups = told.group_by("customer_no", "rule", "group").agg(pl.col("gain_milli").max())
    summed = of_groups.group_by("customer_no", "rule").agg(pl.col("gain_milli").top_k(k).sum())
    return summed.sort("customer_no", "rule")


def _beside(
    proposals: pl.DataFrame, blocked: pl.DataFrame, taken: pl.DataFrame
) -> tuple[np.ndarray[tuple[int, ...], np.dtype[np.int16]], np.ndarray[tuple[int, ...], np.dtype[np.bool_]]]:
    """Which rule alone keeps each proposal back, and whether it was sent."""
    here = proposals.select(_PAIR)
    with_rule = here.join(blocked.select(*_PAIR, "rule"), on=_PAIR, how="left", maintain_order="left")
    marked = taken.select(*_PAIR, is_sent=pl.lit(value=True))
    with_mark = here.join(marked, on=_PAIR, how="left", maintain_order="left")
    rule = with_rule["rule"].fill_null(_NONE).cast(pl.Int16).to_numpy()
    return rule, with_mark["is_sent"].fill_null(value=False).to_numpy()


def _prices(
    lines: Shared, constraints: pl.DataFrame, pairs: Pairs, sent: np.ndarray[tuple[int, ...], np.dtype[np.int64]]
) -> Reals:
    """The price of each enforced line, in thousandths of a minor unit a unit, as the night has told it."""
    told = {
        (row["constraint_id"], row["bound"]): row["shadow_price"] or 0.0
        for row in constraints.filter(pl.col("slot") == _SLOT).iter_rows(named=True)
    }
    counted = pairs.total(lines.counting, sent)
    prices = []
    for number in lines.enforced:
        line = lines.lines[number]
        price = told.get((line.name, line.bound), 0.0) * MILLI
        is_ratio = line.term is not None and line.term.is_ratio
        # The price of an average or share was told for the bound, which stands in the row of each contact.
        prices.append(price / max(counted[number], 1.0) if is_ratio else price)
    return np.array(prices, dtype=np.float64)

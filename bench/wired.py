"""The optimizer as the night calls it, from proposals to reasons: `python -m bench.wired [CASE ...]`.

The books of `bench/optimizer.py` as proposals, with the same rows as caps of offers and constraints. Making them is not
counted; what is, is `allocated`: pairs, prices, plan, last touch, ghosts, reasons, report, the two selections by rank.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import time
from datetime import UTC, datetime

import numpy as np
import polars as pl

from bench.optimizer import CASES, CELLS, Case, Catalogue, made, peak_gigabytes
from persona.decisions import Terms, allocated
from persona.decisions.optimizer import Book, Rows
from persona.decisions.terms import ALWAYS, NEVER, Amount, Flag, Term
from persona.policy.actions import Action
from persona.policy.catalog import Offer
from persona.policy.constraints import Constraint, Constraints

DAY = datetime(2026, 1, 1, tzinfo=UTC).replace(tzinfo=None)


def actions(bank: Catalogue, limits: Rows) -> list[Action]:
    """The action columns, with the stocks as caps."""
    caps = {name: int(bound) for name, bound in zip(limits.names, limits.bounds, strict=True)}
    columns = []
    for index, (offer, line, channel) in enumerate(zip(bank.offer, bank.line, bank.channel, strict=True)):
        said = Offer.model_validate(
            {
                "offer": f"offer_{offer:03d}", "group": f"line_{line}", "name": {}, "owner": "o", "author": "a",
                "valid": {"from": "2026-01-01", "until": "2027-01-01"}, "cap": caps[f"stock_{offer}"],
                "propensity": {"prior": "0.1"}, "worth": "1",
                "treatments": [{"id": f"t{channel}", "channel": "email", "template": "t", "cost_minor": 0}],
            }
        )  # fmt: skip
        columns.append(Action(index, said, 0, "grow", DAY, DAY))
    return columns


def terms(limits: Rows, case: Case) -> Terms:
    """The other rows as constraints: of 1, of the cost, of the loss, of four times the cost less the value."""
    found = []
    for name, weights, bound in zip(limits.names, limits.weights, limits.bounds, strict=True):
        word, _, cell = name.partition("_")
        used = [ALWAYS if np.any(weights[:, action] != 0) else NEVER for action in range(weights.shape[1])]
        bounds = {"min": -bound} if word == "least" else {"max": bound}
        amount = {"budget": 0, "risk": 1, "return": 2}.get(word)
        shares: tuple[int, ...] = ()
        if word == "stock":
            continue
        if word in ("most", "fewest"):
            share = -weights[(int(cell) + 1) % CELLS, 0, 0] * (1 if word == "most" else -1)
            bounds = {"max" if word == "most" else "min": share}
            shares = (int(cell),) * limits.actions
        kind = {"share": "p > 0"} if shares else {"sum": "1"}
        rule = Constraint.model_validate({"id": name, **kind, **{key: str(value) for key, value in bounds.items()}})
        found.append(Term(rule, (1.0,) * limits.actions, tuple(used), shares, amount))
    file = Constraints(per_customer=case.k)
    return Terms(file, tuple(found), (Flag.__new__(Flag),) * CELLS, (Amount(None, None),) * 3)


def proposals(book: Book) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Every admissible pair ranked, and the customers with a flag for each cell."""
    frames, customers = [], []
    for one in book.treated:
        action, place = np.nonzero(np.isfinite(one.value))
        value = one.value[action, place]
        cost, loss = (amount[action, place] for amount in one.amounts)
        frames.append(
            pl.DataFrame(
                {
                    "customer_no": one.row[place], "slot": np.full(len(place), 2, dtype=np.uint8),
                    "action": action.astype(np.int16), "value_milli": np.rint(value * 1e3).astype(np.int64),
                    "tie": one.tie[place] ^ (action.astype(np.uint64) << np.uint64(56)),
                    "is_ghost": np.zeros(len(place), dtype=bool), "unknown": np.zeros(len(place), dtype=np.uint64),
                    "amount_0": cost, "amount_1": loss, "amount_2": 4 * cost - value,
                }
            ).sort("customer_no", "value_milli", "tie", descending=[False, True, False])
        )  # fmt: skip
        flags = {f"flag_{cell}": one.cell == cell for cell in range(CELLS)}
        customers.append(pl.DataFrame({"customer_no": one.row, "tie": one.tie, **flags}))
    units = pl.concat(customers).sort("customer_no")
    return pl.concat(frames).sort("customer_no", maintain_order=True), units.with_columns(
        household_key=pl.col("customer_no").cast(pl.String)
    )


def told(name: str, case: Case, seed: int) -> None:
    """One line: the gap, the seconds, the memory that the decision adds to what it is given."""
    book, limits = made(case, seed)
    bank = Catalogue.of(case.actions, seed)
    columns, rules = actions(bank, limits), terms(limits, case)
    ranked, units = proposals(book)
    del book
    given = peak_gigabytes()
    cpu, wall = time.process_time(), time.perf_counter()
    plan = allocated(ranked, columns, units=units, room=units.select("customer_no"), terms=rules)
    cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
    row = plan.plans.row(0, named=True)
    over = plan.constraints.filter((pl.col("slack") < -1e-6) & (pl.col("mode") == "enforce")).height
    bind = plan.constraints.filter(pl.col("shadow_price") > 0).height
    lost = [f"{by} {row[f'by_{by}_milli'] / row['value_milli'] - 1:.1%}" for by in ("value", "use")]
    figures = f"{100 * row['gap']:9.5f} {cpu:6.1f} {wall:6.1f} {given:6.2f} {peak_gigabytes():6.2f} {over:6}"
    lines = f"{bind:4}/{plan.constraints.height}"
    print(f"{name:10} {figures} {lines} {ranked.height:,} pairs; by {', by '.join(lost)}", flush=True)


def main() -> None:
    """Each case in a process of its own, so that its memory is its own."""
    reader = argparse.ArgumentParser(description=__doc__)
    reader.add_argument("cases", nargs="*", metavar="CASE", help=f"of {', '.join(CASES)}; default: 10k 100k 1m")
    reader.add_argument("--seed", type=int, default=0)
    said = reader.parse_args()
    names = said.cases or ["10k", "100k", "1m"]
    if len(names) == 1:
        told(names[0], CASES[names[0]], said.seed)
        return
    print("case           gap %  CPU s   wall  given     GB passed bind", flush=True)
    for name in names:
        subprocess.run([sys.executable, "-m", "bench.wired", "--seed", str(said.seed), name], check=True)


if __name__ == "__main__":
    main()

"""The optimizer on synthetic books against its targets: `python bench/optimizer.py [CASE ...] [--peers] [--highs]`.

A book has offers in five product lines that exclude one another, on two channels or more; 30 rows and more bind some of
the time: inventories, channel capacities, budgets, expected loss, contacts, a return ratio, minimum volumes of offers
that are worth little, and shares of four groups of customers. Building the book is not counted.
"""

from __future__ import annotations

import argparse
import hashlib
import resource
import subprocess
import sys
import time
from dataclasses import dataclass

import numpy as np

from persona.decisions.optimizer import Book, Bucket, Rows, Solution, greedy, solve
from persona.decisions.optimizer.core import core, settled
from persona.decisions.optimizer.evaluate import Evaluator, view
from persona.decisions.optimizer.scan import scanned

BUCKETS, CELLS, LINES = 64, 4, 5
HIGHS_CUSTOMERS = 10_000
CHANNEL_COST = (0.05, 0.9, 2.5, 6.0, 0.4, 1.5)
CHANNEL_LIFT = (0.0, 0.35, 0.6, 1.0, 0.15, 0.5)


@dataclass(frozen=True)
class Case:
    """A book and what is asked of its plan."""

    customers: int
    actions: int
    k: int
    levels: int
    gap_percent: float
    seconds: float
    gigabytes: float
    passes: int


CASES = {
    "1m": Case(1_000_000, 20, 1, 0, 0.001, 12, 1.2, 15),
    "1m-k2": Case(1_000_000, 20, 2, 0, 0.001, 12, 1.2, 15),
    "1m-ties": Case(1_000_000, 20, 1, 40, 0.005, 12, 1.2, 30),
    "1m-60": Case(1_000_000, 60, 1, 0, 0.001, 40, 2.2, 15),
    "100k": Case(100_000, 20, 1, 0, 0.002, 4, 1.2, 30),
    "100k-k2": Case(100_000, 20, 2, 0, 0.002, 4, 1.2, 30),
    "100k-5-levels": Case(100_000, 20, 1, 5, 0.02, 12, 1.2, 60),
    "10k": Case(10_000, 20, 1, 0, 0.01, 3, 1.2, 200),
    "10k-k2": Case(10_000, 20, 2, 0, 0.01, 3, 1.2, 200),
}


@dataclass(frozen=True)
class Catalogue:
    """What the offers of the synthetic bank are like: the same for every size of book."""

    line: np.ndarray
    channel: np.ndarray
    offer: np.ndarray
    margin: np.ndarray
    reward: np.ndarray
    base: np.ndarray
    taste: np.ndarray
    eligible: np.ndarray
    cap: np.ndarray
    strategic: np.ndarray

    @classmethod
    def of(cls, actions: int, seed: int) -> Catalogue:
        """So many actions, on two channels, or on three where there are many."""
        random = np.random.default_rng(seed)
        channels = 2 if actions <= 40 else 3
        offers = actions // channels
        line = np.sort(np.arange(offers) % LINES)
        strategic = np.arange(offers) % 3 == 2
        margin = np.exp(random.normal(4.0, 0.35, offers)) * np.where(strategic, 0.35, 1.0)
        return cls(
            line=np.repeat(line, channels),
            channel=np.tile(np.arange(channels), offers),
            offer=np.repeat(np.arange(offers), channels),
            margin=margin,
            reward=margin * random.uniform(0.1, 0.45, offers),
            base=random.normal(-3.0, 0.35, offers),
            taste=random.normal(0, 0.5, (offers, 6)),
            eligible=random.uniform(0.5, 0.85, offers),
            cap=random.uniform(0.45, 0.9, offers),
            strategic=strategic,
        )


def bucket(bank: Catalogue, number: int, customers: int, first: int, *, levels: int, seed: int) -> Bucket:
    """One partition of the book."""
    random = np.random.default_rng([seed, number, customers])
    cell = np.sort(random.choice(CELLS, customers, p=[0.46, 0.27, 0.17, 0.10]))
    size = np.exp(random.normal(0, 0.8, customers) - cell / 6)
    default = 1 / (1 + np.exp(-random.normal(-3.2, 0.8, customers) - cell / 10))
    mind = random.standard_normal((6, customers))
    consent = random.random((6, customers)) < 0.85
    value, cost, loss = (np.zeros((len(bank.line), customers), dtype=np.float32) for _ in range(3))
    for offer in range(len(bank.margin)):
        wish = bank.base[offer] + bank.taste[offer] @ mind + 0.4 * random.standard_normal(customers)
        is_open = random.random(customers) < bank.eligible[offer]
        for j in np.flatnonzero(bank.offer == offer):
            channel = bank.channel[j]
            p = 1 / (1 + np.exp(-wish - CHANNEL_LIFT[channel] - 0.25 * random.standard_normal(customers)))
            worth, risk = size, default
            if levels:
                p, worth = np.round(p * levels) / levels, np.exp(np.round(np.log(size) * 2) / 2)
                risk = np.round(default * 50) / 50
            value[j] = p * bank.margin[offer] * worth
            cost[j] = CHANNEL_COST[channel] + p * bank.reward[offer] * np.sqrt(worth)
            allowed = is_open & consent[channel]
            if bank.line[j] <= 1:
                loss[j] = p * risk * 2.7 * bank.margin[offer] * worth
                allowed &= default < 0.12
            value[j, ~allowed] = -np.inf
    tie = random.integers(0, 2**64, customers, dtype=np.uint64)
    return Bucket.of(value, (cost, loss), cell=cell, tie=tie, row=first + np.arange(customers))


def rows(book: Book, bank: Catalogue, *, k: int) -> Rows:
    """Constraints that cut into what every customer alone would like best."""
    actions, n = len(bank.line), book.customers
    free = Rows((), np.zeros((0, CELLS, actions, 4)), np.zeros(0), bank.line)
    totals = Evaluator([view(one, 0) for one in book.treated], free, k=k).dual(np.zeros(0)).totals
    by_action = totals.sum(axis=1)
    made: list[tuple[str, np.ndarray, float]] = []

    def row(name: str, where: np.ndarray, measure: int, bound: float, sign: float = 1.0) -> None:
        weights = np.zeros((CELLS, actions, 4))
        weights[:, where, measure] = sign
        made.append((name, weights, bound))

    for offer, strategic in enumerate(bank.strategic):
        where = bank.offer == offer
        wanted = by_action[0, where].sum()
        row(f"stock_{offer}", where, 0, np.floor(max(wanted * 2.5, 0.06 * n) if strategic else
                                                 max(wanted * bank.cap[offer], 0.02 * n)))  # fmt: skip
        if strategic:
            row(f"least_{offer}", where, 0, -np.floor(0.04 * n * 10 / len(bank.margin)), -1.0)
    for channel in np.unique(bank.channel):
        where = bank.channel == channel
        wanted = by_action[0, where].sum() * (0.55 if channel else 0.95)
        row(f"channel_{channel}", where, 0, np.floor(max(wanted, n / 20)))
    everything = np.ones(actions, dtype=bool)
    row("budget", everything, 1, by_action[1].sum() * 0.5)
    for line in range(3):
        row(f"budget_{line}", bank.line == line, 1, by_action[1, bank.line == line].sum() * 0.575)
    row("risk", everything, 2, by_action[2].sum() * 0.45)
    row("contacts", everything, 0, np.floor(by_action[0].sum() * 0.7))
    weights = np.zeros((CELLS, actions, 4))
    weights[:, :, 1], weights[:, :, 3] = 4.0, -1.0
    made.append(("return", weights, 0.0))
    share = np.bincount(np.concatenate([one.cell for one in book.treated]), minlength=CELLS) / n
    for cell in range(CELLS):
        for name, sign, factor in (("most", 1.0, 1.08), ("fewest", -1.0, 0.92)):
            weights = np.zeros((CELLS, actions, 4))
            weights[:, :, 0] = -sign * factor * share[cell]
            weights[cell, :, 0] += sign
            made.append((f"{name}_{cell}", weights, 0.0))
    names, tensors, bounds = zip(*made, strict=True)
    return Rows(names, np.array(tensors), np.array(bounds), bank.line)


def made(case: Case, seed: int = 0) -> tuple[Book, Rows]:
    """A book and its rows."""
    bank = Catalogue.of(case.actions, seed)
    edges = np.linspace(0, case.customers, BUCKETS + 1).astype(int)
    said = {"levels": case.levels, "seed": seed}
    book = Book(tuple(bucket(bank, b, edges[b + 1] - edges[b], edges[b], **said) for b in range(BUCKETS)))
    return book, rows(book, bank, k=case.k)


def peak_gigabytes() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6


def told(name: str, case: Case, *, workers: int, peers: bool, highs: bool, seed: int) -> None:
    """One line for the optimizer, one for each peer."""
    book, limits = made(case, seed)
    cpu, wall = time.process_time(), time.perf_counter()
    plan = solve(book, limits, k=case.k, workers=workers)
    cpu, wall, memory = time.process_time() - cpu, time.perf_counter() - wall, peak_gigabytes()
    if not isinstance(plan, Solution):
        print(f"{name:14} no plan keeps {', '.join(plan.clashing)}")
        return
    gap = 100 * plan.gap
    misses = [
        word
        for word, number, most in (
            ("gap", gap, case.gap_percent),
            ("seconds", cpu, case.seconds),
            ("memory", memory, case.gigabytes),
            ("passes", plan.passes, case.passes),
        )
        if number > most
    ]
    figures = f"{gap:9.5f} {cpu:6.1f} {wall:6.1f} {memory:5.2f} {plan.passes:6} {int((plan.shadow_prices > 0).sum()):4}"
    digest = hashlib.blake2b(plan.choice.tobytes(), digest_size=5).hexdigest()
    print(f"{name:14} {figures}/{len(limits.names)} {digest} {'missed: ' + ', '.join(misses) if misses else 'met'}")
    for by in ("value", "use") if peers else ():
        cpu = time.process_time()
        peer = greedy(book, limits, k=case.k, by=by)
        cpu = time.process_time() - cpu
        lost = 100 * (1 - peer.value / plan.value)
        print(f"  greedy by {by:5}: loses {lost:5.1f} %, breaks {len(peer.broken)} rows, {cpu:.1f} CPU s")
    if highs:
        print(f"  {whole_program(book, limits, plan, case.k)}", flush=True)


def whole_program(book: Book, limits: Rows, plan: Solution, k: int) -> str:
    """The linear program of the whole book by HiGHS, in fractions: what a general solver needs for it."""
    everything = Evaluator([view(one, 0) for one in book.treated], limits, k=k)
    most = float(np.finfo(np.float32).max)
    cpu = time.process_time()
    program = core(everything, scanned(everything, np.zeros(len(limits.names)), most))
    found = settled(program, unit=plan.value / book.customers, scales=np.maximum(1, np.abs(program.use).mean(axis=1)))
    cpu = time.process_time() - cpu
    return f"HiGHS, fractional: {100 * (found.value / plan.value - 1):.5f} % above the plan, {cpu:.1f} CPU s"


def main() -> None:
    """Each case in a process of its own, so that its memory is its own."""
    reader = argparse.ArgumentParser(description=__doc__)
    reader.add_argument("cases", nargs="*", metavar="CASE", help=f"of {', '.join(CASES)}; default: all")
    reader.add_argument("--workers", type=int, default=2)
    reader.add_argument("--seed", type=int, default=0)
    reader.add_argument("--peers", action="store_true", help="also select greedily")
    reader.add_argument(
        "--highs", action="store_true", help="also solve the whole linear program, up to 10,000 customers"
    )
    said = reader.parse_args()
    names = said.cases or list(CASES)
    if len(names) == 1:
        case = CASES[names[0]]
        highs = said.highs and case.customers <= HIGHS_CUSTOMERS
        told(names[0], case, workers=said.workers, peers=said.peers, highs=highs, seed=said.seed)
        return
    print(
        "case               gap %  CPU s   wall    GB passes bind plan       targets (seconds judged by CPU)",
        flush=True,
    )
    options = [word for word in sys.argv[1:] if word not in names]
    for name in names:
        subprocess.run([sys.executable, __file__, *options, name], check=True)


if __name__ == "__main__":
    main()

"""The optimizer on synthetic books against its targets: `python bench/optimizer.py [CASE ...] [--peers] [--workers N]`.

A book has offers in five product lines that exclude one another, on two channels or more; 30 rows and more bind some of
the time: inventories, channel capacities, budgets, expected loss, contacts, a return ratio, minimum volumes of offers
that are worth little, and shares of four groups of customers. Building the book is not counted.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import resource
import sys
import time
from dataclasses import dataclass

import numpy as np

from persona.decisions.optimizer import Book, Bucket, Rows, Solution, greedy, solve
from persona.decisions.optimizer.evaluate import Evaluator, view

BUCKETS, CELLS, LINES = 64, 4, 5
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
    return Bucket.of(value, cost, loss, cell=cell, tie=tie, row=first + np.arange(customers))


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

"""Bookings loaded and audited, then days of several sizes beside them: `python -m bench.load 100000`.

Makes a workspace of that many customers with 150 bookings each in twelve monthly files, loads it by `persona load`,
then delivers days of 3,000, 30,000 and 300,000 rows and loads each. Beside each load stands plain `read_csv` of the
same files into a table of DuckDB, with the same types, unchecked; and `persona audit` of it all.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from multiprocessing import get_context
from pathlib import Path

import numpy as np
import polars as pl

EACH = 150
"""Bookings of a customer in a year."""
DAYS = (3_000, 30_000, 300_000)
WORKSPACE = """persona: 1
name: Bookings
currency: EUR
country: DE
zone: Europe/Berlin
languages: [en]
as_of: latest_delivery
sender: {name: B, from_email: b@example.com, reply_to: b@example.com, postal_address: B, privacy_url: https://b.example.com,
  unsubscribe_url: https://b.example.com}
engine: {memory_gb: 4}
"""
CUSTOMERS = """source: core
files: "extracts/core_{date:%Y-%m-%d}.csv"
into: customers
delivery: snapshot
key: [id]
columns:
  customer_id: {from: id}
  first_name: {from: first, pii: direct}
"""
BOOKINGS = """source: cards
files: "extracts/cards_{date:%Y-%m-%d}.csv"
into: transactions
key: [ref]
columns:
  txn_id: {from: ref}
  customer_id: {from: customer}
  booked_at: {from: at, format: "%Y-%m-%dT%H:%M:%S", zone: UTC}
  amount_minor: {from: amount, minor_units: 2, sign: debit_positive}
  currency: {const: EUR}
  mcc: {from: code}
  merchant: {from: merchant}
  counterparty: {from: card, pii: direct}
  kind: {const: purchase}
"""
PEER = """
import sys, duckdb
connection = duckdb.connect(sys.argv[1])
connection.execute("SET enable_progress_bar = false")
types = dict.fromkeys(("ref", "customer", "at", "amount", "code", "merchant", "card"), "VARCHAR")
types |= {"at": "TIMESTAMP", "amount": "DECIMAL(18, 2)"}
columns = ", ".join(f'\"{name}\" {type_}' for name, type_ in types.items())
connection.execute(f"CREATE TABLE IF NOT EXISTS cards ({columns})")
for path in sys.argv[2:]:
    read = f"read_csv(?, header=true, auto_detect=false, delim=',', columns={types})"
    connection.execute(f"INSERT INTO cards SELECT * FROM {read}", [path])
connection.close()
"""
"""What a load is held against: the same files read, typed and stored, with nothing checked, keyed or tokenized."""


@dataclass(frozen=True, slots=True)
class Cost:
    """What a process cost."""

    wall_s: float
    cpu_s: float
    peak_mb: float


def cost(*argv: str, cwd: Path | None = None) -> Cost:
    """Run a command to its end; its output is dropped."""
    began = time.perf_counter()
    process = subprocess.Popen([sys.executable, *argv], cwd=cwd, stdout=subprocess.DEVNULL)
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"{argv[:3]} ended with {process.returncode}")
    return Cost(time.perf_counter() - began, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024)


def apart(work: Callable[..., None], *given: object) -> None:
    """Work done in a process of its own: what it held must not count as the peak of those that are started later."""
    process = get_context("spawn").Process(target=work, args=given)
    process.start()
    process.join()
    if process.exitcode:
        raise SystemExit(f"{work.__name__} ended with {process.exitcode}")


def bookings(path: Path, rows: int, customers: int, until: date, days: int, first: int) -> None:
    """A file of bookings of the days up to one, in the order of their time."""
    random = np.random.default_rng(first)
    start = datetime.combine(until - timedelta(days=days - 1), datetime.min.time())
    seconds = np.sort(random.integers(6 * 3600, days * 86_400 - 3600, rows))
    codes = np.array(["5411", "5541", "5812", "4511", "5999", "4814"])
    owners = random.integers(0, customers, rows)
    frame = pl.DataFrame(
        {
            "ref": pl.Series(np.arange(first, first + rows)).cast(pl.String),
            "customer": "C" + pl.Series(owners).cast(pl.String),
            "at": (pl.Series(seconds) * 1_000_000).cast(pl.Duration("us")) + start,
            "amount": pl.Series(random.integers(100, 30_000, rows)) / 100,
            "code": codes[random.integers(0, len(codes), rows)],
            "merchant": "Merchant " + pl.Series(random.integers(0, 20_000, rows)).cast(pl.String),
            "card": "4929" + pl.Series(owners + 100_000_000_000).cast(pl.String),
        }
    )
    frame.write_csv(path, datetime_format="%Y-%m-%dT%H:%M:%S", float_precision=2)


def made(root: Path, customers: int) -> list[Path]:
    """The workspace, and its files of bookings."""
    (root / "extracts").mkdir(parents=True)
    (root / "rules/sources").mkdir(parents=True)
    (root / "persona.yaml").write_text(WORKSPACE)
    (root / "rules/sources/core.yaml").write_text(CUSTOMERS)
    numbers = pl.Series(np.arange(customers)).cast(pl.String)
    people = pl.DataFrame({"id": "C" + numbers, "first": "Anna" + numbers})
    people.write_csv(root / "extracts/core_2026-06-30.csv")
    months = [date(2025, 7 + n, 1) if n < 6 else date(2026, n - 5, 1) for n in range(12)]
    each = customers * EACH // 12
    paths = []
    for number, month in enumerate(months):
        last = (month.replace(day=28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)
        paths.append(root / f"extracts/cards_{last}.csv")
        apart(bookings, paths[-1], each, customers, last, last.day, 1 + number * each)
    return paths


def told(name: str, rows: int, ours: Cost, peer: Cost) -> None:
    print(
        f"{name:24} {rows:>12,} {ours.wall_s:8.1f} {ours.cpu_s:8.1f} {rows / ours.cpu_s:>12,.0f} {ours.peak_mb:8,.0f}"
        f" {peer.wall_s:8.1f} {peer.cpu_s:8.1f} {rows / peer.cpu_s:>12,.0f} {ours.cpu_s / peer.cpu_s:7.2f}",
        flush=True,
    )


def main() -> None:
    customers = int(sys.argv[1])
    with tempfile.TemporaryDirectory(dir=Path.cwd() / "bench") as folder:
        root, database = Path(folder) / "bank", Path(folder) / "peer.duckdb"
        paths = made(root, customers)
        load = ("-m", "persona", "load", "--quiet", "-w", str(root))
        cost(*load)  # the customers, so that what is told is of bookings alone
        (root / "rules/sources/cards.yaml").write_text(BOOKINGS)
        ours, theirs = ("wall s", "CPU s", "rows/CPU s", "peak MB"), ("read_csv", "CPU s", "rows/CPU s", "ratio")
        widths = (8, 8, 12, 8, 8, 8, 12, 7)
        heads = " ".join(f"{name:>{width}}" for name, width in zip((*ours, *theirs), widths, strict=True))
        print(f"{'':24} {'rows':>12} {heads}", flush=True)
        peer = cost("-c", PEER, str(database), *map(str, paths))
        rows = customers * EACH // 12 * 12
        told("a year", rows, cost(*load), peer)
        nothing = cost(*load)
        print(f"{'nothing new':24} {0:>12,} {nothing.wall_s:8.1f} {nothing.cpu_s:8.1f} {'':12} {nothing.peak_mb:8,.0f}")
        for number, count in enumerate(DAYS):
            day = date(2026, 7, 1 + number)
            path = root / f"extracts/cards_{day}.csv"
            apart(bookings, path, count, customers, day, 1, rows + 1 + sum(DAYS[:number]))
            peer = cost("-c", PEER, str(database), str(path))
            told(f"a day beside {rows:,}", count, cost(*load), peer)
        audit = cost("-m", "persona", "audit", "--quiet", "-w", str(root))
        print(f"{'audit of it all':24} {'':12} {audit.wall_s:8.1f} {audit.cpu_s:8.1f} {'':12} {audit.peak_mb:8,.0f}")
        state = sum(one.stat().st_size for one in (root / "state").rglob("*") if one.is_file())
        print(
            f"state/ {state / 1e9:.2f} GB of {sum(one.stat().st_size for one in paths) / 1e9:.2f} GB of CSV", flush=True
        )


if __name__ == "__main__":
    main()

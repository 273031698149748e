"""One day more into the state of many customers: `python -m bench.state [--customers 1000000] [--lines 300000]`.

The customers are made up, each with purchases in thirty categories over two years; a batch is folded and kept.
What is counted is what a night does with it: read it, add the day's lines and those that leave a window, keep it again.
"""

from __future__ import annotations

import argparse
import io
import resource
import time
from collections.abc import Iterator
from datetime import date, timedelta

import numpy as np
import polars as pl

from persona import signals
from persona.signals import State
from persona.store.stages import files_of

DAY = date(2026, 7, 1)
WORDS = tuple(f"category_{number:02d}" for number in range(30))
AT_A_TIME = 100_000
HISTORY = 730
PIECES = ("read", "add", "keep")
Files = list[bytes]
LIMIT_S = 5.0
"""CPU seconds for a million customers: targets of `speed.md`, next night's state update."""


def lines(customers: int, count: int, *, first: int, last: int, seed: int) -> pl.DataFrame:
    """Purchases of so many customers, on days from ``first`` to ``last`` before DAY."""
    draw = np.random.default_rng(seed)
    days = draw.integers(last, first + 1, count)
    return pl.DataFrame(
        {
            "customer_no": draw.integers(1, customers + 1, count),
            "booked_on": pl.Series(np.datetime64(DAY) - days.astype("timedelta64[D]")).cast(pl.Date),
            "category": pl.Series([*WORDS]).gather(draw.integers(0, len(WORDS), count)),
            "spent_minor": draw.integers(100, 20_000, count),
            "hour": pl.Series(draw.integers(7, 23, count)).cast(pl.Int8),
            "place": pl.repeat(None, count, dtype=pl.String, eager=True),
        }
    )


def batches(customers: int, a_customer: int) -> Iterator[tuple[int, Files]]:
    """The state before the day of each batch, as it is kept."""
    for number, start in enumerate(range(0, customers, AT_A_TIME)):
        size = min(AT_A_TIME, customers - start)
        known = lines(size, size * a_customer, first=HISTORY, last=2, seed=number)
        before = DAY - timedelta(days=1)
        state = signals.folded(range(1, size + 1), known, as_of=before, words=WORDS)
        yield size, kept(state)


def one_day_more(state: State, size: int, count: int) -> pl.DataFrame:
    """What a night reads: the lines of the day, and as many on each day that leaves a window."""
    days = [(DAY - start).days for start, _ in signals.slices(state, to=DAY)]
    return pl.concat([lines(size, count, first=back, last=back, seed=back) for back in days])


def measured(size: int, count: int, before: Files) -> tuple[dict[str, float], int]:
    """CPU seconds of a night's three pieces of work on a batch, and the bytes that it keeps."""
    new = one_day_more(_read(before), size, count)
    marks = [time.process_time()]
    state = _read(before)
    marks.append(time.process_time())
    after = signals.advanced(state, new, to=DAY, is_last_use=True)
    marks.append(time.process_time())
    files = kept(after)
    marks.append(time.process_time())
    return dict(zip(PIECES, np.diff(marks).tolist(), strict=True)), sum(map(len, files))


def kept(state: State) -> Files:
    """The files of the state, but for their way to the disk."""
    return [payload for _, payload in files_of("state", signals.to_frame(state))]


def _read(files: Files) -> State:
    whole, plain = (pl.read_ipc(io.BytesIO(payload)) for payload in files)
    frame = whole.with_columns(plain.drop("customer_no").get_columns())
    return signals.of_frame(frame, as_of=DAY - timedelta(days=1), words=WORDS)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--customers", type=int, default=1_000_000)
    parser.add_argument("--lines", type=int, default=300_000, help="of the day, and of each that leaves a window")
    parser.add_argument("--bookings", type=int, default=30, help="of each customer before the day")
    given = parser.parse_args()
    took, held = dict.fromkeys(PIECES, 0.0), 0
    for size, before in batches(given.customers, given.bookings):
        pieces, written = measured(size, given.lines * size // given.customers, before)
        took = {name: took[name] + pieces[name] for name in PIECES}
        held += written
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1_024
    may = LIMIT_S * given.customers / 1_000_000
    head = " | ".join(["customers", "lines", *(f"{name} CPU s" for name in PIECES), "all", "may take", "ratio"])
    cells = [f"{given.customers:,}", f"{given.lines:,}", *(f"{took[name]:.2f}" for name in PIECES)]
    total = sum(took.values())
    cells += [f"{total:.2f}", f"{may:.2f}", f"{total / may:.1f}", f"{held / 1e6:,.0f}", f"{peak_mb:,.0f}"]
    print(f"| {head} | kept MB | peak MB |")
    print("|" + "---:|" * len(cells))
    print(f"| {' | '.join(cells)} |")


if __name__ == "__main__":
    main()

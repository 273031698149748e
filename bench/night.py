"""The cold night and the next one on a sample bank, stage by stage, beside what `speed.md` allows.

`python -m bench.night --customers 10000|100000|1000000 [--months 13] [--next-night] [--most-gb 4]`
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from bench.limits import COLD, NEXT, Limit
from bench.sample import REPOSITORY, Size, extracts, one_day_more, workspace

ROWS_OF = {
    "load": "new lines",
    "customers": "customers",
    "book": "transactions",
    "signals": "transactions",
    "messages": "messages",
    "publish": "messages",
    "ledger": "customers",
}
"""What the speed of a stage is counted in; customers where nothing else is said."""

FEWEST_MONTHS = 13
"""The sample's approvals hold from the thirteenth month on."""

CLOCKS = ("wall", "cpu")
CORES = 2
"""The cores that the targets are for: a second by the wall is so many CPU seconds."""


def night(root: Path) -> dict[str, Any]:
    """What a night of the workspace cost, run in a process of its own."""
    done = subprocess.run(
        [sys.executable, "-m", "bench.measured", str(root)],
        cwd=REPOSITORY,
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    )
    measured: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return measured


def told(title: str, measured: Mapping[str, Any], limits: Sequence[Limit]) -> list[str]:
    """The night as two tables of Markdown: its stages, and their ratios to the limits."""
    counts = f"{measured['customers']:,} customers, {measured['transactions']:,} transactions"
    lines = [f"### {title}: {counts}, {measured['new lines']:,} new lines, {measured['messages']:,} messages", ""]
    lines += ["| stage | seconds | CPU s | rows | rows/s | peak MB |", "|---|---:|---:|---:|---:|---:|"]
    by_name = {stage["name"]: stage for stage in measured["stages"]}
    lines += [_stage_line(stage, measured) for stage in measured["stages"]]
    peak = max(stage["peak_mb"] for stage in measured["stages"])
    lines.append(f"| **all** | {measured['wall_s']:.2f} | {measured['cpu_s']:.2f} | | | {peak:,.0f} |")
    head = "| what | seconds | CPU s | may take | ratio | CPU ratio | `speed.md` |"
    lines += ["", head, "|---|---:|---:|---:|---:|---:|---|"]
    return [*lines, *(_limit_line(limit, by_name, measured) for limit in limits), ""]


def _stage_line(stage: Mapping[str, Any], measured: Mapping[str, Any]) -> str:
    of = ROWS_OF.get(stage["name"], "customers")
    rows = measured[of] if stage["name"] not in ("plan", "hand over") else 0
    counted = f"{rows:,} {of} | {rows / max(stage['wall_s'], 1e-9):,.0f}" if rows else "|"
    return f"| {stage['name']} | {stage['wall_s']:.2f} | {stage['cpu_s']:.2f} | {counted} | {stage['peak_mb']:,.0f} |"


def _limit_line(limit: Limit, by_name: Mapping[str, Any], measured: Mapping[str, Any]) -> str:
    """What some stages took beside what they may; by CPU too, because a busy machine stretches time."""
    stages = [name for name in by_name if name in limit.stages or not limit.stages]
    took = {clock: sum(by_name[name][f"{clock}_s"] for name in stages) for clock in CLOCKS}
    may = limit.scaled(measured[limit.of])
    by_cpu = took["cpu"] / (may * CORES if limit.clock == "wall" else may)
    times = f"{took['wall']:.2f} | {took['cpu']:.2f} | {may:.2f} s {limit.clock}"
    return f"| {limit.name} | {times} | {took[limit.clock] / may:.1f} | {by_cpu:.1f} | {limit.source} |"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--customers", type=int, default=10_000)
    parser.add_argument("--months", type=int, default=13)
    parser.add_argument("--next-night", action="store_true", help="run the night after too, with one more day")
    parser.add_argument("--most-gb", type=float, help="fail where a stage takes more memory")
    given = parser.parse_args()
    if given.months < FEWEST_MONTHS:
        parser.error(f"--months must be {FEWEST_MONTHS} or more: before that nothing of the sample bank is approved")
    size = Size(given.customers, given.months)
    extracts(size)
    root = workspace(size)
    nights = [night(root)]
    print("\n".join(told("Cold night", nights[0], COLD)), flush=True)
    if given.next_night:
        one_day_more(size, root)
        nights.append(night(root))
        print("\n".join(told("Next night", nights[1], NEXT)), flush=True)
    peak_gb = max(stage["peak_mb"] for one in nights for stage in one["stages"]) / 1_024
    if given.most_gb and peak_gb > given.most_gb:
        sys.exit(f"the night took {peak_gb:.1f} GB of memory at its peak, more than {given.most_gb} GB")


if __name__ == "__main__":
    main()

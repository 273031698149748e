"""`persona --help` beside bare Python with Typer: `python -m bench.help`; the ratio of medians must stay under 2."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys

from bench.sample import REPOSITORY

BARE = """
import typer
app = typer.Typer()
@app.command()
def one(name: str) -> None:
    "One command."
@app.command()
def two(name: str) -> None:
    "Another."
app()
"""
OURS, PEER = ["-m", "persona", "--help"], ["-c", BARE, "--help"]
MOST = 2.0


def cpu_s(arguments: list[str]) -> float:
    """CPU seconds of one fresh process."""
    before = os.times()
    subprocess.run([sys.executable, *arguments], cwd=REPOSITORY, check=True, stdout=subprocess.DEVNULL)
    after = os.times()
    return after.children_user + after.children_system - before.children_user - before.children_system


def main() -> None:
    for arguments in (OURS, PEER):
        cpu_s(arguments)  # bytecode is written once
    pairs = [(cpu_s(OURS), cpu_s(PEER)) for _ in range(11)]
    ours, peer = (statistics.median(times) for times in zip(*pairs, strict=True))
    print(f"persona --help {ours:.3f} s CPU, bare Python with Typer {peer:.3f} s CPU: ratio {ours / peer:.2f}")
    if ours / peer >= MOST:
        sys.exit(f"persona --help takes {ours / peer:.1f} times what bare Python with Typer takes; {MOST} is the most")


if __name__ == "__main__":
    main()

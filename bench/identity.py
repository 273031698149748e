"""`persona identify` over many records: `python -m bench.identity 200000 [--keys]`: seconds, memory, how right.

Makes a workspace of that many records of two systems: seven in ten people are in one of them, the others in both,
written down differently (`WRITTEN`). Loading is not counted.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from datetime import date, timedelta
from pathlib import Path

import duckdb
import numpy as np
import polars as pl

from bench.measured import Stages

SYSTEMS = ("core", "lending")
BOTH = 0.3
"""Share of people who are customers of both systems."""
WORKSPACE = """persona: 1
name: Records
currency: EUR
country: DE
zone: Europe/Berlin
languages: [en]
as_of: latest_delivery
sender: {name: B, from_email: b@example.com, reply_to: b@example.com, postal_address: B, privacy_url: https://b.example.com,
  unsubscribe_url: https://b.example.com}
"""
SOURCE = """source: {system}
files: "extracts/{system}_{{date:%Y-%m-%d}}.csv"
into: customers
delivery: snapshot
key: [id]
columns:
  customer_id: {{from: id}}
  first_name: {{from: first, pii: direct}}
  last_name: {{from: last, pii: direct}}
  born_on: {{from: born, format: "%Y-%m-%d"}}
  email: {{from: mail, pii: direct}}
  phone: {{from: phone, pii: direct}}
  address: {{from: street, pii: direct}}
  postcode: {{from: zip, pii: direct}}
  city: {{from: town}}
"""
WRITTEN = {"first": 0.06, "last": 0.08, "born": 0.05, "mail": 0.35, "phone": 0.35, "street": 0.25, "zip": 0.15}
"""Share of second records in which a value is written differently, is another, or is missing."""


def words(random: np.random.Generator, count: int, syllables: int) -> np.ndarray:
    """Made-up words, the first much commoner than the last when drawn by ``zipf``."""
    parts = np.array([c + v for c in "bcdfghklmnprstvwz" for v in ("a", "e", "i", "o", "u", "an", "el", "or")])
    drawn = parts[random.integers(0, len(parts), (count, syllables))]
    return np.array(["".join(one).capitalize() for one in drawn])


def drawn(random: np.random.Generator, values: np.ndarray, count: int) -> np.ndarray:
    """Values by a long-tailed frequency."""
    rank = (len(values) ** random.random(count)).astype(int) - 1
    return values[rank]


def people(random: np.random.Generator, count: int) -> pl.DataFrame:
    """As many people, one row each."""
    streets, towns = words(random, 20_000, 3), words(random, 3_000, 3)
    town = random.integers(0, len(towns), count)
    days = random.integers(0, 25_000, count)
    first, last = drawn(random, words(random, 4_000, 2), count), drawn(random, words(random, 120_000, 3), count)
    house = np.char.add(np.char.add(streets[random.integers(0, len(streets), count)].astype(str), "weg "),
                        random.integers(1, 150, count).astype(str))  # fmt: skip
    numbers = random.integers(10_000_000, 99_999_999, count).astype(str)
    return pl.DataFrame(
        {
            "person": np.arange(count),
            "first": first,
            "last": last,
            "born": pl.Series([date(1935, 1, 1) + timedelta(days=int(day)) for day in days]).cast(pl.String),
            "mail": pl.Series(first) + "." + pl.Series(last) + pl.Series(numbers).str.slice(5) + "@example.com",
            "phone": "0171" + pl.Series(numbers),
            "street": house,
            "zip": pl.Series(10_000 + town * 3 + random.integers(0, 3, count)).cast(pl.String),
            "town": towns[town],
        }
    )


def rewritten(random: np.random.Generator, rows: pl.DataFrame) -> pl.DataFrame:
    """The rows as another system has them: slips of the pen, moves, missing values."""
    changed = {}
    for name, share in WRITTEN.items():
        values = rows[name].to_numpy().astype(object)
        hit = np.flatnonzero(random.random(rows.height) < share)
        for place, how, spot in zip(hit, random.integers(0, 3, len(hit)), random.random(len(hit)), strict=True):
            text = str(values[place])
            at = int(spot * (len(text) - 1))
            slip = text[:at] + text[at + 1] + text[at] + text[at + 2 :]
            other = values[int(spot * rows.height)]
            values[place] = slip if name in {"first", "last", "zip"} or how == 0 else ("" if how == 1 else other)
        changed[name] = pl.Series(values.tolist(), dtype=pl.String)
    as_day = pl.col("born").str.to_date("%Y-%m-%d", strict=False)
    is_day = as_day.is_between(date(1930, 1, 1), date(2010, 1, 1))
    return rows.with_columns(**changed).with_columns(
        born=pl.when(is_day).then(as_day.cast(pl.String)).otherwise(pl.lit(""))
    )


def made(root: Path, count: int) -> None:
    """The workspace, its rules and extracts."""
    random = np.random.default_rng(7)
    total = int(count / (1 + BOTH))
    everyone = people(random, total)
    twice = everyone.sample(fraction=BOTH, seed=3, shuffle=True)
    alone = everyone.join(twice, on="person", how="anti")
    half = alone.height // 2
    first = pl.concat([alone.head(half), twice])
    second = pl.concat([alone.tail(alone.height - half), rewritten(random, twice)])
    (root / "extracts").mkdir(parents=True)
    (root / "rules/sources").mkdir(parents=True)
    (root / "persona.yaml").write_text(WORKSPACE)
    for system, rows in zip(SYSTEMS, (first, second), strict=True):
        (root / f"rules/sources/{system}.yaml").write_text(SOURCE.format(system=system))
        ids = (system[0].upper() + pl.col("person").cast(pl.String)).alias("id")
        rows.select(ids, pl.exclude("person")).write_csv(root / f"extracts/{system}_2026-06-30.csv")


def judged(root: Path) -> str:
    """How many pairs are right, by the numbers in the customer ids."""
    with duckdb.connect(str(root / "state/persona.duckdb"), read_only=True) as connection:
        rows = connection.execute("SELECT person_no, substr(customer_id, 2) FROM person_crosswalk").fetchall()
    table = pl.DataFrame(rows, schema=["person_no", "label"], orient="row")
    grouped = [
        table.group_by(by).len()["len"].cast(pl.Int64) for by in (["person_no"], ["label"], ["person_no", "label"])
    ]
    pairs = [int((sizes * (sizes - 1)).sum()) // 2 for sizes in grouped]
    found, true, right = pairs
    return f"{found:,} pairs found of {true:,}: precision {right / found:.5f} recall {right / true:.5f}"


def main() -> None:
    count, with_linkage = int(sys.argv[1]), "--keys" not in sys.argv
    with tempfile.TemporaryDirectory(dir=Path.cwd() / "bench") as folder:
        root = Path(folder) / "bank"
        made(root, count)
        rules = "identity: 1\n" + ("linkage: {}\n" if with_linkage else "")
        (root / "rules/identity.yaml").write_text(rules)
        began = time.perf_counter()
        subprocess.run([sys.executable, "-m", "persona", "load", "--quiet", "-w", str(root)], check=True)
        print(f"loaded in {time.perf_counter() - began:.0f} s", flush=True)
        identified(root)
        print(judged(root))


def identified(root: Path) -> None:
    """The command's work in this process, stage by stage."""
    from persona.runs.identify import identify  # noqa: PLC0415 - what it costs to import is not its work
    from persona.runs.night import newest_delivery  # noqa: PLC0415
    from persona.runs.workspace import as_of_rule, loaded_policy  # noqa: PLC0415
    from persona.store import Store  # noqa: PLC0415

    began = time.perf_counter()
    stages = Stages()
    policy = loaded_policy(root)
    with Store.open(root, policy.workspace) as store:
        instant = as_of_rule(policy, None, newest_delivery=newest_delivery(store))
        found = identify(policy, store, instant, progress=stages)
    stages.end()
    for stage in stages.stages.values():
        print(f"{stage.name:10} {stage.wall_s:7.1f} s {stage.cpu_s:7.1f} s CPU {stage.peak_mb:7,.0f} MB")
    print(f"in all {time.perf_counter() - began:.1f} s; {dict(found.summary)}")


if __name__ == "__main__":
    main()

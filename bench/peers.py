"""What the stages are measured against: the work by itself (limits), and how one would do it naively (peers)."""

from __future__ import annotations

import gzip
from datetime import timedelta
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import polars as pl
from jinja2 import StrictUndefined, Template, nodes
from jinja2.sandbox import ImmutableSandboxedEnvironment
from numpy.typing import NDArray

from persona.clock import AsOf
from persona.messages.filters import Formats
from persona.messages.language import Text
from persona.offers import Criteria
from persona.policy.actions import Action


def lines_counted(path: Path) -> int:
    """Limit of loading: unpack the file and count its lines."""
    with gzip.open(path) as file:
        return sum(piece.count(b"\n") for piece in iter(lambda: file.read(1 << 20), b""))


def csv_read(path: Path, delimiter: str) -> int:
    """Peer of loading: DuckDB's plain ``read_csv`` into a table, every column a text, nothing checked."""
    options = f"header = true, all_varchar = true, delim = '{delimiter}', encoding = 'utf-8', ignore_errors = true"
    with duckdb.connect() as connection:
        connection.execute("SET enable_progress_bar = false").fetchall()
        connection.execute(f"CREATE TABLE t AS SELECT * FROM read_csv('{path}', {options})").fetchall()
        return int(connection.execute("SELECT count(*) FROM t").fetchall()[0][0])


def one_aggregate(bookings: pl.DataFrame) -> pl.DataFrame:
    """Limit of the signals: one hash aggregate by customer."""
    return bookings.group_by("customer_no").agg(pl.col("spent_minor").sum())


def grouped(bookings: pl.DataFrame, as_of: AsOf) -> list[pl.DataFrame]:
    """Peer of the signals: a query a question, each over all the bookings."""
    spent = bookings.filter(pl.col("spent_minor") > 0)
    made = [spent.group_by("customer_no").agg(pl.col("booked_on").max(), pl.len(), pl.col("spent_minor").sum())]
    for days in (30, 90, 365):
        recent = spent.filter(pl.col("booked_on") >= as_of.day - timedelta(days=days))
        sums = recent.group_by("customer_no", "category").agg(pl.len(), pl.col("spent_minor").sum())
        made.append(sums.pivot("category", index="customer_no", values=["len", "spent_minor"]))
    made += [spent.group_by("customer_no", one).len().sort("len").group_by("customer_no").last() for one in _WHEN]
    series = ["customer_no", "merchant", "counterparty", "category", "amount_minor"]
    gaps = pl.col("booked_on").sort().diff().dt.total_days()
    regular = bookings.group_by(series).agg(pl.len(), gaps.median().alias("gap"), gaps.std().alias("spread"))
    return [*made, regular.filter((pl.col("len") >= 3) & pl.col("gap").is_between(26, 35))]


_WHEN = ("hour", "weekday")


def one_logistic(shape: tuple[int, int]) -> NDArray[np.float64]:
    """Limit of the affinity: one logistic of as many numbers."""
    return np.asarray(1 / (1 + np.exp(-np.linspace(-5, 5, shape[0] * shape[1]).reshape(shape))))


def decayed(bought: pl.DataFrame, as_of: AsOf) -> pl.DataFrame:
    """Peer of the affinity: decayed counts by customer and category in Polars, three half-lives, made wide."""
    age = (pl.lit(as_of.day) - pl.col("booked_on")).dt.total_days()
    counts = [(0.5 ** (age / life)).sum().alias(f"n{life}") for life in (14, 45, 180)]
    made = bought.group_by("customer_no", "category").agg(counts)
    share = made.with_columns(p=1 / (1 + (-(pl.col("n14") + pl.col("n45") - pl.col("n180"))).exp()))
    return share.pivot("category", index="customer_no", values="p").fill_null(0)


def one_select(profile: pl.DataFrame, criteria: Criteria) -> pl.DataFrame:
    """Limit of the verdicts: every distinct condition once."""
    return profile.select(one.when.expr.alias(str(number)) for number, one in enumerate(criteria.items))


def crossed(profile: pl.DataFrame, criteria: Criteria, actions: tuple[Action, ...]) -> pl.DataFrame:
    """Peer of the verdicts: every customer beside every action, every condition asked of every pair."""
    pairs = profile.join(pl.DataFrame({"action": [one.name for one in actions]}), how="cross")
    met = [one.when.expr.fill_null(value=False).alias(f"met_{number}") for number, one in enumerate(criteria.items)]
    return pairs.select("customer_no", "action", *met)


def written(texts: pl.Series) -> int:
    """Limit of the texts: their bytes, put one after the other."""
    return int(texts.str.len_bytes().sum()) + len(b"".join(text.encode() for text in texts))


def by_jinja(text: Text, values: pl.DataFrame, words: Formats, *, is_html: bool) -> list[str]:
    """Peer of the texts: a sandboxed Jinja template, row by row."""
    environment = ImmutableSandboxedEnvironment(autoescape=is_html, undefined=StrictUndefined)
    environment.filters.update(words.filters)
    environment.tests = {"none": lambda value: value is None}
    tree = nodes.Template(list(text.body), lineno=1)
    tree.set_environment(environment)
    template: Any = Template.from_code(environment, environment.compile(tree), environment.globals)
    return [template.render(row) for row in values.iter_rows(named=True)]

"""The review file of `persona identify`: pairs in the grey zone out, decisions in."""

from __future__ import annotations

import os
from pathlib import Path

import polars as pl

from persona.errors import ExtractError, WriteError
from persona.foundation import identity
from persona.policy.identity import Identity

__all__ = ["REVIEW", "read_decisions", "write_review"]

REVIEW = "out/identity/review.csv"
"""Where the pairs to be decided on lie, from the workspace."""

_FORMULA = "=+-@\t\r"
"""What a spreadsheet would run."""


def read_decisions(path: Path, customers: pl.Series) -> pl.DataFrame:
    """What reviewers decided on pairs of customers.

    Raises: ExtractError when the file cannot be read, or names customers whom nobody knows.
    """
    try:
        rows = pl.read_csv(path, infer_schema=False, encoding="utf8")
    except OSError as error:
        raise ExtractError(f"cannot be read: {error.strerror}", where=path.name) from error
    except pl.exceptions.PolarsError as error:
        raise ExtractError(f"is no CSV file ({type(error).__name__})", where=path.name) from None
    told = identity.decided(rows, file=path.name)
    strangers = told.filter(~pl.all_horizontal(pl.col("customer_a", "customer_b").is_in(customers.implode())))
    if strangers.height:
        hint = "Give the ids as the file of `persona identify` has them."
        raise ExtractError(f"{strangers.height:,} of {told.height:,} pairs name a customer who is not known",
                           where=path.name, hint=hint)  # fmt: skip
    return told


def write_review(
    root: Path,
    path: Path | None,
    grey: pl.DataFrame,
    records: pl.DataFrame,
    own: pl.DataFrame,
    rules: Identity,
    *,
    is_clear: bool,
) -> Path | None:
    """The file that was written, readable by its owner only; None, and no file, where there is nothing to decide.

    One row a pair: the customer ids, weight, probability, reason, what each record says (masked unless ``is_clear``),
    and an empty ``decision``.
    """
    target = path or root / REVIEW
    if grey.is_empty():
        target.unlink(missing_ok=True)
        return None
    shown = records if is_clear else identity.masked(records, rules.fields)
    named = own.select("record_no", "customer_id").join(shown, on="record_no", how="inner")
    sides = [
        named.rename(
            {name: f"{name}_{side}" for name in named.columns if name not in {"record_no", "customer_id"}}
        ).rename({"record_no": side, "customer_id": f"customer_{side}"})
        for side in ("a", "b")
    ]
    both = grey.join(sides[0], on="a", how="left", maintain_order="left")
    both = both.join(sides[1], on="b", how="left", maintain_order="left")
    fields = [f"{name}_{side}" for name in shown.columns if name != "record_no" for side in ("a", "b")]
    texts = both.select(
        "customer_a",
        "customer_b",
        "weight",
        "probability",
        pl.concat_str(
            "reason", pl.when(pl.col("outcome") != "grey").then("; refused: " + pl.col("outcome")).otherwise(pl.lit(""))
        ),
        *(_harmless(name) for name in fields),
        decision=pl.lit(None, dtype=pl.String),
    )
    _write(target, texts.write_csv().encode())
    return target


def _harmless(name: str) -> pl.Expr:
    """The text so that no spreadsheet runs it."""
    text = pl.col(name).cast(pl.String)
    return pl.when(text.str.slice(0, 1).is_in(list(_FORMULA))).then(pl.lit("'") + text).otherwise(text).alias(name)


def _write(path: Path, content: bytes) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        aside = path.with_name(f".{path.name}.aside")
        aside.unlink(missing_ok=True)
        with os.fdopen(os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        aside.replace(path)
    except OSError as error:
        raise WriteError(f"could not be written: {error.strerror}", where=path.name) from error

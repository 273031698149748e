"""Linkage of FEBRL records beside splink used as its documentation does: `python bench/quality/identity.py [1 3]`.

Reads FEBRL from the folder that PERSONA_REAL_DATA names; the labels in its record ids are only counted with, never
linked by. Pairs are those of the persons found, so that a wrong link costs every pair that it makes.
"""

from __future__ import annotations

import logging
import os
import sys
import time
from pathlib import Path

import polars as pl

from persona.foundation import identity
from persona.policy.identity import Comparable, Identity, Key, Linkage
from persona.runs.identify import linked

SETS = {"1": "dataset1.csv", "3": "dataset3.csv"}
FIELDS = {
    "first_name": ("given_name", "name"),
    "last_name": ("surname", "name"),
    "born_on": ("date_of_birth", "date"),
    "document": ("soc_sec_id", "document"),
    "address": ("address_1", "address"),
    "number": ("street_number", "number"),
    "postcode": ("postcode", "postcode"),
    "city": ("suburb", "place"),
}
KEYS = (
    Key(id="document", fields=("document",), unless=("born_on",)),
    Key(id="name_and_birth", fields=("first_name", "last_name", "born_on"), unless=("document",)),
)
DIRECT = (0.2, 0.5, 0.95)
"""Thresholds of splink used directly; its documentation predicts from 0.2 on."""


def records(name: str) -> pl.DataFrame:
    """The records with the person that each is of, as the labels say."""
    path = Path(os.environ["PERSONA_REAL_DATA"]) / "er_febrl" / name
    rows = pl.read_csv(path, infer_schema=False)
    rows = rows.rename({column: column.strip() for column in rows.columns}).with_columns(pl.all().str.strip_chars())
    rows = rows.with_columns(pl.when(pl.all() != "").then(pl.all()))
    return rows.with_row_index("record_no", offset=1).with_columns(
        pl.col("record_no").cast(pl.Int64), label=pl.col("rec_id").str.extract(r"^(rec-\d+)-")
    )


def comparable(rows: pl.DataFrame) -> pl.DataFrame:
    """The records as persona compares them."""
    said = rows.select("record_no", **{name: pl.col(column) for name, (column, _) in FIELDS.items()})
    dated = said.with_columns(pl.col("born_on").str.to_date("%Y%m%d", strict=False))
    return identity.comparable(dated, RULES.fields, country="AU")


RULES = Identity(
    fields={name: Comparable(kind=kind) for name, (_, kind) in FIELDS.items()},
    keys=KEYS,
    linkage=Linkage(),
    households=None,
)


def pairs_of(groups: pl.DataFrame, by: str) -> pl.DataFrame:
    """Every pair of records that are in one group."""
    both = groups.join(groups, on=by, suffix="_b").filter(pl.col("record_no") < pl.col("record_no_b"))
    return both.select(a="record_no", b="record_no_b")


def quality(found: pl.DataFrame, true: pl.DataFrame) -> tuple[float, float, float]:
    """Pairwise precision, recall and their harmonic mean."""
    hits = found.join(true, on=["a", "b"], how="semi").height
    precision, recall = hits / max(1, found.height), hits / true.height
    return precision, recall, 2 * precision * recall / max(1e-12, precision + recall)


def direct(rows: pl.DataFrame) -> pl.DataFrame:
    """Pairs and their probability by splink alone, set up as its documentation sets up FEBRL 3."""
    import splink.comparison_library as cl  # noqa: PLC0415 - an extra
    from splink import DuckDBAPI, Linker, SettingsCreator, block_on  # noqa: PLC0415

    one_each = ("soc_sec_id", "given_name", "surname", "date_of_birth", "postcode")
    settings = SettingsCreator(
        unique_id_column_name="record_no",
        link_type="dedupe_only",
        blocking_rules_to_generate_predictions=[block_on(name) for name in one_each],
        comparisons=[
            cl.NameComparison("given_name"),
            cl.NameComparison("surname"),
            cl.DateOfBirthComparison("date_of_birth", input_is_string=True, datetime_format="%Y%m%d"),
            cl.DamerauLevenshteinAtThresholds("soc_sec_id", [2]),
            cl.ExactMatch("street_number").configure(term_frequency_adjustments=True),
            cl.ExactMatch("postcode").configure(term_frequency_adjustments=True),
        ],
    )
    api = DuckDBAPI()
    linker = Linker(api.register(rows.drop("label", "rec_id")), settings, log_level=logging.CRITICAL)
    swapped = "l.given_name = r.surname and l.surname = r.given_name and l.date_of_birth = r.date_of_birth"
    sure = [block_on("soc_sec_id"), block_on("given_name", "surname", "date_of_birth"), swapped]
    linker.training.estimate_probability_two_random_records_match(sure, recall=0.9)
    linker.training.estimate_u_using_random_sampling(max_pairs=1e6, seed=1)
    for name in ("date_of_birth", "postcode"):
        linker.training.estimate_parameters_using_expectation_maximisation(block_on(name))
    found = pl.from_arrow(linker.inference.predict(threshold_match_probability=min(DIRECT)).as_pyarrow_table())
    low, high = pl.min_horizontal("record_no_l", "record_no_r"), pl.max_horizontal("record_no_l", "record_no_r")
    return found.select(a=low.cast(pl.Int64), b=high.cast(pl.Int64), probability="match_probability")


def clustered(rows: pl.DataFrame, pairs: pl.DataFrame) -> pl.DataFrame:
    """All pairs of the persons that pairs make when every one is believed."""
    ranked = pairs.select("a", "b", rank=pl.lit(2, pl.Int8), weight="probability")
    none = pl.DataFrame(schema={"a": pl.Int64, "b": pl.Int64})
    made = identity.joined(rows["record_no"], ranked, cuts=none, most=rows.height)
    return pairs_of(made.members, "first")


def main() -> None:
    logging.getLogger("splink").setLevel(logging.CRITICAL)
    print("set  linkage                                    pairs  precision    recall        F1  largest       s")
    for name in sys.argv[1:] or SETS:
        rows = records(SETS[name])
        true = pairs_of(rows.select("record_no", "label"), "label")
        for title, rules in (("keys", RULES.model_copy(update={"linkage": None})), ("keys, then splink", RULES)):
            began = time.perf_counter()
            made = linked(comparable(rows), rules, memory_gb=4)
            members = made.persons.members
            largest = members.group_by("first").len()["len"].max()
            shown(name, title, pairs_of(members, "first"), true, largest, time.perf_counter() - began)
        began = time.perf_counter()
        weighed = direct(rows)
        seconds = time.perf_counter() - began
        for least in DIRECT:
            pairs = weighed.filter(pl.col("probability") >= least)
            shown(name, f"splink alone, pairs from {least}", pairs.select("a", "b"), true, None, seconds)
            shown(name, f"splink alone, clusters from {least}", clustered(rows, pairs), true, None, seconds)


def shown(name: str, title: str, found: pl.DataFrame, true: pl.DataFrame, largest: object, seconds: float) -> None:
    precision, recall, harmonic = quality(found, true)
    print(
        f"{name:4} {title:38} {found.height:9,} {precision:10.4f} {recall:9.4f} {harmonic:9.4f}"
        f" {largest or '':>8} {seconds:7.1f}"
    )


if __name__ == "__main__":
    main()

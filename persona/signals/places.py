"""Places: what kind of place a trip went to, by the words in a merchant's name."""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

__all__ = ["DESTINATION_WORDS", "PLACES", "place"]

DESTINATION_WORDS: Mapping[str, tuple[str, ...]] = {
    "coast": (
        "BEACH", "COAST", "SEASIDE", "STRAND", "KUESTE", "KÜSTE", "DUENE", "DÜNE", "PLAYA", "PRAIA", "PLAGE",
        "SPIAGGIA", "MARINA", "BAHIA", "COSTA", "ISLAND RESORT", "OBALA", "SEESTERN",
    ),
    "mountain": (
        "ALPEN", "ALPINE", "ALPES", "ALPI ", "BERGHOTEL", "BERGBAHN", "MOUNTAIN", "MONTAGNE", "MONTAGNA", "MONTANA",
        "SKI ", "SKIPASS", "CHALET", "GLETSCHER", "SEILBAHN",
    ),
    "city": ("CITY", "STADTHOTEL", "URBAN", "DOWNTOWN", "CENTRE VILLE", "CENTRO", "INNENSTADT", "METROPOL"),
}  # fmt: skip
"""Words in a merchant's name that tell the kind of a place; a name with words of several kinds tells nothing."""

PLACES = tuple(sorted(DESTINATION_WORDS))

_TRAVEL = "travel"


def place() -> pl.Expr:
    """The kind of place that a purchase of ``travel``, or of what is below it, tells by the merchant's name."""
    is_travel = (pl.col("category") == _TRAVEL) | pl.col("category").str.starts_with(f"{_TRAVEL}.")
    return pl.when(is_travel).then(pl.col("merchant").map_batches(_kinds, return_dtype=pl.String, is_elementwise=True))


def _kinds(merchants: pl.Series) -> pl.Series:
    """The kind of place of each merchant, asked once for each name."""
    names = merchants.unique().drop_nulls()
    told = pl.select(name=names, kind=_kind(names.to_frame("name")["name"]))
    return merchants.replace_strict(told["name"], told["kind"], default=None, return_dtype=pl.String)


def _kind(names: pl.Series) -> pl.Series:
    name = pl.lit(names).str.to_uppercase() + " "
    says = {kind: name.str.contains_any(list(words)) for kind, words in DESTINATION_WORDS.items()}
    is_clear = pl.sum_horizontal(says.values()) == 1
    named = pl.coalesce(pl.when(said).then(pl.lit(kind)) for kind, said in says.items())
    return pl.select(pl.when(is_clear).then(named)).to_series()

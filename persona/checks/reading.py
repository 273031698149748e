"""How hard a message is to read, by LIX: words a sentence, and the share of long words in per cent.

Source: Björnsson, Läsbarhet (1968): LIX = words / sentences + 100 * words of more than six letters / words. It needs no
syllables, so it is the same formula in every language; what counts as hard is not, and stands in ``rules/qa.yaml``. It
says nothing of short texts: below ``LEAST_WORDS`` nothing is judged.
"""

from __future__ import annotations

import polars as pl

from persona.checks.given import Given

__all__ = ["LEAST_WORDS", "is_hard_to_read", "lix"]

LEAST_WORDS = 30

_ADDRESSES = r"\S*(?:://|@)\S*[^\s.!?:]"
"""Up to the sign that ends a sentence."""


def lix(text: pl.Expr) -> pl.Expr:
    """The LIX of a text, 0 and up; null of a text of fewer than ``LEAST_WORDS`` words. Addresses are no words."""
    text = text.str.replace_all(_ADDRESSES, " ")
    words = text.str.count_matches(r"\p{L}+")
    long = text.str.count_matches(r"\p{L}{7,}")
    sentences = text.str.count_matches(r"[.!?:](?:\s|$)").clip(lower_bound=1)
    return pl.when(words >= LEAST_WORDS).then(words / sentences + 100 * long / words)


def is_hard_to_read(given: Given) -> pl.Expr:
    """Whether a message is harder than its language may be; false where ``qa.yaml`` says nothing of the language."""
    found = pl.lit(value=False)
    for language, most in sorted(given.reading.items()):
        is_spoken = (pl.col("locale") == language) | pl.col("locale").str.starts_with(f"{language}-")
        text = pl.when(is_spoken).then(pl.coalesce("text", "body"))
        found = pl.when(is_spoken).then(lix(text) > most).otherwise(found)
    return found.fill_null(value=False)

"""Customers whose language no template speaks: that they are written to in the first language is said, not silent."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from persona import foundation
from persona.messages.wording import nearest
from persona.policy.policy import Policy
from persona.runs.nightly import people_of
from persona.runs.plan import Night, batches

__all__ = ["OTHERS", "unspoken"]

OTHERS = "others"
"""Stands for the languages of few customers."""
FEW = 20
"""What fewer customers speak is not named: it would tell of persons."""
_SCHEMA = {"language": pl.String, "customers": pl.Int64}


def unspoken(night: Night) -> pl.DataFrame:
    """The languages that customers speak and no template does, the largest first; those of few customers last, as one.

    Makes: ``language``, ``customers``, ``written_in`` (the language that they get instead).
    """
    languages = _spoken(night.policy)
    counts = [pl.DataFrame(schema=_SCHEMA), *(_of(night, buckets, languages) for buckets in batches(night))]
    named = pl.when(pl.col("customers").sum().over("language") >= FEW).then("language").otherwise(pl.lit(OTHERS))
    told = pl.concat(counts).group_by(named.alias("language")).agg(pl.col("customers").sum())
    instead = pl.lit(night.policy.workspace.languages[0]).alias("written_in")
    return told.with_columns(instead).sort(pl.col("language") == OTHERS, -pl.col("customers"), "language")


def _spoken(policy: Policy) -> tuple[str, ...]:
    """The workspace's languages of which some template has a text; all of them where there are no templates."""
    locales = [template.locales for template in policy.templates.values()]
    return tuple(one for one in policy.workspace.languages if not locales or any(nearest(of, one) for of in locales))


def _of(night: Night, buckets: Sequence[int], languages: Sequence[str]) -> pl.DataFrame:
    is_other = (pl.col("language") != "") & foundation.spoken(languages).is_null()
    rows = night.store.scan("customers", buckets, as_of=night.as_of.day).select(is_other.any()).collect().item()
    if not rows:
        return pl.DataFrame(schema=_SCHEMA)
    people = people_of(night, buckets).filter(is_other)
    return people.group_by(pl.col("language").str.to_lowercase()).agg(customers=pl.len().cast(pl.Int64))

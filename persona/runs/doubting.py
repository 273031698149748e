"""What speaks against a delivery: a day far ahead of all others, or a snapshot that has lost its rows."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import date, timedelta

import polars as pl

from persona.errors import ExtractError
from persona.policy.source import Source
from persona.sources import Delivery
from persona.sources.found import names_a_day

__all__ = ["misdated", "noted"]

_MONTH, _YEAR = 31, 366
"""How much later than its first day a file's day can be whose name tells only the month, or only the year."""


def misdated(waiting: Iterable[tuple[Source, Delivery]], known: Collection[date]) -> dict[Delivery, ExtractError]:
    """Why files are of no day of ours: their day lies too far after every day before it, and nobody asks a wall clock.

    ``known`` are the days of what was taken in before; in the first load the files of other sources vouch for a day
    before theirs as well. A file that is misdated vouches for none.
    """
    refused, newest = {}, max(known, default=None)
    ordered = sorted(waiting, key=lambda pair: (pair[1].delivered_on, pair[1].name, pair[0].source))
    for source, delivery in ordered:
        day, most = delivery.delivered_on, timedelta(days=source.max_gap_days + _vagueness(source))
        if newest is None or day <= newest + most or (not known and _is_vouched(delivery, ordered, most)):
            newest = max(day, newest or day)
            continue
        refused[delivery] = ExtractError(
            f"is misdated: its day is {day}, and the newest of all other deliveries is {newest}",
            where=delivery.name,
            hint=f"Rename it to its day, or raise max_gap_days in {source.file} from {source.max_gap_days}.",
        )
    return refused


def _is_vouched(delivery: Delivery, others: Iterable[tuple[Source, Delivery]], most: timedelta) -> bool:
    """Whether a file of another source has a day that is hardly before a file's, or after it."""
    return any(
        delivery.delivered_on <= one.delivered_on + most
        for _, one in others
        if one.source != delivery.source and one.name != delivery.name
    )


def _vagueness(source: Source) -> int:
    """How many days a file may be older than the day that follows from its name."""
    return 0 if names_a_day(source) else _MONTH if "%m" in source.files else _YEAR


def noted(
    rows: int, source: Source, delivery: Delivery, deliveries: pl.DataFrame, *, sha256: str, beside: Iterable[int]
) -> str | None:
    """What is to be noted of a file that brings no rows; None where it brings some.

    ``beside`` are the rows of the other files of its day that wait, asked for only where the others are too few.

    Raises: ExtractError where it is a snapshot, which stands for its whole table, and would leave none of the rows of
    the one before, or fewer than the source allows.
    """
    own = deliveries.filter(pl.col("source") == source.source, pl.col("replaced_by").is_null())
    if source.delivery == "snapshot":
        _refuse_shrunk(rows, source, delivery, own.filter(kind="snapshot", table_name=source.into), sha256, beside)
    if rows:
        return None
    return "brings no rows" if own.height else "is the first of its source, and brings no rows"


def _refuse_shrunk(
    left: int, source: Source, delivery: Delivery, own: pl.DataFrame, sha256: str, beside: Iterable[int]
) -> None:
    """Refuse a snapshot, by all files of its day, that has too few rows of the day before it.

    Where there is no day before it, it is held against what it takes the place of.
    """
    same, earlier = own.filter(delivered_on=delivery.delivered_on), pl.col("delivered_on") < delivery.delivered_on
    is_piece = pl.col("name") != delivery.name if set("*?") & set(source.files) else pl.lit(value=False)
    left += int(same.filter(is_piece)["loaded"].sum())
    past = own.filter(earlier)
    newest = pl.col("delivered_on") == pl.col("delivered_on").max()
    before = past.filter(newest) if past.height else same.filter(~is_piece)
    had, day = before.select(pl.col("loaded").sum(), pl.col("delivered_on").max()).row(0)
    # The same bytes under other rules: that they bring fewer rows may be what the rules are for.
    is_reread = sha256 in same["sha256"]
    least = max(0 if is_reread else source.min_rows_share * had, 0 if source.allow_empty or not had else 1)
    for more in beside:
        if left >= least:
            break
        left += more
    if left >= least or (source.allow_empty and not left):
        return
    key = f"lower min_rows_share from {source.min_rows_share}" if left else "say allow_empty: true"
    raise ExtractError(
        f"brings {left:,} rows, and the delivery of {day} brought {had:,}",
        where=delivery.name,
        hint=f"The one before stays in force. Ask for the file again, or {key} in {source.file}.",
    )

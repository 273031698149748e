"""The state of every customer, followed from night to night: to that of the night before the new days are added.

Whose rows are others than those that the state was folded from (late, corrected, taken out, linked anew), and who is
new, is folded anew from all his lines; the result is the same to the byte, so a replay needs no state of then.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import polars as pl

from persona import signals
from persona.runs.lines import lines_of, recipe_of
from persona.runs.plan import Night, Pieces, batches
from persona.store import FOLDED, Rolled

__all__ = ["ANEW", "AT_SHOPS", "Followed", "followed", "state_of", "states"]

ANEW = "folded_anew"
"""The stage table of whom the night's state was not followed for: ``customer_no``."""

AT_SHOPS = "at_regular_shops"
"""The stage table of the purchases of a year at shops that are paid regularly, as ``signals.at_shops`` makes it."""

_FOLLOWED = ("state", "streams", "life", AT_SHOPS)
_MOST_GONE = 2
"""Times the files that stayed."""

_READ = ("customer_no", "booked_on", "category", "spent_minor", "hour", "place", "shop")
_BOOKED = (*_READ, "amount_minor", "merchant", "counterparty", "kind", "series")


@dataclass(frozen=True, slots=True)
class Followed:
    """Of whom a night followed the state of the night before: who else keeps a fold may follow its own of them."""

    since: date
    """The day of the night before."""
    anew: pl.Series
    """Who is new, or has other rows of the days before than then."""


@dataclass(frozen=True, slots=True)
class _Before:
    """The state of the night before, where it can be followed."""

    run_id: str
    day: date
    came: frozenset[str]
    """Files of lines that it was not folded from."""
    went: frozenset[str]
    """Files that it was folded from and that count no more."""


def states(night: Night) -> Pieces:
    """The state and the regular payments of each customer, and the files of lines that they were folded from."""
    lines = lines_of(night)
    before = _before(night, lines)
    for buckets in batches(night):
        everyone = night.table("units", buckets)["customer_no"].unique().sort()
        yield _followed(night, lines, buckets, everyone, before)
    # A first row without a name keeps the day and the words of a state that was folded from nothing.
    names = pl.Series("name", [None, *sorted(lines.months)], dtype=pl.String)
    said = {"day": night.as_of.day, "recipe": recipe_of(night), "words": _words(night)}
    followed_run = pl.lit(before.run_id if before else None, dtype=pl.String)
    more = {name: pl.lit(value) for name, value in said.items()} | {"follows": followed_run}
    yield {FOLDED: names.to_frame().with_columns(**more)}


def _words(night: Night) -> str:
    return ",".join(night.policy.vocabulary.categories)


def state_of(night: Night, buckets: Sequence[int] | None = None) -> signals.State:
    """The state of the customers of some buckets before the day of the night."""
    return signals.of_frame(night.table("state", buckets), as_of=night.as_of.day, words=_words_of(night))


def _words_of(night: Night) -> tuple[str, ...]:
    """The categories that the night's state was folded by: those of its own rules, which may be others today."""
    said = str(night.table(FOLDED)["words"][0])
    return tuple(said.split(",")) if said else ()


def followed(night: Night) -> Followed | None:
    """Of whom the night's state followed that of the night before; None where it was folded anew of all.

    The state may have been made when another night was the one before: who is new to that one says nothing here.
    """
    said, before = night.table(FOLDED), night.table_before(FOLDED)
    if night.before is None or before is None or "follows" not in said.columns:
        return None
    if said["follows"][0] != night.before.run_id:
        return None
    return Followed(before["day"][0], night.table(ANEW)["customer_no"])


def _before(night: Night, lines: Rolled) -> _Before | None:
    """The state of the night before; None where there is none, or not all that it was folded from is there."""
    said = night.table_before(FOLDED) if night.has_before(*_FOLLOWED) else None
    if said is None or night.before is None or lines.anew is not None:
        return None
    day, recipe = said.select("day", "recipe").row(0)
    then, now = set(said["name"].drop_nulls()), set(lines.months)
    if recipe != recipe_of(night) or day > night.as_of.day or not lines.has(then - now):
        return None
    # Where most of it went, to tell whose rows are others costs more than to fold all of it.
    is_other = lines.size(then - now) > _MOST_GONE * lines.size(now & then)
    return None if is_other else _Before(night.before.run_id, day, frozenset(now - then), frozenset(then - now))


def _changed(lines: Rolled, buckets: Sequence[int], before: _Before) -> pl.Series:
    """The customers of some buckets who have other rows of the days before in the files that came and went."""
    sides = [
        lines.rows(buckets, names=names)
        .filter(pl.col("booked_on") < before.day)
        .drop("bucket")
        .with_columns(side=pl.lit(side))
        for names, side in ((before.came, 1), (before.went, -1))
    ]
    both = pl.concat(sides)
    columns = [name for name in both.collect_schema() if name != "side"]
    counted = both.group_by(columns).agg(pl.col("side").sum()).filter(pl.col("side") != 0)
    return counted.select(pl.col("customer_no").unique().sort()).collect(engine="in-memory").to_series()


def _followed(
    night: Night, lines: Rolled, buckets: Sequence[int], everyone: pl.Series, before: _Before | None
) -> dict[str, pl.DataFrame]:
    """The state and streams of a batch: of whom the night before has them true, from there; of others anew."""
    day, words = night.as_of.day, night.policy.vocabulary.categories
    tables = [night.table_before(name, buckets) for name in _FOLLOWED] if before else []
    if before is None or any(table is None for table in tables):
        read = _of(lines, buckets, None, until=day)
        fresh = signals.folded(everyone.to_numpy(), read, as_of=day, words=words)
        life = _life(lines, buckets, None, fresh, until=day)
        streams = signals.streams(read, as_of=day)
        shops = signals.at_shops(everyone.to_numpy(), read, signals.regular_shops(streams), as_of=day)
        made = {"state": signals.to_frame(fresh), "streams": streams, "life": life, AT_SHOPS: shops}
        return made | {ANEW: _told(everyone)}
    changed = _changed(lines, buckets, before)
    is_true = pl.col("customer_no").is_in(everyone.implode()) & ~pl.col("customer_no").is_in(changed.implode())
    stays, regular, life, at_shops = (table.filter(is_true) for table in tables if table is not None)
    known = signals.of_frame(stays, as_of=before.day, words=words)
    others = everyone.filter(~everyone.is_in(stays["customer_no"].implode()))
    sliced = _slices(lines, buckets, known, until=day)
    moved = signals.advanced(known, sliced, to=day, is_last_use=True)
    anew = _of(lines, buckets, others, until=day)
    fresh = signals.folded(others.to_numpy(), anew, as_of=day, words=words)
    gone, own = _touched(lines, buckets, stays["customer_no"], before.day, day)
    judged = own.filter(pl.col("series").is_in(gone["series"].implode()))
    streams = signals.renewed(regular, pl.concat([judged, anew]), gone=gone["series"], as_of=day)
    was, now = signals.regular_shops(regular), signals.regular_shops(streams)
    read = _of_shops(own, sliced, gone["shop"])
    followed_shops = signals.at_shops_followed(
        at_shops, read, gone["shop"], since=before.day, as_of=day, was=was, shops=now
    )
    new_shops = signals.at_shops(others.to_numpy(), anew, now, as_of=day)
    state = signals.merged(moved, fresh)
    new = lines.rows(buckets, since=before.day, until=day).filter(pl.col("booked_on") >= before.day, "is_life")
    told = new.select(pl.col("customer_no").unique()).collect(engine="in-memory").to_series()
    who = pl.concat([others, told]).unique().sort()
    lives = [
        life.filter(~pl.col("customer_no").is_in(who.implode())),
        _life(lines, buckets, who, state, until=day),
    ]
    lived = pl.concat(lives).sort("customer_no")
    shops = pl.concat([followed_shops, new_shops], how="vertical_relaxed").sort("customer_no")
    made = {"state": signals.to_frame(state), "streams": streams, "life": lived, AT_SHOPS: shops}
    return made | {ANEW: _told(others)}


def _of_shops(own: pl.DataFrame, sliced: pl.DataFrame, touched: pl.Series) -> pl.DataFrame:
    """The lines of touched shops, which are all among their own, and of others those of the days that came or left."""
    of_others = sliced.filter(~pl.col("shop").is_in(touched.implode()))
    return pl.concat([own.select(_READ), of_others.select(_READ)])


def _told(customers: pl.Series) -> pl.DataFrame:
    return customers.alias("customer_no").to_frame()


def _life(
    lines: Rolled, buckets: Sequence[int], customers: pl.Series | None, state: signals.State, *, until: date
) -> pl.DataFrame:
    """What has changed in the lives of some customers, of everybody where none are named."""
    rows = lines.rows(buckets, until=until).filter(pl.col("is_life") & (pl.col("booked_on") < until))
    if customers is not None:
        rows = rows.filter(pl.col("customer_no").is_in(customers.implode()))
    names = ("customer_no", "booked_on", "amount_minor", "category", "kind", "merchant", "counterparty")
    return signals.life_dates(rows.select(names).collect(engine="in-memory"), signals.known_since(state))


def _slices(lines: Rolled, buckets: Sequence[int], state: signals.State, *, until: date) -> pl.DataFrame:
    """The lines of the days that are new, and of those that leave a window, of the customers of a state."""
    is_his = pl.col("customer_no").is_in(pl.Series(state.customers).implode())
    found = [
        lines.rows(buckets, since=start, until=end)
        .filter(pl.col("booked_on").is_between(start, end, closed="left") & is_his)
        .select(_READ)
        for start, end in signals.slices(state, to=until)
    ]
    return pl.concat([part.collect(engine="in-memory") for part in found])


def _of(lines: Rolled, buckets: Sequence[int], customers: pl.Series | None, *, until: date) -> pl.DataFrame:
    """All lines of some customers, of everybody where none are named."""
    rows = lines.rows(buckets, until=until).filter(pl.col("booked_on") < until).select(_BOOKED)
    if customers is None:
        return rows.collect(engine="in-memory")
    if customers.is_empty():
        return rows.collect_schema().to_frame()
    return rows.filter(pl.col("customer_no").is_in(customers.implode())).collect(engine="in-memory")


def _touched(
    lines: Rolled, buckets: Sequence[int], customers: pl.Series, before: date, day: date
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The series of some customers that are to be judged anew with their shops, and the lines of both."""
    window = timedelta(days=signals.WINDOW_DAYS)
    is_his = pl.col("customer_no").is_in(customers.implode())
    ends = ((before - window, day - window), (before, day))
    edges = [lines.rows(buckets, since=start, until=end).filter(is_his) for start, end in ends]
    found = [signals.touched(one, before=before, as_of=day).collect(engine="in-memory") for one in edges]
    gone = pl.concat(found).unique().sort("series")
    is_own = pl.col("series").is_in(gone["series"].implode()) | pl.col("shop").is_in(gone["shop"].implode())
    start = min(day - window, before - timedelta(days=signals.YEAR))
    chosen = pl.col("booked_on").is_between(start, day, closed="left") & is_own
    rows = lines.rows(buckets, since=start, until=day).filter(chosen).select(_BOOKED)
    return gone, rows.collect(engine="in-memory")

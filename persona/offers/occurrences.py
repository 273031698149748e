"""What has happened to each customer that offers may answer, and until when: triggers over events and state."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, timedelta

import polars as pl

from persona.buckets import hashes
from persona.clock import AsOf
from persona.offers.history import local_day
from persona.policy.conditions import Checked
from persona.policy.triggers import Trigger, kept_columns
from persona.tables import CANONICAL
from persona.tables.profile import OCCURRENCES

__all__ = ["NO_OCCASIONS", "Reader", "looks_back_days", "occasions", "occurrences"]

Reader = Callable[..., Checked]
"""``(model, *path)``: the compiled expression that stands at a path of a file, as ``Policy.checked`` gives it."""

_DAY = timedelta(days=1)

NO_OCCASIONS = pl.DataFrame(
    schema={"customer_no": pl.Int64, "offer_id": pl.String, "occasion": pl.String, "expires_utc": pl.Datetime("us")}
)


def looks_back_days(trigger: Trigger) -> int:
    """How many days of its table a trigger has to see: those it may be answered in, and those it counts in before."""
    return trigger.expires_days + (trigger.within_days or 0) + 1


def occurrences(
    profile: pl.DataFrame,
    happened: Mapping[str, pl.DataFrame],
    before: pl.DataFrame | None,
    triggers: Sequence[Trigger],
    *,
    read: Reader,
    as_of: AsOf,
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """What may be answered tonight, long, and the same wide with what the rows say.

    Rows set a trigger off with the row that makes ``count`` of them ``within_days``; of several times the newest
    counts. A state sets it off in the first night in which it holds, and is the same time until it ends, or until
    ``each`` says something else. Where a trigger has both, its rows count while the state holds. It may be answered on
    the ``expires_days`` days that follow. A condition that is unknown is not met.

    Reads: ``profile``, without triggers; ``happened``, canonical rows by table, of ``looks_back_days`` at least, those
    of other customers do no harm; ``before``, what the night before made of ``occurrences``.
    Makes: ``tables.profile.OCCURRENCES``, sorted by its key; and ``on_<trigger>``, ``on_<trigger>_days`` and what the
    trigger keeps, one row a customer with any, sorted.
    """
    told = OCCURRENCES.checked(pl.DataFrame(schema=OCCURRENCES.schema)) if before is None else before
    found, wide = [pl.DataFrame(schema=OCCURRENCES.schema)], profile.select("customer_no")
    for trigger in triggers:
        holds = _holding(profile, trigger, read)
        if trigger.table is None:
            rows = _begun(holds, told, trigger, read, as_of)
        else:
            rows = _set_off(holds.select("customer_no"), happened[trigger.table], trigger, read, as_of)
        found.append(rows.select(OCCURRENCES.schema.names()))
        live = rows.filter("is_live")
        days = (pl.lit(as_of.day) - pl.col("happened_on")).dt.total_days()
        kept = {f"{trigger.column}_{one.name}": pl.col(one.name) for one in kept_columns(trigger)}
        flags = {trigger.column: pl.lit(value=True), f"{trigger.column}_days": days}
        wide = wide.join(live.select("customer_no", **flags, **kept), on="customer_no", how="left")
    flags_of = [pl.col(one.column).is_not_null() for one in triggers]
    here = wide.filter(pl.any_horizontal(pl.lit(value=False), *flags_of)).sort("customer_no")
    return OCCURRENCES.checked(pl.concat(found).sort(OCCURRENCES.key)), here


def _holding(profile: pl.DataFrame, trigger: Trigger, read: Reader) -> pl.DataFrame:
    """The rows of the profile for whom the state of a trigger holds."""
    return profile.filter(read(trigger, "when").expr.fill_null(value=False)) if trigger.when else profile


def _set_off(holding: pl.DataFrame, rows: pl.DataFrame, trigger: Trigger, read: Reader, as_of: AsOf) -> pl.DataFrame:
    """The newest row of each customer that sets a trigger off, with what it keeps."""
    contract = CANONICAL[str(trigger.table)]
    at, count = pl.col(str(contract.time)), trigger.count
    here = rows.filter((at < as_of.naive_utc) & pl.col("customer_no").is_in(holding["customer_no"].implode()))
    if trigger.where:
        here = here.filter(read(trigger, "where").expr.fill_null(value=False))
    name = pl.concat_str([pl.col(key).cast(pl.String).fill_null("") for key in contract.key], separator="|")
    ordered = here.with_columns(id=name, at=at).sort("customer_no", "at", "id")
    known = ordered.unique(["customer_no", "id"], keep="first", maintain_order=True)
    if trigger.within_days:
        begins = pl.col("at") - timedelta(days=trigger.within_days)
        is_enough = pl.col("at").shift(count - 1).over("customer_no") >= begins
        was_enough = pl.col("at").shift(count).over("customer_no") >= begins
        known = known.filter(is_enough & ~was_enough.fill_null(value=False))
    dated = _dated(known.with_columns(happened_on=local_day("at", as_of.zone)), trigger, as_of.day)
    newest = dated.filter("is_live").unique("customer_no", keep="last", maintain_order=True)
    return newest.with_columns(_occasion(trigger, newest["id"]), trigger=pl.lit(trigger.trigger))


def _begun(holding: pl.DataFrame, before: pl.DataFrame, trigger: Trigger, read: Reader, as_of: AsOf) -> pl.DataFrame:
    """The customers whose state holds, each with the night since when it does."""
    mine = before.filter(pl.col("trigger") == trigger.trigger).select("customer_no", "occasion", "happened_on")
    yesterday = as_of.day - _DAY
    if trigger.each:
        told = holding.select("customer_no", id=read(trigger, "each").expr.cast(pl.String)).drop_nulls("id")
        named = told.with_columns(_occasion(trigger, told["id"]))
        since = named.join(mine, on=["customer_no", "occasion"], how="left")
    else:
        since = holding.select("customer_no").join(mine, on="customer_no", how="left")
        fresh = _occasion(trigger, pl.Series([yesterday.isoformat()]))
        since = since.with_columns(occasion=pl.col("occasion").fill_null(fresh[0]))
    dated = _dated(since.with_columns(pl.col("happened_on").fill_null(yesterday)), trigger, as_of.day)
    return dated.with_columns(trigger=pl.lit(trigger.trigger)).sort("customer_no")


def _dated(rows: pl.DataFrame, trigger: Trigger, day: date) -> pl.DataFrame:
    expires = pl.col("happened_on") + timedelta(days=1 + trigger.expires_days)
    return rows.with_columns(expires_on=expires).with_columns(is_live=pl.col("expires_on") > day)


def _occasion(trigger: Trigger, ids: pl.Series) -> pl.Series:
    """``trigger:hash``: the id of a row is the bank's own and stays where it is.

    Source: ``hashed(trigger, id)``, 16 hex digits.
    """
    named = [f"{trigger.trigger}:{number:016x}" for number in hashes(trigger.trigger, ids.to_list()).tolist()]
    return pl.Series("occasion", named, dtype=pl.String)


def occasions(found: pl.DataFrame, triggers: Sequence[Trigger], *, zone: str) -> pl.DataFrame:
    """What each offer would answer.

    Grain: one row a customer and offer of a trigger that may still be answered, sorted.
    Reads: ``tables.profile.OCCURRENCES``. Of several triggers of an offer the most urgent counts, then the one that
    expires first, then the first by name.
    Makes: ``occasion``, ``expires_utc`` (the midnight, in ``zone``, that begins the first day without it).
    """
    pairs = list(_pairs(triggers))
    schema = {"trigger": pl.String, "offer_id": pl.String, "urgency": pl.Int64}
    live = found.filter("is_live").join(pl.DataFrame(pairs, schema=schema, orient="row"), on="trigger")
    order = ["customer_no", "offer_id", "urgency", "expires_on", "trigger"]
    first = live.sort(order, descending=[False, False, True, False, False]).unique(
        ["customer_no", "offer_id"], keep="first", maintain_order=True
    )
    midnights = {day: AsOf.at_start_of(day, zone).naive_utc for day in first["expires_on"].unique()}
    expires = pl.col("expires_on").replace_strict(midnights, default=None, return_dtype=pl.Datetime("us"))
    return first.select("customer_no", "offer_id", "occasion", expires_utc=expires)


def _pairs(triggers: Sequence[Trigger]) -> Iterator[tuple[str, str, int]]:
    yield from ((one.trigger, offer, one.urgency) for one in triggers for offer in one.offers)

"""Days and instants: a declared format in the source's zone becomes UTC; what its clock never showed is refused."""

from __future__ import annotations

import polars as pl

from persona.errors import PolicyError
from persona.policy.source import ColumnRule
from persona.sources.amounts import Reading

__all__ = ["as_utc", "day", "instant"]

_CLOCK = ("%H", "%I", "%T", "%R", "%X", "%c", "%s", "%k", "%l")
_EPOCHS = {"epoch_s": 1_000_000, "epoch_ms": 1_000, "epoch_us": 1}
"""Formats that count from 1970 in UTC, and the microseconds of their unit."""

_FIRST_YEAR, _LAST_YEAR = 1800, 9999


def day(text: pl.Expr, rule: ColumnRule) -> Reading:
    """Days by the rule's format, ISO without one; an instant's format gives its day as the source's clock shows it."""
    format_ = rule.format or "%Y-%m-%d"
    if _has_clock(format_):
        local, utc = (_plausible(read) for read in _read(text, rule))
        there = utc.dt.replace_time_zone("UTC").dt.convert_time_zone(rule.zone or "UTC").dt.replace_time_zone(None)
        value = pl.coalesce(local, there)
        return value.dt.date(), ((value.is_null(), "is not an instant in the declared format"),)
    read = _in_century(text.str.to_date(format_, strict=False), rule, format_)
    value = _plausible(read)
    return value, ((value.is_null(), "is not a day in the declared format"),)


def instant(text: pl.Expr, rule: ColumnRule) -> Reading:
    """Instants in UTC without a zone, microseconds; a format without a clock gives the day's first moment."""
    local, utc = (_plausible(read) for read in _read(text, rule))
    unread = (local.is_null() & utc.is_null(), "is not an instant in the declared format")
    if rule.zone is None:
        return pl.coalesce(utc, local), (unread,)
    shown = as_utc(local, rule.zone, has_clock=rule.format is None or _has_clock(rule.format))
    skipped = (local.is_not_null() & shown.is_null(), f"is in an hour that clocks of {rule.zone} skip")
    return pl.coalesce(utc, shown), (unread, skipped)


def as_utc(local: pl.Expr, zone: str, *, has_clock: bool) -> pl.Expr:
    """Local time as UTC: the earlier of two equal hours; null in an hour that is skipped.

    A day whose midnight is skipped begins an hour later, so that days without a clock are never refused.
    """
    zoned = local.dt.replace_time_zone(zone, ambiguous="earliest", non_existent="null")
    if not has_clock:
        later = local.dt.offset_by("1h").dt.replace_time_zone(zone, ambiguous="earliest", non_existent="null")
        zoned = pl.coalesce(zoned, later)
    return zoned.dt.convert_time_zone("UTC").dt.replace_time_zone(None)


def _read(text: pl.Expr, rule: ColumnRule) -> tuple[pl.Expr, pl.Expr]:
    """The time that the text shows in its zone, and in UTC where it says so itself; one of them is null."""
    never = pl.lit(None, pl.Datetime("us"))
    format_ = rule.format
    if format_ is None:
        return _iso(text)
    if format_ in _EPOCHS:
        return never, _since_epoch(text, format_)
    if "%z" in format_ or "%:z" in format_:
        return never, _zoned(text, format_)
    if not _has_clock(format_):
        return _in_century(text.str.to_date(format_, strict=False), rule, format_).cast(pl.Datetime("us")), never
    return _in_century(text.str.to_datetime(format_, time_unit="us", strict=False), rule, format_), never


def _since_epoch(text: pl.Expr, format_: str) -> pl.Expr:
    number = pl.when(text.str.contains(r"^-?[0-9]{1,16}$")).then(text).cast(pl.Int64, strict=False)
    return (number * _EPOCHS[format_]).cast(pl.Datetime("us"))


def _iso(text: pl.Expr) -> tuple[pl.Expr, pl.Expr]:
    """ISO 8601 with T or a blank; an offset or Z is obeyed, a day alone is its first moment."""
    shown = text.str.replace(" ", "T", literal=True)
    is_zoned = shown.str.contains(r"T.*(?:Z|[+-][0-9]{2}:?[0-9]{2})$")
    length = shown.str.len_bytes()
    day_only = pl.when(length == len("2026-03-31")).then(shown).str.to_date("%Y-%m-%d", strict=False)
    to_minutes = pl.when((length == len("2026-03-31T10:30")) & ~is_zoned).then(shown)
    to_seconds = pl.when((length > len("2026-03-31T10:30")) & ~is_zoned).then(shown)
    local = pl.coalesce(
        to_seconds.str.to_datetime("%Y-%m-%dT%H:%M:%S%.f", time_unit="us", strict=False),
        to_minutes.str.to_datetime("%Y-%m-%dT%H:%M", time_unit="us", strict=False),
        day_only.cast(pl.Datetime("us")),
    )
    offset = pl.when(is_zoned).then(shown).str.replace(r"Z$", "+00:00")
    return local, _zoned(offset, "%Y-%m-%dT%H:%M:%S%.f%z")


def _zoned(text: pl.Expr, format_: str) -> pl.Expr:
    return text.str.to_datetime(format_, time_unit="us", time_zone="UTC", strict=False).dt.replace_time_zone(None)


def _in_century(read: pl.Expr, rule: ColumnRule, format_: str) -> pl.Expr:
    """Years of two digits in the hundred years from ``century`` on.

    Raises: PolicyError where the rule leaves open which century is meant.
    """
    if "%y" not in format_:
        return read
    if rule.century is None:
        raise PolicyError(
            f"{format_} has a year of two digits, and no century says which it means",
            hint="Add the first year it can mean, such as century: 1920.",
        )
    year = rule.century + (read.dt.year() - rule.century).mod(100)
    is_leap = (year.mod(4) == 0) & ((year.mod(100) != 0) | (year.mod(400) == 0))
    exists = ~((read.dt.month() == 2) & (read.dt.day() == 29)) | is_leap  # noqa: PLR2004 - 29 February
    return pl.when(exists).then(read).dt.replace(year=pl.when(exists).then(year))


def _plausible(read: pl.Expr) -> pl.Expr:
    return pl.when(read.dt.year().is_between(_FIRST_YEAR, _LAST_YEAR)).then(read)


def _has_clock(format_: str) -> bool:
    return format_ in _EPOCHS or any(mark in format_ for mark in _CLOCK)

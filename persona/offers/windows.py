"""When a message may be sent: the first window outside the quiet hours, wherever the customer may be."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import polars as pl

from persona.clock import AsOf
from persona.offers.jurisdictions import reaches
from persona.offers.zones import zones_of
from persona.policy.rules import ComplianceRule, DaySlot, QuietHours, SendHours

__all__ = ["HORIZON_DAYS", "Hours", "first_window", "may_be_sent", "send_windows"]

Hours = QuietHours | ComplianceRule
"""What says when its channels may be used: the contact policy, or law; a rule that names no channel means all."""

HORIZON_DAYS = 7
"""How many days, the day of ``as_of`` the first of them, a night's messages may wait to be sent."""

Window = tuple[datetime, datetime]
"""Half-open, UTC without its zone."""

_AT = pl.Datetime("us")
_PLACE = ["zone", "country", "region"]


def send_windows(
    profile: pl.DataFrame,
    hours: Sequence[Hours],
    *,
    channels: Sequence[str],
    as_of: AsOf,
    slots: Sequence[DaySlot] = (),
) -> pl.DataFrame:
    """When each customer may be sent something on each channel.

    Grain: one row a row of ``profile``, in its order. Reads: ``customer_no``, ``zone``, ``country``, ``region``.
    Makes: ``not_before_<channel>``, ``not_after_<channel>`` (UTC, half-open; both null: no hour in seven days is
    allowed); the same of ``<channel>@<slot>`` for each of its ``slots``. Where the zone is not known, the hours that
    are allowed in every zone of the country; where the region is not known, those that each of its states allows.
    """
    places = profile.select(_PLACE).unique().sort(_PLACE, nulls_last=True)
    keys: list[tuple[str, str, DaySlot | None]] = [(channel, channel, None) for channel in channels]
    keys += [(f"{channel}@{one.id}", channel, one) for one in slots for channel in one.channels]
    rows = [_windows(place, hours, keys, as_of) for place in places.iter_rows()]
    schema = {f"{edge}_{key}": _AT for key, _, _ in keys for edge in ("not_before", "not_after")}
    windows = places.hstack(pl.DataFrame(rows, schema=schema, orient="row"))
    return (
        profile.select("customer_no", *_PLACE)
        .join(windows, on=_PLACE, how="left", nulls_equal=True, maintain_order="left")
        .drop(_PLACE)
    )


def _windows(
    place: tuple[str | None, str | None, str | None],
    hours: Sequence[Hours],
    keys: Sequence[tuple[str, str, DaySlot | None]],
    as_of: AsOf,
) -> list[datetime | None]:
    zone, country, region = place
    zones = zones_of(zone, country, home=as_of.zone)
    here = [rule for rule in hours if rule.send_hours and reaches(rule.jurisdiction, country, region)]
    row: list[datetime | None] = []
    for _, channel, slot in keys:
        rules: list[Hours | DaySlot] = [rule for rule in here if not rule.channels or channel in rule.channels]
        rules += [slot] if slot else []
        row.extend(first_window(rules, zones=zones, as_of=as_of) or (None, None))
    return row


def may_be_sent(rule: Hours, given: Mapping[str, object]) -> bool:
    """Whether a rule lets something be sent ``at`` a time where a customer of a ``country`` and ``region`` is."""
    country, region = (str(given[name]) if given.get(name) is not None else None for name in ("country", "region"))
    if not reaches(rule.jurisdiction, country, region):
        return True
    at = datetime.fromisoformat(str(given["at"]))
    return any(begin <= at < end for begin, end in _of_rule(rule, "UTC", at.date() - timedelta(days=1)))


def first_window(rules: Sequence[Hours | DaySlot], *, zones: Sequence[str], as_of: AsOf) -> Window | None:
    """The first time that every rule allows in every zone; None where there is none in a week.

    The week begins with the day of ``as_of`` where the customer is: in zones to the west, the evening before it is over
    when a night is delivered. Without a rule the whole day is allowed.
    """
    start = as_of.naive_utc
    allowed = [[(start, start + timedelta(days=HORIZON_DAYS + 1))]]
    for zone in zones:
        allowed += [_of_rule(rule, zone, as_of.day) for rule in rules] or [list(_whole_days(zone, as_of.day))]
    windows = allowed[0]
    for others in allowed[1:]:
        windows = list(_both(windows, others))
    return windows[0] if windows else None


def _whole_days(zone: str, day: date) -> Iterator[Window]:
    for number in range(HORIZON_DAYS):
        begin = day + timedelta(days=number)
        yield _latest(begin, time.min, zone), _latest(begin + timedelta(days=1), time.min, zone)


def _of_rule(rule: Hours | DaySlot, zone: str, day: date) -> list[Window]:
    """The windows of a rule on the days of the horizon, in order and without overlap."""
    merged: list[Window] = []
    for begin, end in sorted(window for hours in rule.send_hours for window in _of_hours(hours, zone, day)):
        if merged and begin < merged[-1][1]:
            merged[-1] = (merged[-1][0], max(merged[-1][1], end))
        else:
            merged.append((begin, end))
    return merged


def _of_hours(hours: SendHours, zone: str, day: date) -> Iterator[Window]:
    """The windows of some hours; ones that end before they begin end on the next day."""
    begins, ends = _clock(hours.send_from), _clock(hours.send_until)
    for number in range(HORIZON_DAYS):
        begin = day + timedelta(days=number)
        if begin.isoweekday() not in hours.weekdays:
            continue
        end = begin + timedelta(days=ends[0] + (ends <= begins))
        window = (_latest(begin, begins[1], zone), _earliest(end, ends[1], zone))
        if window[0] < window[1]:
            yield window


def _clock(text: str) -> tuple[int, time]:
    """Whole days and the time of day: 24:00 is midnight one day on."""
    hours, minutes = (int(part) for part in text.split(":"))
    return hours // 24, time(hours % 24, minutes)


def _latest(day: date, at: time, zone: str) -> datetime:
    """The later of the instants that a clock on the wall may mean, where an hour is skipped or comes twice."""
    return max(_meanings(day, at, zone))


def _earliest(day: date, at: time, zone: str) -> datetime:
    return min(_meanings(day, at, zone))


def _meanings(day: date, at: time, zone: str) -> list[datetime]:
    local = datetime.combine(day, at, tzinfo=ZoneInfo(zone))
    return [local.replace(fold=fold).astimezone(UTC).replace(tzinfo=None) for fold in (0, 1)]


def _both(ones: Iterable[Window], others: Sequence[Window]) -> Iterator[Window]:
    """Where both allow it; each in order, without overlap of its own."""
    for begin, end in ones:
        for other_begin, other_end in others:
            window = (max(begin, other_begin), min(end, other_end))
            if window[0] < window[1]:
                yield window

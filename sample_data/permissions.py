"""What customers allow, refuse and prefer, and whom the bank must leave in peace."""

from __future__ import annotations

import numpy as np
import polars as pl
from calendar_days import NEVER
from numpy.typing import NDArray
from people import KIND, Book, Flags, Ints
from vocabulary import KINDS

CHANNELS = ("email", "push", "inapp", "sms")
_GRANTS = (0.74, 0.62, 0.8, 0.46)
_TEXTS = ("2023-05", "2024-11", "2025-09")
_FROM = -600
"""The first day of the log, before the data starts."""


def consents(book: Book, days: int, seed: int) -> pl.DataFrame:
    """The log of consents, one row a change.

    Makes: ``person``, ``purpose``, ``channel`` (word or *), ``status``, ``day``, ``expires`` (day or null),
    ``origin``, ``text``.
    """
    rng = np.random.default_rng([seed, 50])
    silent = rng.random(book.size) < 0.08
    parts = [_service(rng, book), _profiling(rng, book, days)]
    for channel, share in zip(CHANNELS, _GRANTS, strict=True):
        needs_app = channel in {"push", "inapp"}
        grants = ~silent & (rng.random(book.size) < share) & (book.has_app | (not needs_app))
        parts += _marketing(channel, np.flatnonzero(grants), book.joins, days, rng)
    return pl.concat(parts).sort("day", "person", "purpose", "channel", "status")


def _rows(
    person: Ints,
    purpose: str,
    channel: str,
    status: str,
    day: Ints,
    rng: np.random.Generator,
    expires: Ints | None = None,
) -> pl.DataFrame:
    ends = np.full(len(person), NEVER) if expires is None else expires
    text = np.array(_TEXTS)[np.searchsorted([-60, 240], day, side="right")]
    frame = pl.DataFrame(
        {
            "person": person,
            "purpose": np.full(len(person), purpose),
            "channel": np.full(len(person), channel),
            "status": np.full(len(person), status),
            "day": day,
            "expires": ends,
            "origin": np.array(["app", "web", "branch"])[rng.choice(3, len(person), p=(0.5, 0.3, 0.2))],
            "text": text,
        },
        schema_overrides=dict.fromkeys(("purpose", "channel", "status", "origin", "text"), pl.String),
    )
    return frame.with_columns(expires=pl.when(pl.col("expires") < NEVER).then("expires"))


def _service(rng: np.random.Generator, book: Book) -> pl.DataFrame:
    person = np.flatnonzero(rng.random(book.size) < 0.985)
    return _rows(person, "service", "*", "granted", np.maximum(book.joins[person], _FROM), rng)


def _profiling(rng: np.random.Generator, book: Book, days: int) -> pl.DataFrame:
    chance = rng.random(book.size)
    yes, no = np.flatnonzero(chance < 0.8), np.flatnonzero(chance > 0.965)
    return pl.concat(
        [
            _rows(
                yes,
                "profiling",
                "*",
                "granted",
                np.maximum(book.joins[yes], rng.integers(_FROM, days - 60, len(yes))),
                rng,
            ),
            _rows(no, "profiling", "*", "objected", rng.integers(0, days, len(no)), rng),
        ]
    )


def _marketing(channel: str, person: Ints, joins: Ints, days: int, rng: np.random.Generator) -> list[pl.DataFrame]:
    """Grants of a channel; some end after two years by themselves, some are withdrawn, a few of those given again."""
    day = np.maximum(joins[person], rng.integers(_FROM, days - 150, len(person)))
    limited = rng.random(len(person)) < 0.3
    expires = np.where(limited, day + 730, NEVER)
    leaves = rng.random(len(person)) < 0.08
    gone = np.minimum(day + rng.integers(7, 900, len(person)), days - 1)[leaves]
    again = rng.random(len(gone)) < 0.2
    back = np.minimum(gone + 30, days)[again]
    return [
        _rows(person, "marketing", channel, "granted", day, rng, expires),
        _rows(person[leaves], "marketing", channel, "withdrawn", gone, rng),
        _rows(person[leaves][again], "marketing", channel, "granted", back, rng),
    ]


def allowed(log: pl.DataFrame, book: Book, day: int) -> NDArray[np.bool_]:
    """Customers x channels: who allows marketing on the channel on a day."""
    result = np.zeros((book.size, len(CHANNELS)), dtype=np.bool_)
    newest = (
        log.filter((pl.col("purpose") == "marketing") & (pl.col("day") < day))
        .sort("person", "channel", "day", "status")
        .group_by("person", "channel", maintain_order=True)
        .last()
        .filter((pl.col("status") == "granted") & (pl.col("expires").is_null() | (pl.col("expires") > day)))
    )
    for index, channel in enumerate(CHANNELS):
        result[newest.filter(pl.col("channel") == channel)["person"].to_numpy(), index] = True
    return result


def suppressions(book: Book, arrears: Ints, staff: Flags, days: int, seed: int) -> pl.DataFrame:
    """Whom not to contact.

    Makes: ``person``, ``type``, ``channel`` (null: all), ``since``, ``until`` (day numbers; null: without end), ``by``.
    """
    rng = np.random.default_rng([seed, 51])

    def some(share: float) -> Ints:
        return np.flatnonzero(rng.random(book.size) < share)

    difficulty = np.flatnonzero(book.is_vulnerable & ((arrears > 0) | (np.arange(book.size) % 4 == 0)))
    dead = np.flatnonzero(book.dies < days)
    parts = [
        _held(dead, "deceased", book.dies[dead] + 1, None, "registry"),
        _held(some(0.003), "dispute", days - 40, days + 20, "complaints desk"),
        _held(np.flatnonzero(arrears > 30), "arrears", days - 60, None, "collections"),
        _held(difficulty, "vulnerable", days - 90, None, "customer care"),
        _held(np.flatnonzero(staff), "staff", 0, None, "personnel"),
        _held(some(0.004), "complaint", days - 20, days + 70, "complaints desk"),
        _held(some(0.002), "complaint", days - 200, days - 110, "complaints desk"),
        _held(some(0.001), "fraud", days - 5, None, "fraud desk"),
        _held(some(0.001), "legal", days - 300, None, "legal department"),
        _held(some(0.006), "opt_out", days - 30, None, "unsubscribe page", channel="email"),
        _held(some(0.007), "bounce", days - 12, days + 78, "mail gateway", channel="email"),
    ]
    return (
        pl.concat(parts)
        .unique(["person", "type", "since"], keep="first", maintain_order=True)
        .sort("person", "type", "since")
    )


def _held(
    person: Ints, type_: str, since: Ints | int, until: int | None, by: str, *, channel: str | None = None
) -> pl.DataFrame:
    return pl.DataFrame(
        {"person": person, "since": np.broadcast_to(np.asarray(since, dtype=np.int64), person.shape).copy()}
    ).with_columns(type=pl.lit(type_), channel=pl.lit(channel, pl.String), until=pl.lit(until, pl.Int64), by=pl.lit(by))


def preferences(book: Book, days: int, seed: int) -> pl.DataFrame:
    """What some customers have stated: ``person``, ``topic``, ``value``, ``day``."""
    rng = np.random.default_rng([seed, 52])
    tastes = np.array(KINDS)[book.kind_of_travel]
    reward = np.where(
        book.archetype == KIND["traveller"],
        "travel",
        np.where(book.archetype == KIND["retiree"], "charity", "cashback"),
    )
    interest = np.array(["savings", "home", "travel", "insurance"])[rng.integers(0, 4, book.size)]
    parts = []
    for topic, value, share in (("interest", interest, 0.12), ("reward", reward, 0.1), ("destination", tastes, 0.08)):
        at = np.flatnonzero(rng.random(book.size) < share)
        parts.append(
            pl.DataFrame({"person": at, "value": value[at], "day": rng.integers(0, days, len(at))}).with_columns(
                topic=pl.lit(topic)
            )
        )
    return pl.concat(parts).sort("person", "topic", "day")
